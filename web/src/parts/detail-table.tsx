import { Fragment, useState, type ReactNode } from "react";
import { useLanguage } from "../strings/language.tsx";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
}

interface Props<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
  readonly nameOf: (row: Row) => string;
  readonly detail: (row: Row) => ReactNode;
  readonly caption: string;
}

/** Called once, when it appears: what was opened is seen. */
const reveal = (line: HTMLElement | null) => line?.scrollIntoView({ block: "nearest" });

/** A compact table; a row opens what there is to know about it. */
export function DetailTable<Row>({ rows, columns, keyOf, nameOf, detail, caption }: Props<Row>) {
  const { say } = useLanguage();
  const [open, setOpen] = useState<string | number | null>(null);
  return (
    <table className="table">
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          <th className="table-toggle"><span className="unseen">{say("records.details", { what: "" })}</span></th>
          {columns.map(({ title, isNumber }) => <th key={title} className={isNumber === true ? "number" : undefined} scope="col">{title}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = keyOf(row);
          const toggle = () => setOpen(open === key ? null : key);
          return (
            <Fragment key={key}>
              <tr className={open === key ? "is-open" : undefined} onClick={toggle}>
                <td className="table-toggle">
                  <button type="button" aria-expanded={open === key} aria-label={say("records.details", { what: nameOf(row) })}>{open === key ? "▾" : "▸"}</button>
                </td>
                {columns.map(({ title, cell, isNumber }) => <td key={title} className={isNumber === true ? "number" : undefined}>{cell(row)}</td>)}
              </tr>
              {open === key && (
                <tr className="detail" ref={reveal}>
                  <td />
                  <td colSpan={columns.length}>{detail(row)}</td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

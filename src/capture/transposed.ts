import { MillraceError } from "../errors.ts";
import { shown } from "./name.ts";
import { figure } from "./remark.ts";
import type { TableColumn, TableFile } from "./table-file.ts";

/** A table on its side has at least this many columns a line. */
const farFewer = 4;

/**
 * Which of some files lie on their side, one variable a line: those without a header whose lines are
 * as many as the columns of another file while their own columns are not, and a file by itself that
 * has four times as many columns as lines. The reason in words, `null` for a file that stands upright.
 */
export function lyingDown(files: readonly TableFile[]): (string | null)[] {
  const widths = new Map<number, number>();
  for (const file of files) if (canLie(file)) widths.set(file.columns.length, (widths.get(file.columns.length) ?? 0) + 1);
  return files.map((file) => {
    const [lines, columns] = [file.rows, file.columns.length];
    if (!canLie(file) || lines < 2 || lines === columns || (widths.get(columns) ?? 0) > 1) return null;
    if (widths.has(lines)) return `${figure(lines)} lines of ${figure(columns)} numbers where the other files have ${figure(lines)} columns`;
    return files.length === 1 && lines * farFewer <= columns ? `${figure(lines)} lines of ${figure(columns)} numbers` : null;
  });
}

const canLie = ({ header, columns }: TableFile): boolean => !header && columns.every(({ levels }) => levels === null);

/** A table turned: each line becomes a column. A first column of texts names them; a header names nothing then. */
export function turned(file: TableFile, reason: string): TableFile {
  const named = file.columns.at(0)?.levels !== null && file.columns.length > 1;
  const body = named ? file.columns.slice(1) : file.columns;
  const odd = body.find(({ levels }) => levels !== null);
  if (odd !== undefined) throw noNumbers(file.name, odd.name);
  const names = Array.from({ length: file.rows }, (_, line) => nameAt(named ? file.columns.at(0) : undefined, line));
  const columns = names.map((name, line): TableColumn => ({ name, values: Float64Array.from(body, ({ values }) => values[line]), levels: null }));
  return {
    ...file,
    rows: body.length,
    columns,
    times: null,
    timeName: null,
    rowNumbers: Float64Array.from(body, (_, at) => at + 1),
    header: named,
    remarks: [...file.remarks, { code: "transposed", count: 1, firstLine: null, text: `Turned: it lies on its side, ${reason}` }],
  };
}

function nameAt(column: TableColumn | undefined, line: number): string {
  const code = column?.values[line] ?? Number.NaN;
  return (Number.isNaN(code) ? undefined : column?.levels?.at(code)) ?? `c${line + 1}`;
}

function noNumbers(file: string, column: string): MillraceError {
  return new MillraceError("capture.not-turned", `Cannot turn ${shown(file)}: ${shown(column)} holds texts`, {
    hint: "A table that lies on its side has one variable a line: its name, then numbers. Leave --transpose out for others.",
  });
}

import { readAs, revisesTexts } from "./column-kind.ts";
import { readRows } from "./csv.ts";
import { sniff, type Sniffed } from "./dialect.ts";
import { asUtf8, type EncodingReport } from "./encoding.ts";
import { bytesOf, newTap, type SourceFile } from "./file-bytes.ts";
import { cleanName, columnNames, shown } from "./name.ts";
import type { Decimal } from "./number.ts";
import { ReadAgain } from "./read-again.ts";
import type { Dialect, ReadOptions, Recording } from "./recording.ts";
import { Tally } from "./remark.ts";
import { signalsOf } from "./signals.ts";
import { noRows, TableBuilder, wrongNames, type ReadAs, type RowClock, type Table } from "./table.ts";
import { ambiguousDate, findTime, noColumn, noTime, TimeReader, type TimeColumn } from "./time-column.ts";
import type { DateOrder } from "./timestamp.ts";
import { wallClock } from "./zone.ts";

/** How a pass over the file reads it. A pass may find that the next one must read it otherwise. */
interface Plan {
  readonly sniffed: Sniffed;
  readonly names: readonly string[];
  readonly changed: readonly number[];
  readonly time: TimeColumn | null;
  readonly clock: { readonly zone: string; readonly offsets: ReturnType<typeof wallClock> };
  order: DateOrder | null;
  decimal: Decimal;
  decimalKnown: boolean;
  readonly as: ReadAs[];
}

interface Pass {
  readonly table: Table;
  readonly tally: Tally;
  readonly digest: string;
  readonly bytes: number;
  readonly encoding: EncodingReport["encoding"];
  readonly order: DateOrder | null;
}

/** A recording in delimited text. See `readRecording` for what it promises. */
export async function readCsv(file: SourceFile, options: ReadOptions): Promise<Recording> {
  const plan = await planOf(file, options);
  for (;;) {
    const pass = await passOver(file, plan, options).catch((error: unknown) => {
      if (!(error instanceof ReadAgain)) throw error; // each change is made once, so this ends
      plan.order = error.change.order ?? plan.order;
      plan.decimal = error.change.decimal ?? plan.decimal;
      plan.decimalKnown ||= error.change.decimal !== undefined;
      return null;
    });
    if (pass !== null && !revisesTexts(plan, pass.table.columns)) return recordingOf(file, plan, pass, options);
  }
}

async function planOf(file: SourceFile, options: ReadOptions): Promise<Plan> {
  const sniffed = await sniff(file, options);
  const [first = []] = sniffed.rows;
  const given = options.columns;
  if (given !== undefined && given.length !== first.length) throw wrongNames(file.name, given.length, first.length);
  const raw = given ?? (sniffed.header ? first : first.map(() => ""));
  const { names, changed } = columnNames(raw);
  const sample = sniffed.rows.slice(sniffed.header ? 1 : 0);
  if (sample.length === 0) throw noRows(file.name);
  const excluded = (options.exclude ?? []).map((name) => place(name, names));
  const time = findTime(names, sample, sniffed.decimal, options.time, !sniffed.header);
  if (time === null && options.period === undefined) throw noTime("no column holds times");
  const taken = new Set([...excluded, time?.at, time?.clockAt]);
  const zone = options.zone ?? "UTC";
  return {
    sniffed,
    names,
    changed: sniffed.header || given !== undefined ? changed : [],
    time,
    clock: { zone, offsets: wallClock(zone) },
    order: options.dates ?? null,
    decimal: sniffed.decimal,
    decimalKnown: sniffed.decimalKnown,
    as: names.map((_, at) => (taken.has(at) ? "skip" : readAs(sample, at, sniffed.decimal))),
  };
}

async function passOver(file: SourceFile, plan: Plan, options: ReadOptions): Promise<Pass> {
  const { sniffed, names, time } = plan;
  const tally = new Tally();
  const tap = newTap();
  const report: EncodingReport = { encoding: sniffed.encoding, replaced: 0 };
  const reader = time === null ? null : new TimeReader(time, plan.decimal, plan.clock, plan.order, tally);
  const columns = names.map((name, at) => ({ name, as: plan.as[at] }));
  const builder = new TableBuilder(file.name, columns, reader ?? everyPeriod(options), plan, tally);
  let before = sniffed.preamble + (sniffed.header ? 1 : 0);
  if (sniffed.preamble > 0) tally.add("preamble", 1, undefined, sniffed.preamble);

  const { blankLines } = await readRows(asUtf8(bytesOf(file, tap, options), report), sniffed.delimiter, file.name, (cells, line) => {
    if (before > 0) return void before--;
    builder.add(cells, line);
  });
  if (blankLines > 0) tally.add("empty-rows", null, undefined, blankLines);
  if (report.replaced > 0) tally.add("wrong-bytes", null, undefined, report.replaced);
  const ordered = reader?.firstOrdered ?? null;
  const order = ordered === null ? null : (reader?.order ?? null);
  if (ordered !== null && order === null) throw ambiguousDate(ordered);
  return { table: builder.done(), tally, digest: tap.hash.digest("hex"), bytes: tap.bytes, encoding: report.encoding, order };
}

/** Times for rows that have none: the first at `start`, the others a period apart. */
function everyPeriod({ period = 0, start = 0 }: ReadOptions): RowClock {
  let row = 0;
  return { read: () => start + period * row++, cell: () => "" };
}

function recordingOf(file: SourceFile, plan: Plan, pass: Pass, options: ReadOptions): Recording {
  const { sniffed, names, changed, time } = plan;
  const { table, tally, digest, bytes, encoding, order } = pass;
  if (changed.length > 0) tally.add("changed-names", 1, () => shown(names[changed[0]]), changed.length);
  if (time === null) tally.add("invented-times", null, () => `${(options.period ?? 0) / 1e6} s`, table.times.length);
  const dialect: Dialect = {
    delimiter: sniffed.delimiter,
    decimal: plan.decimal,
    header: sniffed.header,
    encoding,
    gzip: file.gzip,
    time: time === null ? null : { columns: [time.at, time.clockAt].flatMap((at) => (at === null ? [] : [names[at]])), form: time.form },
    zone: plan.clock.zone,
    dateOrder: order,
  };
  return {
    file: { name: cleanName(file.name), digest, bytes },
    times: table.times,
    ...signalsOf(table, names, options, tally),
    blockRule: { by: "file" },
    dialect,
    rows: table.times.length,
    remarks: tally.remarks(),
  };
}

function place(name: string, names: readonly string[]): number {
  const at = names.indexOf(name);
  if (at < 0) throw noColumn(name, names);
  return at;
}

import { MillraceError } from "../errors.ts";
import { factsOf, flagWords, isBinary, truthWords, type ColumnFacts } from "./column-facts.ts";
import { gridOf, labelRank, maybeLabel, medianStep, roleOf } from "./guess.ts";
import { shown } from "./name.ts";
import type { Column, ReadOptions, Recording } from "./recording.ts";
import type { Tally } from "./remark.ts";
import type { RawColumn, Table } from "./table.ts";
import { noColumn } from "./time-column.ts";
import { unitOf } from "./unit.ts";

/** A column with what its values are like; texts that are words for on and off have become 0 and 1. */
interface Seen {
  readonly name: string;
  readonly values: Float64Array;
  readonly texts: readonly string[] | null;
  readonly flag: boolean;
  readonly facts: ColumnFacts;
}

type Signals = Pick<Recording, "columns" | "label" | "grid">;

/** The columns of a table as signals, with label and grid. What is left out is counted in `tally`. */
export function signalsOf(table: Table, names: readonly string[], options: ReadOptions, tally: Tally): Signals {
  for (const name of [...Object.keys(options.units ?? {}), ...Object.keys(options.roles ?? {})]) {
    if (!names.includes(name)) throw noColumn(name, names);
  }
  const seen = table.columns.map(seenOf);
  const label = labelOf(seen, options.label, names, tally);
  const signals = seen.filter(({ name }) => name !== label?.name);
  const isCrowded = ({ texts, facts }: Seen) => texts !== null && texts.length > Math.max(100, facts.known / 2);
  const empty = signals.filter(({ facts }) => facts.known === 0);
  const known = signals.filter((column) => !isCrowded(column) && !empty.includes(column));
  noteLeftOut(empty.map(({ name }) => name), "without a value", tally);
  noteLeftOut([...table.crowded, ...signals.filter(isCrowded).map(({ name }) => name)], "with too many different texts", tally);
  const step = medianStep(table.times);
  if (step === null) tally.add("no-step", null);
  const columns = known.map((column) => columnOf(column, table.times, step, options));
  const rates = columns.flatMap(({ role, period }) => (role === "measured" ? (period ?? []) : []));
  return { columns, label, grid: gridOf(step, rates.length === 0 ? null : rates.reduce((slow, rate) => Math.max(slow, rate))) };
}

function seenOf({ name, values, texts }: RawColumn): Seen {
  const codes = texts === null ? null : flagWords(texts);
  const numbers = codes === null ? values : values.map((code) => codes.at(code) ?? Number.NaN);
  if (codes !== null) restoreGaps(values, numbers);
  const facts = factsOf(numbers);
  return { name, values: numbers, texts: codes === null ? texts : null, flag: codes !== null || (texts === null && isBinary(facts, true)), facts };
}

/** `at(NaN)` is `at(0)`: an unknown text must stay unknown. */
function restoreGaps(codes: Float64Array, numbers: Float64Array): void {
  codes.forEach((code, row) => {
    if (Number.isNaN(code)) numbers[row] = Number.NaN;
  });
}

function columnOf({ name, values, texts, flag, facts }: Seen, times: Float64Array, step: number | null, options: ReadOptions): Column {
  const valueType = texts !== null ? "text" : flag ? "flag" : "number";
  const said = own(options.units, name);
  const unit = said ?? (valueType === "number" ? unitOf(name) : null);
  const role = own(options.roles, name);
  return {
    name,
    valueType,
    unit,
    role: role ?? roleOf(name, valueType, unit, facts),
    period: facts.known === times.length ? step : medianStep(times, values),
    values,
    texts,
    guessed: { unit: said === undefined && unit !== null, role: role === undefined },
  };
}

/** Own properties only: names of columns come from files, and `constructor` is one like any other. */
function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function labelOf(seen: readonly Seen[], asked: string | null | undefined, names: readonly string[], tally: Tally): Recording["label"] {
  if (asked === null) return null;
  if (asked !== undefined) {
    const column = seen.find(({ name }) => name === asked);
    if (column === undefined) throw noColumn(asked, names);
    return { name: asked, values: truthOf(column, tally) ?? refuseLabel(asked) };
  }
  const candidates = seen.filter(({ name, texts, facts }) =>
    texts === null ? maybeLabel(name, facts) : labelRank(name) !== null && truthWords(texts) !== null,
  );
  if (candidates.length === 0) return null;
  const best = candidates.reduce((best, column) => ((labelRank(column.name) ?? 9) < (labelRank(best.name) ?? 9) ? column : best));
  return { name: best.name, values: truthOf(best, tally) ?? best.values };
}

/** 0 and 1 for a column of truth; numbers above 1 (kinds of fault) count as 1. `null` when it says neither. */
function truthOf({ values, texts, facts }: Seen, tally: Tally): Float64Array | null {
  if (texts !== null) {
    const codes = truthWords(texts);
    return codes === null ? null : values.map((code) => (Number.isNaN(code) ? code : codes[code]));
  }
  if (isBinary(facts, false)) return values;
  if (facts.known > 0 && (!facts.whole || facts.distinct === null || facts.distinct[0] < 0)) return null;
  const above = values.reduce((count, value) => (value > 1 ? count + 1 : count), 0);
  if (above > 0) tally.add("label-values", null, undefined, above);
  return values.map((value) => Math.min(value, 1));
}

function refuseLabel(name: string): never {
  throw new MillraceError("capture.bad-label", `Cannot use ${shown(name)} as the label: it says neither 0 and 1 nor normal and fault`, {
    hint: "Name a column that is 0 where all was well, or leave the label out.",
  });
}

function noteLeftOut(names: readonly string[], why: string, tally: Tally): void {
  if (names.length > 0) tally.add("left-out", 1, () => `${shown(names[0])} ${why}`, names.length);
}

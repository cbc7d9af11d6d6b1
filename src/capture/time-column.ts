import { MillraceError } from "../errors.ts";
import { shown, words } from "./name.ts";
import { nearest } from "./nearest.ts";
import { readNumber, type Decimal } from "./number.ts";
import { ReadAgain } from "./read-again.ts";
import type { Tally } from "./remark.ts";
import type { RowClock } from "./table.ts";
import { localMicros, numericForm, orderOf, readNumericTime, readWritten, type DateOrder, type TimeForm } from "./timestamp.ts";
import type { wallClock } from "./zone.ts";

/** Where the time of a row stands: one column, or a date column with a column of times of day. */
export interface TimeColumn {
  readonly at: number;
  readonly clockAt: number | null;
  readonly form: TimeForm;
}

/**
 * The time column among the sampled rows: the one asked for, else the best named or first one whose
 * cells are times. `null` when there is none; throws `capture.no-column` or `capture.no-time` when
 * the one asked for is not there or holds no times.
 */
export function findTime(
  names: readonly string[],
  sample: readonly (readonly string[])[],
  decimal: Decimal,
  asked: string | undefined,
  headerless: boolean,
): TimeColumn | null {
  if (asked !== undefined) {
    const at = names.indexOf(asked);
    if (at < 0) throw noColumn(asked, names);
    const time = timeAt(at, names, sample, decimal, true);
    if (time === null) throw noTime(`no cell of ${shown(asked)} is a time that can be read`);
    return time;
  }
  const found = names.flatMap((_, at) => timeAt(at, names, sample, decimal, headerless && at === 0) ?? []);
  return found.find(({ at }) => rank(names[at]) === 0) ?? found.find(({ at }) => rank(names[at]) === 1) ?? found.at(0) ?? null;
}

function timeAt(
  at: number,
  names: readonly string[],
  sample: readonly (readonly string[])[],
  decimal: Decimal,
  numbersToo: boolean,
): TimeColumn | null {
  const cells = sample.flatMap((row) => row.at(at) || []);
  if (cells.length === 0) return null;
  const dates = cells.flatMap((cell) => readWritten(cell) ?? []);
  // Dates are unmistakable: half will do, and the rest is then counted as bad. Numbers are not.
  if (dates.length >= 0.5 * cells.length) {
    const daysOnly = cells.every((cell) => !cell.includes(":"));
    return { at, clockAt: daysOnly ? clockColumn(names, sample) : null, form: "text" };
  }
  if (!numbersToo && rank(names[at]) > 1) return null;
  const numbers = cells.map((cell) => readNumber(cell, decimal)).filter((value) => !Number.isNaN(value));
  const form = numbers.length >= 0.9 * cells.length ? numericForm(numbers) : null;
  return form === null ? null : { at, clockAt: null, form };
}

/** The first column that holds nothing but times of day. */
function clockColumn(names: readonly string[], sample: readonly (readonly string[])[]): number | null {
  const at = names.findIndex((_, index) => sample.every((row) => timeOfDay.test(row.at(index) ?? "")));
  return at < 0 ? null : at;
}

const timeOfDay = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?$/;
const timeNames = new Set(["time", "datetime", "timestamp", "ts", "zeit", "zeitstempel", "datumzeit", "uhrzeit", "date", "datum", "epoch", "unixtime"]);

/** 0 for a column called time, 1 for one with such a word in its name, 2 for others. */
function rank(name: string): number {
  const parts = words(name);
  if (timeNames.has(parts.join(""))) return 0;
  return parts.some((part) => timeNames.has(part)) ? 1 : 2;
}

/**
 * Reads the time of row after row, in file order: UTC microseconds, `NaN` where there is none.
 *
 * Of dates that fit both orders, the first row that fits only one decides for all: when that is not
 * the order assumed so far, `read` throws ReadAgain. `order` is `null` while nothing has decided.
 */
export class TimeReader implements RowClock {
  readonly #column: TimeColumn;
  readonly #decimal: Decimal;
  readonly #offsets: ReturnType<typeof wallClock>;
  readonly #zone: string;
  readonly #tally: Tally;
  #previous = -Infinity;
  #step = 0;
  order: DateOrder | null;
  /** The first date that needs an order; `null` when none did. */
  firstOrdered: string | null = null;

  constructor(column: TimeColumn, decimal: Decimal, clock: { zone: string; offsets: ReturnType<typeof wallClock> }, order: DateOrder | null, tally: Tally) {
    this.#column = column;
    this.#decimal = decimal;
    this.#offsets = clock.offsets;
    this.#zone = clock.zone;
    this.#tally = tally;
    this.order = order;
  }

  /** The text that `read` reads, for messages. */
  cell(cells: readonly string[]): string {
    const { at, clockAt } = this.#column;
    return clockAt === null ? (cells.at(at) ?? "") : `${cells.at(at) ?? ""} ${cells.at(clockAt) ?? ""}`;
  }

  read(cells: readonly string[], line: number): number {
    const text = this.cell(cells);
    const time = this.#column.form === "text" ? this.#written(text, line) : this.#numeric(text, this.#column.form, line);
    if (!Number.isNaN(time)) {
      this.#step = this.#previous === -Infinity ? 0 : time - this.#previous;
      this.#previous = time;
    }
    return time;
  }

  #written(text: string, line: number): number {
    const date = readWritten(text);
    if (date === null) return Number.NaN;
    if (date.fixed === null) {
      this.firstOrdered ??= text;
      const shows = orderOf(date);
      if (this.order === null && shows !== null) {
        if (shows !== "dmy") throw new ReadAgain({ order: shows }); // every row so far was read as day first
        this.order = shows;
      }
    }
    if (this.order === "ymd" && date.fixed !== "ymd") return Number.NaN;
    const local = localMicros(date, this.order ?? "dmy");
    if (Number.isNaN(local)) return local;
    return date.offset === null ? this.#utc(local, line) : local - date.offset;
  }

  #numeric(text: string, form: Exclude<TimeForm, "text">, line: number): number {
    const time = readNumericTime(text, form, this.#decimal);
    return form === "excel" && !Number.isNaN(time) ? this.#utc(time, line) : time;
  }

  /**
   * A repeated hour is the first one until time would run backwards. Equal times are a step forward
   * only where rows are at least as far apart as the clock was put back (hourly values).
   */
  #utc(local: number, line: number): number {
    const { kind, first, second } = this.#offsets(local);
    if (kind === "plain") return local - first;
    this.#tally.add(kind === "repeated" ? "repeated-hour" : "skipped-hour", line, () => this.#zone);
    const early = local - first;
    const late = local - second;
    if (kind === "skipped" || early > this.#previous || late < this.#previous) return early;
    return early < this.#previous || this.#step >= late - early ? late : early;
  }
}

export function noTime(seen: string): MillraceError {
  return new MillraceError("capture.no-time", `Cannot tell when rows were recorded: ${seen}`, {
    hint: "Name the time column with --time, or give the time between rows with --period.",
  });
}

export function noColumn(name: string, names: readonly string[]): MillraceError {
  const meant = nearest(name, names);
  return new MillraceError("capture.no-column", `Cannot find column ${shown(name)}: the file has ${listed(names)}`, {
    hint: meant === null ? "Write the name as the file has it." : `Did you mean ${shown(meant)}? Write the name as the file has it.`,
  });
}

export function ambiguousDate(first: string): MillraceError {
  return new MillraceError(
    "capture.ambiguous-date",
    `Cannot tell day from month: every date fits both orders (first: ${shown(first)})`,
    { hint: "Say which it is with --dates dmy or --dates mdy." },
  );
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, 8).map(shown).join(", ");
  return names.length > 8 ? `${few} and ${names.length - 8} more` : few;
}

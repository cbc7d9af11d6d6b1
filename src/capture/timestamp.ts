import { readNumber, type Decimal } from "./number.ts";

export type DateOrder = "dmy" | "mdy" | "ymd";

/** How the cells of a time column are written. */
export type TimeForm = "text" | "epoch-s" | "epoch-ms" | "epoch-us" | "epoch-ns" | "excel";

/** A date with its time of day as written: which of `first` and `second` is the day is not decided here. */
export interface WrittenTime {
  readonly year: number;
  readonly first: number;
  readonly second: number;
  /** Year first, or a form that no one writes month first: nothing is left to decide. */
  readonly fixed: DateOrder | null;
  /** Microseconds since midnight; digits beyond the sixth are dropped. */
  readonly clock: number;
  /** Microseconds ahead of UTC; `null` when the text does not say. */
  readonly offset: number | null;
}

const written =
  /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:(?:[Tt]|,? +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?$/;

/** Reads a date, with or without a time and an offset; `null` for anything else or an impossible time of day. */
export function readWritten(text: string): WrittenTime | null {
  const match = written.exec(text);
  if (match === null) return null;
  const [, a, mark, b, c, hours, minutes, seconds, fraction, half, zone] = match;
  const yearFirst = a.length === 4;
  if (yearFirst ? c.length > 2 : a.length > 2 || c.length !== 4) return null;
  const clock = hours === undefined ? 0 : timeOfDay(hours, minutes, seconds, fraction, half);
  const offset = zone === undefined ? null : offsetOf(zone);
  if (Number.isNaN(clock) || Number.isNaN(offset)) return null;
  return {
    year: Number(yearFirst ? a : c),
    first: Number(yearFirst ? b : a),
    second: Number(yearFirst ? c : b),
    fixed: yearFirst ? "ymd" : mark === "." ? "dmy" : null,
    clock,
    offset,
  };
}

/** The order that a date proves by a number above 12; `null` when it fits both. */
export function orderOf({ first, second, fixed }: WrittenTime): DateOrder | null {
  if (fixed !== null) return fixed;
  if (first > 12) return "dmy";
  return second > 12 ? "mdy" : null;
}

/** Microseconds since 1970 on the clock it was written by; `NaN` for a day the calendar lacks. */
export function localMicros({ year, first, second, fixed, clock }: WrittenTime, order: DateOrder): number {
  const monthFirst = fixed === "ymd" || order === "mdy";
  const month = monthFirst ? first : second;
  const day = monthFirst ? second : first;
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN;
  return Date.UTC(year, month - 1, day) * 1000 + clock;
}

const perUnit = { "epoch-s": 1e6, "epoch-ms": 1e3, "epoch-us": 1 };
const latest = Date.UTC(2200, 0, 1) * 1000;

/** A time written as a number. Excel days are times on the local clock, all others UTC. `NaN` when out of range. */
export function readNumericTime(cell: string, form: Exclude<TimeForm, "text">, decimal: Decimal): number {
  // 19 digits do not fit a double: the last three are nanoseconds and can go first.
  if (form === "epoch-ns" && /^\d{7,}$/.test(cell)) return inRange(Number(cell.slice(0, -3)));
  const value = readNumber(cell, decimal);
  if (form === "epoch-ns") return inRange(Math.floor(value / 1000));
  if (form === "excel") return inRange(Math.round((value - 25_569) * 86_400_000) * 1000); // days since 1899-12-30
  return inRange(Math.round(value * perUnit[form]));
}

/** The form that a column of numbers has, if all of them may be times: by size alone. */
export function numericForm(values: readonly number[]): Exclude<TimeForm, "text"> | null {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const within = (from: number, to: number) => low >= from && high < to;
  if (within(1e8, 1e10)) return "epoch-s"; // 1973 to 2286
  if (within(1e11, 1e13)) return "epoch-ms";
  if (within(1e14, 1e16)) return "epoch-us";
  if (within(1e17, 1e19)) return "epoch-ns";
  return within(25_569, 73_051) ? "excel" : null; // 1970 to 2100
}

function timeOfDay(hours: string, minutes: string, seconds = "0", fraction = "", half = ""): number {
  let hour = Number(hours);
  if (half !== "") {
    if (hour < 1 || hour > 12) return Number.NaN;
    hour = (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  }
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return Number.NaN;
  const micros = fraction === "" ? 0 : Number(fraction.slice(0, 6).padEnd(6, "0"));
  return (hour * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6 + micros;
}

function offsetOf(zone: string): number {
  if (/^[A-Za-z]/.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || 0);
  return minutes > 14 * 60 ? Number.NaN : (zone.startsWith("-") ? -1 : 1) * minutes * 60e6;
}

const inRange = (micros: number) => (micros >= 0 && micros < latest ? micros : Number.NaN);

const daysIn = (year: number, month: number) =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

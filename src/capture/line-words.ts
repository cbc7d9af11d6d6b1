import type { Micros } from "../schema/time.ts";

/** How times are counted in a body: since 1970 UTC in nano-, micro-, milliseconds or seconds. */
export type Precision = "ns" | "us" | "ms" | "s";

// Characters by their code.
export const [tab, newline, carriageReturn, space, quote, hash, comma, minus, dot, zero, nine, equals, backslash] = [9, 10, 13, 32, 34, 35, 44, 45, 46, 48, 57, 61, 92];

/** What a series is called. */
export interface SeriesNames {
  readonly measurement: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** Measurement and tags, in order of tag key; or what is wrong with them, in words. */
export function partsOf(head: string): SeriesNames | string {
  const [measurement = "", ...rest] = split(head, comma);
  if (measurement === "") return "no measurement";
  const tags: [string, string][] = [];
  for (const part of rest) {
    const [key = "", ...values] = split(part, equals);
    const [value = ""] = values;
    if (key === "" || value === "" || values.length !== 1) return "a tag without a name or a value";
    tags.push([unescaped(key), unescaped(value)]);
  }
  tags.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  if (tags.some(([key], at) => tags[at + 1]?.[0] === key)) return "a tag given twice";
  return { measurement: measurement.replaceAll(/\\([, ])/g, "$1"), tags };
}

/** Parts between separators that no backslash stands before. */
function split(text: string, separator: number): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** A tag or field name as it was before it was escaped. */
export const unescaped = (name: string): string => (name.includes("\\") ? name.replaceAll(/\\([,= ])/g, "$1") : name);

/** Tag values in order of their keys, measurement, field. A slash parts names, so within one it is "%2F". */
export const usualPath = (measurement: string, tags: SeriesNames["tags"], field: string): string => [...tags.map(([, value]) => value), measurement, field].map((name) => name.replaceAll("/", "%2F")).join("/");

/** 10^0 to 10^22: those that a double holds exactly. */
export const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The ten ways to write a flag. */
export const flags: ReadonlyMap<string, boolean> = new Map([..."t T true True TRUE".split(" ").map((word) => [word, true] as const), ..."f F false False FALSE".split(" ").map((word) => [word, false] as const)]);

/** Whether a word is a whole number of 64 bits. */
export function isInteger(word: string, isUnsigned: boolean): boolean {
  if (!(isUnsigned ? /^\d{1,25}$/ : /^-?\d{1,25}$/).test(word)) return false;
  const value = BigInt(word);
  return isUnsigned ? value < 1n << 64n : value >= -(1n << 63n) && value < 1n << 63n;
}

/** Whether a word is a number as line protocol writes it: no sign but minus, no NaN, no infinity. */
export const isDecimal = (word: string): boolean => /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word);

const perMicro: Readonly<Record<Precision, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

/**
 * A time in microseconds; NaN for none, or one that a double cannot hold to the microsecond. Of
 * nanoseconds the last three digits are cut off before there is a number that could lose others.
 */
export function microsOf(text: string, start: number, end: number, precision: Precision): Micros {
  const isNegative = text.charCodeAt(start) === minus;
  const first = isNegative ? start + 1 : start;
  const last = precision === "ns" ? end - 3 : end;
  if (first >= end || end - first > 25) return NaN;
  let whole = 0;
  let rest = 0;
  for (let at = first; at < end; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return NaN;
    if (at < last) whole = whole * 10 + digit;
    else rest += digit;
  }
  const micros = precision === "ns" ? whole : whole * perMicro[precision];
  if (!Number.isSafeInteger(micros)) return NaN;
  return isNegative ? -micros - (rest > 0 ? 1 : 0) : micros;
}

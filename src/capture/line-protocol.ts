import { setImmediate } from "node:timers/promises";
import type { Micros } from "../schema/time.ts";
import type { Reading, Rejection } from "./connector.ts";
import { backslash, carriageReturn, comma, dot, equals, flags, hash, isDecimal, isInteger, microsOf, minus, newline, nine, partsOf, powers, quote, space, tab, unescaped, usualPath, zero, type Precision, type SeriesNames } from "./line-words.ts";

/** A line that makes no sense, numbered from 1; `seen` says why and how it begins. */
export interface MalformedLine {
  readonly line: number;
  readonly seen: string;
}

export interface Lines {
  readonly readings: Reading[];
  readonly rejected: Rejection[];
  readonly malformed: MalformedLine[];
}

export interface LineOptions {
  readonly precision: Precision;
  /** Arrival, for lines without a time. */
  readonly now: Micros;
  /** How names become a path; tag values in order of their keys, measurement, field unless said. */
  readonly pathOf?: (measurement: string, tags: readonly (readonly [key: string, value: string])[], field: string) => string;
}

/** A line may not be longer than this: 1 MiB of characters. */
const longestLine = 1 << 20;
/** Series, and fields of one, that are remembered: those made up without end take no memory. */
const mostNames = 20_000;
const longestOrder = 1000;
/** With more malformed lines than this a body is no line protocol, and reading it ends. */
const mostMalformed = 10_000;

/**
 * Readings of an InfluxDB line protocol body, whole; `readLines` hands them over piece by piece.
 *
 * @example (await parseLines("pump,line=2 flow=3.2 1700000000000000000", { precision: "ns", now: 0 })).readings[0].path // "2/pump/flow"
 */
export async function parseLines(text: string, options: LineOptions): Promise<Lines> {
  const all: Lines = { readings: [], rejected: [], malformed: [] };
  for await (const { readings, rejected, malformed } of readLines(text, options)) {
    for (const reading of readings) all.readings.push(reading);
    for (const one of rejected) all.rejected.push(one);
    for (const one of malformed) all.malformed.push(one);
  }
  return all;
}

/**
 * The readings of an InfluxDB line protocol body, in pieces of some milliseconds' work: between two of
 * them the event loop runs, so that a body of 10 MB holds up nobody.
 *
 * All of a malformed line is left out, and reading goes on at the next. A "/" in a name becomes "%2F": a
 * slash parts the names of a path. Integers beyond 2^53 become the nearest double. Times lose what is
 * below a microsecond, towards the past.
 *
 * Source: InfluxDB v2 documentation, "Line protocol"; cases it leaves open are as InfluxDB's own parser
 * has them: a backslash is itself unless it comes before a character that needs escaping.
 */
export async function* readLines(text: string, options: LineOptions): AsyncGenerator<Lines> {
  const reader = new LineReader(text, options);
  while (!reader.isDone) {
    yield reader.read(performance.now() + 4);
    if (!reader.isDone) await setImmediate();
  }
}

/** A field as it is written, and the path of its readings. */
interface Field {
  readonly key: string;
  readonly path: string;
}

/** A series: its characters up to the fields, its names, and its fields. */
interface Series {
  readonly head: string;
  readonly names: SeriesNames;
  readonly fields: Map<string, Field>;
  /** As they came last: writers keep to an order, so the next one is mostly known before it is read. */
  readonly order: Field[];
}

/** What reading a body is at. One pass over the characters; nothing is matched, and strings are made for names only. */
class LineReader {
  readonly #text: string;
  readonly #options: LineOptions;
  readonly #end: number;
  #at = 0;
  #line = 1;
  #counted = 0; // newlines are counted up to here
  #limit = 0; // where the line at hand is too long
  #reason = "";
  #malformed = 0;
  // Series by a hash of their characters, so that names are taken apart once a series and not once a line.
  readonly #series = new Map<number, Series>();
  #hash = 0; // of the head at hand
  // The fields of the line at hand.
  readonly #paths: string[] = [];
  readonly #values: (number | string | boolean)[] = [];
  #fields = 0;
  #piece: Lines = { readings: [], rejected: [], malformed: [] };

  constructor(text: string, options: LineOptions) {
    this.#text = text;
    this.#options = options;
    this.#end = text.length;
  }

  get isDone(): boolean {
    return this.#at >= this.#end;
  }

  /** Reads until a time is up; always some lines. */
  read(until: number): Lines {
    const piece: Lines = { readings: [], rejected: [], malformed: [] };
    this.#piece = piece;
    do {
      const stop = Math.min(this.#end, this.#at + 8192);
      while (this.#at < stop) this.#readLine();
    } while (!this.isDone && performance.now() < until);
    return piece;
  }

  #readLine(): void {
    const start = this.#skipBlanks(this.#at);
    const first = start < this.#end ? this.#text.charCodeAt(start) : newline;
    if (first === newline) {
      this.#at = start + 1;
    } else if (first === hash) {
      this.#at = this.#afterLine(start);
    } else {
      this.#limit = Math.min(this.#end, start + longestLine);
      this.#fields = 0;
      const end = this.#readPoint(start);
      if (end < 0) this.#leaveOut(start);
      else this.#at = end + 1;
    }
  }

  #skipBlanks(at: number): number {
    const text = this.#text;
    for (; at < this.#end; at++) {
      const code = text.charCodeAt(at);
      if (code !== space && code !== tab && code !== carriageReturn) break;
    }
    return at;
  }

  #afterLine(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#end : end + 1;
  }

  /** Notes a malformed line and goes on behind its first newline, so that an open quote takes no other line with it. */
  #leaveOut(start: number): void {
    for (let at = this.#counted; ; ) {
      at = this.#text.indexOf("\n", at);
      if (at < 0 || at >= start) break;
      at++;
      this.#line++;
    }
    this.#counted = Math.max(this.#counted, start);
    const after = this.#afterLine(start);
    const isLast = ++this.#malformed > mostMalformed;
    const reason = after - start > longestLine ? "the line is too long" : this.#reason;
    const seen = isLast ? "too many malformed lines: nothing from here on was read" : `${reason}: ${JSON.stringify(this.#text.slice(start, Math.min(after, start + 60)).trimEnd())}`;
    this.#piece.malformed.push({ line: this.#line, seen });
    this.#at = isLast ? this.#end : after;
  }

  #fail(reason: string): -1 {
    this.#reason = reason;
    return -1;
  }

  /** Reads one point and keeps its readings; returns where its line ends, or -1. */
  #readPoint(start: number): number {
    const head = this.#endOfHead(start);
    if (head < 0) return -1;
    const series = this.#seriesOf(start, head);
    if (series === null) return -1;
    let at = this.#skipSpaces(head);
    at = this.#readFields(at, series);
    if (at < 0) return -1;
    return this.#readTime(this.#skipSpaces(at));
  }

  #skipSpaces(at: number): number {
    while (at < this.#end && this.#text.charCodeAt(at) === space) at++;
    return at;
  }

  /** Where measurement and tags end: at the first space that is not escaped. */
  #endOfHead(start: number): number {
    const text = this.#text;
    let hash = 0;
    for (let at = start; at < this.#limit; at++) {
      const code = text.charCodeAt(at);
      if (code === space) {
        this.#hash = hash;
        return at === start ? this.#fail("no measurement") : at;
      }
      if (code === newline) break;
      hash = (Math.imul(hash, 31) + code) | 0;
      if (code === backslash) at++;
    }
    return this.#fail("no fields");
  }

  #seriesOf(start: number, end: number): Series | null {
    const known = this.#series.get(this.#hash);
    if (known !== undefined && known.head.length === end - start && this.#isAt(start, known.head)) return known;
    const head = this.#text.slice(start, end);
    const names = partsOf(head);
    if (typeof names === "string") {
      this.#reason = names;
      return null;
    }
    if (this.#series.size >= mostNames) this.#series.clear();
    const series: Series = { head, names, fields: new Map(), order: [] };
    this.#series.set(this.#hash, series);
    return series;
  }

  /** Whether these characters stand there. */
  #isAt(start: number, characters: string): boolean {
    for (let at = 0; at < characters.length; at++) if (this.#text.charCodeAt(start + at) !== characters.charCodeAt(at)) return false;
    return true;
  }

  #readFields(at: number, series: Series): number {
    const text = this.#text;
    for (;;) {
      const expected = series.order[this.#fields];
      const isExpected = expected !== undefined && text.charCodeAt(at + expected.key.length) === equals && this.#isAt(at, expected.key);
      const field = isExpected ? expected : this.#readKey(at, series);
      if (field === null) return -1;
      at = this.#readValue(at + field.key.length + 1, field.path);
      if (at < 0) return -1;
      if (at >= this.#end) return at;
      const next = text.charCodeAt(at);
      if (next === comma) at++;
      else if (next === space || next === newline || next === carriageReturn) return at;
      else return this.#fail("something follows a field's value");
    }
  }

  /** The field whose key stands there; `null` without one that ends in an equals sign. */
  #readKey(start: number, series: Series): Field | null {
    const text = this.#text;
    let at = start;
    for (; at < this.#limit; at++) {
      const code = text.charCodeAt(at);
      if (code === equals || code === newline || code === space || code === comma) break;
      if (code === backslash) at++;
    }
    const hasValue = at < this.#limit && text.charCodeAt(at) === equals;
    if (!hasValue || at === start) {
      this.#reason = hasValue ? "a field without a name" : at === start ? "no fields" : "a field without a value";
      return null;
    }
    const key = text.slice(start, at);
    const field = series.fields.get(key) ?? this.#newField(series, key);
    if (this.#fields < longestOrder) series.order[this.#fields] = field;
    return field;
  }

  #newField(series: Series, key: string): Field {
    const { measurement, tags } = series.names;
    const field = { key, path: (this.#options.pathOf ?? usualPath)(measurement, tags, unescaped(key)) };
    if (series.fields.size >= mostNames) series.fields.clear();
    series.fields.set(key, field);
    return field;
  }

  /** Reads a value and keeps it; returns where it ends, or -1. */
  #readValue(at: number, path: string): number {
    const code = at < this.#end ? this.#text.charCodeAt(at) : newline;
    if (code === quote) return this.#readString(at + 1, path);
    if ((code >= zero && code <= nine) || code === minus || code === dot) return this.#readNumber(at, path);
    return this.#readFlag(at, path);
  }

  /** Few digits are put together exactly: a whole number below 2^53, once divided by a power of ten below 10^23. */
  #readNumber(start: number, path: string): number {
    const text = this.#text;
    const isNegative = text.charCodeAt(start) === minus;
    let at = isNegative ? start + 1 : start;
    let digits = 0;
    let whole = 0;
    let places = -1;
    for (; at < this.#limit; at++) {
      const code = text.charCodeAt(at);
      if (code >= zero && code <= nine) {
        whole = whole * 10 + (code - zero);
        digits++;
        if (places >= 0) places++;
      } else if (code === dot && places < 0) places = 0;
      else break;
    }
    const next = at < this.#end ? text.charCodeAt(at) : newline;
    const isPlain = next === comma || next === space || next === newline || next === carriageReturn;
    if (!isPlain || digits === 0 || digits > 15) return this.#readLongNumber(start, path);
    const size = places > 0 ? whole / powers[places] : whole;
    this.#keep(path, isNegative ? 0 - size : size); // no -0
    return at;
  }

  /** Numbers with an exponent, a type or many digits. */
  #readLongNumber(start: number, path: string): number {
    const end = this.#endOfWord(start);
    const word = end - start > 400 ? "" : this.#text.slice(start, end);
    const type = word.at(-1);
    if (type === "i" || type === "u") {
      if (!isInteger(word.slice(0, -1), type === "u")) return this.#fail("a whole number that is none, or too large");
      this.#keep(path, Number(word.slice(0, -1)));
    } else {
      if (!isDecimal(word)) return this.#fail("a number that is none");
      this.#keep(path, Number(word));
    }
    return end;
  }

  #readFlag(start: number, path: string): number {
    const end = this.#endOfWord(start);
    const flag = end - start > 5 ? undefined : flags.get(this.#text.slice(start, end));
    if (flag === undefined) return this.#fail(end === start ? "a field without a value" : "a value that is neither number, text nor flag");
    this.#keep(path, flag);
    return end;
  }

  #readString(start: number, path: string): number {
    const text = this.#text;
    let hasEscapes = false;
    for (let at = start; at < this.#limit; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        const value = text.slice(start, at);
        this.#keep(path, hasEscapes ? value.replaceAll(/\\(["\\])/g, "$1") : value);
        return at + 1;
      }
      if (code === backslash) {
        hasEscapes = true;
        at++;
      }
    }
    return this.#fail("a quote that is not closed");
  }

  #endOfWord(at: number): number {
    for (; at < this.#limit; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === comma || code === space || code === newline || code === carriageReturn) break;
    }
    return at;
  }

  #keep(path: string, value: number | string | boolean): void {
    this.#paths[this.#fields] = path;
    this.#values[this.#fields++] = value;
  }

  /** Reads the time, if there is one, to the end of the line; then the line's readings count. */
  #readTime(at: number): number {
    const end = this.#endOfWord(at);
    const time = end === at ? this.#options.now : microsOf(this.#text, at, end, this.#options.precision);
    const last = this.#skipBlanks(end);
    if (last < this.#end && this.#text.charCodeAt(last) !== newline) return this.#fail("something follows the time");
    if (Number.isNaN(time)) return this.#fail("a time that is no whole number, or out of range");
    for (let field = 0; field < this.#fields; field++) this.#give(this.#paths[field], this.#values[field], time);
    return last;
  }

  #give(path: string, value: number | string | boolean, time: Micros): void {
    if (typeof value === "number" && !Number.isFinite(value)) this.#piece.rejected.push({ reason: "not-a-number", seen: `${path.slice(0, 80)}: larger than a number can be` });
    else this.#piece.readings.push({ path, time, value, quality: "good" });
  }
}

import { isUtf8 } from "node:buffer";
import { Origin } from "../schema/origin.ts";
import type { Quality } from "../schema/quality.ts";
import type { Micros } from "../schema/time.ts";
import type { Reading, Rejection } from "./connector.ts";
import { shown } from "./name.ts";
import { localMicros, readWritten } from "./timestamp.ts";

/** What a message said: readings, and what was left out with the reason. */
export interface Decoded {
  readonly readings: readonly Reading[];
  readonly rejected: readonly Rejection[];
  readonly origin: Origin;
}

export interface PayloadLimits {
  readonly bytes: number;
  readonly depth: number;
  /** Values in one message. */
  readonly values: number;
}

export const payloadLimits: PayloadLimits = { bytes: 1024 * 1024, depth: 16, values: 10_000 };

/**
 * Reads the payload of a message about `path`. What makes no sense is rejected with its reason, never
 * thrown: a source sends the same again, and an error would stop everything behind it.
 *
 * Forms, all UTF-8: a bare number (`3.2`), `true`, `false`, a JSON text; `{"value": 3.2, "time": …,
 * "quality": …, "unit": …, "origin": …}`, of which all but the value may be missing (`timestamp` and
 * `ts` also mean time); an object of several values, each a signal below the path (`{"time": …,
 * "temperature": 3, "motor": {"current": 4}}` gives `temperature` and `motor.current`), or the same
 * under `"values"`; an array of such objects. A time is ISO 8601, taken as UTC without an offset, or a
 * number of s, ms, µs or ns since 1970, told apart by its size; without one it is `arrived`.
 *
 * Cost: linear in the bytes; about 1 ms for 100 kB.
 */
export function decodePayload(path: string, payload: Uint8Array, arrived: Micros, limits: PayloadLimits = payloadLimits): Decoded {
  if (payload.length > limits.bytes) return nothing("too-large", `${payload.length} bytes about ${shown(path)}`);
  if (payload.length === 0) return { readings: [], rejected: [], origin: "sensor" }; // how a retained message is cleared
  if (!isUtf8(payload)) return nothing("malformed", `no UTF-8 about ${shown(path)}`);
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("utf8");
  if (text.length <= 40) {
    const number = bareNumber(text);
    if (number !== null) return { readings: [{ path, time: arrived, value: number, quality: "good" }], rejected: [], origin: "sensor" };
    if (isNotANumber(text.trim())) return nothing("not-a-number", shown(text));
  }
  const parsed = parseStrictly(payload, text, limits.depth);
  if ("problem" in parsed) return nothing("malformed", `${parsed.problem} about ${shown(path)}: ${shown(text)}`);
  return readingsIn(parsed.value, path, arrived, limits);
}

/** Readings in a value that was JSON, by the forms of `decodePayload`. */
export function readingsIn(value: unknown, path: string, arrived: Micros, limits: PayloadLimits = payloadLimits): Decoded {
  const sink = new Sink(arrived, limits);
  if (Array.isArray(value)) for (const one of value) sink.object(path, one);
  else if (isObject(value)) sink.object(path, value);
  else sink.value(path, value, plain(arrived));
  return { readings: sink.readings, rejected: sink.rejected, origin: sink.origin ?? "sensor" };
}

/** What holds for a value beside it. */
interface Said {
  readonly time: Micros;
  readonly quality: Quality;
  readonly unit: string | null;
}

const plain = (time: Micros): Said => ({ time, quality: "good", unit: null });
const besides = new Set(["time", "timestamp", "ts", "quality", "unit", "origin", "values"]);

class Sink {
  readonly readings: Reading[] = [];
  readonly rejected: Rejection[] = [];
  origin: Origin | null = null;
  readonly #arrived: Micros;
  readonly #limits: PayloadLimits;

  constructor(arrived: Micros, limits: PayloadLimits) {
    this.#arrived = arrived;
    this.#limits = limits;
  }

  /** One object of values, or `{"value": …}`. */
  object(path: string, value: unknown): void {
    if (!isObject(value)) return this.#reject("malformed", path, value);
    const origin = value["origin"] ?? this.origin ?? "sensor";
    if (!isOrigin(origin) || (this.origin !== null && origin !== this.origin)) return this.#reject("malformed", `${path} (origin)`, origin);
    this.origin = origin;
    const said = this.#besides(path, value, plain(this.#arrived));
    if (said === null) return;
    if (isScalar(value["value"])) return this.value(path, value["value"], said);
    const values = isObject(value["values"]) ? value["values"] : value;
    const isWhole = values !== value;
    for (const name of Object.keys(values)) {
      if (isWhole || !besides.has(name)) this.#field(path, name, values[name], said, 2);
    }
  }

  value(path: string, value: unknown, { time, quality, unit }: Said): void {
    if (this.readings.length >= this.#limits.values) return this.#tooMany(path);
    if (typeof value === "boolean") this.readings.push({ path, time, value, quality, unit });
    else if (typeof value === "number" && Number.isFinite(value)) this.readings.push({ path, time, value, quality, unit });
    else if (typeof value === "string" && !isNotANumber(value)) this.readings.push({ path, time, value, quality, unit });
    else this.#reject(isScalar(value) ? "not-a-number" : "malformed", path, value);
  }

  #field(path: string, name: string, value: unknown, said: Said, depth: number): void {
    if (name.includes("/")) return this.#reject("bad-name", path, name);
    if (!isObject(value)) return this.value(`${path}/${name}`, value, said);
    if (depth >= this.#limits.depth) return this.#reject("malformed", path, name);
    if (isScalar(value["value"])) {
      const own = this.#besides(path, value, said);
      if (own !== null) this.value(`${path}/${name}`, value["value"], own);
      return;
    }
    for (const inner of Object.keys(value)) this.#field(path, `${name}.${inner}`, value[inner], said, depth + 1);
  }

  /** Time, quality and unit beside a value; `null`, and counted, when the time makes no sense. */
  #besides(path: string, value: Readonly<Record<string, unknown>>, outer: Said): Said | null {
    const written = value["time"] ?? value["timestamp"] ?? value["ts"];
    const time = written === undefined ? outer.time : readTime(written);
    if (Number.isNaN(time)) {
      this.#reject("bad-time", path, written);
      return null;
    }
    const quality = value["quality"] === undefined ? outer.quality : readQuality(value["quality"]);
    const unit = typeof value["unit"] === "string" && value["unit"].trim() !== "" ? value["unit"].trim() : outer.unit;
    return { time, quality, unit };
  }

  #reject(reason: Rejection["reason"], path: string, seen: unknown): void {
    if (this.rejected.length < this.#limits.values) this.rejected.push({ reason, seen: `${shown(path)}: ${short(seen)}` });
  }

  #tooMany(path: string): void {
    const last = this.rejected.at(-1);
    if (last?.reason !== "too-large") this.rejected.push({ reason: "too-large", seen: `more than ${this.#limits.values} values about ${shown(path)}` });
  }
}

/** A time in UTC microseconds, from 1990 up to 2100, as ISO text or a number of s, ms, µs or ns; else `NaN`. */
export function readTime(written: unknown): Micros {
  if (typeof written === "number") return fromNumber(written);
  if (typeof written !== "string" || written.length > 60) return Number.NaN;
  const text = written.trim();
  if (/^\d{9,19}$/.test(text)) return fromNumber(Number(text.length > 17 ? text.slice(0, -3) : text)); // the last digits of ns do not fit a double
  if (/^\d{9,13}\.\d{1,9}$/.test(text)) return fromNumber(Number(text));
  const parts = /^\d{4}-\d\d-\d\d[Tt ]\d/.test(text) ? readWritten(text) : null;
  return parts === null ? Number.NaN : inRange(localMicros(parts, "ymd") - (parts.offset ?? 0));
}

export const earliestTime = Date.UTC(1990, 0, 1) * 1000;
export const latestTime = Date.UTC(2100, 0, 1) * 1000;

function fromNumber(value: number): Micros {
  // 1990 to 2100 in one unit never overlaps the same years in the next.
  if (value < latestTime / 1e6) return inRange(Math.round(value * 1e6));
  if (value < latestTime / 1e3) return inRange(Math.round(value * 1e3));
  if (value < latestTime) return inRange(Math.round(value));
  return inRange(Math.round(value / 1e3));
}

const inRange = (time: number): Micros => (time >= earliestTime && time < latestTime ? time : Number.NaN);

/** Words, or the quality byte of OPC: from 192 good, from 64 uncertain. What is not known is uncertain. */
function readQuality(said: unknown): Quality {
  if (typeof said === "number") return said >= 192 ? "good" : said >= 64 ? "uncertain" : "bad";
  const word = typeof said === "string" ? said.trim().toLowerCase() : said === true ? "good" : said === false ? "bad" : "";
  return word === "good" || word === "bad" ? word : "uncertain";
}

function bareNumber(text: string): number | null {
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const isNotANumber = (text: string): boolean => /^[+-]?(?:nan|inf|infinity|1\.#(?:inf|qnan|ind))$/i.test(text);

/** JSON as it is meant: depth bounded before it is built, and no key twice, of which JSON.parse would drop one. */
function parseStrictly(bytes: Uint8Array, text: string, depth: number): { value: unknown } | { problem: string } {
  const { deepest, colons } = shapeOf(bytes);
  if (deepest > depth) return { problem: `deeper than ${depth} levels` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "no number, boolean or JSON" };
  }
  return colons > 0 && keysIn(value) !== colons ? { problem: "a key that is there twice" } : { value };
}

/** Nesting and the number of keys, by bytes: none of these is ever part of another UTF-8 character. */
function shapeOf(bytes: Uint8Array): { deepest: number; colons: number } {
  let level = 0;
  let deepest = 0;
  let colons = 0;
  let isText = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (isText) {
      if (byte === 0x5c) index++;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x3a) colons++;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++level > deepest) deepest = level;
    } else if (byte === 0x7d || byte === 0x5d) level--;
  }
  return { deepest, colons };
}

function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const one of value) keys += keysIn(one);
    return keys;
  }
  for (const one of Object.values(value)) keys += 1 + keysIn(one);
  return keys;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => value === null || ["number", "string", "boolean"].includes(typeof value);
const isOrigin = (value: unknown): value is Origin => Origin.options.includes(value as Origin);

function nothing(reason: Rejection["reason"], seen: string): Decoded {
  return { readings: [], rejected: [{ reason, seen }], origin: "sensor" };
}

function short(seen: unknown): string {
  if (typeof seen === "string") return shown(seen);
  if (typeof seen === "number" || typeof seen === "boolean" || seen === null || seen === undefined) return String(seen);
  return Array.isArray(seen) ? "an array" : "an object";
}

import { setImmediate } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import { Quality } from "../schema/quality.ts";
import type { Micros } from "../schema/time.ts";
import type { Reading, Rejection } from "./connector.ts";

/** Readings of a JSON body, and those left out. */
export interface BodyReadings {
  readonly readings: Reading[];
  readonly rejected: Rejection[];
}

/** Rejections that say what was seen; further ones only say why. */
const toldInFull = 1000;
const longestText = 10_000; // characters of a text value
const longestPath = 2000;
const mostColumns = 10_000;
/** Readings between two looks at the clock. */
const stride = 512;

/**
 * The readings of a JSON body, read in pieces of some milliseconds so that a large one holds up nobody.
 *
 * Takes `{readings: [{path, time?, value, quality?, unit?}]}`, `{path, points: [[time, value, quality?]]}`,
 * and `{path?, columns: {name: [value]}, times: [time]}`, where a `null` in a column is a gap. Times are
 * UTC microseconds; `now` stands in where there is none. A reading that makes no sense is left out with
 * its reason. Throws `capture.bad-body` for a body that is none of the forms.
 */
export async function readJson(body: unknown, now: Micros): Promise<BodyReadings> {
  const into = new Gatherer(now);
  const source = formOf(body, into);
  let until = performance.now() + 4;
  for (let count = 0; source(); count++) {
    if (count % stride !== 0 || performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + 4;
  }
  return into;
}

/** Takes one step; false when there is nothing left. */
type Steps = () => boolean;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function formOf(body: unknown, into: Gatherer): Steps {
  if (!isFields(body)) throw badBody("it is no object");
  const { readings, points, columns, times, path } = body;
  if (Array.isArray(readings)) return eachOf(readings, (one) => into.takeReading(one));
  if (Array.isArray(points)) {
    const name = textOf(path, "`path`");
    return eachOf(points, (one) => into.takePoint(name, one));
  }
  if (isFields(columns)) return stepsOfColumns(path === undefined ? "" : `${textOf(path, "`path`")}/`, columns, times, into);
  throw badBody(`it has none of \`readings\`, \`points\` and \`columns\``);
}

function eachOf(list: readonly unknown[], take: (one: unknown) => void): Steps {
  let at = 0;
  return () => {
    if (at >= list.length) return false;
    take(list[at++]);
    return true;
  };
}

/** Row by row, so that readings come in order of time. */
function stepsOfColumns(prefix: string, columns: Fields, times: unknown, into: Gatherer): Steps {
  if (!Array.isArray(times)) throw badBody("`times` is no list");
  const named = Object.entries(columns).map(([name, values]) => ({ path: prefix + name, values }));
  if (named.length > mostColumns) throw badBody(`it has ${named.length} columns, at most ${mostColumns} are taken`);
  const lists = named.map(({ path, values }) => {
    if (!Array.isArray(values) || values.length !== times.length) throw badBody(`column ${quoted(path)} is not as long as \`times\``);
    return { path, values: values as readonly unknown[] };
  });
  let [row, column] = [0, 0];
  return () => {
    if (row >= times.length || lists.length === 0) return false;
    const { path, values } = lists[column];
    if (values[row] !== null) into.take(path, times[row], values[row], "good", undefined);
    column++;
    if (column < lists.length) return true;
    column = 0;
    row++;
    return true;
  };
}

/** Checks readings one by one and keeps the good ones. */
class Gatherer implements BodyReadings {
  readonly readings: Reading[] = [];
  readonly rejected: Rejection[] = [];
  readonly #now: Micros;

  constructor(now: Micros) {
    this.#now = now;
  }

  takeReading(one: unknown): void {
    if (!isFields(one)) return this.#leaveOut("malformed", one);
    this.take(one["path"], one["time"] ?? this.#now, one["value"], one["quality"] ?? "good", one["unit"]);
  }

  takePoint(path: string, one: unknown): void {
    if (!Array.isArray(one) || one.length < 2 || one.length > 3) return this.#leaveOut("malformed", one);
    const [time, value, quality = "good"] = one as unknown[];
    this.take(path, time ?? this.#now, value, quality, undefined);
  }

  take(path: unknown, time: unknown, value: unknown, quality: unknown, unit: unknown): void {
    if (typeof path !== "string" || path.length > longestPath || !path.includes("/")) return this.#leaveOut("bad-name", path);
    if (typeof time !== "number" || !Number.isSafeInteger(time)) return this.#leaveOut("bad-time", time);
    if (!isQuality(quality)) return this.#leaveOut("malformed", quality);
    if (unit !== undefined && unit !== null && (typeof unit !== "string" || unit.length > 60)) return this.#leaveOut("malformed", unit);
    const why = faultOf(value);
    if (why !== null) return this.#leaveOut(why, value);
    const reading = { path, time, value: value as Reading["value"], quality };
    this.readings.push(unit === undefined ? reading : { ...reading, unit });
  }

  #leaveOut(reason: Rejection["reason"], seen: unknown): void {
    this.rejected.push(this.rejected.length < toldInFull ? { reason, seen: quoted(seen) } : untold(reason));
  }
}

const qualities: ReadonlySet<unknown> = new Set(Quality.options);
const isQuality = (value: unknown): value is Quality => qualities.has(value);

function faultOf(value: unknown): Rejection["reason"] | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : "not-a-number";
  if (typeof value === "boolean") return null;
  if (typeof value === "string") return value.length > longestText ? "too-large" : null;
  return value === null ? "not-a-number" : "wrong-type";
}

const shared = new Map<Rejection["reason"], Rejection>();

/** One object for all: a million of them must not take a million times its memory. */
function untold(reason: Rejection["reason"]): Rejection {
  const one = shared.get(reason) ?? { reason, seen: "" };
  shared.set(reason, one);
  return one;
}

/** Anything in a few characters; the inside of lists and objects is not looked at, however deep. */
function quoted(seen: unknown): string {
  if (typeof seen === "string") return JSON.stringify(seen.slice(0, 80));
  if (Array.isArray(seen)) return `a list of ${seen.length}`;
  if (typeof seen === "object" && seen !== null) return "an object";
  return typeof seen === "number" ? String(seen) : (JSON.stringify(seen) ?? "nothing"); // JSON has no infinity
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw badBody(`${what} is no text`);
}

function badBody(seen: string): MillraceError {
  return new MillraceError("capture.bad-body", `Cannot read readings from this body: ${seen}`, {
    hint: 'Send {"readings":[{"path":"line/pump/flow","time":1700000000000000,"value":3.2}]}, {"path":...,"points":[[time,value]]} or {"columns":{"line/pump/flow":[3.2]},"times":[...]}.',
  });
}

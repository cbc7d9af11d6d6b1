import type { Column } from "../capture/recording.ts";
import { baselineOf } from "../learn/baseline.ts";
import type { BaselineValues } from "../learn/maps/window-map.ts";

/** A column that no model was taught on, and why in words. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** The signals of a model: their places among the columns, and what is usual for each. */
export interface ChosenSignals {
  readonly places: readonly number[];
  readonly baseline: BaselineValues;
  readonly leftOut: readonly LeftOut[];
}

/** A sum holds about 700 features, and a signal makes six of them. */
const mostSignals = 116;
/** Below this share of known rows a signal would make most windows unknown. */
const leastKnown = 0.5;

/** Columns that may feed a model by what they are; the others with the reason. */
export function candidates(columns: readonly Column[]): { candidates: Column[]; leftOut: LeftOut[] } {
  const leftOut = columns.flatMap((column) => {
    const reason = notFor(column);
    return reason === null ? [] : [{ name: column.name, reason }];
  });
  return { candidates: columns.filter((column) => notFor(column) === null), leftOut };
}

/**
 * The signals that a model can be taught on: known often enough, and moving, in the training stretch.
 *
 * Looks at what comes after the training stretch only to tell whether a signal is there at all.
 * Input: one column of rows a name; `teaches`, 1 for each row of the training stretch (the first
 * `trainRows`) that may teach.
 */
export function chooseSignals(names: readonly string[], columns: readonly Float64Array[], trainRows: number, teaches: Uint8Array): ChosenSignals {
  const leftOut: LeftOut[] = [];
  const places: number[] = [];
  const baselines: BaselineValues[] = [];
  for (const [place, name] of names.entries()) {
    const column = columns[place];
    const taught = column.slice(0, trainRows).map((value, row) => (teaches[row] === 1 ? value : NaN));
    const reason = whyNot(taught, column.subarray(trainRows), teaches) ?? (places.length < mostSignals ? null : `a model takes ${mostSignals} signals at most`);
    const baseline = baselineOf({ rows: trainRows, columns: 1, values: taught });
    if (reason === null && !Number.isNaN(baseline.centre[0])) {
      places.push(place);
      baselines.push(baseline);
    } else leftOut.push({ name, reason: reason ?? "its readings leave long holes in the training stretch" });
  }
  const joined = (part: keyof BaselineValues) => Float64Array.from(baselines, (baseline) => baseline[part][0]);
  return { places, baseline: { centre: joined("centre"), spread: joined("spread"), noise: joined("noise") }, leftOut };
}

function notFor({ valueType, role }: Column): string | null {
  if (valueType === "text") return "holds texts, not numbers";
  if (role === "state" || valueType === "flag") return "a state, not a measurement";
  if (role === "counter") return "a counter, which only rises";
  return role === "energy-meter" ? "an energy meter, which only rises" : null;
}

function whyNot(taught: Float64Array, rest: Float64Array, teaches: Uint8Array): string | null {
  const [before, after] = [facts(taught), facts(rest)];
  const rows = teaches.reduce((sum, value) => sum + value, 0);
  if (before.known < leastKnown * rows) return `known in only ${percent(before.known / Math.max(rows, 1))} of the training stretch`;
  if (after.known < leastKnown * rest.length) return `known in only ${percent(after.known / rest.length)} of the rows after the training stretch`;
  if (before.least < before.most) return null;
  const moves = after.least < before.least || after.most > before.most;
  return moves ? "does not move in the training stretch, though it does later: watch it yourself" : "does not move";
}

function facts(values: Float64Array): { known: number; least: number; most: number } {
  let [known, least, most] = [0, Infinity, -Infinity];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    known++;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { known, least, most };
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

import type { NumberPart } from "../../wheel/study-report.ts";
import type { Clock } from "./format.ts";
import { ticksOf, timeAxis } from "./time-axis.ts";
import { rangeOf, roundTicks, type AxisTick, type Range } from "./xy-plot.ts";

/** A course thinned to as many places as can be seen: the least and most of each. */
export interface ThinCourse {
  readonly at: Float64Array;
  readonly truth: Ends;
  readonly predicted: Ends;
  /** The lowest low and the highest high. */
  readonly band: Ends;
  /** Places before which rows are missing: a line must not run across. */
  readonly breaks: ReadonlySet<number>;
  readonly thinned: boolean;
}

export interface Ends {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const mostPlaces = 700;
/** A step this many times the usual one is a gap. */
const gapSteps = 6;

/** At most 700 places of about equally many rows each; a course of fewer rows is left as it is. Cost: O(rows). */
export function thinCourse({ at, truth, predicted, low, high }: NumberPart): ThinCourse {
  const places = Math.min(at.length, mostPlaces);
  const from = (place: number) => Math.floor((place * at.length) / places);
  const ends = (lows: Float64Array, highs: Float64Array): Ends => {
    const thin: Ends = { low: new Float64Array(places).fill(NaN), high: new Float64Array(places).fill(NaN) };
    for (let place = 0; place < places; place++) {
      for (let row = from(place); row < from(place + 1); row++) {
        if (!(thin.low[place] <= lows[row]) && !Number.isNaN(lows[row])) thin.low[place] = lows[row];
        if (!(thin.high[place] >= highs[row]) && !Number.isNaN(highs[row])) thin.high[place] = highs[row];
      }
    }
    return thin;
  };
  const middles = Float64Array.from({ length: places }, (_, place) => at[Math.floor((from(place) + from(place + 1) - 1) / 2)]);
  return { at: middles, truth: ends(truth, truth), predicted: ends(predicted, predicted), band: ends(low, high), breaks: gaps(middles), thinned: places < at.length };
}

/** Places before which the axis jumps. */
function gaps(at: Float64Array): Set<number> {
  const steps = Float64Array.from({ length: Math.max(0, at.length - 1) }, (_, place) => at[place + 1] - at[place]);
  const usual = steps.toSorted()[steps.length >> 1] ?? 0;
  return new Set(Array.from(steps.keys()).filter((place) => steps[place] > gapSteps * usual).map((place) => place + 1));
}

/** Ticks of a course: round times of the zone's clock, or round row numbers. */
export function courseTicks({ least, most }: Range, zone: string | null): AxisTick[] {
  if (zone === null || !(most > least)) return roundTicks({ least, most });
  const clock: Clock = { zone, countedFrom: null };
  const axis = timeAxis([{ start: least, end: most }]);
  return ticksOf(axis, clock).map(({ x, text }) => ({ at: least + ((x - axis.left) / (axis.right - axis.left)) * (most - least), text }));
}

/** Room for truth, answers and intervals; intervals that would flatten the rest are cut. */
export function valueRange({ truth, predicted, band }: ThinCourse): Range {
  const values = rangeOf([truth.low, truth.high, predicted.low, predicted.high]);
  const all = rangeOf([truth.low, truth.high, predicted.low, predicted.high, band.low, band.high]);
  const room = 0.5 * (values.most - values.least);
  return { least: Math.max(all.least, values.least - room), most: Math.min(all.most, values.most + room) };
}

/** Values kept inside a range, so that nothing is drawn outside of its plot. */
export const cut = (values: Float64Array, { least, most }: Range): Float64Array => values.map((value) => Math.min(most, Math.max(least, value)));

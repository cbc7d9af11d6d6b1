import { hour, second, type Micros } from "../schema/time.ts";
import type { TableSet } from "./study-request.ts";
import type { TrialRows } from "./trial-rows.ts";

/** Steps of a table that its period is taken from, by stretch. */
const stepsLookedAt = 1000;

/**
 * The rows of some sets, one after the other, on one line of time, without their columns.
 *
 * Times that were recorded are kept where they follow each other; a stretch that would go back, or of
 * another file without times, is moved behind the one before, with a pause between that is seen in
 * pictures. Rows without times are `told` apart, or a second.
 */
export function laidOut(sets: readonly TableSet[], told: Micros | null): TrialRows {
  const period = sets.toReversed().map(periodOf).find((own) => own !== null) ?? told ?? second; // those that judge stand last
  const times = new Float64Array(sets.reduce((sum, { rows }) => sum + rows, 0));
  const pause = Math.max(hour, 100 * period);
  let [shift, last, file, invented] = [0, -Infinity, -1, false];
  const put = (set: TableSet, before: number) =>
    set.stretches.map((stretch) => {
      const own = (row: number): Micros => set.times?.[row] ?? set.rowNumbers[row] * period;
      const goesOn = own(stretch.start) + shift > last && (set.times !== null || (invented && stretch.file === file));
      if (last > -Infinity && !goesOn) shift = last + pause - own(stretch.start);
      for (let row = stretch.start; row < stretch.end; row++) times[before + row] = own(row) + shift;
      [last, file, invented] = [times[before + stretch.end - 1], stretch.file, set.times === null];
      return { from: before + stretch.start, to: before + stretch.end, start: times[before + stretch.start] };
    });
  let before = 0;
  const stretches = sets.flatMap((set) => {
    const own = put(set, before);
    before += set.rows;
    return own;
  });
  return { period, stretches, times, columns: [], truth: null };
}

/** The usual time between neighbouring rows; `null` when nobody recorded any. */
function periodOf({ times, stretches }: TableSet): Micros | null {
  if (times === null) return null;
  const steps = stretches.flatMap(({ start, end }) => Array.from({ length: Math.min(end - start - 1, stepsLookedAt) }, (_, at) => times[start + at + 1] - times[start + at])).filter((step) => step > 0);
  return steps.length === 0 ? null : (steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? null);
}

import { shown } from "../capture/name.ts";
import type { TableFile } from "../capture/table-file.ts";
import { MillraceError } from "../errors.ts";
import type { Micros } from "../schema/time.ts";

/** A pause in a recording is a step of more than this many usual ones. */
const longestStep = 10;
/** Files whose samples lie further apart than others', by more than this share, cannot share a length. */
const mostApart = 0.02;

/**
 * Rows that a length of time takes: by the sampling period measured in the files' times, or of files
 * without times by the rate they are said to have been sampled at, in hertz.
 *
 * Throws `study.no-times` where neither is known, `study.no-sense` where files were sampled differently.
 */
export function rowsOfSpan(span: Micros, files: readonly TableFile[], rate: number | null): number {
  if (rate !== null) return Math.round((span / 1e6) * rate);
  const periods = files.map((file) => ({ file, period: file.times === null ? NaN : samplingPeriod(file.times) }));
  const unknown = periods.find(({ period }) => Number.isNaN(period));
  if (unknown !== undefined) {
    throw new MillraceError("study.no-times", `Cannot turn a length of time into rows: ${shown(unknown.file.name)} does not say how far its rows are apart`, {
      hint: "Say how often they were sampled with --rate, such as --rate 12kHz, or give --window in rows.",
    });
  }
  const [least, most] = periods.reduce(([low, high], { period }) => [Math.min(low, period), Math.max(high, period)], [Infinity, 0]);
  if (most > least * (1 + mostApart)) {
    throw new MillraceError("study.no-sense", `Cannot turn a length of time into rows: rows are ${least / 1000} ms apart in one file and ${most / 1000} ms in another`, {
      hint: "Try files that were sampled alike, or give --window in rows.",
    });
  }
  return Math.round(span / (periods[0]?.period ?? NaN));
}

/**
 * The mean time between samples, pauses aside; NaN where time stands still. A mean, because times that
 * were rounded to milliseconds stand still between most samples of a fast signal.
 */
export function samplingPeriod(times: Float64Array): Micros {
  const steps = times.subarray(1).map((time, at) => time - times[at]);
  const rising = steps.filter((step) => step > 0).sort();
  const longest = longestStep * (rising[rising.length >> 1] ?? NaN);
  let [sum, count] = [0, 0];
  for (const step of steps) {
    if (!(step >= 0 && step <= longest)) continue;
    sum += step;
    count++;
  }
  return count === 0 ? NaN : sum / count;
}

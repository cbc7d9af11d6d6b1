import type { Recording } from "../capture/recording.ts";
import { MillraceError } from "../errors.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";

/** A block as cut from a recording, before it has an id. */
export interface CutBlock {
  readonly interval: Interval;
  /** Time of the first recorded row after the warm-up; `null` without one. */
  readonly warmUpEnd: Micros | null;
  /** Recorded rows in it. */
  readonly rows: number;
}

/**
 * Cuts a recording into blocks by the wheel's rule: the whole file, equal spans of the clock, wherever
 * a signal changes its value, or wherever the rows pause.
 *
 * Input: the times of the rows as they will be stored, any order.
 * Throws `wheel.no-block-signal` when the rule names a signal that the recording has not.
 */
export function cutBlocks(times: Float64Array, recording: Recording, wheel: Pick<Wheel, "blockRule" | "warmUpRows" | "grid">): CutBlock[] {
  const order = Array.from(times.keys()).sort((a, b) => times[a] - times[b]);
  const starts = [0];
  const isCut = cutRule(times, recording, wheel);
  for (let at = 1; at < order.length; at++) if (isCut(order[at - 1], order[at])) starts.push(at);
  return starts.map((from, i) => {
    const to = starts[i + 1] ?? order.length;
    const end = times[order[to - 1]] + wheel.grid.period;
    const next = starts[i + 1] === undefined ? end : times[order[to]];
    const warm = wheel.warmUpRows > 0 && wheel.warmUpRows < to - from ? times[order[from + wheel.warmUpRows]] : null;
    return { interval: { start: times[order[from]], end: Math.min(end, next) }, warmUpEnd: wheel.warmUpRows > 0 ? (warm ?? end) : null, rows: to - from };
  });
}

function cutRule(times: Float64Array, recording: Recording, { blockRule }: Pick<Wheel, "blockRule">): (before: number, row: number) => boolean {
  if (blockRule.by === "file") return () => false;
  if (blockRule.by === "gap") return (before, row) => times[row] - times[before] > blockRule.longer;
  if (blockRule.by === "duration") {
    const span = (row: number) => Math.floor(times[row] / blockRule.length);
    return (before, row) => span(before) !== span(row);
  }
  const column = recording.columns.find(({ name }) => name === blockRule.signal);
  if (column === undefined) {
    throw new MillraceError("wheel.no-block-signal", `Cannot cut blocks by ${JSON.stringify(blockRule.signal)}: the recording has no such signal`, {
      hint: `It has ${recording.columns.map(({ name }) => JSON.stringify(name)).join(", ").slice(0, 300)}.`,
    });
  }
  const { values } = column;
  return (before, row) => values[row] !== values[before] && !(Number.isNaN(values[row]) && Number.isNaN(values[before]));
}

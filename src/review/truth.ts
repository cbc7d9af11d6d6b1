import { realOnly } from "./hears.ts";
import type { Label } from "../schema/label.ts";
import type { Interval, Micros } from "../schema/time.ts";

/** What is known of a row: 0 normal, 1 fault, 2 nobody has said or opinions differ. */
export const rowTruth = { normal: 0, fault: 1, unknown: 2 } as const;

/**
 * The truth of rows by what people and measurements said.
 *
 * Only labels of real origin count, unless told otherwise: what a model said proves nothing. A later answer of the same
 * author replaces an earlier one where they overlap; different authors who disagree leave the row
 * unknown; "unsure" says nothing.
 *
 * Input: row times, ascending, UTC microseconds; the newest revision of each label.
 * Returns: one of `rowTruth` a row.
 */
export function truthOf(times: Float64Array, labels: readonly Label[], hears = realOnly): Uint8Array {
  const truth = new Uint8Array(times.length).fill(rowTruth.unknown);
  const byAuthor = Map.groupBy(labels.filter(counts).filter(hears), ({ author }) => author);
  const opinions = [...byAuthor.values()].map((own) => opinionOf(times, own));
  for (let i = 0; i < times.length; i++) {
    const said = new Set(opinions.map((opinion) => opinion[i]).filter((value) => value !== rowTruth.unknown));
    const [only] = said;
    if (said.size === 1 && only !== undefined) truth[i] = only;
  }
  return truth;
}

/** The intervals of known faults that reach into `within`, in time order, overlapping ones joined. */
export function faultsOf(labels: readonly Label[], within: Interval, hears = realOnly): Interval[] {
  const faults = labels
    .filter((label) => hears(label) && counts(label) && label.answer === "fault" && label.start < within.end && label.end > within.start)
    .map(({ start, end }) => ({ start: Math.max(start, within.start), end: Math.min(end, within.end) }))
    .sort((a, b) => a.start - b.start);
  const joined: { start: Micros; end: Micros }[] = [];
  for (const fault of faults) {
    const last = joined.at(-1);
    if (last !== undefined && fault.start <= last.end) last.end = Math.max(last.end, fault.end);
    else joined.push({ ...fault });
  }
  return joined;
}

const counts = ({ withdrawn, answer }: Label): boolean => !withdrawn && answer !== "unsure";

function opinionOf(times: Float64Array, labels: readonly Label[]): Uint8Array {
  const opinion = new Uint8Array(times.length).fill(rowTruth.unknown);
  for (const { start, end, answer } of labels.toSorted((a, b) => a.knownAt - b.knownAt || (a.id < b.id ? -1 : 1))) {
    const value = answer === "fault" ? rowTruth.fault : rowTruth.normal;
    for (let i = firstAtOrAfter(times, start); i < times.length && times[i] < end; i++) opinion[i] = value;
  }
  return opinion;
}

function firstAtOrAfter(times: Float64Array, time: Micros): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

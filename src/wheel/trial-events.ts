import { knownShare } from "../learn/maps/window-map.ts";
import { intervalsOf } from "../learn/alarms.ts";
import type { CloseUp, TrialEvent, UnknownSpan } from "./trial.ts";
import type { JudgedRows } from "./trial-judge.ts";
import { intervalOf, type RowStretch, type TrialRows } from "./trial-rows.ts";
import { bucketRows, thinned } from "./trial-series.ts";

const closeUps = 12;
const closeUpSignals = 3;
const closeUpBuckets = 300;
const mostBlamed = 12;

/** The events of a trial, the highest twelve with a closer look. */
export function eventsOf({ found, scores }: JudgedRows, columns: readonly Float64Array[], rows: TrialRows): TrialEvent[] {
  const highest = new Set(found.toSorted((a, b) => b.peak - a.peak).slice(0, closeUps));
  return found.map((event) => {
    const { start, end, cutOff, peak, peakAt, contributions, atStart } = event;
    const blame = contributions.slice(0, mostBlamed).map(({ signal, share }) => ({ signal: Number(signal), share, shareAtStart: atStart[Number(signal)] }));
    const blamed = blame.slice(0, closeUpSignals).map(({ signal }) => signal);
    return { start, end, cutOff, peak, peakAt, blame, closeUp: highest.has(event) ? closeUpOf(event, blamed, scores, columns, rows) : null };
  });
}

function closeUpOf({ from, to }: { from: number; to: number }, blamed: readonly number[], scores: Float32Array, columns: readonly Float64Array[], rows: TrialRows): CloseUp {
  const stretch = stretchOf(rows, from);
  const beside = Math.max(60, Math.ceil((to - from) / 2));
  const view = { from: Math.max(stretch.from, from - beside), to: Math.min(stretch.to, to + beside) };
  const perBucket = bucketRows(view.to - view.from, closeUpBuckets);
  const draw = (values: Float64Array | Float32Array) => thinned(values, [view], perBucket);
  return { ...intervalOf(rows, view), rowsPerBucket: perBucket, score: draw(scores), signals: blamed.map((signal) => ({ signal, series: draw(columns[signal]) })) };
}

/** Runs of judged rows without a score. A signal is missing when too few of a window's rows have it, at the middle of the run. */
export function unknownSpans(scores: Float32Array, columns: readonly Float64Array[], rows: TrialRows, trainRows: number, window: number): UnknownSpan[] {
  return rows.stretches.flatMap(({ from, to }) => {
    const first = Math.max(from, trainRows);
    if (first >= to) return [];
    const unknown = Uint8Array.from(scores.subarray(first, to), (score) => (Number.isNaN(score) ? 1 : 0));
    return intervalsOf(unknown).map(({ start, end }) => {
      const middle = first + ((start + end - 1) >> 1);
      const head = Math.max(from, middle - window + 1);
      const isMissing = (column: Float64Array) => ones(Uint8Array.from(column.subarray(head, middle + 1), (value) => (Number.isNaN(value) ? 0 : 1))) < knownShare * (middle + 1 - head);
      return { ...intervalOf(rows, { from: first + start, to: first + end }), missing: columns.flatMap((column, at) => (isMissing(column) ? [at] : [])) };
    });
  });
}

function stretchOf({ stretches }: TrialRows, row: number): RowStretch {
  const found = stretches.find(({ from, to }) => row >= from && row < to);
  if (found === undefined) throw new RangeError(`Cannot find row ${row}: it lies in no stretch`);
  return found;
}

const ones = (codes: Uint8Array): number => codes.reduce((sum, code) => sum + code, 0);

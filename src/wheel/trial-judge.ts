import { alarmRows, findEvents, type FoundEvent } from "../deploy/events.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { intervalsOf, type RowSpan } from "../learn/alarms.ts";
import type { TrialRows } from "./trial-rows.ts";
import { runParts } from "./trial-teach.ts";

/** Rows at or above the threshold that raise an alarm, and rows below it that clear it. */
export const alarm = { on: 3, off: 3 };

/** Score and alarm of every row: unknown and quiet where nothing was to be said. */
export interface JudgedRows {
  readonly scores: Float32Array;
  readonly alarms: Uint8Array;
  /** Alarms by row of the trial; none crosses from one stretch into the next. */
  readonly spans: readonly RowSpan[];
  readonly found: readonly (FoundEvent & { readonly from: number; readonly to: number; readonly cutOff: boolean; readonly atStart: readonly number[] })[];
}

/** Rows to be judged, `first` to before `to`: windows may reach back to `from`, as they would on the line. */
export interface JudgedSpan {
  readonly from: number;
  readonly first: number;
  readonly to: number;
}

/** What is judged when the first `trainRows` teach: the rest of every stretch. */
export function spansAfter(stretches: TrialRows["stretches"], trainRows: number): JudgedSpan[] {
  return stretches.filter(({ to }) => to > trainRows).map(({ from, to }) => ({ from, first: Math.max(from, trainRows), to }));
}

/**
 * Judges spans of rows by a model's very bytes, and finds its events.
 *
 * Cost: the model's; four bytes a signal for each row of the longest span.
 */
export async function judgeTrial(model: Uint8Array, columns: readonly Float64Array[], rows: TrialRows, judged: readonly JudgedSpan[], window: number, engine: Engine, onRows: (done: number, of: number) => void): Promise<JudgedRows> {
  const session = await engine.open(model);
  const scores = new Float32Array(rows.times.length).fill(NaN);
  const alarms = new Uint8Array(rows.times.length);
  const found: JudgedRows["found"][number][] = [];
  try {
    const all = judged.reduce((sum, { first, to }) => sum + to - first, 0);
    let before = 0;
    for (const { from, first, to } of judged) {
      const contributions = await judgeStretch(session, columns, { from: Math.max(from, first - window + 1), to }, first, window, scores, (row) => onRows(before + row - first, all));
      before += to - first;
      const own = scores.subarray(first, to);
      alarms.set(alarmRows(own, alarm), first);
      const names = columns.map((_, at) => String(at));
      const events = findEvents({ scores: own, contributions }, rows.times.subarray(first, to), rows.period, names, alarm);
      const spans = intervalsOf(alarms.subarray(first, to));
      for (const [at, { start, end }] of spans.entries()) {
        found.push({ ...events[at], from: first + start, to: first + end, cutOff: first + end === to, atStart: sharesAt(contributions, start, columns.length) });
      }
    }
  } finally {
    await session.close();
  }
  return { scores, alarms, spans: found.map(({ from, to }) => ({ start: from, end: to })), found };
}

/** Fills in the scores of rows `first` to `to`, and returns their contributions: rows × signals. */
async function judgeStretch(session: Session, columns: readonly Float64Array[], rows: { from: number; to: number }, first: number, window: number, scores: Float32Array, onRows: (row: number) => void): Promise<Float32Array> {
  const width = columns.length;
  const contributions = new Float32Array((rows.to - first) * width);
  for await (const { begin, at, end, results } of runParts(session, { score: 1, contributions: width }, columns, rows, window)) {
    const fresh = Math.max(at, first);
    if (fresh >= end) continue;
    scores.set(results["score"].subarray(fresh - begin, end - begin), fresh);
    contributions.set(results["contributions"].subarray((fresh - begin) * width, (end - begin) * width), (fresh - first) * width);
    onRows(end);
  }
  return contributions;
}

function sharesAt(contributions: Float32Array, row: number, width: number): number[] {
  const parts = Array.from(contributions.subarray(row * width, (row + 1) * width));
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / whole);
}

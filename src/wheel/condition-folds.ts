import type { JudgedRows, JudgedSpan } from "./trial-judge.ts";
import type { RowStretch, TrialRows } from "./trial-rows.ts";
import type { Folds } from "./study-request.ts";

/** A fold of recorded rows: what judges it, and what is judged. */
export interface ConditionFold {
  /** 1 for each row of the other folds that may teach. */
  readonly teaches: Uint8Array;
  /** Rows of the other folds that follow each other. */
  readonly others: readonly RowStretch[];
  /** The fold's own rows. A window at their head reaches back into rows that taught, as it would on the line. */
  readonly spans: readonly JudgedSpan[];
}

/** Every fold with what the others may teach it; `teaches` is 1 for each row that may teach at all. */
export function conditionFolds({ count, of }: Folds, { stretches }: TrialRows, teaches: Uint8Array): ConditionFold[] {
  return Array.from({ length: count }, (_, fold) => {
    const runs = stretches.flatMap((stretch) => runsOf(stretch, of, fold));
    return {
      teaches: teaches.map((own, row) => (of[row] === fold ? 0 : own)),
      others: runs.filter(({ isOwn }) => !isOwn).map(({ first, to, start }) => ({ from: first, to, start })),
      spans: runs.filter(({ isOwn }) => isOwn).map(({ from, first, to }) => ({ from, first, to })),
    };
  });
}

/** Runs of neighbouring rows within a stretch that are all of a fold, or all not. `start` is of use to pictures only, and the stretch's. */
function runsOf({ from, to, start }: RowStretch, of: Int32Array, fold: number): (JudgedSpan & { readonly isOwn: boolean; readonly start: number })[] {
  const runs: (JudgedSpan & { readonly isOwn: boolean; readonly start: number })[] = [];
  for (let first = from; first < to; ) {
    const isOwn = of[first] === fold;
    let end = first + 1;
    while (end < to && (of[end] === fold) === isOwn) end++;
    runs.push({ from, first, to: end, isOwn, start });
    first = end;
  }
  return runs;
}

/** What several models said, each of rows of its own, as of one. */
export function judgedTogether(parts: readonly JudgedRows[]): JudgedRows {
  const [first] = parts;
  const scores = new Float32Array(first.scores.length).fill(NaN);
  const alarms = new Uint8Array(scores.length);
  for (const part of parts) {
    for (const [row, score] of part.scores.entries()) if (!Number.isNaN(score)) scores[row] = score;
    for (const [row, alarm] of part.alarms.entries()) if (alarm !== 0) alarms[row] = alarm;
  }
  const found = parts.flatMap((part) => part.found).toSorted((a, b) => a.from - b.from);
  return { scores, alarms, found, spans: found.map(({ from, to }) => ({ start: from, end: to })) };
}

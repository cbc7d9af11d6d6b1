import { roleOf } from "../capture/guess.ts";
import { factsOf } from "../capture/column-facts.ts";
import { unitOf } from "../capture/unit.ts";
import type { RowSpan } from "../learn/alarms.ts";
import { intervalsOf } from "../learn/alarms.ts";
import type { ConditionLearnt } from "./condition-teach.ts";
import type { StudyRequest } from "./study-request.ts";
import type { Trial } from "./trial.ts";
import { eventsOf, unknownSpans } from "./trial-events.ts";
import type { JudgedRows } from "./trial-judge.ts";
import { intervalOf, type TrialRows } from "./trial-rows.ts";
import { bucketRows, thinned } from "./trial-series.ts";
import type { ChosenSignals, LeftOut } from "./trial-signals.ts";
import type { TruthFigures } from "./trial-truth.ts";

/** All that is known once the rows that judge were judged. */
export interface JudgedCondition {
  readonly request: StudyRequest;
  readonly rows: TrialRows;
  readonly window: number;
  /** Rows before the first that is judged; 0 where folds judge each other. */
  readonly before: number;
  /** 1 for each row that may teach. */
  readonly teaches: Uint8Array;
  readonly chosen: ChosenSignals;
  /** Readings of the chosen signals. */
  readonly columns: readonly Float64Array[];
  readonly leftOut: readonly LeftOut[];
  readonly learnt: ConditionLearnt;
  readonly detectors: Trial["model"]["detectors"];
  readonly judged: JudgedRows;
  readonly figures: TruthFigures | null;
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** A study of tables in the form of a trial: with the series that pictures are drawn from. */
export function conditionTrial(made: JudgedCondition): Trial {
  const { rows, window, before, teaches, columns, leftOut, learnt, detectors, judged, bytes, digest } = made;
  const [taught, all] = [teaches.length, rows.times.length];
  const rowsPerBucket = bucketRows(all);
  const draw = (values: Float64Array | Float32Array) => thinned(values, rows.stretches, rowsPerBucket);
  return {
    period: rows.period,
    window,
    rowsPerBucket,
    stretches: rows.stretches.map((stretch) => ({ ...intervalOf(rows, stretch), rows: stretch.to - stretch.from, buckets: Math.ceil((stretch.to - stretch.from) / rowsPerBucket) })),
    training: { ...intervalOf(rows, { from: 0, to: taught }), rows: taught, items: learnt.items, blocks: learnt.blocks, faultRows: taught - count(teaches, (own) => own === 1), from: before === 0 ? "the other folds" : "rows of their own" },
    judged: {
      ...intervalOf(rows, { from: before, to: all }),
      rows: all - before,
      unknownRows: count(judged.scores.subarray(before), Number.isNaN),
      alarmRows: judged.spans.reduce((sum, { start, end }) => sum + end - start, 0),
    },
    signals: signalsOf(made).map((signal, at) => ({ ...signal, series: draw(columns[at]) })),
    leftOut,
    score: draw(judged.scores),
    events: eventsOf(judged, columns, rows),
    unknown: unknownSpans(judged.scores, columns, rows, before, window),
    truth: truthOf(made),
    model: {
      bytes,
      digest,
      recipe: { name: detectors.map(({ name }) => name).join("-"), version: 1, learner: "novelty", map: `window-${window}-plain`, params: {} },
      thresholds: learnt.thresholds,
      detectors,
      provisional: learnt.provisional,
      groups: learnt.heldOutShare === null ? 0 : learnt.groups,
    },
  };
}

function signalsOf({ request: { train }, chosen, columns, learnt: { baseline } }: JudgedCondition): Omit<Trial["signals"][number], "series">[] {
  return chosen.places.map((place, at) => {
    const { name } = train.inputs[place];
    const unit = unitOf(name);
    return { name, unit, role: roleOf(name, "number", unit, factsOf(columns[at])), centre: baseline.centre[at], spread: baseline.spread[at] };
  });
}

function truthOf({ request: { train, test }, rows, figures }: JudgedCondition): Trial["truth"] {
  const judged = test ?? train;
  if (figures === null || judged.target === null) return null;
  const codes = new Uint8Array(rows.times.length);
  codes.set(train.target?.values.map((value) => (value === 1 ? 1 : 0)) ?? []);
  codes.set(test?.target?.values.map((value) => (value === 1 ? 1 : 0)) ?? [], train.rows);
  const spans: RowSpan[] = rows.stretches.flatMap(({ from, to }) => intervalsOf(codes.subarray(from, to)).map(({ start, end }) => ({ start: from + start, end: from + end })));
  return { name: judged.target.name, faults: spans.map(({ start, end }) => intervalOf(rows, { from: start, to: end })), figures };
}

const count = <T extends number>(values: Iterable<T>, is: (value: T) => boolean): number => {
  let sum = 0;
  for (const value of values) if (is(value)) sum++;
  return sum;
};

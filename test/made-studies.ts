import { normalFrom, randomFrom } from "../src/learn/random.ts";
import type { NamedFigure } from "../src/prove/figure.ts";
import { studyFigures } from "../src/wheel/study-figures.ts";
import type { StudyReport, StudyTried } from "../src/wheel/study-report.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "../src/wheel/study-request.ts";

/** A set of made-up rows in blocks of 40, or in groups. */
function madeSet(name: string, values: Float64Array, levels: readonly string[] | null, more: Partial<TableSet> = {}): TableSet {
  const rows = values.length;
  return {
    rows, inputs: [], target: { name, values, levels }, times: null, order: null, groups: null, groupNames: [], blocks: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 40)), blockCount: Math.ceil(rows / 40),
    stretches: [{ start: 0, end: rows, file: 0 }], files: [{ name: "made.csv", digest: "ab".repeat(32) }], rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1), ...more,
  };
}

const requestOf = (kind: StudyRequest["kind"], set: TableSet, more: Partial<StudyRequest>): StudyRequest => ({
  kind, train: set, test: set, folds: null, split: "The last fifth of the blocks was kept for judging, because rows come in time order.", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed: 1, budgetSeconds: 60, remarks: [], ...more,
});

/** A figure as another learner may have had it: errors are larger, shares smaller. */
function worsened({ name, value, low, high }: NamedFigure, by: number): Pick<NamedFigure, "value" | "low" | "high"> {
  const of = (one: number | null) => (one === null ? null : name.startsWith("rmse") ? one * by : one / by);
  return { value: of(value), low: of(low), high: of(high) };
}

/** Everything of a report but what its figures are of. */
function reportOf(request: StudyRequest, said: StudyPredictions, more: { readonly unit: string | null; readonly group: string | null; readonly figure: NamedFigure["name"] }): StudyReport {
  const { figures, skill, picture, caveats, positive, judged, unknown } = studyFigures(request, said);
  const lead = figures.find(({ name }) => name === more.figure) ?? figures[0];
  const tried = (learner: string, map: string, params: string, worse: number, chosen: boolean, stopped: string | null = null): StudyTried => ({ learner, map, params, figure: { ...lead, ...worsened(lead, worse) }, seconds: 1.84 * worse, cpuSeconds: 3.1 * worse, peakMiB: 180 * worse, chosen, stopped });
  return {
    kind: request.kind === "condition" ? "classify" : request.kind,
    asked: {
      files: [{ name: "train_2024.csv", digest: "ab".repeat(32), bytes: 1_834_112, rows: 24_000, use: "train" }, { name: "exam_2025.csv", digest: "cd".repeat(32), bytes: 402_118, rows: said.rows.length, use: "test" }],
      target: { name: request.train.target?.name ?? "", unit: more.unit }, inputs: ["inlet temperature", "flow", "motor current", "vibration rms", "pressure"],
      leftOut: [{ name: "batch", reason: "the same in every row" }, { name: "operator", reason: "asked to be left out" }], group: more.group, order: more.group === null ? null : "cycle", lags: request.lag, targetLags: request.targetLags, cap: request.cap, positive,
      split: { how: "test-files", folds: null, words: request.split, block: "40 rows", ordered: more.group === null, trainBlocks: 120, judgedBlocks: 30, trainRows: 24_000, judges: "row", judged, unknown },
      seed: 1, budgetSeconds: 60,
    },
    tried: [tried("boosted trees", "levels and slopes", "31 leaves, 100 rounds", 1.02, true), tried("extra trees", "levels and slopes", "300 trees", 1.06, true), tried("ridge", "levels", "penalty 0.1", 1.4, false), tried("nearest", "levels", "", 1, false, "the budget was spent before it began")],
    model: { parts: [{ learner: "boosted trees", map: "levels and slopes", params: "31 leaves, 100 rounds", weight: 0.63 }, { learner: "extra trees", map: "levels and slopes", params: "300 trees", weight: 0.37 }], digest: "ef".repeat(32), bytes: 412_331, taughtRows: 1_200, fitSeconds: 2.31, decisionMicros: 61.4 },
    figures, skill,
    mattered: [["vibration rms", 0.41], ["motor current", 0.27], ["inlet temperature", 0.19], ["flow", 0.09], ["pressure", 0.04]].map(([name, share]) => ({ name: String(name), share: Number(share) })),
    picture, caveats, seconds: 14.2, cpuSeconds: 25.9, peakMiB: 312,
  };
}

const classNames = ["healthy", "inner race", "outer race", "ball", "misaligned"];

/** Five states of a bearing, mixed up at times; `noise` for a target that nothing tells. */
export function madeClasses(noise = false): StudyReport {
  const random = randomFrom(11);
  const truth = Float64Array.from({ length: 1200 }, () => Math.min(4, Math.floor(5 * random() ** 1.5)));
  const set = madeSet("state", truth, classNames);
  const values = truth.map((value) => {
    const luck = random();
    if (noise) return Math.min(4, Math.floor(5 * luck ** 1.5));
    return luck < 0.86 ? value : luck < 0.95 ? (value + 1) % 5 : luck < 0.98 ? NaN : Math.floor(5 * random());
  });
  return reportOf(requestOf("classify", set, {}), { rows: Int32Array.from(truth.keys()), values, low: null, high: null, truth }, { unit: null, group: null, figure: "balancedAccuracy" });
}

/** A butane content over three days, and a soft sensor of it. */
export function madeEstimate(rows = 2400): StudyReport {
  const random = randomFrom(12);
  let level = 2;
  const truth = Float64Array.from({ length: rows }, (_, row) => {
    level += 0.04 * (2.2 + Math.sin(row / 160) - level) + 0.05 * normalFrom(random);
    return row % 97 === 5 ? NaN : level;
  });
  const minute = 60_000_000;
  const set = madeSet("butane", truth, null, { times: Float64Array.from({ length: rows }, (_, row) => Date.UTC(2025, 2, 9, 6) * 1000 + row * 2 * minute + (row > 1500 ? 900 * minute : 0)) });
  const values = truth.map((value) => (Number.isNaN(value) ? 2.2 : value) + 0.14 * normalFrom(random));
  const said: StudyPredictions = { rows: Int32Array.from(truth.keys()), values, low: values.map((value) => value - 0.26), high: values.map((value) => value + 0.26), truth };
  return reportOf(requestOf("estimate", set, { lag: 10 }), said, { unit: "%", group: null, figure: "rmse" });
}

/** Forty machines run to their end, told early and late. */
export function madeLife(): StudyReport {
  const random = randomFrom(13);
  const lives = Array.from({ length: 40 }, () => 130 + Math.floor(120 * random()));
  const groups = Int32Array.from(lives.flatMap((life, at) => Array.from({ length: life }, () => at)));
  const order = Float64Array.from(lives.flatMap((life) => Array.from({ length: life }, (_, cycle) => cycle + 1)));
  const truth = Float64Array.from(lives.flatMap((life) => Array.from({ length: life }, (_, cycle) => life - cycle - 1)));
  const bias = lives.map(() => 9 * normalFrom(random));
  const values = truth.map((left, row) => Math.max(0, Math.min(125, Math.min(left, 125) + (bias[groups[row]] * Math.min(left + 20, 125)) / 125 + 4 * normalFrom(random))));
  const set = madeSet("remaining life", truth, null, { groups, groupNames: lives.map((_, at) => `unit ${at + 1}`), order });
  const said: StudyPredictions = { rows: Int32Array.from(truth.keys()), values, low: values.map((value) => Math.max(0, value - 20)), high: values.map((value) => Math.min(125, value + 20)), truth };
  return reportOf(requestOf("remaining-life", set, { cap: 125, judgedBy: "row" }), said, { unit: "cycles", group: "unit", figure: "rmseCapped" });
}

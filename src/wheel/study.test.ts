import assert from "node:assert/strict";
import { test } from "node:test";
import { engineGram } from "../engine/gram.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { ridge } from "../learn/learners/ridge.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { runStretches } from "../learn/series-items.ts";
import { reportOf } from "./study-reported.ts";
import type { StudyColumn, StudyRequest, TableSet } from "./study-request.ts";
import { innerFolds, inputsOf, knownRows, matrixOf } from "./study-rows.ts";
import { study, type StudyPorts } from "./study.ts";

const ports: StudyPorts = { engine: onnxEngine, tools: { gram: await engineGram(onnxEngine), pool: null }, seconds: () => performance.now() / 1000, cpuSeconds: () => process.cpuUsage().user / 1e6, residentMiB: () => process.memoryUsage.rss() / 2 ** 20 };

interface Made {
  readonly rows: number;
  readonly seed: number;
  readonly target: (a: number, b: number, kind: number, noise: number) => number;
  readonly levels?: readonly string[];
  readonly groups?: number;
}

/** A table of two numbers, a text and something that never changes, in blocks of a tenth. */
function made({ rows, seed, target, levels, groups }: Made): TableSet {
  const random = randomFrom(seed);
  const column = (name: string, values: Float64Array, own: readonly string[] | null = null): StudyColumn => ({ name, values, levels: own });
  const [a, b] = [0, 1].map(() => Float64Array.from({ length: rows }, () => 1e5 + 3 * normalFrom(random)));
  const kind = Float64Array.from({ length: rows }, () => Math.floor(random() * 3));
  const values = Float64Array.from({ length: rows }, (_, row) => target((a[row] - 1e5) / 3, (b[row] - 1e5) / 3, kind[row], normalFrom(random)));
  const group = groups === undefined ? null : Int32Array.from({ length: rows }, (_, row) => Math.floor((row * groups) / rows));
  const starts = group === null ? [0] : Array.from(group.keys()).filter((row) => row === 0 || group[row] !== group[row - 1]);
  return {
    rows,
    inputs: [column("a", a), column("b", b), column("kind", kind, ["x", "y", "z"]), column("same", new Float64Array(rows).fill(7))],
    target: column("target", values, levels ?? null),
    times: null,
    order: group === null ? null : Float64Array.from(group, (own, row) => row - starts[own]),
    groups: group,
    groupNames: Array.from({ length: groups ?? 0 }, (_, at) => `unit ${at}`),
    blocks: Int32Array.from({ length: rows }, (_, row) => group?.[row] ?? Math.floor((row * 10) / rows)),
    blockCount: groups ?? 10,
    stretches: starts.map((start, at) => ({ start, end: starts[at + 1] ?? rows, file: 0 })),
    files: [{ name: "made.csv", digest: "0".repeat(64) }],
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

const asked: StudyRequest = { kind: "estimate", train: made({ rows: 10, seed: 1, target: (a) => a }), test: null, folds: null, split: "", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed: 1, budgetSeconds: 30, remarks: [] };
const about = { seconds: 1, cpuSeconds: 1, peakMiB: 1, asked: { files: [], target: { name: "target", unit: null }, inputs: [], leftOut: [], group: null, order: null, lags: 0, targetLags: 0, cap: null, positive: null, seed: 1, budgetSeconds: 30, split: { how: "test-files" as const, folds: null, words: "", block: "", trainBlocks: 10, trainRows: 1, judges: "row" as const } } };
const rmse = (values: Float64Array, truth: Float64Array) => Math.sqrt(values.reduce((sum, value, at) => sum + (value - truth[at]) ** 2, 0) / values.length);

const line = (a: number, b: number, kind: number, noise: number) => 50 + 2 * a - b + 4 * kind + 0.1 * noise;

test("an estimate learns what its inputs tell, judged through the model's bytes, with an interval that holds", async () => {
  const { learnt, judged } = await study({ ...asked, train: made({ rows: 600, seed: 2, target: line }), test: made({ rows: 300, seed: 3, target: line }) }, ports);
  assert.ok(rmse(judged.values, judged.truth) < 0.2, `${rmse(judged.values, judged.truth)}`);
  assert.deepEqual(learnt.maps.leftOut, [{ name: "same", reason: "never changes in the rows that teach" }]);
  const within = judged.truth.filter((value, at) => value >= (judged.low?.[at] ?? NaN) && value <= (judged.high?.[at] ?? NaN)).length / 300;
  assert.ok(within > 0.85, `${within}`);
  const width = judged.values.reduce((sum, _, at) => sum + (judged.high?.[at] ?? NaN) - (judged.low?.[at] ?? NaN), 0) / 300;
  assert.ok(width < 1, `${width}: the noise has a spread of 0.1`);
  // The model by itself, on the columns that it names.
  const session = await onnxEngine.open(learnt.bytes);
  const other = made({ rows: 300, seed: 3, target: line });
  const { value } = await runStretches(session, { value: 1 }, matrixOf(other.inputs.slice(0, 3), 300), other.stretches, 0);
  await session.close();
  assert.deepEqual(value, judged.values);
});

test("a target that the inputs do not tell is said to have too little evidence, not given a figure at chance", async () => {
  const noise = (_a: number, _b: number, _kind: number, own: number) => own;
  const answer = await study({ ...asked, train: made({ rows: 400, seed: 4, target: noise }), test: made({ rows: 200, seed: 5, target: noise }) }, ports);
  const report = reportOf(answer, about);
  assert.equal(report.skill.enough, false);
  assert.match(report.skill.words, /not enough evidence/);
});

test("classes that two columns make together are told by their product", async () => {
  const levels = ["low", "high"];
  const power = (a: number, b: number) => (a * b > 0.1 ? 1 : 0);
  const { learnt, judged } = await study({ ...asked, kind: "classify", train: made({ rows: 600, seed: 10, levels, target: power }), test: made({ rows: 300, seed: 11, levels, target: power }) }, ports);
  assert.ok(learnt.parts.every(({ entry }) => entry.candidate.map.name === "row and pairs"), learnt.parts.map(({ entry }) => entry.candidate.map.name).join(", "));
  const wrong = judged.values.filter((value, at) => value !== judged.truth[at]).length;
  assert.ok(wrong < 0.03 * judged.truth.length, `${wrong} wrong`);
});

test("classes are told apart in folds, each row judged once by a model that had not seen it", async () => {
  const levels = ["low", "high"];
  const train = made({ rows: 400, seed: 6, levels, target: (a, b, kind) => (a + b + kind > 1 ? 1 : 0) });
  const folds = { count: 4, of: Int32Array.from({ length: 400 }, (_, row) => row % 4), stratified: true };
  const answer = await study({ ...asked, kind: "classify", train, folds }, ports);
  assert.deepEqual(Array.from(answer.judged.rows).toSorted((a, b) => a - b), Array.from({ length: 400 }, (_, row) => row));
  const report = reportOf(answer, { ...about, asked: { ...about.asked, positive: "high" } });
  const accuracy = report.figures.find(({ name }) => name === "accuracy");
  assert.ok((accuracy?.value ?? 0) > 0.9 && (accuracy?.chance ?? 1) < 0.8, JSON.stringify(accuracy));
  assert.ok(report.skill.enough, report.skill.words);
});

test("a remaining life is judged at the last row of each group, and never above its cap", async () => {
  // Wear goes up with the age; what is left is 60 rows less the age.
  const lived = (seed: number, of: number) => {
    const set = made({ rows: of * 60, seed, groups: of, target: (a) => a });
    const age = set.order ?? new Float64Array(0);
    const wear = set.inputs[0].values.map((value, row) => (value - 1e5) / 30 + age[row] / 10);
    return { ...set, inputs: [{ name: "wear", values: wear, levels: null }], target: { name: "life", values: age.map((own) => 59 - own), levels: null } };
  };
  const test12 = lived(8, 12);
  const shown = { ...test12, target: { ...test12.target, values: test12.target.values.map((left, row) => (left < 10 + ((test12.groups?.[row] ?? 0) * 3) ? NaN : left)) } };
  const { judged } = await study({ ...asked, kind: "remaining-life", train: lived(7, 20), test: shown, cap: 40, judgedBy: "group" }, ports);
  assert.equal(judged.rows.length, 12);
  assert.deepEqual(Array.from(judged.truth), Array.from({ length: 12 }, (_, group) => 10 + 3 * group));
  assert.ok(judged.values.every((value) => value >= 0 && value <= 40));
  assert.ok(rmse(judged.values, judged.truth.map((left) => Math.min(left, 40))) < 6);
});

test("what is learnt of the past of signals holds across operating conditions, and is told by the model's own bytes", async () => {
  // What the wear adds is a hundredth of what the height makes, which changes at each row.
  const flown = (rows: number, seed: number): TableSet => {
    const random = randomFrom(seed);
    const set = made({ rows, seed, groups: rows / 40, target: (a) => a });
    const height = Float64Array.from({ length: rows }, () => Math.floor(random() * 4) * 10);
    const wear = (set.order ?? new Float64Array(0)).map((age) => (age / 40) ** 2);
    const sensor = (of: number) => height.map((own, row) => 500 + of * own ** 1.5 + wear[row] + 0.3 * normalFrom(random));
    return { ...set, inputs: [{ name: "height", values: height, levels: null }, { name: "heat", values: sensor(1), levels: null }, { name: "flow", values: sensor(-3), levels: null }], target: { name: "wear", values: wear, levels: null } };
  };
  const { learnt, judged } = await study({ ...asked, lag: 8, train: flown(1200, 11), test: flown(400, 12) }, { ...ports, learners: [ridge] });
  assert.ok(learnt.maps.maps.some(({ name }) => name === "row, by condition"));
  assert.match(learnt.parts.toSorted((a, b) => b.weight - a.weight)[0].entry.candidate.map.name, /, by condition$/);
  assert.ok(rmse(judged.values, judged.truth) < 0.13, `${rmse(judged.values, judged.truth)}: one row alone tells it to about 0.2`);
});

test("each learner tried is reported with an interval over the folds, in the target's unit; a stopped one with that of the folds it judged", async () => {
  const set = made({ rows: 300, seed: 21, target: (a, b, kind, noise) => 50 + 2 * a - b + 4 * kind + 0.5 * noise });
  const found = await study({ ...asked, train: set, test: set }, ports);
  const { tried } = reportOf(found, about);
  for (const { figure: { value, low, high }, learner } of tried) assert.ok(value !== null && low !== null && high !== null && 0 <= low && low < value && value < high, learner);
  const ends = tried.find(({ learner, map }) => learner === "ridge" && map === "row")?.figure;
  assert.ok(ends !== undefined && (ends.low ?? NaN) < 0.5 && 0.5 < (ends.high ?? NaN), "the noise that was put in");
  const one = found.learnt.tried.map((entry) => ({ ...entry, byFold: entry.byFold.slice(0, 1) }));
  assert.ok(reportOf({ ...found, learnt: { ...found.learnt, tried: one } }, about).tried.every(({ figure }) => figure.value !== null && figure.low === null && figure.high === null));
});

test("a learner that named every class of its folds is not reported as sure to: the interval is as wide as so many rows leave it", async () => {
  const apart = made({ rows: 100, seed: 22, levels: ["low", "high"], target: (_a, _b, kind) => Number(kind > 0) });
  const { tried } = reportOf(await study({ ...asked, kind: "classify", train: apart, test: apart }, ports), about);
  const { figure } = tried.find(({ figure: { value } }) => value === 1) ?? tried[0];
  assert.equal(figure.value, 1);
  assert.equal(figure.high, 1);
  assert.ok((figure.low ?? NaN) > 0.95 && (figure.low ?? NaN) < 0.97, `${figure.low}: Wilson's of 100 of 100 is .963`);
});

test("the target's own past is looked at only where it was allowed, and only within a stretch", () => {
  const set = made({ rows: 6, seed: 9, groups: 2, target: (a) => a });
  const target = set.target?.values ?? new Float64Array(0);
  assert.deepEqual(inputsOf(asked, set), set.inputs);
  const [one, two] = inputsOf({ ...asked, targetLags: 2 }, set).slice(-2);
  assert.deepEqual([one.name, two.name], ["target, 1 before", "target, 2 before"]);
  assert.deepEqual(Array.from(one.values), [NaN, target[0], target[1], NaN, target[3], target[4]]);
  assert.deepEqual(Array.from(two.values), [NaN, NaN, target[0], NaN, NaN, target[3]]);
});

test("folds for choosing keep groups whole, deal rows out by class, or are stretches of time", () => {
  const levels = ["low", "high"];
  const foldsOf = (request: StudyRequest) => Array.from(innerFolds(request, knownRows(request.train), 5));
  const grouped = made({ rows: 60, seed: 1, groups: 6, target: (a) => a });
  const of = foldsOf({ ...asked, train: grouped });
  for (let group = 0; group < 6; group++) assert.equal(new Set(of.slice(group * 10, group * 10 + 10)).size, 1);
  const inTime = foldsOf({ ...asked, train: made({ rows: 100, seed: 1, target: (a) => a }) });
  assert.deepEqual(inTime, inTime.toSorted((a, b) => a - b));
  assert.deepEqual(new Set(inTime).size, 5);
  const sorted = made({ rows: 100, seed: 1, levels, target: () => 0 });
  const half = { ...sorted, target: { ...sorted.target, name: "t", levels, values: Float64Array.from({ length: 100 }, (_, row) => Number(row >= 50)) } };
  const dealt = foldsOf({ ...asked, kind: "classify", train: half, folds: { count: 10, of: new Int32Array(100), stratified: true } });
  for (let fold = 0; fold < 5; fold++) assert.deepEqual([dealt.slice(0, 50), dealt.slice(50)].map((part) => part.filter((own) => own === fold).length), [10, 10]);
  // Each class lies in one block: every fold has some of both.
  const blocks = { ...half, blocks: half.target.values.map(Number) as unknown as Int32Array, stretches: [{ start: 0, end: 50, file: 0 }, { start: 50, end: 100, file: 0 }] };
  const parts = foldsOf({ ...asked, kind: "classify", train: { ...blocks, blocks: Int32Array.from(half.target.values) } });
  assert.deepEqual(parts.slice(0, 50), parts.slice(50));
});

test("what cannot be learnt is said, with a code", async () => {
  const same = made({ rows: 50, seed: 1, levels: ["only"], target: () => 0 });
  await assert.rejects(study({ ...asked, kind: "classify", train: same, test: same }, ports), { code: "study.nothing-to-learn", message: /but one class, "only"/ });
  const blind = { ...made({ rows: 50, seed: 1, target: line }), inputs: [{ name: "same", values: new Float64Array(50).fill(1), levels: null }] };
  await assert.rejects(study({ ...asked, train: blind, test: blind }, ports), { code: "study.nothing-to-learn", message: /no input tells/ });
});

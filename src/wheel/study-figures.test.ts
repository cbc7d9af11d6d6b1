import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { studyFigures } from "./study-figures.ts";
import { leakCaveats, suspectedLeaks } from "./study-leaks.ts";
import type { StudyColumn, StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";

const column = (name: string, values: ArrayLike<number>, levels: readonly string[] | null = null): StudyColumn => ({ name, values: Float64Array.from(values), levels });

function tableOf(target: StudyColumn, inputs: readonly StudyColumn[], groups: Int32Array | null = null): TableSet {
  const rows = target.values.length;
  return {
    rows, inputs, target, times: null, order: null, groups, groupNames: groups === null ? [] : Array.from({ length: Math.max(...groups) + 1 }, (_, at) => `unit ${at + 1}`),
    blocks: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 20)), blockCount: Math.ceil(rows / 20), stretches: [{ start: 0, end: rows, file: 0 }],
    files: [{ name: "a.csv", digest: "0" }], rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

const requestOf = (kind: StudyRequest["kind"], train: TableSet, more: Partial<StudyRequest> = {}): StudyRequest => ({
  kind, train, test: null, folds: null, split: "", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed: 1, budgetSeconds: 60, remarks: [], ...more,
});
const saidOf = (set: TableSet, values: ArrayLike<number>): StudyPredictions => ({ rows: Int32Array.from({ length: set.rows }, (_, row) => row), values: Float64Array.from(values), low: null, high: null, truth: set.target?.values ?? new Float64Array(0) });

const random = randomFrom(5);
const noise = Float64Array.from({ length: 400 }, () => normalFrom(random));
const signal = Float64Array.from({ length: 400 }, () => normalFrom(random));
const number = tableOf(column("quality", signal.map((value, at) => 2 * value + noise[at])), [column("a", signal), column("b", noise)]);
const codes = signal.map((value) => (value > 1 ? 1 : 0));
const classes = tableOf(column("state", codes, ["well", "worn"]), [column("a", signal), column("b", noise)]);

test("studyFigures() of an estimate that knows something says so; of noise that it is not enough", () => {
  const good = studyFigures(requestOf("estimate", number), saidOf(number, signal.map((value) => 2 * value)));
  assert.ok(good.skill.enough && good.ordered && good.blocks === 20 && good.judged === 400, good.skill.words);
  assert.deepEqual(good.caveats, []);
  const noisy = studyFigures(requestOf("estimate", number), saidOf(number, noise.map((_, at) => noise[(7 * at + 3) % 400])));
  assert.ok(!noisy.skill.enough);
  assert.equal(noisy.caveats[0]?.code, "not-enough-evidence");
});

test("studyFigures() does not depend on the order of the decisions", () => {
  const said = saidOf(number, signal);
  const turned: StudyPredictions = { ...said, rows: said.rows.toReversed(), values: said.values.toReversed(), truth: said.truth.toReversed() };
  assert.deepEqual(studyFigures(requestOf("estimate", number), turned), studyFigures(requestOf("estimate", number), said));
});

test("studyFigures() holds a forecast against the last known value, and calls it one", () => {
  const walk = signal.slice();
  for (let row = 1; row < 400; row++) walk[row] += walk[row - 1];
  const set = tableOf(column("level", walk), []);
  const { skill, caveats } = studyFigures(requestOf("estimate", set, { targetLags: 1 }), saidOf(set, walk.map((_, row) => walk[Math.max(0, row - 1)] + 0.3 * noise[row])));
  assert.deepEqual(skill.against.map(({ over }) => over), ["always saying the mean of the training rows", "the last known value"]);
  assert.ok(skill.against[0].gain !== null && skill.against[0].gain > 0.5 && !skill.enough, skill.words);
  assert.ok(caveats.some(({ code }) => code === "forecast"));
});

test("studyFigures() of two classes puts the rarer one first, and is not taken in by the commonest", () => {
  const { figures, positive, skill } = studyFigures(requestOf("classify", classes), saidOf(classes, codes.map((code, at) => (noise[at] > 1.5 ? 1 - code : code))));
  assert.equal(positive, "worn");
  assert.deepEqual(figures.slice(0, 4).map(({ name }) => name), ["f1", "precision", "recall", "accuracy"]);
  assert.ok(skill.enough, skill.words);
  const always = studyFigures(requestOf("classify", classes), saidOf(classes, codes.map(() => 0)));
  assert.ok((always.figures.find(({ name }) => name === "accuracy")?.value ?? 0) > 0.8);
  assert.ok(!always.skill.enough, always.skill.words);
});

test("studyFigures() leaves no class in that was never taught, and says so", () => {
  const train = tableOf(column("state", codes, ["well", "worn", "broken"]), []);
  const judging = tableOf(column("state", codes.map((code, at) => (at < 30 ? 2 : code)), ["well", "worn", "broken"]), []);
  const { picture, caveats, unknown } = studyFigures(requestOf("classify", train, { test: judging }), saidOf(judging, codes.map((code, at) => (at < 15 ? NaN : code))));
  assert.ok(picture.kind === "classify");
  assert.deepEqual(picture.classes, ["well", "worn"]);
  assert.equal(picture.counts[8], 15, "never taught, and answered none of these");
  assert.match(caveats.find(({ code }) => code === "unseen-class")?.text ?? "", /^30 judged decisions/);
  assert.equal(unknown, 0);
});

test("studyFigures() resamples groups where there are some: a life by machine, drawn as courses", () => {
  const groups = Int32Array.from({ length: 400 }, (_, row) => Math.floor(row / 25));
  const set = { ...tableOf(column("life", groups.map((_, row) => 24 - (row % 25))), [], groups), order: Float64Array.from({ length: 400 }, (_, row) => row % 25) };
  const { blocks, ordered, picture, skill, figures } = studyFigures(requestOf("remaining-life", set, { cap: 20 }), saidOf(set, groups.map((_, row) => Math.min(20, 24 - (row % 25)) + 2 * noise[row])));
  assert.ok(blocks === 16 && !ordered && skill.enough);
  assert.ok(picture.kind === "remaining-life" && picture.courses.length === 6 && picture.courses[0].at.length === 25 && picture.judged.length === 400);
  assert.deepEqual(figures.slice(0, 2).map(({ name }) => name), ["rmseCapped", "scoreCapped"]);
});

test("studyFigures() refuses answers of another length", () => {
  assert.throws(() => studyFigures(requestOf("estimate", number), { ...saidOf(number, signal), values: new Float64Array(3) }), RangeError);
});

test("suspectedLeaks() names inputs that alone tell the target, and no honest one", () => {
  const copy = column("copy", number.target?.values.map((value) => 3 * value + 1) ?? []);
  assert.deepEqual(suspectedLeaks(requestOf("estimate", { ...number, inputs: [...number.inputs, copy] })).map(({ column: name, tells }) => [name, tells]), [["copy", "all"]]);
  assert.deepEqual(suspectedLeaks(requestOf("estimate", number)), []);
});

test("suspectedLeaks() names a flag that is only set with a rare class, as a mode of failure is", () => {
  const mode = column("tool failure", codes.map((code, at) => (code === 1 && at % 2 === 0 ? 1 : 0)));
  const product = column("product", codes.map((_, at) => at % 3), ["L", "M", "H"]);
  const honest = column("b", noise);
  const leaks = suspectedLeaks(requestOf("classify", tableOf(classes.target ?? honest, [honest, product, mode])));
  assert.deepEqual(leaks.map(({ column: name, tells }) => [name, tells]), [["tool failure", "value"]]);
  assert.match(leakCaveats(leaks, "state")[0]?.text ?? "", /^"tool failure" \(one of its values\) alone tells "state" nearly perfectly\..*--exclude/);
  assert.deepEqual(leakCaveats([], "state"), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { onnxEngine } from "../engine/onnx.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { runStretch } from "../learn/stretch.ts";
import { conditionStudy } from "./condition-study.ts";
import { coupledPlaces, groupsOf } from "./condition-rows.ts";
import { unitFolds } from "./rows-split.ts";
import type { StudyRequest, TableSet } from "./study-request.ts";

interface Plan {
  readonly seed: number;
  readonly rows: number;
  readonly signals?: number;
  /** Whether signals come in pairs that keep a balance. */
  readonly coupled?: boolean;
  readonly fault?: { readonly from: number; readonly to: number; readonly signal: number; readonly size: number };
  readonly times?: boolean;
  readonly truth?: boolean;
}

/** Made-up rows of a plant, signals s0, s1, ..., spread 1. */
function setOf({ seed, rows, signals = 6, coupled = true, fault, times = false, truth = true }: Plan): TableSet {
  const random = randomFrom(seed);
  const values = Array.from({ length: signals }, () => new Float64Array(rows));
  const target = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < signals; j++) values[j][row] = 50 + (coupled && j % 2 === 1 ? values[j - 1][row] - 50 + 0.1 * normalFrom(random) : normalFrom(random));
    if (fault === undefined || row < fault.from || row >= fault.to) continue;
    values[fault.signal][row] += fault.size;
    target[row] = 1;
  }
  return {
    rows,
    inputs: values.map((own, j) => ({ name: `s${j}`, values: own, levels: null })),
    target: truth ? { name: "fault", values: target, levels: null } : null,
    times: times ? Float64Array.from({ length: rows }, (_, row) => 1e15 + row * 60e6) : null,
    order: null,
    groups: null,
    groupNames: [],
    blocks: new Int32Array(rows),
    blockCount: 1,
    stretches: [{ start: 0, end: rows, file: 0 }],
    files: [{ name: `${seed}.csv`, digest: "ab".repeat(32) }],
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

/** Without time for more than the detectors that always judge, unless there is some. */
const ask = (train: TableSet, test: TableSet | null, budgetSeconds = -1): StudyRequest => ({ kind: "condition", train, test, folds: null, split: "", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed: 1, budgetSeconds, remarks: [] });
const fault = { from: 300, to: 400, signal: 3, size: 0.5 };
const normal = setOf({ seed: 1, rows: 1200 });
const faulty = setOf({ seed: 2, rows: 600, fault, times: true });
const study = await conditionStudy(ask(normal, faulty), onnxEngine);

test("conditionStudy() finds a broken balance while every signal by itself is usual, and blames the one that is off", () => {
  const { figures, places, detectors, judged, trial: { events, signals, training } } = study;
  assert.deepEqual(detectors.map(({ name }) => name), ["novelty", "coupling"]);
  const found = places.findIndex(({ firstRow, lastRow }) => firstRow <= fault.to && lastRow > fault.from);
  assert.ok(found >= 0, "no event in the fault");
  assert.ok(places[found].firstRow > fault.from && places[found].firstRow <= fault.from + 20, `first row ${places[found].firstRow}`);
  assert.equal(signals[events[found].blame[0].signal].name, "s3");
  assert.deepEqual([figures?.found.value, training.rows, judged.values.length], [1, 1200, 600]);
  assert.ok((figures?.vusPr.value ?? 0) > 0.9 && (figures?.aucPr.value ?? 0) > 0.8 && (figures?.f1.value ?? 0) > 0.8);
  assert.ok((figures?.delay.value ?? 0) > 0 && (figures?.falseAlarmsPerDay.value ?? NaN) >= 0);
  assert.equal(study.period, 60e6);
});

test("conditionStudy() alarms on about the share of normal rows that was asked for", async () => {
  for (const [seed, coupled] of [[11, true], [12, false]] as const) {
    const { judged, detectors, heldOutShare, trial: { model: { provisional } } } = await conditionStudy(ask(setOf({ seed, rows: 1500, coupled }), setOf({ seed: seed + 50, rows: 2500, coupled })), onnxEngine);
    assert.equal(detectors[1].name === "coupling", coupled);
    const known = judged.values.filter((score) => !Number.isNaN(score));
    const share = known.filter((score) => score >= 1).length / known.length;
    assert.ok(share <= 0.02, `${share} of normal rows`);
    assert.ok(heldOutShare !== null && heldOutShare <= 0.01 && provisional);
  }
});

test("conditionStudy() judges by the bytes that it hands out", async () => {
  const { judged, trial: { model, window } } = study;
  const { metadata, outputs } = inspectModel(model.bytes);
  assert.deepEqual([[...outputs].toSorted(), metadata["millrace.window"], JSON.parse(metadata["millrace.signals"] ?? "[]").length], [["contributions", "score"], String(window), 6]);
  const session = await onnxEngine.open(model.bytes);
  const values = Float64Array.from({ length: faulty.rows * 6 }, (_, at) => faulty.inputs[at % 6].values[Math.floor(at / 6)]);
  const { score } = await runStretch(session, { score: 1 }, { rows: faulty.rows, columns: 6, values }, window, null);
  await session.close();
  assert.deepEqual(judged.values, Float64Array.from(score));
});

test("conditionStudy() does not let judged rows, nor rows recorded as faulty, change the model", async () => {
  const other = await conditionStudy(ask(normal, setOf({ seed: 3, rows: 300, truth: false })), onnxEngine);
  assert.equal(other.trial.model.digest, study.trial.model.digest);
  assert.equal(other.figures, null);
  const spoilt = setOf({ seed: 1, rows: 1200, fault: { from: 500, to: 520, signal: 0, size: 100 } });
  const { trial: { training }, figures } = await conditionStudy(ask(spoilt, faulty), onnxEngine);
  assert.equal(training.faultRows, 20);
  assert.equal(figures?.found.value, 1);
});

test("conditionStudy() shows a gap as unknown, and takes texts, still signals and empty ones for no signal", async () => {
  const holed = { ...faulty, inputs: faulty.inputs.map((input, j) => ({ ...input, values: input.values.map((value, row) => (j === 1 && row >= 100 && row < 150 ? NaN : value)) })) };
  const more = (set: TableSet): TableSet => ({ ...set, inputs: [...set.inputs, { name: "text", values: new Float64Array(set.rows), levels: ["a"] }, { name: "still", values: new Float64Array(set.rows).fill(5), levels: null }, { name: "none", values: new Float64Array(set.rows).fill(NaN), levels: null }] });
  const { judged, alarms, trial: { leftOut, signals } } = await conditionStudy(ask(more(normal), more(holed)), onnxEngine);
  assert.deepEqual(leftOut.map(({ name }) => name).toSorted(), ["none", "still", "text"]);
  assert.equal(signals.length, 6);
  for (let row = 112; row < 150; row++) assert.ok(Number.isNaN(judged.values[row]) && alarms[row] === 2, `row ${row}`);
});

test("conditionStudy() of rows without times counts delays in rows, and no days", async () => {
  const { figures, period } = await conditionStudy(ask(normal, setOf({ seed: 2, rows: 600, fault })), onnxEngine);
  assert.equal(period, null);
  assert.equal(figures?.falseAlarmsPerDay.value, null);
  assert.ok((figures?.delay.value ?? 0) > 0 && (figures?.delay.value ?? Infinity) < 25);
});

test("conditionStudy() calibrates on the blocks that it is given, and told how far rows are apart speaks of days", async () => {
  const cut = { ...normal, blocks: Int32Array.from({ length: 1200 }, (_, row) => Math.floor(row / 300)), blockCount: 4 };
  const { figures, period, trial } = await conditionStudy(ask(cut, setOf({ seed: 2, rows: 600, fault })), onnxEngine, { ownBlocks: true, period: 60e6 });
  assert.deepEqual([trial.training.blocks, trial.model.groups, period], [4, 4, 60e6]);
  assert.ok((figures?.falseAlarmsPerDay.value ?? NaN) >= 0 && (figures?.delay.value ?? 0) >= 60e6);
});

test("conditionStudy() by folds judges every row once, each by a model that its fold did not teach, and hands out a model of all", async () => {
  const spoilt = setOf({ seed: 5, rows: 1500, fault: { from: 700, to: 760, signal: 3, size: 0.5 } });
  const folds = unitFolds({ ...spoilt, target: null, blocks: Int32Array.from({ length: 1500 }, (_, row) => Math.floor(row / 100)), blockCount: 15 }, 5);
  const { judged, figures, places, trial } = await conditionStudy({ ...ask(spoilt, null), folds }, onnxEngine);
  assert.deepEqual([judged.values.length, trial.training.rows, trial.training.faultRows, trial.training.from], [1500, 1500, 60, "the other folds"]);
  assert.equal(judged.values.filter(Number.isNaN).length, 19, "only the head of the file has no score: that of a fold looks back into the one before");
  assert.equal(figures?.found.value, 1);
  assert.ok((figures?.falseAlarmRate.value ?? 1) <= 0.04 && places.some(({ firstRow }) => firstRow > 700 && firstRow < 725));
  // What a fold holds cannot change what is said of it: spoil it, and only the other folds' words change.
  const inputs = spoilt.inputs.map((input) => ({ ...input, values: input.values.map((value, row) => (folds.of[row] === 4 && row >= 1400 ? value + 3 : value)) }));
  const own = (await conditionStudy({ ...ask({ ...spoilt, inputs }, null), folds }, onnxEngine)).judged.values;
  assert.deepEqual(own.subarray(1220, 1400), judged.values.subarray(1220, 1400));
  assert.notDeepEqual(own.subarray(20, 1200), judged.values.subarray(20, 1200));
});

test("conditionStudy() lets a detector judge that finds plainly more of the faults put into held-out rows, and tells what each cost", async () => {
  // Two signals that go around a circle: neither is ever strange by itself, no line joins them, and its middle is never seen.
  const circling = (seed: number): TableSet => {
    const set = setOf({ seed, rows: 1500, signals: 2, coupled: false });
    const at = (row: number, j: number) => 10 * Math.cos((2 * Math.PI * ((Math.floor(row / 50) * 7 + seed) % 30)) / 30 - (j * Math.PI) / 2);
    return { ...set, inputs: set.inputs.map((input, j) => ({ ...input, values: input.values.map((value, row) => 50 + 0.3 * (value - 50) + at(row, j)) })) };
  };
  let clock = 0;
  const { tried, detectors, trial } = await conditionStudy(ask(circling(21), circling(22), 1e9), onnxEngine, { seconds: () => clock++, cpuSeconds: () => clock / 2, residentMiB: () => 100 });
  assert.deepEqual(tried.map(({ name }) => name).slice(0, 2), ["levels", "novelty"]);
  assert.ok(tried.every(({ seconds, cpuSeconds, peakMiB, stopped }) => seconds > 0 && cpuSeconds > 0 && peakMiB === 100 && stopped === null));
  assert.deepEqual(detectors.map(({ name }) => name), tried.filter(({ chosen }) => chosen).map(({ name }) => name));
  const of = (name: string) => tried.find((one) => one.name === name);
  assert.ok(of("neighbours")?.chosen === true && (of("neighbours")?.foundTogether ?? 0) > (of("levels")?.foundTogether ?? 1) + 0.05);
  assert.equal(of("isolation")?.chosen, false);
  assert.ok(trial.judged.alarmRows <= 0.03 * trial.judged.rows, `${trial.judged.alarmRows} alarm rows`);
});

test("conditionStudy() tries no more detectors once the time is up, and says so", () => {
  assert.deepEqual(study.tried.map(({ name, chosen, stopped }) => [name, chosen, stopped]), [
    ["levels", false, null], ["novelty", true, null], ["coupling", true, null],
    ...["isolation", "neighbours", "convolutions"].map((name) => [name, false, "the time was up"]),
  ]);
});

test("conditionStudy() refuses too few rows and rows without a signal", async () => {
  await assert.rejects(conditionStudy(ask(setOf({ seed: 1, rows: 40 }), faulty), onnxEngine), { code: "study.nothing-to-learn" });
  await assert.rejects(conditionStudy(ask({ ...normal, inputs: [] }, { ...faulty, inputs: [] }), onnxEngine), { code: "study.nothing-to-learn" });
  const few = await conditionStudy(ask(setOf({ seed: 1, rows: 70 }), faulty), onnxEngine);
  assert.deepEqual([few.trial.model.provisional, few.heldOutShare, few.detectors.length], [true, null, 2]);
});

test("values that are only held are not coupled, and blocks make groups of about as many rows", () => {
  const random = randomFrom(4);
  const fresh = Float64Array.from({ length: 90 }, () => normalFrom(random));
  const held = fresh.map((_, row) => fresh[row - (row % 3)]);
  const rows = { columns: [fresh, held, fresh.toReversed()], blocks: [{ from: 0, to: 90 }], teaches: new Uint8Array(90).fill(1) };
  assert.deepEqual(coupledPlaces(rows), [0, 2]);
  assert.deepEqual(coupledPlaces({ ...rows, columns: [fresh, held] }), []);
  const blocks = [10, 10, 20, 5, 5, 5, 5].map((_, at, all) => ({ from: all.slice(0, at).reduce((sum, own) => sum + own, 0), to: all.slice(0, at + 1).reduce((sum, own) => sum + own, 0) }));
  assert.deepEqual(groupsOf(blocks, 3), [[0, 1], [2], [3, 4, 5, 6]]);
  assert.deepEqual(groupsOf(blocks.slice(0, 2), 10), [[0], [1]]);
});

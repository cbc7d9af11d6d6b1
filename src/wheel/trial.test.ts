import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recordingOf } from "../../test/synthetic.ts";
import { readRecording, type Recording } from "../capture/recording.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";
import { trial } from "./trial.ts";

const faulty = recordingOf({ seed: 4, rows: 1500, fault: { from: 1000, to: 1100, signal: 2, size: 4 } });
const withColumn = (recording: Recording, at: number, values: Float64Array): Recording => ({
  ...recording,
  columns: recording.columns.map((column, i) => (i === at ? { ...column, values } : column)),
});

test("trial() finds a fault in the judged part, with the signal to blame and the figures beside chance", async () => {
  const { events, truth, signals, judged } = await trial(faulty, {}, onnxEngine);
  const fault = { start: faulty.times[1000], end: faulty.times[1100] };
  const found = events.find(({ start, end }) => start < fault.end && end > fault.start);
  assert.ok(found !== undefined);
  assert.ok(found.start - fault.start < 30e6, "within a window of its start");
  assert.equal(signals[found.blame[0].signal].name, "current");
  assert.equal(judged.rows, 975);
  const { found: count, f1, falseAlarmRate, vusPr } = truth?.figures ?? assert.fail("the recording has a truth");
  assert.equal(count.value, 1);
  assert.ok((f1.value ?? 0) > 2 * (f1.chance ?? 1), `F1 ${f1.value}, by chance ${f1.chance}`);
  assert.ok((falseAlarmRate.value ?? 1) < (falseAlarmRate.chance ?? 0), `false alarms ${falseAlarmRate.value}, by chance ${falseAlarmRate.chance}`);
  assert.ok((vusPr.value ?? 0) > (vusPr.chance ?? 1));
});

test("trial() alarms on few rows of a calm recording", async () => {
  const { judged } = await trial(recordingOf({ seed: 8, rows: 3000 }), {}, onnxEngine);
  assert.ok(judged.alarmRows / judged.rows < 0.05, `${judged.alarmRows} of ${judged.rows} rows`);
});

test("trial() does not let the truth of judged rows change model or events", async () => {
  const blind: Recording = { ...faulty, label: null };
  const [seen, unseen] = [await trial(faulty, {}, onnxEngine), await trial(blind, {}, onnxEngine)];
  assert.equal(seen.model.digest, unseen.model.digest);
  assert.deepEqual(seen.events, unseen.events);
  assert.equal(unseen.truth, null);
});

test("trial() keeps rows recorded as a fault from teaching, and says so", async () => {
  const early = recordingOf({ seed: 5, rows: 1500, fault: { from: 100, to: 160, signal: 0, size: 6 } });
  const { training } = await trial(early, {}, onnxEngine);
  assert.equal(training.faultRows, 60);
});

test("trial() leaves out signals that hold nothing, and shows a gap as unknown, not as normal", async () => {
  const gone = Float64Array.from({ length: 1500 }, () => NaN);
  const { leftOut, signals } = await trial(withColumn(faulty, 3, gone), {}, onnxEngine);
  assert.deepEqual([signals.length, leftOut.map(({ name }) => name)], [3, ["vibration"]]);

  const holed = faulty.columns[1].values.map((value, row) => (row >= 700 && row < 800 ? NaN : value));
  const { judged, unknown } = await trial(withColumn(faulty, 1, holed), {}, onnxEngine);
  assert.ok(judged.unknownRows >= 70, `${judged.unknownRows} rows`);
  assert.ok(unknown.some(({ missing }) => missing.length === 1 && missing[0] === 1));
});

test("trial() leaves out a signal that never moved while it was taught, and says why", async () => {
  const steady = Float64Array.from({ length: 1500 }, (_, row) => (row >= 1200 && row < 1250 ? 9 : 5));
  const { leftOut, signals } = await trial(withColumn(faulty, 0, steady), {}, onnxEngine);
  assert.equal(signals.length, 3);
  assert.deepEqual(leftOut.map(({ name }) => name), ["flow"]);
  assert.ok((leftOut[0]?.reason.length ?? 0) > 0);
});

test("trial() refuses a recording that is too short, saying what is needed", async () => {
  await assert.rejects(trial(recordingOf({ seed: 1, rows: 100 }), {}, onnxEngine), { code: "try.too-short", message: /at least 90 that teach/ });
  await assert.rejects(trial({ ...faulty, columns: [] }, {}, onnxEngine), { code: "try.no-signals" });
});

test("trial() makes a model file that says how to use it", async () => {
  const { model } = await trial(faulty, {}, onnxEngine);
  const { metadata, outputs } = inspectModel(model.bytes);
  assert.deepEqual([...outputs].sort((a, b) => (a < b ? -1 : 1)), ["contributions", "score"]);
  assert.equal(metadata["millrace.window"], "30");
  assert.equal(JSON.parse(metadata["millrace.signals"]).length, 4);
});

const pump = join(import.meta.dirname, "../../../shared/data/skab/valve1/0.csv");
test("trial() finds the closed valve in a recording of a real pump", { skip: existsSync(pump) ? false : "the recordings of the pump are not here" }, async () => {
  const { truth, signals } = await trial(await readRecording(pump), {}, onnxEngine);
  assert.equal(signals.length, 8);
  assert.equal(truth?.figures.found.value, 1);
  assert.ok((truth?.figures.vusPr.value ?? 0) > (truth?.figures.vusPr.chance ?? 1) + 0.1);
});

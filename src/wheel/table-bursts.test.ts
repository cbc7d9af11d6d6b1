import assert from "node:assert/strict";
import { test } from "node:test";
import type { TableFile } from "../capture/table-file.ts";
import { engineGram } from "../engine/gram.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { study } from "./study.ts";
import { burstTables } from "./table-bursts.ts";
import { tableStudy } from "./table-rows.ts";

/** A fast signal that rings at a pitch, and noise beside it. */
function fileOf(name: string, seed: number, pitch: number, rows = 2000, channels = ["a", "b"]): TableFile {
  const random = randomFrom(seed);
  const columns = channels.map((channel) => ({ name: channel, levels: null, values: Float64Array.from({ length: rows }, (_, row) => (channel === "a" ? 2 * Math.sin(pitch * row) : 0) + normalFrom(random)) }));
  const marks = { name: "mark", levels: null, values: Float64Array.from({ length: rows }, (_, row) => row) };
  return { path: name, name, digest: `${seed}`, bytes: 1, rows, columns: [...columns, marks], times: null, timeName: null, rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1), header: true, leftOut: [], remarks: [] };
}

const cut = async (train: TableFile[], test: TableFile[] = []) => await burstTables(train, test, 128, ["mark", "file"], onnxEngine);

test("burstTables() makes a row of so many rows side by side, with what was so at its last, and leaves out what is no channel of all files", async () => {
  const { train: [one, two], bursts } = await cut([fileOf("one.csv", 1, 0.3, 2000, ["a", "b"]), fileOf("two.csv", 2, 0.9, 700, ["a"])]);
  assert.deepEqual([one.rows, two.rows, bursts.channels], [15, 5, ["a"]]);
  assert.deepEqual(one.columns.at(-1)?.values.slice(0, 3), Float64Array.of(127, 255, 383));
  assert.deepEqual([...one.rowNumbers.slice(0, 3)], [1, 2, 3]);
  assert.deepEqual(one.leftOut.map(({ name }) => name), ["b"]);
  assert.ok(bursts.names.includes("a kurtosis") && one.columns.length === bursts.names.length + 1);
  await assert.rejects(cut([fileOf("short.csv", 1, 0.3, 100)]), { code: "study.nothing-to-learn" });
  await assert.rejects(cut([fileOf("one.csv", 1, 0.3, 2000, ["a"]), fileOf("other.csv", 2, 0.3, 2000, ["c"])]), { code: "study.no-inputs" });
});

test("bursts later in a file have later numbers, so that two parts of one file are known apart", async () => {
  const whole = fileOf("one.csv", 1, 0.3);
  const part = (from: number, to: number): TableFile => ({ ...whole, rows: to - from, columns: whole.columns.map((column) => ({ ...column, values: column.values.slice(from, to) })), rowNumbers: whole.rowNumbers.slice(from, to) });
  const { train, test: judged } = await cut([part(0, 1000)], [part(1000, 2000)]);
  assert.ok(judged[0].rowNumbers[0] > (train[0].rowNumbers.at(-1) ?? Infinity));
});

test("a study of bursts knows recordings by their spectrum, and its model takes raw bursts", async () => {
  const files = [["low.csv", 0.3], ["high.csv", 0.9]] as const;
  const made = (first: number) => files.map(([name, pitch], at) => fileOf(name, first + at, pitch));
  const { train, test: later, bursts } = await cut(made(1), made(11));
  const { request } = tableStudy({ kind: "classify", train, test: later, target: "file" });
  let clock = 0;
  const ports = { engine: onnxEngine, tools: { gram: await engineGram(onnxEngine), pool: null }, seconds: () => (clock += 0.001), cpuSeconds: () => 0, residentMiB: () => 0 };
  const { judged, learnt } = await study({ ...request, bursts }, ports);
  assert.deepEqual(judged.values, judged.truth);
  assert.equal(judged.values.length, 30);
  const { metadata } = inspectModel(learnt.bytes);
  assert.deepEqual(JSON.parse(metadata["millrace.burst"] ?? ""), { samples: 128, channels: ["a", "b"] });
});

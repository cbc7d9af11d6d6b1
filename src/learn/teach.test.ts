import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session } from "./engine.ts";
import { featureCount, type WindowMap } from "./maps/window-map.ts";
import { cannotTeach, itemsOf, type TeachingBlock } from "./teach.ts";

const map: WindowMap = { name: "window", version: 1, signals: 1, window: 5, memories: [0], random: { count: 0, seed: 1 }, baseline: null };
const width = featureCount(map).all;

/** A graph in plain code: an item's features are its last row's reading and the baseline's centre. */
const session: Session = {
  inputs: ["window", "baseline"],
  outputs: ["features"],
  run({ window, baseline }) {
    const items = window.dims[0] - map.window + 1;
    const values = new Float32Array(items * width);
    for (let item = 0; item < items; item++) {
      const row = window.values[item + map.window - 1];
      values.set([row, baseline?.values[0] ?? -1, row], item * width);
    }
    return Promise.resolve({ features: { type: "float", dims: [items, width], values } });
  },
  close: () => Promise.resolve(),
};

const rows = 240;
const warmUp = 160;

/** A block whose reading is its row's number; `gapAt` is a row without one. */
function blockOf(truth: (row: number) => number, warmUpRows = warmUp, gapAt = -1): TeachingBlock {
  const values = Float64Array.from({ length: rows }, (_, row) => (row === gapAt ? NaN : row));
  return { rows: { rows, columns: 1, values }, warmUpRows, truth: Uint8Array.from({ length: rows }, (_, row) => truth(row)), running: null };
}

/** Rows that teach against one baseline, and which of them were met on the line. */
interface Against {
  readonly rows: number[];
  readonly truths: string[];
  readonly met: number[];
}

/** What a block teaches against the whole warm-up and each half of it: their centres are 79.5, 39.5 and 119.5. */
async function taught(block: TeachingBlock): Promise<{ whole: Against; first: Against; second: Against }> {
  const items = await itemsOf(session, map, block);
  const against = (centre: number): Against => {
    const own = items.filter(({ features }) => features[1] === centre);
    return { rows: own.map(({ features }) => features[0]), truths: own.map(({ truth }) => truth), met: own.filter(({ met }) => met).map(({ features }) => features[0]) };
  };
  const by = { whole: against(79.5), first: against(39.5), second: against(119.5) };
  assert.equal(by.whole.rows.length + by.first.rows.length + by.second.rows.length, items.length);
  return by;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test("itemsOf() teaches a block against its warm-up, and again against each half without that half", async () => {
  const by = await taught(blockOf((row) => (row >= 200 ? 1 : 0)));
  assert.deepEqual(by.whole.rows, range(5, rows));
  assert.deepEqual(by.first.rows, range(85, rows), "windows that lie wholly after the first half");
  assert.deepEqual(by.second.rows, [...range(5, 80), ...range(warmUp, rows)]);
  for (const against of Object.values(by)) assert.deepEqual(against.truths, against.rows.map((row) => (row >= 200 ? "fault" : "normal")));
});

test("itemsOf() marks as met on the line only what is judged there: after the warm-up, against the whole of it", async () => {
  const { whole, first, second } = await taught(blockOf(() => 0));
  assert.deepEqual([whole.met, first.met, second.met], [range(warmUp, rows), [], []]);
});

test("itemsOf() teaches nothing from a block whose warm-up holds a fault, or that is shorter than a window", async () => {
  for (const row of [0, warmUp - 1]) {
    const spoilt = blockOf((at) => (at === row ? 1 : 0));
    assert.match(cannotTeach(spoilt, map) ?? "", /warm-up holds a fault/);
    assert.deepEqual(await itemsOf(session, map, spoilt), []);
  }
  assert.equal(cannotTeach(blockOf((row) => (row === warmUp ? 1 : 0)), map), null);
  const short = { rows: { rows: 4, columns: 1, values: new Float64Array(4) }, warmUpRows: 0, truth: new Uint8Array(4), running: null };
  assert.match(cannotTeach(short, map) ?? "", /4 rows and a window needs 5/);
  assert.deepEqual(await itemsOf(session, map, short), []);
});

test("itemsOf() takes a block that nobody has judged as assumed, and of one that somebody has only the rows they spoke of", async () => {
  const assumed = await taught(blockOf(() => 2));
  assert.deepEqual([...new Set(Object.values(assumed).flatMap(({ truths }) => truths))], ["assumed"]);
  const { whole } = await taught(blockOf((row) => (row < 180 ? 2 : row < 190 ? 1 : row < 200 ? 0 : 2)));
  assert.deepEqual(whole.rows, [...range(5, warmUp), ...range(180, 200)], "its warm-up is normal by what a warm-up is");
  assert.deepEqual(whole.truths, whole.rows.map((row) => (row >= 180 && row < 190 ? "fault" : "normal")));
});

test("itemsOf() of a map with its own baseline teaches every row once, met as it is", async () => {
  const items = await itemsOf(session, { ...map, baseline: { centre: [0], spread: [1], noise: [1] } }, blockOf(() => 0, 0));
  assert.deepEqual(items.map(({ features }) => features[0]), range(4, rows));
  assert.ok(items.every(({ met, truth, features }) => met && truth === "normal" && features[1] === -1));
});

test("itemsOf() leaves out items with an unknown feature, and changes nothing it was given", async () => {
  const block = blockOf(() => 0, warmUp, 230);
  const before = structuredClone(block);
  const { whole } = await taught(block);
  assert.deepEqual(block, before);
  assert.deepEqual(whole.rows, [...range(5, 230), ...range(231, rows)]);
});

test("itemsOf() teaches only rows in which the asset runs for certain, in a warm-up and after it", async () => {
  const runs = (row: number) => row < 60 || (row >= 70 && row < 180) || row >= 220;
  const running = Uint8Array.from({ length: rows }, (_, row) => (row >= 185 && row < 190 ? 2 : Number(runs(row))));
  const by = await taught({ ...blockOf(() => 0), running });
  assert.deepEqual(by.whole.rows, range(5, rows).filter(runs));
  assert.deepEqual(by.first.rows, range(85, rows).filter(runs));
  assert.deepEqual(by.second.rows, [...range(5, 80), ...range(warmUp, rows)].filter(runs));
  assert.deepEqual(await itemsOf(session, map, { ...blockOf(() => 0), running: new Uint8Array(rows) }), [], "it stood still all the time");
});

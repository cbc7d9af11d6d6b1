import assert from "node:assert/strict";
import { test } from "node:test";
import { bankOf, fitBank } from "../learn/heads/bank.ts";
import { fitIsolation, isolationOf } from "../learn/heads/isolation.ts";
import { novelty } from "../learn/learners/condition.ts";
import { paramsOf } from "../learn/learner.ts";
import { convolutionFeatures } from "../learn/maps/convolution-features.ts";
import { fitConvolutionMap } from "../learn/maps/convolution-map.ts";
import { featureCount, type WindowMap } from "../learn/maps/window-map.ts";
import { conditionModel, featureModel, sideModel } from "../learn/model.ts";
import { momentsOf } from "../learn/moments.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import type { SideHead } from "../learn/side-parts.ts";
import { runStretch } from "../learn/stretch.ts";
import { sumOf } from "../learn/sum.ts";
import { naiveGram } from "../../test/naive-gram.ts";
import { onnxEngine } from "./onnx.ts";

const [signals, window, rows] = [3, 12, 160];
const random = randomFrom(3);
const values = Float64Array.from({ length: rows * signals }, () => 10 + normalFrom(random));
for (let row = 120; row < rows; row++) values[row * signals + 1] += 6;
for (let row = 60; row < 70; row++) values[row * signals] = NaN;
const table = { rows, columns: signals, values };
const map: WindowMap = { name: "window", version: 1, signals, window, memories: [0, 5], random: { count: 0, seed: 1 }, baseline: { centre: [10, 10, 10], spread: [1, 1, 1], noise: [1, 1, 1] } };
const width = featureCount(map).all;

const session = await onnxEngine.open(featureModel(map));
const { features } = await runStretch(session, { features: width }, table, window, null);
await session.close();
const itemAt = (row: number) => features.slice(row * width, (row + 1) * width);
const normal = Array.from({ length: 100 }, (_, row) => itemAt(row + window)).filter((item) => !item.some(Number.isNaN));
const windowAt = (row: number) => values.slice((row - window + 1) * signals, (row + 1) * signals);

const convolutions = fitConvolutionMap(values.slice(0, 5 * window * signals), { signals, window, centre: [10, 10, 10], spread: [1, 1, 1], features: 84, seed: 2 });
const convolved = Array.from({ length: 90 }, (_, at) => convolutionFeatures(convolutions, windowAt(at + window)).values).filter((item) => !item.some(Number.isNaN));
const options = { size: 40, neighbours: 3, shrinkage: 0.5, levels: 0, seed: 1 };
const [bank, remembered] = [fitBank(normal, await momentsOf(normal, width, naiveGram), width, { ...options, levels: featureCount(map).levels }), fitBank(convolved, await momentsOf(convolved, convolved[0].length, naiveGram), convolved[0].length, options)];
const isolation = fitIsolation({ rows: normal.length, columns: width, values: Float32Array.from(normal.flatMap((item) => Array.from(item))) });

const cases: readonly { side: SideHead; twin: (row: number) => number }[] = [
  { side: { name: "neighbours", head: bank }, twin: (row) => bankOf(bank, itemAt(row)) },
  { side: { name: "isolation", head: isolation }, twin: (row) => isolationOf(isolation, itemAt(row)) },
  { side: { name: "convolutions", map: convolutions, head: remembered }, twin: (row) => bankOf(remembered, convolutionFeatures(convolutions, windowAt(row)).values) },
];

for (const { side, twin } of cases) {
  test(`${side.name} beside a map scores each row's window as its twin does, and is unknown where a signal is`, async () => {
    const alone = await onnxEngine.open(sideModel(map, side));
    const { parts } = await runStretch(alone, { parts: 1 }, table, window, null);
    await alone.close();
    assert.ok(Number.isNaN(parts[window - 2]) && Number.isNaN(parts[69]));
    for (const row of [window - 1, 40, 100, 130, 150]) assert.ok(Math.abs(parts[row] - twin(row)) <= 1e-5 * Math.max(1, twin(row)), `row ${row}: ${parts[row]} and ${twin(row)}`);
    assert.ok(parts[150] > parts[100], "a signal that stands elsewhere is farther off");
  });

  test(`a model whose highest part is ${side.name} blames the signal that is off, with shares that sum to the score`, async () => {
    const items = normal.map((own) => ({ features: own, truth: "assumed" as const, met: true }));
    const { head } = novelty.learn({ total: await sumOf(items, width, "b", naiveGram), groups: [] }, featureCount(map), paramsOf(novelty, {}));
    const model = conditionModel(map, head, { levels: Infinity, novelty: Infinity, answers: null }, {}, [{ ...side, threshold: twin(100) }]);
    const whole = await onnxEngine.open(model);
    const { score, contributions } = await runStretch(whole, { score: 1, contributions: signals }, table, window, null);
    await whole.close();
    const blame = contributions.subarray(150 * signals, 151 * signals);
    assert.ok(Math.abs(score[150] - twin(150) / twin(100)) < 1e-4);
    assert.ok(Math.abs(blame.reduce((sum, own) => sum + own, 0) - score[150]) < 1e-4 && blame[1] > blame[0] && blame[1] > blame[2], String(blame));
  });
}

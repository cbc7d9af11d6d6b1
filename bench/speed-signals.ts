import { writeFileSync } from "node:fs";
import { engineGram } from "../src/engine/gram.ts";
import { onnxEngine, onnxEngineOf } from "../src/engine/onnx.ts";
import { threadPool } from "../src/engine/pool.ts";
import { addBank, fitBank } from "../src/learn/heads/bank.ts";
import { addNovelty, fitNovelty } from "../src/learn/heads/novelty.ts";
import { runKernel } from "../src/learn/kernels.ts";
import { primalPath } from "../src/learn/learners/ridge-primal.ts";
import { fitConvolutionMap } from "../src/learn/maps/convolution-map.ts";
import { mergeMoments, momentsOf, type Moments } from "../src/learn/moments.ts";
import { Graph, type Edge } from "../src/learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { regressionOf } from "../src/learn/regression.ts";
import { mergeTargets, targetSumOf } from "../src/learn/target-sum.ts";
import { vusPr } from "../src/prove/metrics/vus-pr.ts";
import type { Comparison, LoadedData, RaceData, Tasks } from "./speed-race.ts";

/** Normal features that a few hidden factors move together; the target is made by `targetOf` of the row's number and its first feature. */
function made(rows: number, judged: number, columns: number, targetOf: (row: number, first: number) => number = (_row, first) => first): RaceData {
  const write = (path: string): void => {
    const random = randomFrom(5);
    const mixing = Float64Array.from({ length: columns * 4 }, () => normalFrom(random));
    const all = new Float32Array((rows + judged) * (columns + 1));
    for (let row = 0; row < rows + judged; row++) {
      const hidden = [normalFrom(random), normalFrom(random), normalFrom(random), normalFrom(random)];
      for (let j = 0; j < columns; j++) all[row * columns + j] = hidden.reduce((sum, value, k) => sum + value * mixing[j * 4 + k], 0) + 2 * random() - 1;
      all[(rows + judged) * columns + row] = targetOf(row, all[row * columns]);
    }
    writeFileSync(path, all);
  };
  return { rows, judged, columns, write };
}

const sides = { ours: "speed-signals.ts", peer: "signals.py" };

/** What is made of signals, against PyOD, scikit-learn, River, aeon and TSB-AD. */
export const signalComparisons: readonly Comparison[] = [
  { key: "mspc", atLeast: 1.5, data: made(500_000, 0, 50), ...sides },
  { key: "knn", atLeast: 1, data: made(5_000, 20_000, 50), ...sides },
  { key: "minirocket", atLeast: 1, data: made(200, 0, 500), ...sides },
  { key: "online", atLeast: 20, data: made(20_000, 5_000, 50), ...sides },
  { key: "vusPr", atLeast: 1, atMostSeconds: 0.03, data: made(8_000, 0, 1, (row) => (row % 1000 > 900 ? 1 : 0)), ...sides },
];

const gram = await engineGram(onnxEngine);
const engine = onnxEngineOf(2); // as `millrace try` has it
const pool = threadPool(2);
const batch = 10_000;

/** The same work as the peers' in `peers/signals.py`, by the same names. */
export const tasks: Tasks = { mspc, knn, minirocket, online, vusPr: volume };

/** T² over all directions, which is T² and Q in one: moments block by block, one solve, and every row's distance. */
function mspc({ rows, columns, features }: LoadedData) {
  const items = Array.from({ length: rows }, (_, row) => features.subarray(row * columns, (row + 1) * columns));
  return {
    async run() {
      let moments: Moments | null = null;
      for (let from = 0; from < rows; from += batch) {
        const own = await momentsOf(items.slice(from, from + batch), columns, gram);
        moments = moments === null ? own : mergeMoments(moments, own);
      }
      if (moments === null) return;
      const head = fitNovelty(moments, columns, 0);
      return await scored(features, columns, (graph, plain) => addNovelty(graph, head, plain).score);
    },
  };
}

/** Scores of rows by a head in a graph, a batch at a time. */
async function scored(features: Float32Array, columns: number, add: (graph: Graph, plain: Edge) => Edge, size = batch): Promise<Float64Array> {
  const graph = new Graph();
  graph.output("score", add(graph, graph.cast(graph.input("x", "float", ["items", columns]), "double")), "double", ["items", 1]);
  const session = await engine.open(graph.bytes("score", {}));
  const scores = new Float64Array(features.length / columns);
  for (let from = 0; from < scores.length; from += size) {
    const values = features.subarray(from * columns, (from + size) * columns);
    const { score } = await session.run({ x: { type: "float", dims: [values.length / columns, columns], values } });
    scores.set(score.values, from);
  }
  await session.close();
  return scores;
}

async function knn({ rows, columns, features, judged }: LoadedData) {
  const items = Array.from({ length: rows }, (_, row) => features.slice(row * columns, (row + 1) * columns));
  const head = fitBank(items, await momentsOf(items, columns, gram), columns, { size: rows, neighbours: 3, shrinkage: 1, levels: 0, seed: 1 });
  return { run: () => scored(judged.features, columns, (graph, plain) => addBank(graph, head, plain).score, 250) };
}

function minirocket({ rows, columns, features }: LoadedData) {
  const windows = Float64Array.from(features);
  const map = fitConvolutionMap(windows, { signals: 1, window: columns, centre: [0], spread: [1], features: 9996, seed: 1 });
  const half = (rows >> 1) * columns;
  return { run: () => Promise.all([windows.slice(0, half), windows.slice(half)].map((part) => runKernel(pool, "convolutionFeatures", map, part))) };
}

/** One more block into the total, and the ridge of the new total. */
async function online({ rows, columns, features, targets, judged }: LoadedData) {
  const total = await targetSumOf({ features: { rows, columns, values: features }, targets: Float64Array.from(targets) }, "history", gram);
  const block = { features: { rows: judged.rows, columns, values: judged.features }, targets: Float64Array.from(judged.targets) };
  return {
    async run() {
      const sum = mergeTargets(total, await targetSumOf(block, "one more", gram));
      return primalPath(regressionOf(sum, [])).at(1e-3);
    },
  };
}

function volume({ features, targets }: LoadedData) {
  const [scores, truth] = [Float64Array.from(features), Uint8Array.from(targets)];
  return { run: () => vusPr(scores, truth, { buffer: 100 }) };
}

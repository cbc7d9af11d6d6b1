import { writeFileSync } from "node:fs";
import { threadPool } from "../src/engine/pool.ts";
import { fitIsolation, isolationOf, isolationScores } from "../src/learn/heads/isolation.ts";
import type { Features } from "../src/learn/matrix.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { fitBoosted } from "../src/learn/trees/fit-boosted.ts";
import { fitRandomTrees, type RandomOptions } from "../src/learn/trees/fit-random.ts";
import { outputsOf } from "../src/learn/trees/score-forest.ts";
import type { Comparison, LoadedData, RaceData, Tasks } from "./speed-race.ts";

/** Normal features; a target that a few of them move, smoothly, in steps and together, with noise. */
function made(rows: number, judged: number, columns: number, classes: number): RaceData {
  const write = (path: string): void => {
    const random = randomFrom(7);
    const all = new Float32Array((rows + judged) * (columns + 1));
    for (let at = 0; at < (rows + judged) * columns; at++) all[at] = normalFrom(random);
    for (let row = 0; row < rows + judged; row++) {
      const [a, b, c, d, e] = all.subarray(row * columns, row * columns + 5);
      const value = 2 * a + Math.sin(3 * b) + (c > 0.5 ? 1.5 : 0) + 0.5 * d * d + a * e * 0.5 + normalFrom(random);
      all[(rows + judged) * columns + row] = classes === 0 ? value : Math.max(0, Math.min(classes - 1, Math.floor(value + classes / 2)));
    }
    writeFileSync(path, all);
  };
  return { rows, judged, columns, write };
}

const large = made(100_000, 20_000, 50, 0);
const small = made(20_000, 5_000, 50, 0);
const classed = made(20_000, 5_000, 50, 5);
const sides = { ours: "speed-trees.ts", peer: "trees.py" };

/** From a profile of one thread: see record 0033. */
const boostedCause =
  "adding up histograms takes about 43 % of the processor time, looking for splits 21 %, parting items 16 %, bins 13 %, so no one of them brings twofold speed; each is a loop that looks up every place by number, with a check of its bounds, which compiled peers do without";

/** Trees against scikit-learn and LightGBM. */
export const treeComparisons: readonly Comparison[] = [
  { key: "iforestFit", atLeast: 1, data: large, ...sides },
  { key: "iforestBatch", atLeast: 1, data: large, ...sides },
  { key: "iforestRow", atLeast: 50, data: large, ...sides },
  { key: "extraTrees", atLeast: 1, data: classed, ...sides },
  { key: "extraTreesNumbers", atLeast: 1, data: small, ...sides },
  { key: "boostedVsLightgbm", atLeast: 0.5, data: large, lossWithin: 0.01, ...sides },
  { key: "boostedVsSklearn", atLeast: 2, cause: boostedCause, data: large, lossWithin: 0.01, ...sides },
];

const pool = threadPool(2);
const isolation = { trees: 100, sample: 256, seed: 1 };
const teaching = ({ rows, columns, features, targets }: LoadedData) => ({
  features: { rows, columns, values: features },
  targets: Float64Array.from(targets),
  weights: new Float64Array(rows).fill(1),
});
const asked = ({ rows, columns, features }: LoadedData): Features => ({ rows, columns, values: features });
const judgedOf = ({ columns, judged }: LoadedData): Features => ({ rows: judged.rows, columns, values: judged.features });

/** The same work as the peers' in `peers/trees.py`, by the same names. */
export const tasks: Tasks = {
  iforestFit: (data) => ({ run: () => fitIsolation(asked(data), isolation) }),
  iforestBatch(data) {
    const head = fitIsolation(asked(data), isolation);
    return { run: () => isolationScores(head, asked(data), pool) };
  },
  iforestRow(data) {
    const head = fitIsolation(asked(data), isolation);
    const items = Array.from({ length: 1000 }, (_, row) => data.features.slice(row * data.columns, (row + 1) * data.columns));
    return { run: () => items.reduce((sum, item) => sum + isolationOf(head, item), 0), times: items.length };
  },
  extraTrees: (data) => randomTask(data, { classes: 5, trees: 100, tried: Math.round(Math.sqrt(data.columns)), leastLeaf: 1, leaves: 1e9, seed: 1 }),
  extraTreesNumbers: (data) => randomTask(data, { classes: 0, trees: 50, tried: Math.round(data.columns / 3), leastLeaf: 3, leaves: 1e9, seed: 1 }),
  boostedVsLightgbm: boostedTask,
  boostedVsSklearn: boostedTask,
};

function randomTask(data: LoadedData, options: RandomOptions) {
  const given = teaching(data);
  let last: Awaited<ReturnType<typeof fitRandomTrees>>;
  return {
    run: async () => void (last = await fitRandomTrees(given, options, pool)),
    facts() {
      const { judged } = data;
      const seen = outputsOf(last.forest, judgedOf(data));
      const classOf = (row: number) => {
        const shares = seen.subarray(row * options.classes, (row + 1) * options.classes);
        return shares.indexOf(Math.max(...shares));
      };
      const losses = Array.from(judged.targets, (target, row) => (options.classes > 0 ? Number(classOf(row) !== target) : (last.start + seen[row] - target) ** 2));
      return { loss: losses.reduce((sum, one) => sum + one, 0) / judged.rows };
    },
  };
}

/** As LightGBM and scikit-learn are asked: a hundred rounds of 31 leaves, at least 20 items each, no penalty. */
export const raced = { rounds: 100, shrinkage: 0.1, leaves: 31, leastLeaf: 20, penalty: 0, columnShare: 1, monotone: null, seed: 1, held: null, patience: 1 };

function boostedTask(data: LoadedData) {
  const given = teaching(data);
  let last: Awaited<ReturnType<typeof fitBoosted>>;
  return {
    run: async () => void (last = await fitBoosted(given, { kind: "squared" }, raced, pool)),
    facts() {
      const seen = outputsOf(last.forests[0], judgedOf(data));
      const losses = Array.from(data.judged.targets, (target, row) => (last.start[0] + seen[row] - target) ** 2);
      return { loss: losses.reduce((sum, one) => sum + one, 0) / data.judged.rows };
    },
  };
}

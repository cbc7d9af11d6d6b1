// Fits one learner of trees to made-up data of a size: `node bench/speed-trees-curve.ts LEARNER ROWS SIGNALS`.
import { threadPool } from "../src/engine/pool.ts";
import { fitIsolation } from "../src/learn/heads/isolation.ts";
import { fitBoosted } from "../src/learn/trees/fit-boosted.ts";
import { fitRandomTrees } from "../src/learn/trees/fit-random.ts";
import { raced } from "./speed-trees.ts";

const [learner, rows, signals] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const pool = threadPool(2);
const values = new Float32Array(rows * signals);
let state = 1;
for (let at = 0; at < values.length; at++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // quick, and good enough to have something to sort
  values[at] = (state >>> 8) / 2 ** 24;
}
const features = { rows, columns: signals, values };
const targets = Float64Array.from({ length: rows }, (_, row) => values[row * signals] * 3 + values[row * signals + 1] ** 2 + 0.3 * values[row * signals + 2]);
const given = { features, targets, weights: new Float64Array(rows).fill(1) };
const fits: Readonly<Record<string, () => unknown>> = {
  "extra-trees": () => fitRandomTrees(given, { classes: 0, trees: 100, tried: Math.ceil(signals / 3), leastLeaf: 3, leaves: 400_000, seed: 1 }, pool),
  "boosted-trees": () => fitBoosted(given, { kind: "squared" }, raced, pool),
  isolation: () => fitIsolation(features),
};
const started = performance.now();
await fits[learner]();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ learner, rows, signals, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
process.exit();

// Fits one learner to made-up data of a size: `node bench/speed-curve-child.ts LEARNER ROWS SIGNALS`.
import { engineGram } from "../src/engine/gram.ts";
import { onnxEngine } from "../src/engine/onnx.ts";
import { threadPool } from "../src/engine/pool.ts";
import { fitIsolation } from "../src/learn/heads/isolation.ts";
import { fitNovelty } from "../src/learn/heads/novelty.ts";
import { primalPath } from "../src/learn/learners/ridge-primal.ts";
import { mergeMoments, momentsOf, type Moments } from "../src/learn/moments.ts";
import { regressionOf } from "../src/learn/regression.ts";
import { mergeTargets, targetSumOf, type TargetSum } from "../src/learn/target-sum.ts";
import { fitBoosted } from "../src/learn/trees/fit-boosted.ts";
import { fitRandomTrees } from "../src/learn/trees/fit-random.ts";
import type { CurvePoint } from "./speed-curves.ts";
import { raced } from "./speed-trees.ts";

const [learner, rows, signals] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
/** Rows of a block: what is a sum of blocks is fitted block by block, as a site does, and forgets each. */
const blockRows = 10_000;
const gram = await engineGram(onnxEngine);
let state = 1;

/** The next so many rows; quick, and good enough to have something to sort. */
function made(count: number) {
  const values = new Float32Array(count * signals);
  for (let at = 0; at < values.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[at] = (state >>> 8) / 2 ** 24;
  }
  const targets = Float64Array.from({ length: count }, (_, row) => values[row * signals] * 3 + values[row * signals + 1] ** 2 + 0.3 * values[row * signals + 2]);
  return { features: { rows: count, columns: signals, values }, targets };
}

/** Seconds of the fit alone: what makes the rows is not counted. */
type Fit = () => Promise<number>;

async function timed(fit: () => unknown): Promise<number> {
  const started = performance.now();
  await fit();
  return (performance.now() - started) / 1000;
}

const whole = (fit: (given: ReturnType<typeof made> & { readonly weights: Float64Array }) => unknown): Fit => async () => {
  const given = { ...made(rows), weights: new Float64Array(rows).fill(1) };
  return await timed(() => fit(given));
};

const byBlock = <Sum>(sumOf: (block: ReturnType<typeof made>, from: number) => Promise<Sum>, merge: (a: Sum, b: Sum) => Sum, solve: (total: Sum) => unknown): Fit => async () => {
  let seconds = 0;
  let total: Sum | null = null;
  for (let from = 0; from < rows; from += blockRows) {
    const block = made(Math.min(blockRows, rows - from));
    seconds += await timed(async () => {
      const own = await sumOf(block, from);
      total = total === null ? own : merge(total, own);
    });
  }
  return seconds + (await timed(() => total !== null && solve(total)));
};

const momentsOfBlock = ({ features: { rows: count, values } }: ReturnType<typeof made>): Promise<Moments> =>
  momentsOf(Array.from({ length: count }, (_, row) => values.subarray(row * signals, (row + 1) * signals)), signals, gram);

const fits: Readonly<Record<string, Fit>> = {
  distance: byBlock(momentsOfBlock, mergeMoments, (total) => fitNovelty(total, signals, 0)),
  ridge: byBlock<TargetSum>((block, from) => targetSumOf(block, `block ${from}`, gram), mergeTargets, (total) => primalPath(regressionOf(total, [])).at(1e-3)),
  "extra-trees": whole((given) => fitRandomTrees(given, { classes: 0, trees: 100, tried: Math.ceil(signals / 3), leastLeaf: 3, leaves: 400_000, seed: 1 }, threadPool(2))),
  "boosted-trees": whole((given) => fitBoosted(given, { kind: "squared" }, raced, threadPool(2))),
  isolation: whole(({ features }) => fitIsolation(features)),
};
const point: CurvePoint = { learner, rows, signals, seconds: await fits[learner](), peakMiB: process.resourceUsage().maxRSS / 1024 };
process.stdout.write(JSON.stringify(point));
process.exit();

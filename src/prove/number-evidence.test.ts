import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { estimateEvidence, lifeEvidence, type NumbersInBlocks } from "./number-evidence.ts";

/** Blocks of ten rows whose errors have a part in common; with a guess about its middle as interval. */
function judged(blocks: number, common: number, seed = 1): NumbersInBlocks {
  const random = randomFrom(seed);
  const own = Array.from({ length: blocks }, () => common * normalFrom(random));
  const truth = Float64Array.from({ length: 10 * blocks }, () => 60 + 20 * normalFrom(random));
  const predicted = truth.map((value, at) => value + own[Math.floor(at / 10)] + 4 * normalFrom(random));
  return { truth, predicted, low: predicted.map((value) => value - 8), high: predicted.map((value) => value + 8), trainMean: 55, blocks: Int32Array.from(truth, (_, at) => Math.floor(at / 10)), ordered: true, random: randomFrom(seed) };
}

const byName = <Figure extends { readonly name: string }>(figures: readonly Figure[]) => new Map(figures.map((figure) => [figure.name, figure]));
const width = (figure: { readonly low: number | null; readonly high: number | null } | undefined): number => (figure?.high ?? NaN) - (figure?.low ?? NaN);

test("estimateEvidence() gives every figure in its interval, beside always saying the training mean", () => {
  const given = judged(30, 0);
  const { figures, blocks } = estimateEvidence(given);
  assert.equal(blocks, 30);
  assert.deepEqual(figures.map(({ name }) => name), ["rmse", "mae", "r2", "r2OfJudged", "bias", "coverage", "width"]);
  for (const { name, value, low, high } of figures) assert.ok(value !== null && low !== null && high !== null && low <= value && value <= high, name);
  const found = byName(figures);
  const chance = Math.sqrt(given.truth.reduce((sum, value) => sum + (value - 55) ** 2, 0) / 300);
  assert.ok(Math.abs((found.get("rmse")?.chance ?? NaN) - chance) < 1e-9);
  assert.equal(found.get("r2")?.chance, 0);
  assert.equal(found.get("coverage")?.chance, null);
  assert.ok(Math.abs((found.get("rmse")?.value ?? NaN) - 4) < 0.5);
  assert.deepEqual(estimateEvidence(judged(30, 0)), { figures, blocks });
});

test("estimateEvidence() is less sure when the rows of a block err together", () => {
  const bias = (common: number) => width(byName(estimateEvidence(judged(40, common)).figures).get("bias"));
  assert.ok(bias(4) > 2 * bias(0), `${bias(4)} against ${bias(0)}`);
});

test("estimateEvidence() covers the true error as often as it says", () => {
  let hits = 0;
  for (let seed = 0; seed < 150; seed++) {
    const { low, high } = byName(estimateEvidence(judged(12, 3, seed)).figures).get("rmse") ?? {};
    if ((low ?? Infinity) <= 5 && 5 <= (high ?? -Infinity)) hits++;
  }
  assert.ok(hits >= 132, `${hits} of 150 hold the root of 3² + 4²`);
});

test("estimateEvidence() without intervals of the model knows no coverage, and with two blocks is hardly sure", () => {
  const found = byName(estimateEvidence({ ...judged(30, 0), low: null, high: null }).figures);
  assert.equal(found.get("coverage")?.value, null);
  assert.equal(found.get("coverage")?.low, null);
  assert.ok(width(byName(estimateEvidence(judged(2, 3)).figures).get("bias")) > 5);
});

test("lifeEvidence() resamples machines: each a block of one decision", () => {
  const given = judged(10, 0);
  const machines = { ...given, blocks: given.blocks.map((_, at) => at), ordered: false };
  const { figures, blocks } = lifeEvidence(machines, 75);
  assert.equal(blocks, 100);
  assert.deepEqual(figures.map(({ name }) => name), ["rmseCapped", "scoreCapped", "maeCapped", "rmseRaw", "scoreRaw", "maeRaw", "coverage", "width"]);
  for (const { name, value, low, high } of figures) assert.ok(value !== null && low !== null && high !== null && low <= value && value <= high, name);
  const found = byName(figures);
  for (const name of ["rmseRaw", "scoreRaw", "maeRaw"] as const) assert.ok((found.get(name)?.chance ?? 0) > 2 * (found.get(name)?.value ?? NaN), name);
});

test("what is unknown is judged by neither the model nor chance", () => {
  const given = judged(8, 1);
  const longer: NumbersInBlocks = {
    ...given,
    truth: Float64Array.of(...given.truth, 1e6, NaN),
    predicted: Float64Array.of(...given.predicted, NaN, 3),
    low: null,
    high: null,
    blocks: Int32Array.of(...given.blocks, 3, 99),
    random: randomFrom(1),
  };
  assert.deepEqual(estimateEvidence(longer), estimateEvidence({ ...given, low: null, high: null, random: randomFrom(1) }));
});

test("both refuse blocks of another length", () => {
  assert.throws(() => estimateEvidence({ ...judged(2, 1), blocks: new Int32Array(2) }), RangeError);
  assert.throws(() => lifeEvidence({ ...judged(2, 1), blocks: new Int32Array(2) }, 125), RangeError);
});

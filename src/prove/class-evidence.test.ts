import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../learn/random.ts";
import { classEvidence, type JudgedClasses } from "./class-evidence.ts";
import type { NamedFigure } from "./figure.ts";
import { noneOfThese, unknownClass } from "./metrics/classes.ts";

/** Blocks of ten decisions about three classes, right as often as asked; a block may be wrong as a whole. */
function judged(blocks: number, right: number, whole = false, seed = 1): JudgedClasses {
  const random = randomFrom(seed);
  const truth = Int32Array.from({ length: 10 * blocks }, () => Math.floor(3 * random()));
  let luck = 0;
  const answers = truth.map((value, at) => {
    if (!whole || at % 10 === 0) luck = random();
    return luck < right ? value : (value + 1) % 3;
  });
  return { answers, truth, classes: 3, taught: [50, 30, 20], blocks: truth.map((_, at) => Math.floor(at / 10)), ordered: false, positive: null, random: randomFrom(seed) };
}

const figure = (name: string, given: JudgedClasses): NamedFigure => {
  const found = classEvidence(given).figures.find((one) => one.name === name);
  assert.ok(found !== undefined, name);
  return found;
};
const width = ({ low, high }: NamedFigure): number => (high ?? NaN) - (low ?? NaN);

test("classEvidence() gives every figure in its interval, from 0 to 1, and repeats for a seed", () => {
  const { figures } = classEvidence(judged(30, 0.8));
  assert.deepEqual(figures.map(({ name }) => name), ["accuracy", "balancedAccuracy", "macroF1", "worstRecall", "rejected"]);
  for (const { name, value, low, high } of figures) assert.ok(value !== null && low !== null && high !== null && low >= 0 && low <= value && value <= high && high <= 1, name);
  assert.deepEqual(classEvidence(judged(30, 0.8)), classEvidence(judged(30, 0.8)));
});

test("classEvidence() is less sure when the rows of a block err together, and surer with more blocks", () => {
  const apart = width(figure("accuracy", judged(200, 0.8)));
  const together = width(figure("accuracy", judged(200, 0.8, true)));
  assert.ok(together > 2 * apart, `${together} against ${apart}`);
  assert.ok(width(figure("accuracy", judged(25, 0.8, true))) > 2 * together);
});

test("classEvidence() does not take a few right blocks for certainty", () => {
  for (const name of ["accuracy", "balancedAccuracy", "macroF1", "worstRecall"]) {
    const { value, low, high } = figure(name, judged(4, 1));
    assert.deepEqual([value, high], [1, 1]);
    assert.ok(low !== null && low > 0.6 && low < 0.95, `${name} from ${low}`);
  }
  const { low } = figure("accuracy", judged(4, 1));
  assert.ok(low !== null && Math.abs(low - 0.9123779) < 1e-3, `${low}: statsmodels' proportion_confint(40, 40, method="wilson") begins at 0.91238`);
});

test("classEvidence() gives the better of both chance levels", () => {
  const given = judged(100, 0.9);
  const shares = [0, 1, 2].map((value) => given.truth.filter((one) => one === value).length / 1000);
  assert.ok(Math.abs((figure("accuracy", given).chance ?? NaN) - Math.max(shares[0], 0.5 * shares[0] + 0.3 * shares[1] + 0.2 * shares[2])) < 1e-12);
  assert.ok(Math.abs((figure("worstRecall", given).chance ?? NaN) - 0.2) < 1e-12);
  assert.equal(figure("rejected", given).chance, null);
});

test("classEvidence() gives one class's F1 first, against always saying so", () => {
  const { figures } = classEvidence({ ...judged(40, 0.9), positive: 2 });
  assert.deepEqual(figures.slice(0, 3).map(({ name }) => name), ["f1", "precision", "recall"]);
  const [{ value, low, high, chance }] = figures;
  assert.ok(value !== null && low !== null && high !== null && chance !== null && low < value && value < high && chance > 0.4 && chance < 0.6);
});

test("classEvidence() of one block has no interval but a figure, and of none no figure", () => {
  const { value, low, high } = figure("accuracy", judged(1, 0.5));
  assert.ok(value !== null && low === null && high === null);
  const none = { ...judged(3, 1), answers: new Int32Array(30).fill(unknownClass) };
  assert.equal(figure("accuracy", none).value, null);
  assert.equal(classEvidence(none).blocks, 0);
});

test("classEvidence() counts a rejection of what was never taught as right", () => {
  const given = judged(6, 1);
  const unseen = { ...given, truth: given.truth.map((value) => (value === 2 ? noneOfThese : value)), answers: given.answers.map((value) => (value === 2 ? noneOfThese : value)) };
  assert.equal(figure("accuracy", unseen).value, 1);
  assert.ok((figure("rejected", unseen).value ?? 0) > 0.2);
});

test("classEvidence() refuses blocks of another length", () => {
  assert.throws(() => classEvidence({ ...judged(2, 1), blocks: new Int32Array(3) }), RangeError);
});

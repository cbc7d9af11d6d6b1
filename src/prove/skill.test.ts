import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import { skill } from "./skill.ts";

interface Judged {
  readonly model: Float64Array;
  readonly chance: Float64Array;
  readonly blocks: Int32Array;
}

const given = ({ model, chance, blocks }: Judged, seed = 1, ordered = true) =>
  skill({ losses: model, rivals: [{ name: "always the mean of the training rows", losses: chance }], blocks, ordered, random: randomFrom(seed) });

/** A target of noise with a part that the model knows, judged in blocks of 15 rows that share half of the noise. */
function numbers(random: Random, blocks: number, known: number): Judged {
  const rows = Array.from({ length: blocks }, () => normalFrom(random)).flatMap((common, block) =>
    Array.from({ length: 15 }, () => {
      const seen = normalFrom(random);
      return { block, truth: known * seen + 0.7 * common + 0.7 * normalFrom(random), predicted: known * seen + 0.3 * normalFrom(random) };
    }),
  );
  return { model: Float64Array.from(rows, ({ truth, predicted }) => (truth - predicted) ** 2), chance: Float64Array.from(rows, ({ truth }) => truth ** 2), blocks: Int32Array.from(rows, ({ block }) => block) };
}

/** Two classes in equal shares; the model tosses a coin, and so is right as often as the one that always says the same. */
function coins(random: Random, blocks: number): Judged {
  const rows = Array.from({ length: blocks * 15 }, () => [random() < 0.5 ? 1 : 0, random() < 0.5 ? 1 : 0]);
  return { model: Float64Array.from(rows, ([truth, answer]) => (truth === answer ? 0 : 1)), chance: Float64Array.from(rows, ([truth]) => truth), blocks: Int32Array.from(rows, (_, row) => Math.floor(row / 15)) };
}

test("skill() says not enough for targets of pure noise in at least 95 of 100 cases, few blocks or many", () => {
  const runs = 200;
  for (const blocks of [3, 6, 20]) {
    for (const [name, draw] of [["numbers", (random: Random) => numbers(random, blocks, 0)], ["classes", (random: Random) => coins(random, blocks)]] as const) {
      let fooled = 0;
      for (let seed = 0; seed < runs; seed++) if (given(draw(randomFrom(31 * seed + blocks)), seed).enough) fooled++;
      assert.ok(fooled <= 0.05 * runs, `${fooled} of ${runs} with ${blocks} blocks of ${name}`);
    }
  }
});

test("skill() says enough for a plain signal", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { enough, gain, low, words } = given(numbers(randomFrom(seed), 12, 1.5), seed);
    assert.ok(enough, words);
    assert.ok(low !== null && gain !== null && low > 0 && gain > 0.4 && gain < 0.95, words);
    assert.match(words, /^It knows something: held out, its error is \d+ % below that of always the mean of the training rows \(95 % interval \d+ % to \d+ %, 12 blocks\)\.$/);
  }
});

test("skill() of a gain that is real but small says about how many blocks would settle it", () => {
  const { enough, gain, neededBlocks, words } = given(numbers(randomFrom(2), 5, 0.36));
  assert.ok(!enough && gain !== null && gain > 0, words);
  assert.ok(neededBlocks !== null && neededBlocks > 5, words);
  assert.match(words, /^There is not enough evidence .* which chance alone may do .* blocks would settle it, were that gain real\.$/);
  // That many more blocks of the same settle it.
  assert.ok(given(numbers(randomFrom(6), 4 * neededBlocks, 0.36)).enough);
});

test("skill() must beat every rival, and tells of the one it gains least on", () => {
  const { model, chance, blocks } = numbers(randomFrom(8), 12, 1.5);
  const rivals = [{ name: "the mean", losses: chance }, { name: "a straight line", losses: model.map((loss) => 0.98 * loss) }];
  const { enough, against, gain, words } = skill({ losses: model, rivals, blocks, ordered: false, random: randomFrom(1) });
  assert.ok(!enough);
  assert.ok(gain !== null && gain < 0);
  assert.match(words, /its error is no smaller than that of a straight line/);
  assert.deepEqual(against.map(({ over }) => over), ["the mean", "a straight line"]);
});

test("skill() says not enough without three blocks, and when chance makes no error", () => {
  const [some, none] = [Float64Array.of(0.1, 0.1, 0.1, 0.1), new Float64Array(4)];
  const words = (blocks: number[], chance = Float64Array.of(1, 1, 1, 1)) => given({ model: some, chance, blocks: Int32Array.from(blocks) }).words;
  assert.match(words([0, 0, 0, 0]), /fewer than 3 blocks were judged/);
  assert.match(words([0, 0, 1, 1]), /fewer than 3 blocks were judged/);
  assert.match(words([0, 1, 2, 3], Float64Array.of(NaN, NaN, NaN, NaN)), /fewer than 3 blocks were judged/);
  assert.match(words([0, 1, 2, 3], none), /makes no error on the 4 blocks/);
  assert.ok(!given({ model: none, chance: none, blocks: Int32Array.of(0, 1, 2, 3) }).enough);
});

test("skill() leaves out decisions that are unknown to either", () => {
  const judged = numbers(randomFrom(4), 8, 1);
  const longer = { model: Float64Array.of(...judged.model, NaN, 9), chance: Float64Array.of(...judged.chance, 5, NaN), blocks: Int32Array.of(...judged.blocks, 2, 9) };
  assert.deepEqual(given(longer), given(judged));
});

test("skill() refuses unequal lengths and no rivals", () => {
  const one = Float64Array.of(1);
  assert.throws(() => given({ model: one, chance: new Float64Array(2), blocks: Int32Array.of(0) }), RangeError);
  assert.throws(() => skill({ losses: one, rivals: [], blocks: Int32Array.of(0), ordered: true, random: randomFrom(1) }), RangeError);
});

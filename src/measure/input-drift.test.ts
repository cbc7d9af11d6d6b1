import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import { inputDrift, type BlockInputs } from "./input-drift.ts";

const signals = 8;

/** Blocks whose levels and spreads hang together from block to block by `likeness`, with normal or heavy-tailed (Student's t, 3 degrees) shocks. */
function blocks(random: Random, count: number, likeness: number, isHeavy: boolean): { levels: number[]; spreads: number[] }[] {
  const shock = (): number => normalFrom(random) / (isHeavy ? Math.sqrt((normalFrom(random) ** 2 + normalFrom(random) ** 2 + normalFrom(random) ** 2) / 3) : 1);
  let last = Array.from({ length: 2 * signals }, shock);
  return Array.from({ length: count }, () => {
    last = last.map((value) => likeness * value + shock());
    return { levels: last.slice(0, signals), spreads: last.slice(signals) };
  });
}

const moved = (all: readonly BlockInputs[], last: number, change: (one: BlockInputs) => BlockInputs): BlockInputs[] => all.map((one, at) => (at >= all.length - last ? change(one) : one));

test("inputDrift() names hardly any signal where nothing has shifted: unrelated, related and heavy-tailed blocks", () => {
  const random = randomFrom(31);
  for (const [likeness, isHeavy, most] of [[0, false, 0.004], [0, true, 0.004], [0.3, false, 0.008], [0.5, true, 0.015]] as const) {
    const looks = 2000;
    let named = 0;
    for (let look = 0; look < looks; look++) if (inputDrift(blocks(random, look % 2 === 0 ? 40 : 65, likeness, isHeavy)).length > 0) named++;
    assert.ok(named / looks <= most, `likeness ${likeness}, heavy ${isHeavy}: ${named} of ${looks}`);
  }
});

test("inputDrift() names the signal that has shifted, how far, and since which block", () => {
  const random = randomFrom(32);
  let right = 0;
  for (let look = 0; look < 100; look++) {
    const shifted = moved(blocks(random, 60, 0, false), 8, ({ levels, spreads }) => ({ levels: levels.map((value, at) => (at === 3 ? value + 5 : value)), spreads }));
    const [found] = inputDrift(shifted);
    if (found?.signal === 3 && found.what === "level" && found.by > 3 && found.since >= 50 && found.since <= 55) right++;
  }
  assert.ok(right >= 90, `${right} of 100`);
});

test("inputDrift() sees a spread that has changed, and passes over a signal that is unknown", () => {
  const random = randomFrom(33);
  const shifted = moved(blocks(random, 50, 0, false), 5, ({ levels, spreads }) => ({ levels, spreads: spreads.map((value, at) => (at === 1 ? value - 8 : value)) }));
  const unknown = shifted.map(({ levels, spreads }) => ({ levels: levels.map((value, at) => (at === 0 ? NaN : value)), spreads }));
  assert.deepEqual(inputDrift(unknown).map(({ signal, what, by }) => [signal, what, by < 0]), [[1, "spread", true]]);
});

test("inputDrift() says nothing of fewer than forty blocks, nor of a signal that never moves, and names one that then does", () => {
  assert.deepEqual(inputDrift(blocks(randomFrom(34), 39, 0, false)), []);
  const still = Array.from({ length: 40 }, () => ({ levels: [5], spreads: [-20] }));
  assert.deepEqual(inputDrift(still), []);
  const [found] = inputDrift(moved(still, 5, () => ({ levels: [6], spreads: [-20] })));
  assert.deepEqual([found?.signal, found?.what, found?.since], [0, "level", 35]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { linearHead } from "../learn/heads/linear.ts";
import type { Learner } from "../learn/learner.ts";
import type { Gram } from "../learn/moments.ts";
import { alikeParts } from "./study-chosen.ts";
import { foldSums, type Candidate, type ContestPorts, type Lesson } from "./study-contest.ts";
import type { NamedMap } from "./study-maps.ts";
import { race, timeIsUp } from "./study-race.ts";

const rows = 40;
const folds = 4;
const map: NamedMap = { name: "row", map: { name: "series", version: 1, columns: [{ name: "x", centre: 0, spread: 1, still: false }], lags: [], memories: [], windows: [], own: 0, age: false } };
/** The truth is 0 everywhere: who says a number errs by its square. */
const lesson: Lesson = { targets: new Float64Array(rows), folds: Int32Array.from({ length: rows }, (_, row) => Math.floor((row * folds) / rows)), foldCount: folds, classes: [], range: [-10, 10] };
const gram: Gram = (values, columns) => Promise.resolve(Float64Array.from({ length: columns * columns }, (_, at) => {
  let sum = 0;
  for (let row = 0; row < values.length; row += columns) sum += values[row + Math.floor(at / columns)] * values[row + (at % columns)];
  return sum;
}));

/** Says the same of everything, and takes so many seconds to learn it. */
interface Saying { readonly name: string; readonly says: number; readonly takes: number; readonly cannot?: string }

async function raced(of: readonly Saying[], until: number, always: readonly string[] = []) {
  let clock = 0;
  const fits = new Map<string, number>();
  const candidates = of.map(({ name, says, takes, cannot }): Candidate => {
    const learner: Learner = {
      name, version: 1, kinds: ["estimate"], summary: "", params: {},
      canLearn: () => cannot ?? null,
      learn() {
        clock += takes;
        fits.set(name, (fits.get(name) ?? 0) + 1);
        return Promise.resolve(linearHead({ weights: Float64Array.of(0), biases: Float64Array.of(says) }, null, Float64Array.of(1)));
      },
    };
    return { map, learner, params: {} };
  });
  const ports: ContestPorts = { tools: { gram, pool: null }, seconds: () => clock, cpuSeconds: () => clock, residentMiB: () => 1, onProgress: () => undefined };
  const looked = { map, features: { rows, columns: 1, values: new Float32Array(rows) } };
  const sums = await foldSums(looked, lesson, ports);
  const entries = await race(candidates, { lesson, look: () => Promise.resolve({ looked, sums }), always, seed: 1, until }, ports);
  return { entries, fits: of.map(({ name }) => fits.get(name) ?? 0), clock };
}

test("where there is time all go through all folds", async () => {
  const { entries, fits } = await raced([4, 3, 2, 1].map((says) => ({ name: `says ${says}`, says, takes: 1 })), 16);
  assert.deepEqual(fits, [folds, folds, folds, folds]);
  assert.ok(entries.every(({ stopped }) => stopped === null));
});

test("where there is not, the worse half stops after each fold, and the best is chosen on all folds", async () => {
  const { entries, fits } = await raced([4, 3, 2, 1].map((says) => ({ name: `says ${says}`, says, takes: 1 })), 8);
  assert.deepEqual(fits, [1, 1, 2, folds]);
  assert.deepEqual(entries.map(({ stopped }) => stopped), ["others erred less on the first fold", "others erred less on the first fold", "others erred less on the first 2 folds", null]);
  assert.deepEqual(entries.map(({ loss }) => loss), [16, 9, 4, 1]);
  assert.deepEqual(alikeParts(entries, []).map(({ entry }) => entry.candidate.learner.name), ["says 1"]);
});

test("who is close to the best goes on, and so does the best of those always heard", async () => {
  const { entries, fits } = await raced([{ name: "line", says: 5, takes: 1 }, { name: "line", says: 6, takes: 1 }, { name: "a", says: 1, takes: 1 }, { name: "b", says: 1.01, takes: 1 }, { name: "c", says: 1.02, takes: 1 }], 18, ["line"]);
  assert.deepEqual(entries.map(({ stopped }) => stopped === null), [true, false, true, true, true]);
  assert.deepEqual(fits.slice(2), [folds, folds, folds]);
  assert.ok(alikeParts(entries, ["line"]).some(({ entry }) => entry.candidate.learner.name === "line"));
});

test("when the time is up, all are compared on the folds that all judged: who learns slowly is not out for that", async () => {
  const quick = { name: "quick", says: 1.01, takes: 1 };
  const slow = { name: "slow", says: 1, takes: 10 };
  const { entries, clock } = await raced([quick, slow], 25);
  assert.ok(clock <= 25, `${clock}`);
  assert.deepEqual(entries.map(({ stopped, byFold }) => [stopped, byFold.length]), [[null, 2], [null, 2]]);
  assert.equal(alikeParts(entries, [])[0].entry.candidate.learner.name, "slow");
  // In the first fold those that came to judge it are compared.
  const early = await raced([quick, { ...slow, name: "slower" }, slow], 5);
  assert.deepEqual(early.entries.map(({ stopped }) => stopped), [null, null, timeIsUp]);
  const none = await raced([quick], -1);
  assert.deepEqual(alikeParts(none.entries, []), []);
  assert.equal(none.entries[0].stopped, timeIsUp);
});

test("who cannot learn is out with its reason, and the race goes on", async () => {
  const { entries } = await raced([{ name: "a", says: 0, takes: 1, cannot: "it is blind" }, { name: "b", says: 2, takes: 1 }], 1e9);
  assert.deepEqual(entries.map(({ stopped }) => stopped), ["it is blind", null]);
  assert.deepEqual(alikeParts(entries, []).map(({ entry }) => entry.candidate.learner.name), ["b"]);
});

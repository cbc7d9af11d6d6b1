import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom } from "../../learn/random.ts";
import { chanceVusPr, vusPr } from "./vus-pr.ts";

const peers = join(import.meta.dirname, "../../../bench/peers");
const python = join(peers, ".venv/bin/python");
const near = (a: number, b: number, tolerance = 1e-12) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

/** The definition, word for word and slow: nothing is shared between thresholds or widths. */
function naiveVusPr(scores: readonly number[], truth: readonly number[], buffer: number, thresholds: number): number {
  const n = scores.length;
  const sorted = [...scores].sort((a, b) => b - a);
  const faults: [number, number][] = [];
  truth.forEach((y, t) => {
    if (y === 1 && truth[t - 1] !== 1) faults.push([t, t]);
    else if (y === 1) (faults.at(-1) as [number, number])[1] = t;
  });
  const positives = truth.filter((y) => y === 1).length;
  let volume = 0;
  for (let w = 0; w <= buffer; w++) {
    const h = Math.floor(w / 2);
    const label: number[] = [...truth];
    for (const [a, b] of faults) {
      for (let t = 0; t < n; t++) {
        if (t > b && t <= b + h) label[t] += Math.sqrt(1 - (t - b) / w);
        if (t < a && t >= a - h) label[t] += Math.sqrt(1 - (a - t) / w);
      }
    }
    const soft = label.map((l) => Math.min(l, 1));
    const segments: [number, number][] = [];
    for (const [a, b] of faults) {
      const previous = segments.at(-1);
      if (previous !== undefined && previous[1] >= a - h) previous[1] = b + h;
      else segments.push([a - h, b + h]);
    }
    let before = 0;
    for (let j = 0; j < thresholds; j++) {
      const level = sorted[j === thresholds - 1 ? n - 1 : Math.floor(j * ((n - 1) / (thresholds - 1)))];
      const flagged = scores.map((s) => s >= level);
      const hit = soft.reduce((sum, l, t) => sum + (flagged[t] ? l : 0), 0);
      const found = segments.filter(([a, b]) => flagged.some((f, t) => f && t >= a && t <= b)).length;
      const labelled = positives + soft.reduce((sum, l, t) => sum + (truth[t] === 0 && flagged[t] ? l : 0), 0);
      const recall = Math.min(hit / ((positives + labelled) / 2), 1) * (found / segments.length);
      volume += (recall - before) * (hit / flagged.filter(Boolean).length);
      before = recall;
    }
  }
  return volume / (buffer + 1);
}

/** Bursts of faults, and scores that rise in them, coarsely rounded so that many tie. */
function bursts(rows: number, seed: number, coarse = 20): { scores: Float64Array; truth: Uint8Array } {
  const random = randomFrom(seed);
  const truth = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 40 + Math.floor(random() * rows * 0.2)) {
    truth.fill(1, row, row + 5 + Math.floor(random() * 60));
  }
  const scores = Float64Array.from(truth, (y) => Math.round((random() + 0.4 * y) * coarse) / coarse);
  return { scores, truth };
}

test("vusPr() agrees with its naive twin", () => {
  const series = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(series, fc.integer({ min: 0, max: 25 }), fc.integer({ min: 2, max: 40 }), (rows, buffer, thresholds) => {
      const scores = rows.map(([score]) => score);
      const truth = rows.map(([, y]) => y);
      const fast = vusPr(Float64Array.from(scores), Uint8Array.from(truth), { buffer, thresholds });
      if (truth.includes(1)) near(fast, naiveVusPr(scores, truth, buffer, thresholds));
      else assert.ok(Number.isNaN(fast));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("vusPr() agrees with its naive twin at full width on bursts", () => {
  const { scores, truth } = bursts(700, 3);
  near(vusPr(scores, truth), naiveVusPr([...scores], [...truth], 100, 250));
});

const noPeer = existsSync(python) ? false : "no Python environment in bench/peers/.venv; see bench/peers/README.md";
test("vusPr() agrees with the peer in Python", { skip: noPeer }, () => {
  for (const [rows, seed] of [[1200, 5], [907, 6]]) {
    const { scores, truth } = bursts(rows, seed, 1e6);
    const given = JSON.stringify({ scores: [...scores], truth: [...truth], buffer: 30 });
    const answer = JSON.parse(execFileSync(python, [join(peers, "vus_pr.py")], { input: given, encoding: "utf8" })) as {
      vusPr: number;
      definition: number;
    };
    near(vusPr(scores, truth, { buffer: 30 }), answer.vusPr);
    near(vusPr(scores, truth, { buffer: 30 }), answer.definition);
  }
});

test("vusPr() of a perfect score without a border is 1", () => {
  const truth = Uint8Array.from({ length: 400 }, (_, row) => (row >= 100 && row < 150 ? 1 : 0));
  const scores = Float64Array.from(truth);
  near(vusPr(scores, truth, { buffer: 0 }), 1);
  // A border asks for the rows about the fault as well, which a score of the bare fault does not give.
  assert.ok(vusPr(scores, truth, { buffer: 40 }) > 0.85);
});

test("vusPr() of a constant score without a border is the share of fault rows", () => {
  const truth = Uint8Array.from({ length: 200 }, (_, row) => (row >= 20 && row < 60 ? 1 : 0));
  near(vusPr(new Float64Array(200).fill(7), truth, { buffer: 0 }), 40 / 200);
});

test("vusPr() depends on the order of the scores alone", () => {
  const { scores, truth } = bursts(500, 9);
  assert.equal(vusPr(scores.map((score) => Math.exp(3 * score) - 1e6), truth), vusPr(scores, truth));
});

test("vusPr() is NaN without a fault row or without rows", () => {
  assert.ok(Number.isNaN(vusPr(new Float64Array(9), new Uint8Array(9))));
  assert.ok(Number.isNaN(vusPr(new Float64Array(0), new Uint8Array(0))));
});

test("vusPr() refuses a NaN score, and takes -Infinity as flagged last", () => {
  const truth = Uint8Array.of(0, 1, 1, 0);
  assert.throws(() => vusPr(Float64Array.of(0, NaN, 1, 0), truth), /^RangeError: Cannot rank the score of row 1: NaN/);
  const blind = vusPr(Float64Array.of(0, -Infinity, 1, 0), truth, { buffer: 0 });
  assert.ok(blind < vusPr(Float64Array.of(0, 1, 1, 0), truth, { buffer: 0 }));
});

test("vusPr() refuses unequal lengths, unknown truth and options that are no counts", () => {
  assert.throws(() => vusPr(new Float64Array(3), new Uint8Array(2)), RangeError);
  assert.throws(() => vusPr(new Float64Array(2), Uint8Array.of(1, 2)), RangeError);
  assert.throws(() => vusPr(new Float64Array(2), Uint8Array.of(1, 0), { buffer: 1.5 }), RangeError);
  assert.throws(() => vusPr(new Float64Array(2), Uint8Array.of(1, 0), { thresholds: 1 }), RangeError);
});

test("vusPr() leaves its inputs as they were", () => {
  const { scores, truth } = bursts(300, 4);
  const copies = [Float64Array.from(scores), Uint8Array.from(truth)];
  vusPr(scores, truth);
  assert.deepEqual([scores, truth], copies);
});

test("chanceVusPr() repeats for a seed and lies near the share of fault rows", () => {
  const { truth } = bursts(4000, 8);
  const share = truth.reduce((sum, y) => sum + y, 0) / truth.length;
  const chance = chanceVusPr(truth, 1, 3, { buffer: 10 });
  assert.equal(chance, chanceVusPr(truth, 1, 3, { buffer: 10 }));
  assert.notEqual(chance, chanceVusPr(truth, 2, 3, { buffer: 10 }));
  assert.ok(Math.abs(chance - share) < 0.1, `${chance} against ${share}`);
});

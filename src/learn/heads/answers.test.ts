import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../../test/naive-gram.ts";
import { inverse } from "../../../test/naive-linalg.ts";
import { fullScatter, momentsOf, weighMoments } from "../moments.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { answersOf, fitAnswers } from "./answers.ts";

const columns = 4;

/** Items about `centre`, with a spread that differs by feature. */
function itemsOf(seed: number, count: number, centre: number): Float32Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: columns }, (_, j) => centre + (j + 1) * normalFrom(random)));
}

test("fitAnswers() points along (S + λ D)⁻¹ (m₁ - m₀) by an explicit inverse, 0 at normal's mean and 1 at faults'", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.double({ min: 0.01, max: 10, noNaN: true }), async (seed, penalty) => {
      const [normal, fault] = [await momentsOf(itemsOf(seed, 30, 0), columns, naiveGram), await momentsOf(itemsOf(seed + 1, 9, 2), columns, naiveGram)];
      const [s0, s1] = [fullScatter(normal), fullScatter(fault)];
      const system = Array.from({ length: columns }, (_, i) =>
        Array.from({ length: columns }, (_unused, j) => {
          const within = (s0[i * columns + j] / 30 + s1[i * columns + j] / 9) / 2;
          return i === j ? (1 + penalty) * within + 1e-3 : within;
        }),
      );
      const apart = Array.from(fault.mean, (value, j) => value - normal.mean[j]);
      const direction = inverse(system).map((row) => row.reduce((sum, value, j) => sum + value * apart[j], 0));
      const length = direction.reduce((sum, value, j) => sum + value * apart[j], 0);
      const head = fitAnswers(normal, fault, penalty);
      for (const [j, value] of direction.entries()) assert.ok(Math.abs(head.weights[j] - value / length) <= 1e-9 * Math.max(1, Math.abs(value / length)));
      assert.ok(Math.abs(answersOf(head, Float32Array.from(normal.mean))) < 1e-5);
      assert.ok(Math.abs(answersOf(head, Float32Array.from(fault.mean)) - 1) < 1e-5);
    }),
    { numRuns: 40 },
  );
});

test("fitAnswers() is the same however rare faults are, and needs items of both truths", async () => {
  const [normal, fault] = [await momentsOf(itemsOf(1, 30, 0), columns, naiveGram), await momentsOf(itemsOf(2, 9, 2), columns, naiveGram)];
  const [one, rare] = [fitAnswers(normal, fault, 0.2), fitAnswers(weighMoments(normal, 1000), fault, 0.2)];
  for (const [j, value] of one.weights.entries()) assert.ok(Math.abs(rare.weights[j] - value) < 1e-9);
  for (const [a, b] of [[normal, { ...fault, count: 0 }], [{ ...normal, count: 0 }, fault]]) {
    assert.throws(() => fitAnswers(a, b, 0.2), { name: "RangeError", message: /both normal and fault items are needed/ });
  }
});

test("fitAnswers() of truths that do not differ tells nothing apart, with finite weights", async () => {
  const normal = await momentsOf(itemsOf(3, 20, 0), columns, naiveGram);
  const head = fitAnswers(normal, normal, 0.2);
  assert.ok([...head.weights, head.bias].every((value) => value === 0));
});

test("answersOf() is unknown for an unknown feature", () => {
  assert.ok(Number.isNaN(answersOf({ weights: Float64Array.of(1, 2), bias: 0 }, Float32Array.of(1, NaN))));
});

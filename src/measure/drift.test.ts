import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../learn/random.ts";
import { lossDrift } from "./drift.ts";

test("lossDrift() is null while there are fewer than ten blocks", () => {
  assert.equal(lossDrift(Array.from({ length: 9 }, () => 0.5)), null);
});

test("lossDrift() counts standard errors between the last five blocks and those before", () => {
  // Means 0.2 and 0.4; variances of both 0.01 × 10 / 4 = 0.025; error = sqrt(0.025 / 5 × 2) = 0.1. A t of 2 with 8 degrees
  // of freedom is exceeded in 4.03 % of cases, as a normal one of 1.747 is.
  const spread = [-0.2, -0.1, 0, 0.1, 0.2];
  const drift = lossDrift([...spread.map((s) => 0.2 + s), ...spread.map((s) => 0.4 + s)]);
  assert.ok(drift !== null && Math.abs(drift - 1.747) < 0.002);
});

test("lossDrift() is 0 for losses that never vary, and infinite when such losses rise", () => {
  assert.equal(lossDrift(Array.from({ length: 12 }, () => 0.1)), 0);
  assert.equal(lossDrift([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), Infinity);
});

test("lossDrift() is below 0 when losses fall", () => {
  assert.ok((lossDrift([0.5, 0.6, 0.5, 0.6, 0.5, 0.1, 0.2, 0.1, 0.2, 0.1]) ?? 0) < -2.5);
});

test("lossDrift() reaches 3 by chance in no more than a look of two hundred and fifty, few blocks or many", () => {
  const random = randomFrom(21);
  const draws = [() => random(), () => (random() < 0.1 ? 1 : 0), () => random() ** 6];
  for (const draw of draws) {
    for (const blocks of [10, 20, 100]) {
      let reached = 0;
      for (let look = 0; look < 3000; look++) if ((lossDrift(Array.from({ length: blocks }, draw)) ?? 0) >= 3) reached++;
      assert.ok(reached <= 12, `${blocks} blocks: ${reached} of 3000`);
    }
  }
});

test("looked at after each of a hundred blocks, it reaches 3 in few streams in which nothing drifts", () => {
  const random = randomFrom(23);
  for (const draw of [() => random(), () => random() ** 6]) {
    let reached = 0;
    for (let stream = 0; stream < 200; stream++) {
      const losses = Array.from({ length: 100 }, draw);
      if (losses.some((_, at) => (lossDrift(losses.slice(0, at + 1)) ?? 0) >= 3)) reached++;
    }
    assert.ok(reached <= 18, `${reached} of 200`); // one in twenty, and what chance adds
  }
});

test("lossDrift() sees a loss that has doubled for five blocks", () => {
  const random = randomFrom(22);
  const near = (loss: number) => loss * (0.8 + 0.4 * random());
  const losses = [...Array.from({ length: 30 }, () => near(0.2)), ...Array.from({ length: 5 }, () => near(0.4))];
  assert.ok((lossDrift(losses) ?? 0) > 3);
});

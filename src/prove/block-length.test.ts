import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../learn/random.ts";
import { autocorrelationTime, blockRows, neighbourLikeness } from "./block-length.ts";

test("rows that tell nothing of each other have a time of about 1, and bursts of about their length", () => {
  const random = randomFrom(5);
  const plain = Float64Array.from({ length: 20_000 }, () => (random() < 0.1 ? 1 : 0));
  assert.ok(autocorrelationTime(plain) < 1.2);
  const held = (length: number) => Float64Array.from({ length: 40_000 }, (_, at) => plain[Math.floor(at / length)]);
  for (const length of [10, 40]) {
    const time = autocorrelationTime(held(length));
    assert.ok(time > 0.8 * length && time < 1.3 * length, `${length}: ${time}`);
    assert.equal(blockRows(length), 20 * length);
  }
});

test("an autoregressive loss has the time that its formula gives", () => {
  const random = randomFrom(7);
  let last = 0;
  const values = Float64Array.from({ length: 60_000 }, () => (last = 0.8 * last + random() - 0.5));
  const time = autocorrelationTime(values);
  assert.ok(Math.abs(time - (1 + 0.8) / (1 - 0.8)) < 2, String(time)); // (1 + a) / (1 - a) = 9
});

test("losses that are all equal have a time of 1", () => {
  assert.equal(autocorrelationTime([0, 0, 0, 0, 0, 0]), 1);
  assert.equal(autocorrelationTime([]), 1);
  assert.equal(autocorrelationTime(new Float64Array(500).fill(0.3)), 1);
});

test("the time is that of the definition, lag by lag", () => {
  const random = randomFrom(11);
  const losses = Float64Array.from({ length: 300 }, (_, at) => (Math.floor(at / 6) % 3 === 0 ? random() : 0));
  const mean = losses.reduce((sum, value) => sum + value, 0) / 300;
  const product = (lag: number): number => losses.subarray(lag).reduce((sum, value, at) => sum + (value - mean) * (losses[at] - mean), 0);
  let naive = 1;
  for (let lag = 1; product(lag) > 0; lag++) naive += (2 * product(lag)) / product(0);
  assert.ok(Math.abs(autocorrelationTime(losses) - naive) < 1e-9);
});

test("blocks that gain like their neighbours are noticed, and unrelated ones seldom", () => {
  const random = randomFrom(3);
  let falsely = 0;
  for (let run = 0; run < 400; run++) if (neighbourLikeness(Float64Array.from({ length: 40 }, () => random() - 0.5)) !== null) falsely++;
  assert.ok(falsely <= 16, `${falsely} of 400`); // one in forty, and what chance adds
  let last = 0;
  assert.ok((neighbourLikeness(Float64Array.from({ length: 60 }, () => (last = 0.7 * last + random() - 0.5))) ?? 0) > 0.4);
  assert.equal(neighbourLikeness(new Float64Array(19).fill(1)), null);
  assert.equal(neighbourLikeness(new Float64Array(30)), null);
});

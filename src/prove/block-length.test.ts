import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../learn/random.ts";
import { autocorrelationTime, blockRows } from "./block-length.ts";

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
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readNumber, whyUnknown } from "./number.ts";

test("readNumber() gives back every finite number that was written, with either decimal sign", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.ok(readNumber(String(value), ".") === value); // -0 is written 0
      assert.ok(readNumber(String(value).replace(".", ","), ",") === value);
    }),
  );
});

test("readNumber() takes thousands only where both signs appear", () => {
  assert.equal(readNumber("1.234,5", ","), 1234.5);
  assert.equal(readNumber("-1,234,567.25", "."), -1_234_567.25);
  for (const [cell, decimal] of [["1.234", ","], ["1,234", "."], ["12.34,5", ","], ["1,2,3", ","]] as const) {
    assert.ok(Number.isNaN(readNumber(cell, decimal)), cell);
  }
});

test("readNumber() refuses what only programs write", () => {
  for (const cell of ["0x1f", "0b11", "0o17", "1_000", "1 2", "abc", "", "1e", "--1", "5%"]) assert.ok(Number.isNaN(readNumber(cell, ".")), cell);
});

test("readNumber() tells an infinity from no number", () => {
  for (const cell of ["inf", "Infinity", "+INF", "1e999", "∞", "1.#INF"]) assert.equal(readNumber(cell, "."), Infinity, cell);
  assert.equal(readNumber("-inf", "."), -Infinity);
});

test("whyUnknown() tells empty, said to be unknown, and nonsense apart", () => {
  assert.equal(whyUnknown(""), "empty");
  for (const cell of ["NaN", "n/a", "NULL", "-", "#NV", "I/O Timeout"]) assert.equal(whyUnknown(cell), "unknown", cell);
  assert.equal(whyUnknown("12 bar"), "unparsable");
});

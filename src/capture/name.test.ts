import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanName, columnNames, shown, words } from "./name.ts";

test("cleanName() makes hidden and reordering characters visible, and keeps markup as text", () => {
  assert.equal(cleanName("a\u0007b\u202ec\u200bd"), "a\\u0007b\\u202ec\\u200bd");
  assert.equal(cleanName("  two\n lines "), "two lines");
  assert.equal(cleanName("<script>../..</script>"), "<script>../..</script>");
});

test("cleanName() gives at most 200 well-formed characters whatever it is given", () => {
  assert.equal(cleanName("x".repeat(1_000_000)), `${"x".repeat(199)}…`);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (raw) => {
      const name = cleanName(raw);
      assert.ok(name.length <= 200 && name.isWellFormed() && !Array.from(name).some((character) => character < " " || character === "\u202e"));
      assert.equal(cleanName(name), name);
    }),
    { numRuns: 40 },
  );
});

test("columnNames() gives every column a name of its own", () => {
  assert.deepEqual(columnNames(["x", "x", "", "x (2)", " x "]), { names: ["x", "x (2)", "column 3", "x (2) (2)", "x (3)"], changed: [1, 2, 3, 4] });
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 20 }), (raw) => {
      assert.equal(new Set(columnNames(raw).names).size, raw.length);
    }),
  );
});

test("shown() quotes, escapes and cuts", () => {
  assert.equal(shown('a"b\u202e'), '"a\\"b\\\\u202e"');
  assert.ok(shown("x".repeat(500)).length < 90);
});

test("words() splits names of every habit", () => {
  assert.deepEqual(words("X1_CommandPosition [mm]"), ["x1", "command", "position", "mm"]);
  assert.deepEqual(words("Volume Flow RateRMS"), ["volume", "flow", "rate", "rms"]);
  assert.deepEqual(words("is_anomaly"), ["is", "anomaly"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { harmless, table } from "./table.ts";

test("table() aligns columns, texts to the left and numbers to the right", () => {
  const rows = Object.freeze([Object.freeze(["flow", "12.5"]), Object.freeze(["pressure", "3"])]);
  assert.deepEqual(table(["signal", "peak"], rows), ["signal    peak", "────────  ────", "flow      12.5", "pressure     3"]);
});

test("table() counts wide characters as two columns and marks as none", () => {
  const lines = table(["name", "x"], [["圧力", "a"], ["e\u0301tat", "b"], ["flow", "c"]]);
  assert.deepEqual(lines.slice(2), ["圧力  a", "e\u0301tat  b", "flow  c"]);
});

test("harmless() leaves nothing that moves the cursor, turns text around or hides it", () => {
  const hostile = "a\u001b[2Jb\rc\nd\u202ee\u2066f\u200bg\ufeffh\u{e0041}i\u0007\u009bj\ud800";
  const shown = harmless(hostile, 200);
  assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  assert.match(shown, /^a·\[2Jb·c·d·e·f·g·h·i··j/);
});

test("harmless() cuts to a width in columns, wide characters and all", () => {
  assert.equal(harmless("abcdef", 4), "abc…");
  assert.equal(harmless("圧力圧力", 4), "圧…");
  assert.equal(harmless("圧力", 4), "圧力");
  assert.equal(harmless("x".repeat(1e6), 10).length, 10);
});

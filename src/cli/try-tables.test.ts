import assert from "node:assert/strict";
import { test } from "node:test";
import { blockOf, burstOf, rangeOf, requireNoStrays, rowRules, valuesOf } from "./try-tables.ts";

test("valuesOf() takes every word after an option up to the next, wherever the option stands", () => {
  const words = ["--json", "--train", "a.csv", "b.csv", "--target", "x", "--train=c.csv", "--test", "d.csv", "--train", "e.csv"];
  assert.deepEqual(valuesOf(words, "train"), ["a.csv", "b.csv", "c.csv", "e.csv"]);
  assert.deepEqual(valuesOf(words, "test"), ["d.csv"]);
  assert.deepEqual(valuesOf(words, "truth"), []);
});

test("requireNoStrays() refuses a word that belongs to no option", () => {
  requireNoStrays(["--train", "a.csv", "b.csv"], ["b.csv"]);
  assert.throws(() => requireNoStrays(["--train", "a.csv", "--json", "b.csv"], ["b.csv"]), { code: "cli.usage", message: /"b\.csv"/ });
});

test("rowRules() and rangeOf() pick the rows of a file by its name, then by its side, then for all", () => {
  const rules = rowRules("..500, test:401.., *_te.dat:161..960");
  assert.deepEqual(rangeOf(rules, "data/d01_te.dat", "test"), { pattern: "*_te.dat", from: 161, to: 960 });
  assert.deepEqual(rangeOf(rules, "data/d01.dat", "test"), { pattern: "test", from: 401, to: Infinity });
  assert.deepEqual(rangeOf(rules, "data/d01.dat", "train"), { pattern: null, from: 1, to: 500 });
  assert.deepEqual(rangeOf(rowRules(undefined), "a.csv", "train"), { from: 1, to: Infinity });
  for (const text of ["5", "0..4", "9..2", "a..b", "x:5"]) assert.throws(() => rowRules(text), { code: "cli.usage" }, text);
});

test("blockOf() tells a number of rows, a length of time and a column apart", () => {
  assert.deepEqual(blockOf("500"), { by: "rows", rows: 500 });
  assert.deepEqual(blockOf("1.5h"), { by: "span", span: 5400e6, text: "1.5h" });
  assert.deepEqual(blockOf("batch"), { by: "column", column: "batch" });
  assert.equal(blockOf(undefined), undefined);
  assert.throws(() => blockOf("0"), { code: "cli.usage" });
});

test("burstOf() takes rows, or a length of time with the rate of files without times", () => {
  const long = { path: "a", name: "a", digest: "", bytes: 0, rows: 100_000, columns: [], times: null, timeName: null, rowNumbers: new Float64Array(0), header: true, leftOut: [], remarks: [] };
  const both = { train: [long], test: [] };
  assert.deepEqual([burstOf({ window: "512" }, both), burstOf({ window: "none", target: "file" }, both), burstOf({ target: "file" }, both)], [512, null, 2048]);
  assert.deepEqual(["12kHz", "12000", "12000 Hz"].map((rate) => burstOf({ window: "0.17s", rate }, both)), [2040, 2040, 2040]);
  for (const given of [{ window: "0.17 parsecs", rate: "1" }, { window: "1ms", rate: "12kHz" }, { window: "512", rate: "12kHz" }, { window: "1s", rate: "fast" }]) assert.throws(() => burstOf(given, both), { code: "cli.usage" });
});

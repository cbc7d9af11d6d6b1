import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { drawingsOf } from "./drawings.ts";
import { pageOf, readResults } from "./figures-page.ts";
import { valueAt, type Result } from "./result.ts";

const docs = join(import.meta.dirname, "../docs");

test("the page of figures and its pictures are what the results say: made again with `node bench/main.ts --page`", () => {
  const results = readResults();
  assert.equal(readFileSync(join(docs, "figures.md"), "utf8"), pageOf(results));
  for (const [name, svg] of drawingsOf(results)) assert.equal(readFileSync(join(docs, "img", name), "utf8"), svg, name);
});

test("a figure stands with its goal, a miss says so with its cause, and what is not measured is not a number", () => {
  const result: Result = {
    bench: "start", at: "2026-01-02T03:04:05Z", commit: "abc", machine: { cpu: "x", cores: 2, memoryGiB: 4, node: "v24" }, seconds: 12.4, variantsTried: 3,
    figures: { empty: { readySeconds: 3.24159, idleMiB: null } },
    goals: [{ figure: "empty.readySeconds", goal: "<= 3" }],
    misses: [{ figure: "empty.readySeconds", goal: "<= 3", got: 3.24159, cause: "a slow <disk>" }],
    notes: [],
  };
  const page = pageOf(new Map([["start", result]]));
  assert.match(page, /\| A directory that exists, empty \| 3\.24 s \| <= 3, \*\*missed\*\* \|/);
  assert.match(page, /`empty\.readySeconds`: 3\.24, goal <= 3\. a slow &lt;disk>/);
  assert.match(page, /\| Memory idle, empty \| not measured \|/);
  assert.doesNotMatch(page, /10 GB/, "a figure that the result does not hold has no line");
  assert.match(page, /3 variants/);
});

test("a path leads through keys and places", () => {
  assert.equal(valueAt({ runs: [{ a: 1 }, { a: 2 }] }, "runs.1.a"), 2);
  assert.equal(valueAt({ runs: null }, "runs.1.a"), undefined);
});

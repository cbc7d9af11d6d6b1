import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { drawingsOf } from "./drawings.ts";
import { pageOf, readResults } from "./figures-page.ts";
import { withProofTables } from "./proof-tables.ts";
import { valueAt, type Result } from "./result.ts";

const docs = join(import.meta.dirname, "../docs");

test("the page of figures and its pictures are what the results say: made again with `node bench/main.ts --page`", () => {
  const results = readResults();
  assert.equal(readFileSync(join(docs, "figures.md"), "utf8"), pageOf(results));
  for (const [name, svg] of drawingsOf(results)) assert.equal(readFileSync(join(docs, "img", name), "utf8"), svg, name);
});

test("the tables of the proof page are what the gate's result says", () => {
  const proof = readFileSync(join(docs, "proof.md"), "utf8");
  assert.equal(proof, withProofTables(proof, readResults().get("gate")));
  assert.equal([...proof.matchAll(/<!-- gate\.\w+ -->/g)].length, 6);
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

test("curves of costs are drawn from the result: a picture for rows and one for signals, a line a learner, left to right", () => {
  const point = (learner: string, rows: number, signals: number, seconds: number) => ({ learner, rows, signals, seconds, peakMiB: 100 * seconds });
  const curves = [point("ridge", 100_000, 50, 2), point("ridge", 10_000, 50, 0.2), point("trees", 10_000, 50, 1), point("trees", 20_000, 500, 30)];
  const result: Result = {
    bench: "speed", at: "2026-01-02T03:04:05Z", commit: "abc", machine: { cpu: "x", cores: 2, memoryGiB: 4, node: "v24" }, seconds: 9, variantsTried: 0,
    figures: { curves }, goals: [], misses: [], notes: [],
  };
  const drawings = drawingsOf(new Map([["speed", result]]));
  assert.deepEqual([...drawings.keys()], ["figures-speed-rows.svg", "figures-speed-signals.svg"]);
  const lines = [...(drawings.get("figures-speed-rows.svg") ?? "").matchAll(/<polyline class="curve c(\d)" points="([^"]*)"/g)].map(([, one, points]) => ({ one, xs: points.split(" ").map((place) => Number(place.split(",")[0])) }));
  assert.deepEqual(lines.map(({ one, xs }) => [one, xs.length]), [["0", 2], ["1", 1], ["0", 2], ["1", 1]], "two panels, two learners");
  assert.ok(lines[0].xs[1] > lines[0].xs[0], "more rows lie further right");
  assert.match(pageOf(new Map([["speed", result]])), /!\[Speed of learning\]\(img\/figures-speed-rows\.svg\)\n\n!\[Speed of learning\]\(img\/figures-speed-signals\.svg\)/);
});

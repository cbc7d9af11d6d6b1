import assert from "node:assert/strict";
import { test } from "node:test";
import { hour, minute, second } from "../schema/time.ts";
import { LiveBlocks } from "./live-blocks.ts";

const at = (seconds: number) => 1_700_000_000 * second + seconds * second;

test("LiveBlocks cuts where a signal changes, and an empty mark is between runs", () => {
  const blocks = new LiveBlocks({ by: "change", signal: "run" }, second);
  blocks.mark(at(0), "run-1");
  blocks.samples(at(0), at(9));
  blocks.mark(at(10), "");
  blocks.samples(at(12), at(13)); // nobody's
  blocks.mark(at(20), "run-2");
  blocks.samples(at(20), at(25));
  assert.deepEqual(blocks.over(at(9)), []);
  assert.deepEqual(blocks.over(at(10)), [{ start: at(0), end: at(10), mark: "run-1" }]);
  assert.equal(blocks.startAt(at(15)), null);
  assert.equal(blocks.startAt(at(24)), at(20));
  blocks.mark(at(30), "run-3");
  assert.deepEqual(blocks.over(at(40)), [{ start: at(20), end: at(26), mark: "run-2" }]);
});

test("LiveBlocks puts a sample that comes after the mark into the run it belongs to", () => {
  const blocks = new LiveBlocks({ by: "change", signal: "run" }, second);
  blocks.mark(at(0), "a");
  blocks.samples(at(0), at(7));
  blocks.mark(at(10), "b");
  blocks.samples(at(8), at(11));
  assert.deepEqual(blocks.over(at(10)), [{ start: at(0), end: at(10), mark: "a" }]);
});

test("LiveBlocks cuts equal spans of the clock, and gives none for a silent one", () => {
  const blocks = new LiveBlocks({ by: "duration", length: hour }, second);
  const whole = Math.ceil(at(0) / hour) * hour;
  blocks.samples(whole + 5 * second, whole + 90 * minute);
  blocks.samples(whole + 200 * minute, whole + 201 * minute);
  assert.deepEqual(blocks.over(whole + 5 * hour), [
    { start: whole + 5 * second, end: whole + hour, mark: null },
    { start: whole + hour, end: whole + 90 * minute + second, mark: null },
    { start: whole + 200 * minute, end: whole + 201 * minute + second, mark: null },
  ]);
  assert.deepEqual(blocks.over(whole + 9 * hour), []);
});

test("LiveBlocks cuts where samples pause, also while nothing comes", () => {
  const blocks = new LiveBlocks({ by: "gap", longer: minute }, second);
  blocks.samples(at(0), at(30));
  assert.deepEqual(blocks.over(at(80)), []);
  assert.deepEqual(blocks.over(at(91)), [{ start: at(0), end: at(31), mark: null }]);
  blocks.samples(at(200), at(210));
  blocks.samples(at(300), at(310));
  assert.deepEqual(blocks.over(at(300)), [{ start: at(200), end: at(211), mark: null }]);
});

test("LiveBlocks leaves files alone", () => {
  const blocks = new LiveBlocks({ by: "file" }, second);
  blocks.samples(at(0), at(30));
  assert.deepEqual(blocks.over(at(9999)), []);
});

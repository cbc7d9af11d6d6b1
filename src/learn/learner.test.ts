import assert from "node:assert/strict";
import { test } from "node:test";
import { paramsOf } from "./learner.ts";
import { learners } from "./learners/condition.ts";

test("paramsOf() fills in what is not given, and takes the ends of each range", () => {
  for (const learner of learners) {
    const names = Object.keys(learner.params);
    assert.deepEqual(paramsOf(learner, {}), Object.fromEntries(names.map((name) => [name, learner.params[name].default])));
    for (const end of ["min", "max"] as const) {
      const ends = Object.fromEntries(names.map((name) => [name, learner.params[name][end]]));
      assert.deepEqual(paramsOf(learner, Object.freeze(ends)), ends);
    }
  }
});

test("paramsOf() refuses a value out of range or unknown, and a name that the learner does not have", () => {
  for (const learner of learners) {
    for (const value of [-0.1, 1.1, NaN, Infinity]) {
      assert.throws(() => paramsOf(learner, { shrinkage: value }), { name: "RangeError", message: /Cannot set shrinkage of \w+: .*expected 0 to 1/ });
    }
    for (const name of ["sharpness", "", "toString", "constructor"]) {
      assert.throws(() => paramsOf(learner, { [name]: 1 }), { name: "RangeError", message: /it has no such parameter/ });
    }
  }
});

test("every learner has a name of its own, and defaults within their ranges", () => {
  assert.equal(new Set(learners.map(({ name }) => name)).size, learners.length);
  for (const { params } of learners) for (const { default: usual, min, max, help } of Object.values(params)) assert.ok(min <= usual && usual <= max && help.endsWith("."));
});

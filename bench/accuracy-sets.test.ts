import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracySets, type StudyAnswer } from "./accuracy-sets.ts";

test("the mean recall over visible faults leaves out the normal run and the faults 3, 9 and 15, however their classes are written", () => {
  const tep = accuracySets.find(({ key }) => key === "tepClassify");
  const recalls = new Map([[0, 0.1], [1, 1], [3, 0.1], [9, 0.1], [13, 0.5], [15, 0.1]]);
  const written = (name: (fault: number) => string) => {
    const perClass = [...[...recalls].map(([fault, recall]) => ({ name: name(fault), recall })), { name: "none of these", recall: null }];
    return tep?.figures({ figures: {}, perClass } as unknown as StudyAnswer);
  };
  assert.equal(written(String)?.recall, 0.75);
  assert.deepEqual(written((fault) => String(fault).padStart(2, "0")), written(String));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import { isExam } from "./choose.ts";
import { idFor, labelsDigest, recipeName } from "./names.ts";

const march = Date.UTC(2026, 2, 9) * 1000;

test("idFor() gives a ULID that sorts by its time and is the same for the same thing", () => {
  const id = idFor(march, { asset: "pump", start: march });
  assert.ok(Id.safeParse(id).success);
  assert.equal(id, idFor(march, { start: march, asset: "pump" }));
  assert.notEqual(id, idFor(march, { asset: "fan", start: march }));
  assert.ok(idFor(march + 1000, { asset: "a" }) > id);
  assert.ok(idFor(-5, {}) < id, "times before 1970 sort first");
});

test("idFor() writes the time as ULIDs do", () => {
  // 1469918176385 ms is 01ARYZ6S41 in the ULID specification's example.
  assert.equal(idFor(1_469_918_176_385_000, {}).slice(0, 10), "01ARYZ6S41");
});

test("labelsDigest() goes by what labels say, not by their order or ids", () => {
  const label = (start: number, answer: Label["answer"], id: string) =>
    ({ id, start, end: start + 10, answer, revision: 1, origin: "person", author: "Ada" }) as Label;
  const [a, b] = [label(0, "normal", "1"), label(10, "fault", "2")];
  assert.equal(labelsDigest([a, b]), labelsDigest([{ ...b, id: "9" }, a]));
  assert.notEqual(labelsDigest([a, b]), labelsDigest([a]));
  assert.notEqual(labelsDigest([a]), labelsDigest([{ ...a, answer: "unsure" }]));
  const [of, by] = [(name: string): Label => ({ ...a, author: name }), (name: string): Label => ({ ...b, author: name })];
  assert.equal(labelsDigest([of("Ada"), by("Ada")]), labelsDigest([of("person-1"), by("person-1")]), "a name is not part of it");
  assert.notEqual(labelsDigest([of("Ada"), by("Ada")]), labelsDigest([of("Ada"), by("Bob")]), "whether one or two said it is");
});

test("recipeName() tells recipes with other parameters apart", () => {
  const recipe = { name: "condition", version: 1, learner: "condition", map: "window-30", params: {} };
  assert.equal(recipeName(recipe), "condition/1");
  assert.match(recipeName({ ...recipe, params: { penalty: 1 } }), /^condition\/1\+[0-9a-f]{8}$/);
});

test("isExam() picks about its share of blocks, by id alone", () => {
  const ids = Array.from({ length: 4000 }, (_, i) => idFor(march + i * 1e6, { asset: "pump", i }));
  const share = ids.filter((id) => isExam(id, 0.1)).length / ids.length;
  assert.ok(share > 0.08 && share < 0.12, `${share}`); // 4 standard deviations of a binomial
  assert.equal(ids.filter((id) => isExam(id, 0)).length, 0);
  assert.ok(ids.every((id) => isExam(id, 1)));
});

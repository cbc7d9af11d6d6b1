import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AskingPolicy, Question } from "../schema/question.ts";
import { hour, minute } from "../schema/time.ts";
import { auditChance, auditOf, pickedStretches } from "./audits.ts";

const wheel = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const length = 10 * minute;

test("auditChance() aims at the audits of a shift over all wheels, and is never above 1", () => {
  const policy = AskingPolicy.parse({});
  assert.equal(auditChance(policy, 1) * (policy.shift / policy.auditStretch), 2);
  assert.equal(auditChance(policy, 4) * 4, auditChance(policy, 1));
  assert.equal(auditChance({ ...policy, audits: 900 }, 1), 1);
  assert.deepEqual([auditChance({ ...policy, audits: 0 }, 3), auditChance(policy, 0)], [0, 0]);
});

test("pickedStretches() picks about the chance's share, each alone", () => {
  const slots = 20_000;
  const picked = pickedStretches(wheel, { start: 0, end: slots * length }, length, 0.1);
  // Four standard deviations of a binomial count; neighbours both picked as often as chance has it.
  assert.ok(Math.abs(picked.length - 2000) < 4 * Math.sqrt(slots * 0.09), String(picked.length));
  const starts = new Set(picked.map(({ start }) => start));
  const pairs = picked.filter(({ end }) => starts.has(end)).length;
  assert.ok(Math.abs(pairs - 200) < 4 * Math.sqrt(200), String(pairs));
  const other = new Set(pickedStretches("01ARZ3NDEKTSV4RRFFQ69G5FAW", { start: 0, end: slots * length }, length, 0.1).map(({ start }) => start));
  const both = picked.filter(({ start }) => other.has(start)).length;
  assert.ok(Math.abs(both - 200) < 4 * Math.sqrt(200), `${both} picked for two wheels`);
});

test("pickedStretches() picks the same in pieces as at once, whole stretches only, and more with more chance", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 * length }), fc.integer({ min: 0, max: 50 * length }), fc.integer({ min: 0, max: 50 * length }), (...drawn) => {
      const [from = 0, cut = 0, until = 0] = drawn.toSorted((a, b) => a - b);
      const whole = pickedStretches(wheel, { start: from, end: until }, length, 0.5);
      const at = Math.floor(cut / length) * length; // pieces end where a stretch does
      const pieces = at < from ? whole : [...pickedStretches(wheel, { start: from, end: at }, length, 0.5), ...pickedStretches(wheel, { start: at, end: until }, length, 0.5)];
      assert.deepEqual(pieces, whole);
      assert.ok(whole.every(({ start, end }) => start >= from && end <= until && end - start === length && start % length === 0));
      const more = pickedStretches(wheel, { start: from, end: until }, length, 0.8).map(({ start }) => start);
      assert.ok(whole.every(({ start }) => more.includes(start)));
      assert.deepEqual(pickedStretches(wheel, { start: from, end: until }, length, 0), []);
    }),
  );
});

test("auditOf() is a blind question that keeps its chance and knows no score", () => {
  const nameFor = (time: number, named: unknown): string => {
    assert.deepEqual([time, named], [hour, { question: "audit", wheel, start: hour, end: hour + length }]);
    return wheel;
  };
  const question = auditOf({ id: wheel, site: wheel, asset: wheel }, { start: hour, end: hour + length }, 0.04, 2 * hour, nameFor);
  assert.deepEqual(Question.parse(question), question);
  assert.deepEqual([question.probability, question.blind, question.state, question.peak, question.event, question.reason], [0.04, true, "open", null, null, "audit"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../schema/event.ts";
import { AskingPolicy, Question } from "../schema/question.ts";
import { hour, minute, second } from "../schema/time.ts";
import { chooseQuestions, expiredQuestions, kindOf, questionAbout } from "./questions.ts";

const id = (n: number): string => `01ARZ3NDEKTSV4RRFFQ6${String(n).padStart(6, "0")}`;
const [site, asset, wheel, blamed] = [id(1), id(2), id(3), id(4)];
const policy = AskingPolicy.parse({});
/** Ids by what they name, in the order in which they were first named. */
function naming(): (time: number, named: unknown) => string {
  const known = new Map<string, string>();
  return (time, named) => {
    const key = JSON.stringify([time, named]);
    const name = known.get(key) ?? id(1000 + known.size);
    known.set(key, name);
    return name;
  };
}
const event = (n: number, start: number, end: number | null, more: Partial<Event> = {}): Event => ({
  id: id(100 + n), site, asset, wheel, model: "0".repeat(64), block: id(9), kind: "condition", start, end, peak: 2, peakAt: start, contributions: [{ signal: blamed, share: 1 }], ...more,
});

/** What is asked once all these events were heard of, one after another. */
function heard(events: readonly Event[], now = 0, before: readonly Question[] = [], nameFor = naming()): Question[] {
  const known = new Map(before.map((question) => [question.id, question]));
  for (const one of events) {
    const question = questionAbout(one, Object.freeze([...known.values()].map((each) => Object.freeze(each))), now, policy, nameFor);
    if (question !== null) known.set(question.id, question);
  }
  return [...known.values()];
}

test("questionAbout() is a valid question of chance 1, and the same event again asks nothing", () => {
  const [question, ...rest] = heard([event(1, 0, 9), event(1, 0, 9)]);
  assert.deepEqual(rest, []);
  assert.deepEqual(Question.parse(question), question);
  assert.deepEqual([question?.probability, question?.state, question?.interval, question?.event, question?.peak, question?.blamed, question?.blind], [1, "unasked", { start: 0, end: 9 }, id(101), 2, blamed, false]);
});

test("questionAbout() makes one question of a burst, about its union, with the highest peak to look at", () => {
  const burst = [event(1, 0, minute), event(2, 3 * minute, 4 * minute, { peak: 7 }), event(3, 8 * minute, 9 * minute)];
  const [question, ...rest] = heard(burst);
  assert.deepEqual(rest, []);
  assert.deepEqual([question?.interval, question?.events, question?.event, question?.peak, question?.revision], [{ start: 0, end: 9 * minute }, [id(101), id(102), id(103)], id(102), 7, 3]);
  assert.equal(heard([event(1, 0, minute), event(2, 7 * minute, 8 * minute)]).length, 2, "further apart than the gap");
  assert.equal(heard([event(1, 0, minute), event(2, 2 * minute, 3 * minute, { wheel: id(8) })]).length, 2, "another wheel");
});

test("questionAbout() lets no burst span more than its longest, however it flaps", () => {
  const flapping = Array.from({ length: 200 }, (_, n) => event(n, n * minute, n * minute + 10 * second));
  const asked = heard(flapping);
  assert.ok(asked.every(({ interval }) => interval.end - interval.start <= policy.longestBurst));
  assert.equal(asked.length, 4);
  assert.ok(asked.every((question) => Question.safeParse(question).success));
});

test("questionAbout() follows an event that lasts once a minute, and to its end", () => {
  const nameFor = naming();
  const start = heard([event(1, 0, null)], second, [], nameFor);
  assert.deepEqual(start.map(({ interval }) => interval), [{ start: 0, end: second }]);
  assert.deepEqual(heard([event(1, 0, null)], 30 * second, start, nameFor), start, "less than a minute more is no news");
  const later = heard([event(1, 0, null)], 2 * hour, start, nameFor);
  assert.deepEqual(later.map(({ interval, revision }) => [interval.end, revision]), [[2 * hour, 2]]);
  assert.deepEqual(heard([event(1, 0, 2 * hour + second)], 3 * hour, later, nameFor).map(({ interval, revision }) => [interval.end, revision]), [[2 * hour + second, 3]]);
});

test("questionAbout() does not ask again about what was answered or expired, also when a new model finds it", () => {
  for (const state of ["answered", "expired"] as const) {
    const closed = heard([event(1, 0, 10 * minute)]).map((question): Question => ({ ...question, state }));
    assert.deepEqual(heard([event(1, 0, hour), event(7, minute, 11 * minute)], 0, closed), closed);
    assert.equal(heard([event(8, 10 * minute, 12 * minute)], 0, closed, () => id(900)).length, 2, "what comes after is another question");
  }
});

test("questionAbout() asks nothing about signals that are stale, stuck or missing: these say themselves what they are", () => {
  for (const kind of ["unknown", "stale", "stuck", "out-of-range", "missing", "bad-clock"] as const) assert.deepEqual(heard([event(1, 0, 9, { kind })]), []);
});

test("questionAbout() covers every event by exactly one question, in whatever order they come", () => {
  const events = fc.array(fc.record({ start: fc.integer({ min: 0, max: 300 }), length: fc.integer({ min: 1, max: 20 }) }), { maxLength: 15 });
  fc.assert(
    fc.property(events, (given) => {
      const all = given.map(({ start, length }, n) => event(n, start * minute, (start + length) * minute));
      const asked = heard(all);
      for (const one of all) assert.equal(asked.filter((question) => question.events.includes(one.id) && question.interval.start <= one.start && (one.end ?? 0) <= question.interval.end).length, 1);
    }),
  );
});

const waiting = (n: number, peak: number, more: Partial<Question> = {}): Question => ({ ...heard([event(n, n * hour, n * hour + 1, { peak, contributions: [{ signal: id(500 + n), share: 1 }] })])[0], id: id(700 + n), askedAt: 0, ...more });

test("chooseQuestions() asks the kinds nobody has been asked about first, then the highest peak, within the budget", () => {
  const all = Object.freeze([waiting(1, 2), waiting(2, 9), waiting(3, 5), waiting(4, 8, { blamed: id(502) })]);
  const known = new Set([kindOf(waiting(3, 5))]);
  const asked = chooseQuestions(all, policy.budget - 3, known, minute, policy);
  assert.deepEqual(asked.map(({ peak, state, revision, askedAt }) => [peak, state, revision, askedAt]), [[9, "open", 2, minute], [2, "open", 2, minute], [8, "open", 2, minute]]);
  assert.deepEqual(chooseQuestions(all, policy.budget, known, minute, policy), []);
  assert.deepEqual(chooseQuestions(all, 0, known, 9 * hour, policy), [], "a shift ago is too long to remember");
});

test("expiredQuestions() closes what has been open too long, and nothing else", () => {
  const open = waiting(1, 2, { state: "open", askedAt: 0 });
  const all = [open, { ...open, askedAt: minute }, waiting(2, 3), waiting(3, 3, { state: "answered" })];
  assert.deepEqual(expiredQuestions(all, policy.expireAfter, policy), [{ ...open, state: "expired", revision: open.revision + 1 }]);
});

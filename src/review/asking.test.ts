import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Event } from "../schema/event.ts";
import type { Label } from "../schema/label.ts";
import { AskingPolicy } from "../schema/question.ts";
import { day, hour, minute, second } from "../schema/time.ts";
import { Wheel } from "../schema/wheel.ts";
import { openStore, type Store } from "../store/store.ts";
import { answerTo, withdraw } from "./answer.ts";
import { asking, type Asking } from "./asking.ts";
import { auditRecord } from "./audit-record.ts";
import { pickedStretches } from "./audits.ts";

const id = (n: number): string => `01ARZ3NDEKTSV4RRFFQ6${String(n).padStart(6, "0")}`;
const [site, asset, pressure, flow] = [id(1), id(2), id(4), id(5)];
const start = 20_000 * day;
const said = { answer: "fault", faultKind: "cavitation", certainty: 1 } as const;
const digest = "0".repeat(64);

const nameFor = (time: number, named: unknown): string =>
  `${String(Math.floor(time / 1000)).padStart(16, "0").slice(-10).replace(/^[89]/, "0")}${createHash("sha256").update(JSON.stringify([time, named])).digest("hex").slice(0, 16).toUpperCase()}`;

const wheelNamed = (n: number, more: Partial<Wheel> = {}): Wheel =>
  Wheel.parse({
    id: id(n), site, asset, revision: 1, name: `wheel ${n}`, kind: "condition", signals: [pressure, flow], grid: { period: second, hold: 5 * second, lateness: second },
    blockRule: { by: "duration", length: hour }, warmUpRows: 0, when: null, alarm: {}, cost: {}, policy: {}, recipes: [{ name: "r", version: 1, learner: "l", map: "m", params: {} }], createdAt: 0, ...more,
  });
const wheel = wheelNamed(3);

interface Desk {
  readonly store: Store;
  readonly people: Asking;
  clock: number;
}

/** A site with one machine of two signals, a clock to be moved by hand, and somebody who asks. */
async function desk(t: TestContext, policy: Partial<AskingPolicy> = {}, wheels: readonly Wheel[] = [wheel]): Promise<Desk> {
  const directory = mkdtempSync(join(tmpdir(), "millrace-asking-"));
  const store = await openStore(directory, { create: true });
  t.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const signal = (signalId: string, key: number) => ({ id: signalId, site, asset, key, name: `signal ${key}`, revision: 1, valueType: "number" as const, role: "measured" as const, unit: null, period: null, createdAt: 0 });
  const model = { digest, site, wheel: wheel.id, turn: id(50), recipe: { name: "r", version: 1, learner: "l", map: "m", params: {} }, mapDigest: digest, totalDigest: digest, blocks: [], threshold: 1, provisional: false, bytes: 1, createdAt: 0 };
  await store.records.write([
    { put: "site", value: { id: site, name: "site", createdAt: 0 } },
    { put: "asset", value: { id: asset, site, parent: null, name: "pump", createdAt: 0 } },
    { put: "signal", value: signal(pressure, 1) },
    { put: "signal", value: signal(flow, 2) },
    { put: "model", value: model },
    ...wheels.map((value) => ({ put: "wheel" as const, value })),
    ...wheels.map((value) => ({ put: "champion" as const, value: { wheel: value.id, model: digest, at: start, turn: null, reason: "" } })),
  ]);
  const made: Desk = {
    store,
    clock: start + hour,
    people: asking({ store, now: () => made.clock, nameFor, policy: AskingPolicy.parse({ ...policy }) }),
  };
  return made;
}

const event = (n: number, at: number, more: Partial<Event> = {}): Event => ({
  id: id(100 + n), site, asset, wheel: wheel.id, model: digest, block: id(9), kind: "condition", start: at, end: at + minute, peak: 2, peakAt: at, contributions: [{ signal: pressure, share: 1 }], ...more,
});

/** A value a second of one signal over [from, to). */
async function feed({ store }: Desk, key: number, from: number, to: number, value = 1): Promise<void> {
  const times = Float64Array.from({ length: (to - from) / second }, (_, at) => from + at * second);
  await store.telemetry.append({ received: to, series: [{ key, times, values: new Float64Array(times.length).fill(value), quality: "good", origin: "sensor" }] });
}

test("Asking.event() asks at once, stores it, and asks once however often it hears of the event", async (t) => {
  const at = await desk(t);
  const [question] = await at.people.event(event(1, start, { end: null }));
  assert.deepEqual([question?.state, question?.interval, question?.askedAt], ["open", { start, end: start + hour }, at.clock]);
  assert.deepEqual(await at.people.event(event(1, start, { end: null })), []);
  assert.deepEqual(await at.store.records.questions({ state: "open" }), [question]);
  at.clock += hour;
  const [grown] = await at.people.event(event(1, start, { end: start + 90 * minute }));
  assert.deepEqual([grown?.id, grown?.revision, grown?.interval.end], [question?.id, (question?.revision ?? 0) + 1, start + 90 * minute]);
});

test("Asking.answer() writes a label of the interval as it was shown, and closes the question", async (t) => {
  const at = await desk(t);
  const [shown] = await at.people.event(event(1, start, { end: null }));
  at.clock += 2 * hour;
  await at.people.event(event(1, start, { end: null, peak: 5 }));
  const { label, question, isNew } = await at.people.answer(shown?.id ?? "", said, "ann", { scoreShown: true, revision: shown?.revision ?? 0 });
  assert.deepEqual([label.start, label.end, label.answer, label.faultKind, label.author, label.scoreShown, label.event, label.origin, isNew], [start, start + hour, "fault", "cavitation", "ann", true, id(101), "person", true]);
  assert.deepEqual([question.state, question.label, question.interval.end], ["answered", label.id, start + 3 * hour]);
  assert.deepEqual(await at.store.records.questions({ label: label.id }), [question], "the chance of the question is found by its label");
  assert.deepEqual(await at.store.records.labels({ asset }), [label]);
  assert.deepEqual(await at.people.event(event(1, start, { end: start + 9 * hour })), [], "answered is answered");
  await assert.rejects(at.people.answer(shown?.id ?? "", said, "bob", { scoreShown: true, revision: 77 }), { code: "review.unknown-question" });
});

test("Asking.answer() keeps one label a person: the same again adds nothing, another word revises it, and the history stays", async (t) => {
  const at = await desk(t);
  const [{ id: question }] = await at.people.event(event(1, start));
  const first = await at.people.answer(question, said, "ann", { scoreShown: false });
  const again = await at.people.answer(question, said, "ann", { scoreShown: false });
  assert.deepEqual([again.label, again.isNew, again.question], [first.label, false, first.question]);
  const later = await at.people.answer(question, { ...said, answer: "normal" }, "ann", { scoreShown: true });
  assert.deepEqual([later.label.id, later.label.revision, later.label.answer, later.label.faultKind, later.label.scoreShown, later.question], [first.label.id, 2, "normal", null, true, first.question]);
  assert.deepEqual((await at.store.records.labelHistory(first.label.id)).map(({ answer }) => answer), ["fault", "normal"]);
});

test("Asking.answer() keeps the answers of two people, at the same moment too; the first closes the question", async (t) => {
  const at = await desk(t);
  const [{ id: question }] = await at.people.event(event(1, start));
  const [ann, bob] = await Promise.all([at.people.answer(question, said, "ann", { scoreShown: false }), at.people.answer(question, { ...said, answer: "normal" }, "bob", { scoreShown: false })]);
  const stored = await at.store.records.question(question);
  assert.deepEqual([stored?.label, stored?.others, stored?.state], [ann.label.id, [bob.label.id], "answered"]);
  assert.deepEqual((await at.store.records.labels({ asset })).map(({ author }) => author).toSorted(), ["ann", "bob"]);
});

test("Asking.answer() refuses what is no answer and leaves the question open", async (t) => {
  const at = await desk(t);
  const [{ id: question }] = await at.people.event(event(1, start));
  for (const [wrong, author] of [[{ ...said, certainty: 2 }, "ann"], [said, ""], [said, "x".repeat(201)], [{ ...said, faultKind: "y".repeat(300) }, "ann"]] as const) {
    await assert.rejects(at.people.answer(question, wrong, author, { scoreShown: false }), { code: "review.bad-answer" });
  }
  await assert.rejects(at.people.answer("no such thing\u0007", said, "ann", { scoreShown: false }), { code: "review.unknown-question" });
  assert.equal((await at.store.records.question(question))?.state, "open");
  assert.deepEqual(await at.store.records.labels({ asset, includeWithdrawn: true }), []);
});

test("Asking.labelChanged() opens the question of an answer taken back, and another's answer takes its place", async (t) => {
  const at = await desk(t);
  const [{ id: question }] = await at.people.event(event(1, start));
  const ann = await at.people.answer(question, said, "ann", { scoreShown: false });
  const takeBack = async (label: Label) => {
    const taken = withdraw(label, at.clock);
    await at.store.records.write([{ put: "label", value: taken }]);
    return await at.people.labelChanged(taken);
  };
  assert.deepEqual((await takeBack(ann.label)).map(({ state, label }) => [state, label]), [["open", null]]);
  const bob = await at.people.answer(question, said, "bob", { scoreShown: false });
  assert.equal(bob.question.label, bob.label.id);
  const back = await at.people.answer(question, said, "ann", { scoreShown: false });
  assert.deepEqual([back.label.id, back.label.revision, back.label.withdrawn], [ann.label.id, 3, false]);
  assert.deepEqual((await takeBack(bob.label)).map(({ state, label }) => [state, label]), [["answered", ann.label.id]]);
  const other = await at.people.labelChanged({ ...ann.label, id: id(77), withdrawn: true });
  assert.deepEqual(other, [], "a label of something else changes nothing");
});

test("Asking.labelChanged() closes the question of an event that was answered by itself, and by nothing else", async (t) => {
  const at = await desk(t);
  const asked = event(1, start);
  const [question] = await at.people.event(asked);
  const label = answerTo(asked, said, "ann", at.clock, id(60));
  assert.deepEqual(await at.people.labelChanged({ ...label, event: null }), [], "the same stretch, and not said of the event");
  await at.store.records.write([{ put: "label", value: label }]);
  assert.deepEqual((await at.people.labelChanged(label)).map(({ id: closed, state, label: by }) => [closed, state, by]), [[question.id, "answered", label.id]]);
  assert.deepEqual(await at.people.labelChanged(label), []);
});

test("Asking.event() asks no more than the budget of a shift; the rest waits, is counted, and is asked by worth", async (t) => {
  const at = await desk(t, { budget: 2, audits: 0 });
  const states: (string | undefined)[] = [];
  for (const [n, peak] of [[1, 3], [2, 3], [3, 4], [4, 9], [5, 5]] as const) states.push((await at.people.event(event(n, start + n * 10 * minute, { peak }))).at(0)?.state);
  assert.deepEqual(states, ["open", "open", "unasked", "unasked", "unasked"]);
  assert.deepEqual(await at.store.records.questionCounts(), { open: 2, unasked: 3, answered: 0, expired: 0 });
  assert.deepEqual(await at.people.tick(), []);
  at.clock += 8 * hour - minute;
  assert.deepEqual(await at.people.tick(), [], "the shift is not over");
  const late = await at.people.event(event(6, at.clock, { end: null, peak: 2 }));
  assert.equal(late.at(0)?.state, "unasked");
  at.clock += 2 * minute;
  const asked = await at.people.tick();
  assert.deepEqual(asked.map(({ peak, state }) => [peak, state]), [[2, "open"]], "those of the shift before are too far back");
});

test("Asking.tick() closes what nobody answered in time", async (t) => {
  const at = await desk(t, { audits: 0 });
  const [question] = await at.people.event(event(1, start));
  at.clock += 3 * day;
  assert.deepEqual((await at.people.tick()).map(({ id: expired, state }) => [expired, state]), [[question?.id, "expired"]]);
  assert.deepEqual(await at.people.tick(), []);
  const { question: late } = await at.people.answer(question?.id ?? "", said, "ann", { scoreShown: false });
  assert.equal(late.state, "answered", "a late answer is an answer");
});

test("Asking.tick() audits stretches in which the machine ran, all is known and no event was found, each once", async (t) => {
  const stretch = 10 * minute;
  const running = wheelNamed(3, { when: { signal: flow, above: 0.5, for: minute } });
  const at = await desk(t, { audits: 999, budget: 1 }, [running]);
  // Six stretches: quiet; an event; signals unknown half-way; standing still; before the last has settled.
  at.clock = start + stretch;
  await at.people.tick();
  for (const [from, to, value] of [[-1, 3, 1], [3, 4, 0], [4, 6, 1]] as const) await feed(at, 2, start + from * stretch, start + to * stretch, value);
  await feed(at, 1, start, start + 2.5 * stretch);
  await feed(at, 1, start + 3 * stretch, start + 6 * stretch);
  await at.store.records.write([{ put: "event", value: event(1, start + 1.5 * stretch) }]);
  at.clock = start + 6 * stretch + minute;
  const first = await at.people.tick();
  assert.deepEqual(first.map(({ interval, reason, state, blind, probability }) => [(interval.start - start) / stretch, reason, state, blind, probability]), [
    [0, "audit", "open", true, 1],
    // 4 begins with the machine not yet on for a minute; 5 has not settled
  ]);
  at.clock += 5 * minute;
  const later = await at.people.tick();
  assert.deepEqual(later.map(({ interval }) => (interval.start - start) / stretch), [5]);
  assert.deepEqual(await at.people.tick(), []);
  assert.equal((await at.people.event(event(2, at.clock - minute))).at(0)?.state, "unasked", "audits count against the budget and are never held back by it");
});

test("Asking.tick() picks audits by chance alone, and a site opened again goes on where it was", async (t) => {
  const at = await desk(t, { audits: 16, shift: 8 * hour });
  await at.people.tick();
  const from = Math.floor((at.clock - 2 * minute - 4 * second) / (10 * minute)) * 10 * minute;
  await feed(at, 1, from, from + 6 * hour);
  await feed(at, 2, from, from + 6 * hour);
  const asked: number[] = [];
  for (let step = 0; step < 6; step++) {
    at.clock += hour;
    const restarted = asking({ store: at.store, now: () => at.clock, nameFor, policy: AskingPolicy.parse({ audits: 16 }) });
    asked.push(...(await restarted.tick()).map(({ interval }) => interval.start));
  }
  const until = Math.floor((at.clock - 2 * minute - 4 * second) / (10 * minute)) * 10 * minute;
  assert.deepEqual(asked, pickedStretches(wheel.id, { start: from, end: until }, 10 * minute, 1 / 3).map((one) => one.start));
  assert.ok(asked.length > 5, String(asked.length));
});

test("Asking.tick() audits nothing before there is a model, and nothing of a time when the site was down for long", async (t) => {
  const at = await desk(t, { audits: 999 });
  await at.people.tick();
  at.clock = start + 5 * day;
  for (const key of [1, 2]) await feed(at, key, at.clock - 9 * hour, at.clock);
  const asked = await at.people.tick();
  assert.ok(asked.length > 40);
  assert.ok(asked.every(({ interval }) => interval.start >= at.clock - 8 * hour));
  const fresh = await desk(t, { audits: 999 }, [wheelNamed(3, {})]);
  fresh.clock = start - hour;
  await fresh.people.tick();
  for (const key of [1, 2]) await feed(fresh, key, start - hour, start);
  fresh.clock = start;
  assert.deepEqual(await fresh.people.tick(), []);
});

test("auditRecord() has each audit with its chance and each event with what was agreed on", async (t) => {
  const at = await desk(t, { audits: 999, burstGap: 0 });
  await at.people.tick();
  for (const key of [1, 2]) await feed(at, key, start + 30 * minute, start + 2 * hour);
  at.clock += hour;
  const audits = await at.people.tick();
  assert.equal(audits.length, 6);
  await at.people.answer(audits[0]?.id ?? "", said, "ann", { scoreShown: false });
  await at.people.answer(audits[1]?.id ?? "", { ...said, answer: "normal" }, "ann", { scoreShown: false });
  const events = [1, 2, 3].map((n) => event(n, start + 10 * hour + n * 10 * minute));
  await at.store.records.write(events.map((value) => ({ put: "event", value })));
  const questions: string[] = [];
  for (const one of events) questions.push(...(await at.people.event(one)).map((question) => question.id));
  await at.people.answer(questions[0] ?? "", said, "ann", { scoreShown: true });
  for (const [author, answer] of [["ann", "fault"], ["bob", "normal"]] as const) await at.people.answer(questions[1] ?? "", { ...said, answer }, author, { scoreShown: true });
  const record = await auditRecord(wheel, start, at.clock, at.store);
  assert.deepEqual(record.audits, ["fault", "normal", null, null, null, null].map((answer) => ({ probability: 1, answer })));
  assert.deepEqual(record.events.map(({ answer }) => answer), ["fault", "unsure", null]);
  assert.equal((await auditRecord(wheel, start + 20 * hour, at.clock, at.store)).events.length, 0);
});

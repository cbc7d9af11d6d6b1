import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { canonicalJson, digest } from "../digest.ts";
import type { Event } from "../schema/event.ts";
import type { Fact } from "../store/records/facts.ts";
import { Records } from "../store/records.ts";
import { Alarms, type AlarmChange, type AlarmPorts } from "./alarms.ts";
import type { EventChange } from "./event-tracker.ts";

const idFor = (time: number, named: unknown): string => `0${digest(canonicalJson({ time, named })).slice(0, 25).toUpperCase()}`;
const id = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const minute = 60_000_000;

const eventOf = (number: number, changes: Partial<Event> = {}): Event => ({
  id: idFor(number, "event"), site: id, asset: id, wheel: idFor(number, "wheel"), model: "0".repeat(64), block: id,
  kind: "condition", start: number, end: null, peak: 2, peakAt: number, contributions: [{ signal: id, share: 1 }], ...changes,
});
const open = (event: Event): EventChange => ({ type: "open", event });
const close = (event: Event, end = 99): EventChange => ({ type: "close", event: { ...event, end } });

/** Records of their own, alarms over them, and what was told. */
function plant(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  const records = new Records(path);
  records.open();
  t.after(() => {
    records.close();
    rmSync(path, { recursive: true, force: true });
  });
  const clock = { now: 1000 };
  const told: AlarmChange[] = [];
  const events: EventChange[] = [];
  const troubles: Error[] = [];
  let isFull = false;
  const port: AlarmPorts["records"] = {
    write: (facts: readonly Fact[]) => (isFull ? Promise.reject(new Error("full")) : Promise.resolve(records.write(facts))),
    alarm: (one) => Promise.resolve(records.alarm(one)),
    alarms: (query) => Promise.resolve(records.alarms(query)),
    openAlarms: () => Promise.resolve(records.openAlarms()),
    event: (one) => Promise.resolve(records.event(one)),
  };
  const start = async (outlets: AlarmPorts["outlets"] = []) => {
    const alarms = new Alarms({ records: port, now: () => clock.now, idFor, outlets, onChange: (change) => told.push(change), onEvent: (change) => events.push(change), onTrouble: (error) => troubles.push(error) });
    await alarms.open();
    return alarms;
  };
  return { records, clock, told, events, troubles, start, fill: (is: boolean) => (isFull = is) };
}

const steps = (told: readonly AlarmChange[]): string[] => told.map(({ step, alarm }) => `${step.did} ${step.by ?? "-"} ${alarm.state}`);

test("Alarms stores an event with its alarm, clears it with the event's end, and tells each step once", async (t) => {
  const { records, told, events, start } = plant(t);
  const alarms = await start();
  const event = eventOf(1);
  await alarms.take([open(event)]);
  await alarms.take([{ type: "update", event: { ...event, peak: 3 } }]);
  const [alarm] = records.alarms();
  assert.deepEqual([alarm.state, records.event(event.id)?.peak], ["active", 3]);
  await alarms.acknowledge(alarm.id, "ann");
  await alarms.take([close(event)]);
  assert.deepEqual(steps(told), ["raised - active", "acknowledged ann acknowledged", "cleared - cleared"]);
  assert.deepEqual([records.openAlarms(), alarms.list, records.event(event.id)?.end], [[], [], 99]);
  assert.deepEqual(events.map(({ type }) => type), ["open", "update", "close"]);
});

test("Alarms takes two acknowledgements at once as one state with both names, also after a kill", async (t) => {
  const { records, start, clock } = plant(t);
  const alarms = await start();
  await alarms.take([open(eventOf(1))]);
  const [{ id: alarm }] = alarms.list;
  await Promise.all([alarms.acknowledge(alarm, "ann"), alarms.acknowledge(alarm, "bob")]);
  clock.now += 1;
  const again = await start(); // as after a kill: only what is stored
  const [kept] = again.list;
  assert.deepEqual([kept.state, kept.by, kept.history?.map(({ by }) => by)], ["acknowledged", "ann", [null, "ann", "bob"]]);
  await again.take([open(eventOf(1))]); // found again on the way back to where it was
  assert.equal(records.alarms().length, 1);
  await again.take([close(eventOf(1))]);
  await again.take([close(eventOf(1)), open(eventOf(1))]);
  assert.equal(records.alarms().length, 1);
  assert.deepEqual(again.list, []);
});

test("Alarms ends a shelf once when its time has come, also when that was while the site was down", async (t) => {
  const { start, clock, told } = plant(t);
  const alarms = await start();
  await alarms.take([open(eventOf(1))]);
  const [{ id: alarm }] = alarms.list;
  await alarms.shelve(alarm, "ann", 5000);
  await alarms.tick();
  assert.equal(alarms.list[0].state, "shelved");
  clock.now = 6000;
  told.length = 0;
  const again = await start();
  await again.tick();
  await again.tick();
  assert.deepEqual(steps(told), ["re-armed - active"]);
  assert.deepEqual(again.list.map(({ state }) => state), ["active"]);
});

test("Alarms of a shelved source are shelved from the start, until the same time", async (t) => {
  const { start, clock } = plant(t);
  const alarms = await start();
  const wheel = idFor(7, "wheel");
  await alarms.take([open(eventOf(1, { wheel }))]);
  await alarms.shelve(alarms.list[0].id, "ann", 5000);
  await alarms.take([open(eventOf(2, { wheel })), open(eventOf(3))]);
  assert.deepEqual(alarms.list.map(({ state, by }) => [state, by]), [["shelved", "ann"], ["shelved", "ann"], ["active", null]]);
  clock.now = 5000;
  await alarms.tick();
  assert.deepEqual(alarms.list.map(({ state }) => state), ["active", "active", "active"]);
});

test("Alarms refuses what makes no sense", async (t) => {
  const { start, clock } = plant(t);
  const alarms = await start();
  await assert.rejects(alarms.acknowledge(id, "ann"), { code: "deploy.unknown-alarm" });
  await alarms.take([open(eventOf(1))]);
  const [{ id: alarm }] = alarms.list;
  for (const until of [clock.now, 0.5, NaN, clock.now + 8 * 24 * 60 * minute]) await assert.rejects(alarms.shelve(alarm, "ann", until), { code: "deploy.bad-shelf" });
  await alarms.acknowledge(alarm, "ann");
  await alarms.take([close(eventOf(1))]);
  await assert.rejects(alarms.shelve(alarm, "ann", clock.now + 10), { code: "deploy.alarm-done" });
  assert.deepEqual((await alarms.acknowledge(alarm, "bob")).history?.map(({ by }) => by), [null, "ann", null, "bob"], "who says so late is remembered too");
});

test("Alarms keeps what could not be stored, and stores it when there is room again", async (t) => {
  const { start, records, told, troubles, fill } = plant(t);
  const alarms = await start();
  fill(true);
  await alarms.take([open(eventOf(1)), open(eventOf(2))]);
  await alarms.take([close(eventOf(1))]);
  assert.deepEqual([troubles.length, told.length, records.alarms().length], [2, 0, 0]);
  fill(false);
  await alarms.tick();
  assert.deepEqual(steps(told), ["raised - cleared", "cleared - cleared", "raised - active"]);
  assert.deepEqual(records.alarms().map(({ state }) => state), ["cleared", "active"]);
});

test("Alarms tells an outlet after its facts are stored with the change", async (t) => {
  const { start, records } = plant(t);
  const seen: (string | null)[] = [];
  const outlet = {
    facts: ({ step }: AlarmChange): Fact[] => [{ put: "setting", value: { name: "outbox", text: step.did } }],
    tell: ({ step }: AlarmChange) => void seen.push(step.did, records.setting("outbox")),
  };
  const alarms = await start([outlet]);
  await alarms.take([open(eventOf(1))]);
  assert.deepEqual(seen, ["raised", "raised"]);
});

test("Alarms says that there is a flood from more than ten in ten minutes, until fewer than five", async (t) => {
  const { start, clock, told } = plant(t);
  const alarms = await start();
  for (let number = 0; number < 10; number++) {
    clock.now += minute / 2;
    await alarms.take([open(eventOf(number))]);
  }
  assert.equal(alarms.isFlood(), false);
  await alarms.take([open(eventOf(10))]);
  assert.deepEqual([alarms.isFlood(), told.at(-1)?.isFlood], [true, true]);
  clock.now += 7.9 * minute;
  assert.equal(alarms.isFlood(), true, "six are left");
  clock.now += minute;
  assert.equal(alarms.isFlood(), false);
});

test("Alarms ends what a crash left open, and tells the last of each alarm again to who asks", async (t) => {
  const { start, records, told, clock } = plant(t);
  const alarms = await start();
  await alarms.take([open(eventOf(1)), open(eventOf(2))]);
  await alarms.acknowledge(alarms.list[0].id, "ann");
  const again = await start();
  assert.deepEqual(again.current.map(({ step, alarm }) => [step.did, alarm.state]), [["acknowledged", "acknowledged"], ["raised", "active"]]);
  told.length = 0;
  clock.now = 2000;
  await again.endAllBut(new Set([eventOf(2).id]));
  assert.deepEqual([steps(told), records.event(eventOf(1).id)?.end, records.event(eventOf(2).id)?.end], [["cleared - cleared"], 2000, null]);
});

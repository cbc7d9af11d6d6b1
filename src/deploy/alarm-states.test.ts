import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Alarm } from "../schema/alarm.ts";
import type { Event } from "../schema/event.ts";
import { acknowledge, clear, isDone, raise, rearm, shelve } from "./alarm-states.ts";

const id = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const event: Event = { id, site: id, asset: id, wheel: id, model: "0".repeat(64), block: id, kind: "condition", start: 0, end: null, peak: 2, peakAt: 0, contributions: [] };
const fresh = (): Alarm => raise(event, id, 1, null);
const facts = ({ state, since, by, done, acknowledged }: Alarm) => ({ state, since, by, done, acknowledged });

test("an alarm that is acknowledged and then clears is done; one that clears first stays until it is acknowledged", () => {
  const seen = acknowledge(fresh(), "ann", 2);
  assert.deepEqual(facts(seen), { state: "acknowledged", since: 2, by: "ann", done: false, acknowledged: true });
  assert.deepEqual(facts(clear(seen, 3)), { state: "cleared", since: 3, by: null, done: true, acknowledged: true });
  const gone = clear(fresh(), 2);
  assert.deepEqual(facts(gone), { state: "cleared", since: 2, by: null, done: false, acknowledged: false });
  assert.deepEqual(facts(acknowledge(gone, "bob", 5)), { state: "cleared", since: 2, by: "bob", done: true, acknowledged: true });
});

test("two who acknowledge make one state, and both are remembered", () => {
  const twice = acknowledge(acknowledge(fresh(), "ann", 2), "bob", 3);
  assert.deepEqual(facts(twice), { state: "acknowledged", since: 2, by: "ann", done: false, acknowledged: true });
  assert.deepEqual(twice.history?.map(({ did, by }) => [did, by]), [["raised", null], ["acknowledged", "ann"], ["acknowledged", "bob"]]);
});

test("a shelf ends once: active anew while the event lasts, done when it is over", () => {
  const shelved = shelve(acknowledge(fresh(), "ann", 2), "bob", 100, 3);
  assert.deepEqual([shelved.state, shelved.by, shelved.shelvedUntil], ["shelved", "bob", 100]);
  const back = rearm(shelved, null, 100);
  assert.deepEqual(facts(back), { state: "active", since: 100, by: null, done: false, acknowledged: false });
  assert.equal(rearm(back, null, 101), back);
  const over = rearm(clear(shelved, 50), null, 100);
  assert.deepEqual([over.state, over.done, over.clearedAt], ["cleared", true, 50]);
});

test("whatever is done to an alarm, it is a valid record, never loses who did it, and is done only when seen and over", () => {
  const step = fc.constantFrom("acknowledge", "clear", "shelve", "rearm");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 70 }), (steps) => {
      let alarm = fresh();
      for (const [at, one] of steps.entries()) {
        const before = alarm;
        if (one === "acknowledge") alarm = acknowledge(alarm, `p${at}`, at);
        if (one === "clear") alarm = clear(alarm, at);
        if (one === "shelve" && !isDone(alarm)) alarm = shelve(alarm, `p${at}`, at + 10, at);
        if (one === "rearm") alarm = rearm(alarm, null, at);
        assert.deepEqual(Alarm.parse(alarm), alarm);
        if (isDone(alarm)) assert.ok(alarm.clearedAt !== null && alarm.acknowledged && alarm.state === "cleared");
        if (alarm !== before) assert.equal(alarm.history?.at(-1)?.at, at);
      }
      assert.equal(alarm.history?.[0]?.did, "raised");
      assert.ok((alarm.history?.length ?? 0) <= 50);
    }),
  );
});

test("records of alarms written before these fields existed are read and go on", () => {
  const old: Alarm = { id, site: id, event: id, state: "active", since: 5, by: null };
  assert.deepEqual(Alarm.parse(old), old);
  assert.equal(clear(acknowledge(old, "ann", 6), 7).done, true);
});

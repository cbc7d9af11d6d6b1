import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Alarm } from "../../schema/alarm.ts";
import type { Event } from "../../schema/event.ts";
import type { AlarmChange } from "../alarms.ts";
import type { AlarmMessage, EventNames } from "./message.ts";
import { MqttOutlet } from "./mqtt.ts";
import { topicOf } from "./topic.ts";

const id = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const event: Event = { id, site: id, asset: id, wheel: id, model: "0".repeat(64), block: id, kind: "condition", start: 0, end: null, peak: 2, peakAt: 0, contributions: [{ signal: id, share: 1 }] };
const alarm: Alarm = { id, site: id, event: id, state: "active", since: 5, by: null };
const change = (more: Partial<AlarmChange> = {}): AlarmChange => ({ alarm, event, step: { at: 5, did: "raised", by: null }, isFlood: false, ...more });
const namesOf = (): EventNames => ({ asset: "line/pump", wheel: "pump", signal: () => "flow" });

test("MqttOutlet publishes each state, retained, on the topic of its asset and wheel", async () => {
  const sent: [string, AlarmMessage, unknown][] = [];
  const outlet = new MqttOutlet({ publish: (topic, payload, options) => Promise.resolve(void sent.push([topic, JSON.parse(payload), options])), namesOf });
  outlet.tell(change());
  outlet.tell(change({ alarm: { ...alarm, state: "acknowledged" }, step: { at: 6, did: "acknowledged", by: "ann" } }));
  await new Promise(setImmediate);
  assert.deepEqual(sent.map(([topic, { alarm: { state }, step: { by } }, options]) => [topic, state, by, options]), [
    ["millrace/alarms/line%2Fpump/pump", "active", null, { qos: 1, retain: true }],
    ["millrace/alarms/line%2Fpump/pump", "acknowledged", "ann", { qos: 1, retain: true }],
  ]);
  assert.deepEqual(sent[0][1].event.blame, [{ signal: "flow", share: 1 }]);
});

test("MqttOutlet tries again while the broker is away, and then tells the newest state only", async () => {
  const sent: string[] = [];
  let isUp = false;
  const outlet = new MqttOutlet({ publish: (_topic, payload) => (isUp ? Promise.resolve(void sent.push((JSON.parse(payload) as AlarmMessage).alarm.state)) : Promise.reject(new Error("away"))), namesOf, retryAfter: 5 });
  outlet.tell(change());
  await new Promise(setImmediate);
  outlet.tell(change({ alarm: { ...alarm, state: "cleared" } }));
  assert.deepEqual([outlet.undelivered.waiting, outlet.undelivered.error?.message], [1, "away"]);
  isUp = true;
  while (outlet.undelivered.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([sent, outlet.undelivered.error], [["cleared"], null]);
  outlet.close();
});

test("topicOf() keeps every name on its level, and two names apart", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "/", "+", "#", "%", "$", ":", "\u0000", "é", "\ud800", "\n", "2", "F"), minLength: 1, maxLength: 6 });
  const names = fc.record({ asset: name, wheel: fc.option(name), signal: name });
  const topic = ({ asset, wheel, signal }: { asset: string; wheel: string | null; signal: string }) =>
    topicOf("millrace/alarms", { ...event, ...(wheel === null && { signal: id, kind: "stale" as const }) }, { asset, wheel, signal: () => signal });
  fc.assert(
    fc.property(names, names, (one, other) => {
      const levels = topic(one).split("/");
      assert.equal(levels.length, 4);
      assert.ok(!/[+#\u0000-\u001f]|^\$/u.test(levels.slice(2).join("")) && topic(one).isWellFormed());
      const told = ({ asset, wheel, signal }: typeof one) => JSON.stringify([asset.toWellFormed(), wheel?.toWellFormed() ?? [signal.toWellFormed()]]);
      assert.equal(topic(one) === topic(other), told(one) === told(other));
    }),
    { numRuns: 1000 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { wheelOf } from "../../../test/live-fleet.ts";
import { AnswerOutlet, type AnswerMessage } from "./answers.ts";

const target = { name: "moisture", unit: "%", describes: 0, cap: null, worstError: null };
const answer = { what: "value" as const, time: 1, since: 1, value: 8, low: 7, high: 9, unit: "%" };

test("AnswerOutlet publishes each answer under asset and wheel, tells once that there is none, and nothing of a condition", async () => {
  const told: [string, AnswerMessage][] = [];
  const outlet = new AnswerOutlet(async (topic, payload) => void told.push([topic, JSON.parse(payload) as AnswerMessage]));
  const wheel = { ...wheelOf("dry/er", 2, { kind: "estimate", target }), name: "dry/er #1" };
  const settle = () => new Promise((resolve) => void setImmediate(resolve));
  for (const [time, state, said] of [[1, "answering", answer], [2, "unknown", null], [3, "unknown", null], [4, "not-running", null], [5, "answering", answer]] as const) {
    outlet.tell(wheel, "hall/dryer", { time, state, answer: said });
    await settle();
  }
  outlet.tell(wheelOf("pump", 2), "hall/pump", { time: 6, state: "normal" });
  await settle();
  outlet.close();
  assert.deepEqual(told.map(([topic]) => topic), Array.from({ length: 4 }, () => "millrace/answers/hall%2Fdryer/dry%2Fer %231"));
  assert.deepEqual(told.map(([, { time, state, answer: said }]) => [time, state, said?.what ?? null]), [[1, "answering", "value"], [2, "unknown", null], [4, "not-running", null], [5, "answering", "value"]]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { WheelRequest } from "./wheel-request.ts";
import { Policy } from "./wheel.ts";

const asked = { kind: "estimate", asset: "dryer-1", target: "moisture" } as const;

test("what is chosen of a policy is all that a request holds: whoever chooses when to turn has not chosen who promotes", () => {
  assert.deepEqual(WheelRequest.parse({ ...asked, policy: { answers: 5 } }).policy, { answers: 5 });
  assert.deepEqual(WheelRequest.parse({ ...asked, policy: {} }).policy, {});
  assert.equal(WheelRequest.safeParse({ ...asked, policy: { promotions: "ask" } }).success, false);
});

test("every part of a policy can be asked for", () => {
  const whole = { ...Policy.parse({}), generated: 0.5 };
  assert.deepEqual(WheelRequest.parse({ ...asked, policy: whole }).policy, whole);
  assert.deepEqual(Object.keys(whole).toSorted(), Object.keys(Policy.shape).toSorted());
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Label } from "../schema/label.ts";
import { withdraw } from "./answer.ts";
import { planOrders, type Order, type OrderPlan } from "./work-orders.ts";

const id = (n: number): string => `01ARZ3NDEKTSV4RRFFQ6${String(n).padStart(6, "0")}`;
const nameFor = (time: number, named: unknown): string => `00${createHash("sha256").update(JSON.stringify([time, named])).digest("hex").slice(0, 24).toUpperCase()}`;
const asset = (n: number, name: string, parent: string | null = null) => ({ id: id(n), site: id(1), parent, name, createdAt: 0 });
const assets = [asset(10, "hall"), asset(11, "pump", id(10)), asset(12, "fan", id(10)), asset(13, "yard"), asset(14, "fan", id(13))];
const order = (row: number, start: number, end: number, more: Partial<Order> = {}): Order => ({ row, asset: "pump", start, end, answer: "fault", faultKind: null, certainty: 1, author: "Ana", id: null, ...more });
const plan = (orders: readonly Order[], labels: readonly Label[] = [], now = 1e15): OrderPlan => planOrders(Object.freeze([...orders]), { assets, labels: Object.freeze([...labels]), now, nameFor });

test("planOrders() makes valid labels by people, of assets by name, path or id", () => {
  const { labels, rejected } = plan([order(2, 0, 10), order(3, 20, 30, { asset: "yard/fan" }), order(4, 40, 50, { asset: id(12) })]);
  assert.deepEqual(labels.map((label) => Label.parse(label)), labels);
  assert.deepEqual(labels.map((label) => [label.asset, label.origin, label.scoreShown, label.knownAt, label.event]), [[id(11), "person", false, 1e15, null], [id(14), "person", false, 1e15, null], [id(12), "person", false, 1e15, null]]);
  assert.deepEqual(rejected, []);
});

test("planOrders() names assets that are not there or that several are called, and orders of the future", () => {
  const { labels, rejected } = plan([order(2, 0, 10, { asset: "press" }), order(3, 0, 10, { asset: "fan" }), order(4, 0, 1e15 + 3.1e8), order(5, 0, 1e15)]);
  assert.deepEqual(rejected, [
    { row: 2, seen: 'there is no asset "press"' },
    { row: 3, seen: '2 assets are called "fan": write its path, names from the outermost asset joined by "/"' },
    { row: 4, seen: "it ends in the future" },
  ]);
  assert.equal(labels.length, 1);
});

test("planOrders() of the same orders again adds nothing, in whatever order and number they come", () => {
  const some = fc.array(fc.record({ start: fc.nat(20), length: fc.integer({ min: 1, max: 9 }), answer: fc.constantFrom("fault", "normal", "unsure") }), { maxLength: 12 });
  fc.assert(
    fc.property(some, (given) => {
      const orders = given.map(({ start, length, answer }, at) => order(at + 2, start, start + length, { answer }));
      const first = plan(orders);
      const again = plan([...orders, ...orders.toReversed()], first.labels);
      assert.deepEqual([again.labels, again.known], [[], 2 * orders.length]);
      assert.equal(first.labels.length + first.known, orders.length);
    }),
  );
});

test("planOrders() revises the label of a numbered order whose content has changed, also when its times have", () => {
  const { labels } = plan([order(2, 0, 10, { id: "WO-1" })]);
  const corrected = plan([order(2, 5, 12, { id: "WO-1", faultKind: "seal" })], labels);
  assert.deepEqual(corrected.labels.map((label) => [label.id, label.revision, label.start, label.faultKind]), [[labels[0]?.id, 2, 5, "seal"]]);
  assert.deepEqual(corrected.remarks, [], "it does not overlap what it replaces");
  assert.equal(plan([order(9, 0, 10, { id: "WO-1" })], labels).known, 1);
  const twice = plan([order(2, 0, 10, { id: "WO-2" }), order(3, 0, 11, { id: "WO-2" }), order(4, 0, 10, { id: "WO-2" })]);
  assert.deepEqual([twice.labels.length, twice.known, twice.rejected], [1, 1, [{ row: 3, seen: 'order "WO-2" says something else on line 2' }]]);
});

test("planOrders() leaves a label that somebody took back as it is, and counts it", () => {
  const { labels } = plan([order(2, 0, 10)]);
  const again = plan([order(2, 0, 10)], labels.map((label) => withdraw(label, 5)));
  assert.deepEqual([again.labels, again.known, again.withdrawn], [[], 1, 1]);
});

test("planOrders() keeps what overlaps or contradicts, and points it out by line", () => {
  const bob = plan([order(2, 100, 200, { author: "Bob" })]).labels;
  const { labels, remarks } = plan(
    [order(2, 0, 10), order(3, 9, 20, { answer: "normal" }), order(4, 20, 30), order(5, 150, 160), order(6, 150, 160, { answer: "unsure" }), order(7, 5, 6, { asset: "yard/fan" }), order(8, 190, 300, { answer: "normal" })],
    bob,
  );
  assert.equal(labels.length, 7);
  assert.deepEqual(remarks, [
    { row: 2, seen: 'it contradicts line 3 (normal, by "Ana")' },
    { row: 3, seen: 'it contradicts line 2 (fault, by "Ana")' },
    { row: 5, seen: `it overlaps label ${bob[0]?.id} (fault, by "Bob")` },
    { row: 6, seen: `it overlaps label ${bob[0]?.id} (fault, by "Bob")` },
    { row: 8, seen: `it contradicts label ${bob[0]?.id} (fault, by "Bob")` },
  ]);
});

test("planOrders() revises what was said of a target at a moment, and refuses what its wheels do not ask", () => {
  const value = (row: number, number: number) => order(row, 100, 101, { answer: "unsure", target: "moisture", says: { what: "value", value: number, unit: null } });
  const first = plan([value(2, 8.5)]);
  assert.deepEqual(first.labels.map(({ revision, target, says }) => [revision, target, says]), [[1, "moisture", { what: "value", value: 8.5, unit: null }]]);
  assert.deepEqual(plan([value(2, 8.5)], first.labels).labels, []);
  const again = plan([value(2, 9)], first.labels);
  assert.deepEqual(again.labels.map(({ id: name, revision }) => [name, revision]), [[first.labels[0]?.id, 2]]);
  assert.match(plan([value(2, 8.5), value(3, 9)]).rejected[0]?.seen ?? "", /something else on line 2/);
  const refusing = planOrders([value(2, 8.5)], { assets, labels: [], now: 1e15, nameFor, whyNot: () => "it is told by class, not by value" });
  assert.deepEqual([refusing.labels, refusing.rejected], [[], [{ row: 2, seen: "it is told by class, not by value" }]]);
  assert.deepEqual(plan([value(2, 8.5), order(3, 90, 120)]).remarks, [], "a value does not overlap an answer about the condition");
});

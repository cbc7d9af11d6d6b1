import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { filterProblem, FilterTree, topicProblem, wants } from "./filters.ts";

test("wants() follows the examples of MQTT 3.1.1, section 4.7", () => {
  const yes = [["sport/tennis/player1/#", "sport/tennis/player1"], ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"], ["sport/#", "sport"], ["#", "a/b"], ["sport/tennis/+", "sport/tennis/player1"], ["sport/+", "sport/"], ["+/+", "/finance"], ["/+", "/finance"], ["$SYS/#", "$SYS/x"], ["$SYS/monitor/+", "$SYS/monitor/Clients"]];
  const no = [["sport/tennis/+", "sport/tennis/player1/ranking"], ["sport/+", "sport"], ["+", "/finance"], ["#", "$SYS/x"], ["+/monitor/Clients", "$SYS/monitor/Clients"], ["a/b", "a/B"]];
  for (const [filter, topic] of yes) assert.ok(wants(filter, topic), `${filter} ${topic}`);
  for (const [filter, topic] of no) assert.ok(!wants(filter, topic), `${filter} ${topic}`);
});

const level = fc.constantFrom("a", "b", "", "$x");
const topics = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const filters = fc.tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean()).map(([levels, rest]) => [...levels, ...(rest ? ["#"] : [])].join("/"));

test("FilterTree.match() finds what asking each filter finds, also after some were deleted", () => {
  fc.assert(fc.property(fc.array(fc.tuple(filters, fc.boolean()), { maxLength: 12 }), topics, (given, topic) => {
    const tree = new FilterTree<string>();
    given.forEach(([filter], index) => tree.set(filter, `c${index}`, filter));
    given.forEach(([filter, isDeleted], index) => isDeleted && tree.delete(filter, `c${index}`));
    const found: string[] = [];
    tree.match(topic, (client) => found.push(client));
    const wanted = given.flatMap(([filter, isDeleted], index) => (!isDeleted && wants(filter, topic) ? [`c${index}`] : []));
    assert.deepEqual(found.sort(), wanted.sort());
  }), { numRuns: 500 });
});

test("topicProblem() and filterProblem() tell what breaks the protocol from what is not served", () => {
  for (const topic of ["", "a/+", "#", "a\u0000b", "a\nb", "a\ufffdb", "a\u009f"]) assert.equal(topicProblem(topic)?.broken, true, topic);
  for (const topic of ["$SYS/x", "$x", "a".repeat(1025), "a/".repeat(32)]) assert.equal(topicProblem(topic)?.broken, false, topic);
  for (const topic of ["a", "/", "a/b", "ä/ö", "a b/c"]) assert.equal(topicProblem(topic), null, topic);
  for (const filter of ["", "a/#/b", "a#", "+a", "a/b+", "a\u0000"]) assert.equal(filterProblem(filter)?.broken, true, filter);
  for (const filter of ["#", "+", "a/#", "+/+/#", "/"]) assert.equal(filterProblem(filter), null, filter);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pathProblem, TopicPaths, type TopicPattern } from "./topics.ts";

const pathOf = (patterns: readonly (string | TopicPattern)[], topic: string): string | null => new TopicPaths(patterns).pathOf(topic);

test("TopicPaths without patterns takes a topic as its path", () => {
  assert.equal(pathOf([], "site/area/asset/signal"), "site/area/asset/signal");
  assert.equal(pathOf([], "/site/asset/signal"), "site/asset/signal");
});

test("TopicPaths takes levels by name, skips and takes the rest", () => {
  assert.equal(pathOf(["factory/{area}/{asset}/{signal}"], "factory/north/pump/pressure"), "north/pump/pressure");
  assert.equal(pathOf(["factory/{area}/{asset}/{signal}"], "factory/north/pump"), null);
  assert.equal(pathOf(["factory/{area}/{asset}/{signal}"], "works/north/pump/pressure"), null);
  assert.equal(pathOf(["{asset}/telemetry"], "pump-3/telemetry"), "pump-3");
  assert.equal(pathOf(["v1/+/{asset}/#"], "v1/x/pump/a/b/c"), "pump");
  assert.equal(pathOf(["plant/{rest...}"], "plant/line/pump/pressure"), "line/pump/pressure");
  assert.equal(pathOf(["plant/{rest...}"], "plant"), null);
  assert.equal(pathOf([{ topic: "zigbee2mqtt/{device}", path: "home/sensors/{device}" }], "zigbee2mqtt/kitchen"), "home/sensors/kitchen");
});

test("TopicPaths takes the first pattern that matches, and remembers no made-up topics for ever", () => {
  const paths = new TopicPaths(["a/{x}/{y}", "{x}/{y}/{z}"]);
  assert.equal(paths.pathOf("a/1/2"), "1/2");
  assert.equal(paths.pathOf("b/1/2"), "b/1/2");
  assert.equal(paths.pathOf("b/1/2"), "b/1/2");
  for (let index = 0; index < 50_000; index++) paths.pathOf(`b/${index}/x`);
  assert.equal(paths.pathOf("a/1/2"), "1/2");
});

test("TopicPaths refuses patterns that make no sense", () => {
  for (const pattern of ["a/b", "{x}/#/y", "{x}/{x}", "a{x}", "{x/y", "a/{...}", "{rest...}/y", "+/#"]) {
    assert.throws(() => new TopicPaths([pattern]), { code: "capture.bad-pattern" }, pattern);
  }
  assert.throws(() => new TopicPaths([{ topic: "{x}/a", path: "{y}/a" }]), { code: "capture.bad-pattern" });
});

test("TopicPaths and pathProblem take any topic in bounded time", () => {
  const patterns = new TopicPaths(["{a}/{b}/{c}", "+/+/{x...}"]);
  fc.assert(fc.property(fc.string({ maxLength: 300, unit: "binary" }), (topic) => {
    patterns.pathOf(topic);
    const problem = pathProblem(topic);
    return problem !== null || topic.split("/").every((name) => name.length > 0 && name.length <= 200 && !/[\u0000-\u001f\u007f]/.test(name));
  }));
  const begun = performance.now();
  patterns.pathOf("/".repeat(65_535));
  assert.notEqual(pathProblem("/".repeat(65_535)), null);
  assert.ok(performance.now() - begun < 200);
});

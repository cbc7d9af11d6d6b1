import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readJson } from "./json-body.ts";

const now = 1_700_000_000_000_001;

test("readJson() reads the three forms", async () => {
  assert.deepEqual(await readAll({ readings: [{ path: "line/pump/flow", time: 5, value: 3.5, quality: "uncertain", unit: "L/min" }, { path: "line/pump/on", value: true }, { path: "line/pump/mode", value: "auto", unit: null, other: 1 }] }), [
    { path: "line/pump/flow", time: 5, value: 3.5, quality: "uncertain", unit: "L/min" },
    { path: "line/pump/on", time: now, value: true, quality: "good" },
    { path: "line/pump/mode", time: now, value: "auto", quality: "good", unit: null },
  ]);
  assert.deepEqual(await readAll({ path: "pump/flow", points: [[1, 2], [null, 3], [4, 5, "bad"]] }), [
    { path: "pump/flow", time: 1, value: 2, quality: "good" },
    { path: "pump/flow", time: now, value: 3, quality: "good" },
    { path: "pump/flow", time: 4, value: 5, quality: "bad" },
  ]);
  assert.deepEqual(await readAll({ path: "pump", columns: { flow: [1, null], pressure: [3, 4] }, times: [10, 20] }), [
    { path: "pump/flow", time: 10, value: 1, quality: "good" },
    { path: "pump/pressure", time: 10, value: 3, quality: "good" },
    { path: "pump/pressure", time: 20, value: 4, quality: "good" },
  ]);
  assert.deepEqual(await readAll({ columns: { "pump/flow": [1] }, times: [10] }), [{ path: "pump/flow", time: 10, value: 1, quality: "good" }]);
  for (const empty of [{ readings: [] }, { path: "a/b", points: [] }, { columns: {}, times: [1, 2] }, { columns: { "a/b": [] }, times: [] }]) assert.deepEqual(await readAll(empty), []);
});

async function readAll(body: unknown): Promise<unknown> {
  const { readings, rejected } = await readJson(body, now);
  assert.deepEqual(rejected, []);
  return readings;
}

test("readJson() leaves out what makes no sense, with the reason, and keeps the rest", async () => {
  const good = { path: "a/b", time: 1, value: 1 };
  const cases: readonly (readonly [reading: unknown, reason: string])[] = [
    [7, "malformed"],
    [null, "malformed"],
    [[], "malformed"],
    [{}, "bad-name"],
    [{ ...good, path: "alone" }, "bad-name"],
    [{ ...good, path: 1 }, "bad-name"],
    [{ ...good, path: `a/${"x".repeat(3000)}` }, "bad-name"],
    [{ ...good, time: 1.5 }, "bad-time"],
    [{ ...good, time: "now" }, "bad-time"],
    [{ ...good, time: 1e300 }, "bad-time"],
    [{ ...good, value: null }, "not-a-number"],
    [{ ...good, value: JSON.parse("1e400") as unknown }, "not-a-number"],
    [{ ...good, value: NaN }, "not-a-number"],
    [{ path: "a/b", time: 1 }, "wrong-type"],
    [{ ...good, value: {} }, "wrong-type"],
    [{ ...good, value: [1] }, "wrong-type"],
    [{ ...good, value: "x".repeat(20_000) }, "too-large"],
    [{ ...good, quality: "great" }, "malformed"],
    [{ ...good, quality: 192 }, "malformed"],
    [{ ...good, unit: 3 }, "malformed"],
    [{ ...good, unit: "m".repeat(61) }, "malformed"],
  ];
  for (const [reading, reason] of cases) {
    const { readings, rejected } = await readJson({ readings: [good, reading, good] }, now);
    assert.deepEqual([readings.length, rejected.map((one) => one.reason)], [2, [reason]], JSON.stringify(reading)?.slice(0, 80));
    assert.ok((rejected[0]?.seen.length ?? 0) <= 100);
  }
  const { readings, rejected } = await readJson({ path: "a/b", points: [[1, 2], [1], [1, 2, "good", 4], 5, {}] }, now);
  assert.deepEqual([readings.length, rejected.length], [1, 4]);
});

test("readJson() refuses a body that is none of the forms, as a whole", async () => {
  for (const body of [null, undefined, 1, "x", [], [{ path: "a/b", value: 1 }], {}, { readings: {} }, { points: [] }, { path: 1, points: [] }, { columns: { "a/b": [1] } }, { columns: { "a/b": [1, 2] }, times: [1] }, { columns: { "a/b": 1 }, times: [1] }, { path: 1, columns: {}, times: [] }]) {
    await assert.rejects(readJson(body, now), { code: "capture.bad-body" }, JSON.stringify(body));
  }
});

test("readJson() throws nothing but capture.bad-body and gives only readings that may be stored, whatever it is given", async () => {
  const key = fc.constantFrom("readings", "path", "points", "columns", "times", "time", "value", "quality", "unit", "__proto__");
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, fc.constantFrom(1, -1.5, NaN, "a/b", "good", true, null, undefined), fc.array(tie("tree"), { maxLength: 4 }), fc.dictionary(key, tie("tree"), { maxKeys: 4 })),
  }));
  await fc.assert(
    fc.asyncProperty(tree, async (body) => {
      try {
        for (const { path, time, value } of (await readJson(body, now)).readings) assert.ok(path.includes("/") && Number.isSafeInteger(time) && (typeof value !== "number" || Number.isFinite(value)));
      } catch (error) {
        assert.equal(Reflect.get(error as object, "code"), "capture.bad-body", String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("readJson() tells of a million bad readings without a million sentences", async () => {
  const { rejected } = await readJson({ readings: Array.from({ length: 200_000 }, () => null) }, now);
  assert.equal(rejected.length, 200_000);
  assert.equal(new Set(rejected).size, 1001);
});

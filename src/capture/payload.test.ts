import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePayload, readTime, type PayloadLimits } from "./payload.ts";

const arrived = 1_750_000_000_000_000;
const decode = (text: string | Uint8Array, limits?: PayloadLimits) => decodePayload("plant/pump", typeof text === "string" ? Buffer.from(text) : text, arrived, limits);
const values = (text: string): unknown[] => decode(text).readings.map(({ path, value }) => [path, value]);
const reasons = (text: string | Uint8Array): string[] => decode(text).rejected.map(({ reason }) => reason);

test("decodePayload() reads bare numbers, booleans and texts", () => {
  for (const [text, value] of [["3.2", 3.2], ["-1e3", -1000], [" 7\n", 7], ["+5", 5], [".5", 0.5], ["5.", 5], ["0", 0], ["-0.0", -0], ["true", true], ["false", false], ['"idle"', "idle"], ['"3.2"', "3.2"], ["1e308", 1e308], ["9007199254740993", 9007199254740992]] as const) {
    assert.deepEqual(values(text), [["plant/pump", value]], text);
    assert.equal(decode(text).readings[0].time, arrived);
  }
});

test("decodePayload() rejects what is no number, with its reason", () => {
  for (const text of ["NaN", "nan", "Infinity", "-inf", "1.#QNAN", "1e400", "-1e400", "null", '"NaN"', '{"value":1e400}', '{"value":null}', '{"a":"Infinity"}']) {
    assert.deepEqual(reasons(text), ["not-a-number"], text);
    assert.deepEqual(values(text), [], text);
  }
});

test("decodePayload() rejects what is malformed, and says nothing of an empty payload", () => {
  for (const text of ["0x10", "1,5", "ON", "{", "[1,2]", '{"value":1', "{'a':1}", '{"a":1}x', "[[1]]", '{"a":[1,2]}', '{"value":1,"value":2}', '{"a":{"b":1,"b":2}}', "\u0000", "undefined"]) {
    assert.ok(reasons(text).length > 0 && reasons(text).every((reason) => reason === "malformed"), `${text}: ${reasons(text).join()}`);
    assert.deepEqual(values(text), [], text);
  }
  assert.deepEqual(reasons(Buffer.from([0x31, 0xff, 0x32])), ["malformed"]);
  assert.deepEqual(decode(""), { readings: [], rejected: [], origin: "sensor" });
});

test("decodePayload() reads one value with what is said beside it", () => {
  const said = decode('{"value": 3.2, "time": 1700000000.5, "quality": "Bad", "unit": " °C ", "origin": "simulator", "name": "P1"}');
  assert.deepEqual(said, { readings: [{ path: "plant/pump", time: 1_700_000_000_500_000, value: 3.2, quality: "bad", unit: "°C" }], rejected: [], origin: "simulator" });
  for (const [quality, wanted] of [["192", "good"], ["64", "uncertain"], ["0", "bad"], ['"GOOD"', "good"], ['"stale"', "uncertain"], ['"bad-clock"', "uncertain"], ["false", "bad"]]) {
    assert.equal(decode(`{"value":1,"quality":${quality}}`).readings[0].quality, wanted, quality);
  }
  assert.deepEqual(reasons('{"value":1,"time":"yesterday"}'), ["bad-time"]);
  assert.deepEqual(reasons('{"value":1,"time":12345}'), ["bad-time"]);
  assert.deepEqual(reasons('{"value":1,"origin":"aliens"}'), ["malformed"]);
});

test("decodePayload() reads objects of values, nested ones and lists of them", () => {
  assert.deepEqual(values('{"time":1700000000000,"temperature":3,"pressure":4}'), [["plant/pump/temperature", 3], ["plant/pump/pressure", 4]]);
  assert.deepEqual(values('{"motor":{"current":4,"phase":{"a":1}},"on":true}'), [["plant/pump/motor.current", 4], ["plant/pump/motor.phase.a", 1], ["plant/pump/on", true]]);
  assert.deepEqual(values('{"values":{"time":3,"value":4},"ts":1700000000}'), [["plant/pump/time", 3], ["plant/pump/value", 4]]);
  const mixed = decode('{"t":{"value":20,"unit":"Cel","time":1700000001},"p":4,"time":1700000000}');
  assert.deepEqual(mixed.readings.map(({ time, unit }) => [time / 1e6, unit]), [[1_700_000_001, "Cel"], [1_700_000_000, null]]);
  const list = decode('[{"time":1700000000,"a":1},{"time":1700000001,"a":2},7,{"time":"?","a":3}]');
  assert.deepEqual(list.readings.map(({ time, value }) => [time / 1e6, value]), [[1_700_000_000, 1], [1_700_000_001, 2]]);
  assert.deepEqual(list.rejected.map(({ reason }) => reason), ["malformed", "bad-time"]);
  assert.deepEqual(reasons('[{"a":1,"origin":"simulator"},{"a":1,"origin":"sensor"}]'), ["malformed"], "one message has one origin");
  assert.deepEqual(reasons('{"a/b":1}'), ["bad-name"]);
  assert.deepEqual(values('{"__proto__":5,"constructor":6}'), [["plant/pump/__proto__", 5], ["plant/pump/constructor", 6]]);
});

test("decodePayload() is bounded in bytes, depth and values, and quick about it", () => {
  assert.deepEqual(reasons(Buffer.alloc(1024 * 1024 + 1, 0x31)), ["too-large"]);
  assert.deepEqual(reasons(`${"[".repeat(17)}${"]".repeat(17)}`), ["malformed"]);
  const deep = `${'{"a":'.repeat(15)}1${"}".repeat(15)}`;
  assert.deepEqual(values(deep), [[`plant/pump/${"a.".repeat(14)}a`, 1]]);
  const many = decode(`{${Array.from({ length: 10_005 }, (_, index) => `"s${index}":1`).join(",")}}`);
  assert.equal(many.readings.length, 10_000);
  assert.deepEqual(many.rejected.map(({ reason }) => reason), ["too-large"]);
  const begun = performance.now();
  decode("[".repeat(1024 * 1024));
  decode(`"${"\\".repeat(1024 * 1024 - 2)}"`);
  decode(`[${"0,".repeat(500_000)}0]`);
  decode(" ".repeat(1024 * 1024));
  assert.ok(performance.now() - begun < 1000);
});

test("decodePayload() never throws, and every reading it gives is finite", () => {
  const never = (payload: Uint8Array): boolean => decodePayload("a/b", payload, arrived).readings.every(({ value, time }) => Number.isInteger(time) && (typeof value !== "number" || Number.isFinite(value)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), never));
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (json) => never(Buffer.from(json))));
});

test("decodePayload() gives back what was written", () => {
  const names = fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => !["time", "timestamp", "ts", "quality", "unit", "origin", "values", "value"].includes(name));
  fc.assert(fc.property(fc.dictionary(names, fc.double({ noNaN: true, noDefaultInfinity: true }), { minKeys: 1 }), (given) => {
    const wanted = JSON.parse(JSON.stringify(given)) as Record<string, number>;
    assert.deepEqual(Object.fromEntries(decode(JSON.stringify(given)).readings.map(({ path, value }) => [path.slice("plant/pump/".length), value])), { ...wanted });
  }));
});

test("readTime() tells s, ms, µs and ns apart by size, and reads ISO 8601", () => {
  const wanted = 1_700_000_000_123_456;
  for (const time of [1_700_000_000_123_456, "1700000000.123456", "1700000000123456789", "2023-11-14T22:13:20.123456Z", "2023-11-14T23:13:20.123456+01:00", "2023-11-14 22:13:20.123456"]) {
    assert.equal(readTime(time), wanted, String(time));
  }
  assert.equal(readTime(1_700_000_000), 1_700_000_000_000_000);
  assert.equal(readTime(1_700_000_000_123), 1_700_000_000_123_000);
  assert.ok(Math.abs(readTime(Number(1_700_000_000_123_456_789n)) - wanted) <= 1);
  for (const time of [0, -1, 1e5, 631_151_999, 4_102_444_800, 1e30, Number.NaN, "", "2023-13-14T00:00:00Z", "now", "2023-11-14", null, {}, [], true, "14.11.2023 22:13"]) {
    assert.ok(Number.isNaN(readTime(time)), JSON.stringify(time));
  }
});

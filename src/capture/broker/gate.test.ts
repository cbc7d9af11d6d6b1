import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import { Gate } from "./gate.ts";

const hello = generate({ cmd: "connect", clientId: "x", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 });
const message = (bytes: number): Buffer => generate({ cmd: "publish", topic: "a/b", payload: "x".repeat(bytes), qos: 0, dup: false, retain: false });

test("Gate lets whole packets through however they are cut, and has nothing left after them", () => {
  fc.assert(fc.property(fc.array(fc.nat(300), { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }), (sizes, cuts) => {
    const bytes = Buffer.concat([hello, ...sizes.map(message), Buffer.from([0xc0, 0])]);
    const gate = new Gate(400);
    for (let start = 0, cut = 0; start < bytes.length; start += cuts[cut++ % cuts.length]) {
      assert.equal(gate.problem(bytes.subarray(start, start + cuts[cut % cuts.length])), null);
    }
    assert.equal(gate.partial, 0);
  }));
});

test("Gate refuses a packet by the length it announces, before its body", () => {
  const gate = new Gate(1000);
  assert.match(gate.problem(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])) ?? "", /announced/);
  assert.match(new Gate(1000).problem(Buffer.from([0x10, 0xe9, 0x07])) ?? "", /1001 bytes/);
  assert.equal(new Gate(1000).problem(Buffer.from([0x10, 0xe8, 0x07])), null);
  assert.match(new Gate(2 ** 40).problem(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01])) ?? "", /malformed/);
});

test("Gate refuses a first packet that is not CONNECT, and counts what is not whole yet", () => {
  assert.match(new Gate(1000).problem(message(1)) ?? "", /CONNECT/);
  assert.match(new Gate(1000).problem(Buffer.from("GET / HTTP/1.1\r\n")) ?? "", /CONNECT/);
  const gate = new Gate(1000);
  assert.equal(gate.problem(hello), null);
  assert.equal(gate.problem(message(500).subarray(0, 300)), null);
  assert.equal(gate.partial, 300);
});

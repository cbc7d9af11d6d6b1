import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesField, concat, fieldsOf, floatField, intField, messageField, packedInts, textField, varint, type Bytes } from "./protobuf.ts";

const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const whole = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
/** A field as written and as it should be read. */
const field = fc.oneof(
  fc.tuple(number, whole).map(([n, value]) => ({ bytes: intField(n, value), seen: { number: n, value } as object })),
  fc.tuple(number, fc.uint8Array({ maxLength: 300 })).map(([n, bytes]) => ({ bytes: bytesField(n, bytes), seen: { number: n, bytes } })),
  fc.tuple(number, fc.string({ unit: "binary" })).map(([n, text]) => ({ bytes: textField(n, text), seen: { number: n, bytes: new TextEncoder().encode(text) } })),
  fc.tuple(number, fc.float({ noNaN: true })).map(([n, value]) => ({ bytes: floatField(n, value), seen: { number: n, value } })),
);
const read = (bytes: Bytes): object[] => [...fieldsOf(bytes)].map(({ number: n, value, bytes: inner }) => (inner === undefined ? { number: n, value } : { number: n, bytes: Uint8Array.from(inner) }));

test("fieldsOf() gives back every field that was written, in order, messages in messages too", () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), number, (fields, outer) => {
      const bytes = fields.map((one) => one.bytes);
      assert.deepEqual(read(concat(bytes)), fields.map(({ seen }) => seen));
      const [message, ...rest] = [...fieldsOf(messageField(outer, bytes))];
      assert.deepEqual([message.number, rest.length, read(message.bytes ?? new Uint8Array())], [outer, 0, fields.map(({ seen }) => seen)]);
    }),
  );
});

test("varint() is the least number of seven-bit groups, lowest first, and ten for a negative number", () => {
  assert.deepEqual([0, 1, 127, 128, 300, 2 ** 53 - 1].map((value) => [...varint(value)]), [[0], [1], [127], [128, 1], [172, 2], [255, 255, 255, 255, 255, 255, 255, 15]]);
  assert.deepEqual([...varint(-1)], [...Array.from({ length: 9 }, () => 255), 1]);
  assert.deepEqual([...packedInts(3, [1, 300])], [26, 3, 1, 172, 2]);
  assert.deepEqual([...packedInts(3, Int32Array.of(-1, 2 ** 31 - 1))], [26, 15, ...varint(-1), 255, 255, 255, 255, 7]);
});

test("fieldsOf() of bytes cut inside a field throws, wherever the cut is", () => {
  fc.assert(
    fc.property(field, fc.nat(), ({ bytes }, at) => {
      const cut = at % bytes.length;
      if (cut > 0) assert.throws(() => read(bytes.slice(0, cut)), RangeError);
    }),
  );
});

test("fieldsOf() of any bytes gives fields or a RangeError, and reads nothing twice", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const before = bytes.slice();
      try {
        const inside = read(bytes).reduce((sum, one) => sum + ("bytes" in one ? (one.bytes as Bytes).length : 1), 0);
        assert.ok(inside <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
      assert.deepEqual(bytes, before);
    }),
    { numRuns: 2000 },
  );
});

test("fieldsOf() refuses what other readers would take for another field: tags past 32 bits, field 0, groups", () => {
  const longTag = concat([Uint8Array.of(0x80 | (5 * 8 + 2), 0x80, 0x80, 0x80, 0x10), Uint8Array.of(0)]); // 42 + 2^32
  for (const bytes of [longTag, Uint8Array.of(0, 0), Uint8Array.of(11), Uint8Array.of(12), Uint8Array.of(8, ...Array.from({ length: 10 }, () => 0x80), 1)]) {
    assert.throws(() => read(bytes), RangeError);
  }
  assert.deepEqual(read(Uint8Array.of(0x88, 0x80, 0x00, 5)), [{ number: 1, value: 5 }], "a tag padded with nothing is the tag");
});

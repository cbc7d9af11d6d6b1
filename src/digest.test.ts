import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, digest } from "./digest.ts";

/** The same value with the keys of every object in the reverse order. */
const turned = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(turned) : typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([key, field]) => [key, turned(field)])) : value;

test("canonicalJson() is JSON of the same value, whatever the order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(turned(value)), text);
      assert.doesNotMatch(text.replaceAll(/"(?:\\.|[^"\\])*"/g, ""), /\s/);
    }),
  );
});

test("canonicalJson() leaves out undefined fields and sorts keys by their characters", () => {
  assert.equal(canonicalJson({ b: 1, a: [true, null, "x"], B: undefined, "10": 2, "9": 3, é: { z: 0, y: -0 } }), '{"10":2,"9":3,"a":[true,null,"x"],"b":1,"é":{"y":0,"z":0}}');
});

test("canonicalJson() refuses what JSON cannot hold exactly", () => {
  for (const value of [NaN, Infinity, -Infinity, undefined, () => 1, Symbol("s"), 1n, [undefined], { a: NaN }, [[Infinity]]]) {
    assert.throws(() => canonicalJson(value), TypeError);
  }
});

test("digest() is SHA-256 in lower-case hex, of text as UTF-8", () => {
  assert.equal(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(digest("é"), digest(Uint8Array.of(0xc3, 0xa9)));
});

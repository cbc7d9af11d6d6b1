import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJson } from "./json-slices.ts";

/** A list that makes a text long enough to be cut. */
const filler = Array.from({ length: 40_000 }, (_, at) => at);

test("parseJson() gives what JSON.parse gives, short and long", async () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
  await fc.assert(
    fc.asyncProperty(json, fc.constantFrom("", " ", "\n\t"), async (value, blank) => {
      for (const text of [JSON.stringify(value), `{${blank}"a\\"[":${JSON.stringify(value)},"b"${blank}:[${filler.join(`,${blank}`)}${blank}],"c":${JSON.stringify([value])}}`]) {
        assert.deepEqual(await parseJson(text), JSON.parse(text));
      }
    }),
    { numRuns: 15 },
  );
});

test("parseJson() cuts lists of objects, of lists, and columns, between elements", async () => {
  const readings = { readings: filler.map((at) => ({ path: `a/b,]}"[{${at}`, value: at, unit: null })) };
  const points = { path: "a/b", points: filler.map((at) => [at, at + 0.5]) };
  const columns = { columns: Object.fromEntries(["x", "y"].map((name) => [`a/${name}`, filler])), times: filler };
  for (const value of [readings, points, columns, filler, { deep: { er: { still: [filler, [filler]] } } }]) {
    const text = JSON.stringify(value);
    assert.ok(text.length > 200_000);
    assert.deepEqual(await parseJson(text), value);
  }
});

test("parseJson() throws SyntaxError wherever JSON.parse does", async () => {
  const list = filler.join(",");
  const wrong = [`[${list}`, `[${list}}`, `{"a":[${list}]`, `[${list}]]`, `[${list},]`, `[,${list}]`, `[${list.replace("20000,", "20000,,")}]`, `{"a":[${list}]}x`, `{"a":[${list}],}`, `{a:[${list}]}`, `["${list}]`, `[{"a":1],${list}]`, `[${list},NaN]`, `[${list} 1]`];
  for (const text of wrong) {
    assert.throws(() => JSON.parse(text), SyntaxError);
    await assert.rejects(parseJson(text), SyntaxError, text.slice(0, 20));
  }
});

test("parseJson() refuses a long text that is deep, or mostly outside of lists, before it costs anything", async () => {
  for (const text of ["[".repeat(300_000), `{"a":`.repeat(100_000), JSON.stringify(Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`key${at}`, at]))), `{"a":${"[],".repeat(100_000)}`]) {
    await assert.rejects(parseJson(text), (error) => error instanceof RangeError || error instanceof SyntaxError);
  }
});

test("parseJson() lets others run while it reads ten megabytes", async () => {
  const text = JSON.stringify({ readings: Array.from({ length: 130_000 }, (_, at) => ({ path: `plant/line/pump/signal${at % 100}`, time: 1_700_000_000_000_000 + at, value: at / 7 })) });
  let turns = 0;
  const count = () => {
    turns++;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  const value = (await parseJson(text)) as { readings: unknown[] };
  clearImmediate(ticking);
  assert.equal(value.readings.length, 130_000);
  assert.ok(turns > 10, `${turns} turns of the loop`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLines, readLines, type Lines } from "./line-protocol.ts";
import type { Precision } from "./line-words.ts";

const now = 1_700_000_000_000_001;
const read = async (text: string, precision: Precision = "ns"): Promise<Lines> => await parseLines(text, { precision, now });
const values = async (text: string): Promise<unknown[]> => (await read(text)).readings.map(({ path, value }) => [path, value]);
const reasons = async (text: string): Promise<unknown[]> => (await read(text)).malformed.map(({ line, seen }) => [line, seen.split(":")[0]]);

test("parseLines() makes a path of tag values in order of their keys, measurement and field", async () => {
  assert.deepEqual((await read("pump,line=2,area=west flow=3.5,pressure=-1.25 1700000000000000000")).readings, [
    { path: "west/2/pump/flow", time: 1_700_000_000_000_000, value: 3.5, quality: "good" },
    { path: "west/2/pump/pressure", time: 1_700_000_000_000_000, value: -1.25, quality: "good" },
  ]);
  assert.deepEqual(await values("disk,path=/dev/sda used=1"), [["%2Fdev%2Fsda/disk/used", 1]]);
  const own = await parseLines("pump,line=2 flow=1", { precision: "ns", now, pathOf: (measurement, tags, field) => [measurement, ...tags.flat(), field].join("/") });
  assert.equal(own.readings[0]?.path, "pump/line/2/flow");
});

test("parseLines() reads every kind of value", async () => {
  const numbers = ["1", "-1", "1.", ".5", "-.5", "0.1", "-0", "1e3", "1E-3", "1.5e+2", "123456789012345678", "0.30000000000000004", "1.7976931348623157e308", "5e-324"];
  for (const text of numbers) assert.deepEqual(await values(`m f=${text}`), [["m/f", text === "-0" ? 0 : Number(text)]], text);
  assert.deepEqual(await values("m a=1i,b=-9223372036854775808i,c=18446744073709551615u,d=9007199254740991i"), [["m/a", 1], ["m/b", -(2 ** 63)], ["m/c", 2 ** 64], ["m/d", 9007199254740991]]);
  for (const flag of ["t", "T", "true", "True", "TRUE"]) assert.deepEqual(await values(`m f=${flag}`), [["m/f", true]]);
  for (const flag of ["f", "F", "false", "False", "FALSE"]) assert.deepEqual(await values(`m f=${flag}`), [["m/f", false]]);
  assert.deepEqual(await values('m f="",g="a, b = c",h="say \\"hi\\" \\\\o/ \\n",i="two\nlines" 5000'), [["m/f", ""], ["m/g", "a, b = c"], ["m/h", 'say "hi" \\o/ \\n'], ["m/i", "two\nlines"]]);
});

// Cases of the escape rules, as InfluxDB's documentation and its own parser have them.
const escapes: readonly (readonly [line: string, path: string])[] = [
  [String.raw`a\,b f=1`, "a,b/f"],
  [String.raw`a\ b f=1`, "a b/f"],
  [String.raw`a\=b f=1`, "a\\=b/f"],
  [`a=b f=1`, "a=b/f"],
  [String.raw`a\b f=1`, "a\\b/f"],
  [String.raw`"m" f=1`, '"m"/f'],
  [String.raw`m,t\,1=v\,1 f=1`, "v,1/m/f"],
  [String.raw`m,t\ 1=v\ 1 f=1`, "v 1/m/f"],
  [String.raw`m,t\=1=v\=1 f=1`, "v=1/m/f"],
  [String.raw`m,t="v" f=1`, '"v"/m/f'],
  [String.raw`m,t=v\\ f=1`, "v\\\\/m/f"],
  [String.raw`m,t=C:\dir f=1`, "C:\\dir/m/f"],
  [String.raw`m f\,1=1`, "m/f,1"],
  [String.raw`m f\ 1=1`, "m/f 1"],
  [String.raw`m f\=1=1`, "m/f=1"],
  [String.raw`m f\1=1`, "m/f\\1"],
  [`m "f"=1`, 'm/"f"'],
  [`größe,ort=Köln höhe=1`, "Köln/größe/höhe"],
];

test("parseLines() takes escapes away where there are any, and leaves other backslashes and quotes alone", async () => {
  for (const [line, path] of escapes) assert.deepEqual(await values(line), [[path, 1]], line);
});

test("parseLines() keeps every microsecond of a time, in each precision", async () => {
  const times = async (time: string, precision: Precision) => (await read(`m f=1 ${time}`, precision)).readings.map((reading) => reading.time);
  assert.deepEqual(await times("1700000000123456789", "ns"), [1_700_000_000_123_456]);
  assert.deepEqual(await times("1700000000123456999", "ns"), [1_700_000_000_123_456]);
  assert.deepEqual(await times("1700000000123456", "us"), [1_700_000_000_123_456]);
  assert.deepEqual(await times("1700000000123", "ms"), [1_700_000_000_123_000]);
  assert.deepEqual(await times("1700000000", "s"), [1_700_000_000_000_000]);
  assert.deepEqual(await times("0", "ns"), [0]);
  assert.deepEqual(await times("999", "ns"), [0]);
  assert.deepEqual(await times("-1", "ns"), [-1]);
  assert.deepEqual(await times("-1000", "ns"), [-1]);
  assert.deepEqual(await times("-1001", "ns"), [-2]);
  assert.deepEqual(await times("", "ns"), [now]);
  for (const [time, precision] of [["9999999999999999999", "ns"], ["1700000000000000000", "s"], ["1.5", "s"], ["1e9", "s"], ["12x", "ns"], ["-", "ns"], ["99999999999999999999999999", "ns"]] as const) {
    const { readings, malformed } = await read(`m f=1 ${time}`, precision);
    assert.deepEqual([readings.length, malformed.length], [0, 1], time);
  }
});

test("parseLines() passes over comments, blank lines and line ends of any kind", async () => {
  const text = "# m f=1\n\n  \t\r\nm f=1\r\n   m f=2   \n#\nm f=3 1000\r\n\n\nm f=4";
  assert.deepEqual((await values(text)).map((one) => (one as unknown[])[1]), [1, 2, 3, 4]);
  assert.deepEqual(await read(""), { readings: [], rejected: [], malformed: [] });
});

test("parseLines() names malformed lines by number and reason, and keeps all others", async () => {
  const cases: readonly (readonly [line: string, reason: string])[] = [
    ["m", "no fields"],
    ["m ", "no fields"],
    ["m,t=1", "no fields"],
    [",t=1 f=1", "no measurement"],
    ["m, f=1", "a tag without a name or a value"],
    ["m,t f=1", "a tag without a name or a value"],
    ["m,t= f=1", "a tag without a name or a value"],
    ["m,=v f=1", "a tag without a name or a value"],
    ["m,t=a=b f=1", "a tag without a name or a value"],
    ["m,t=a,t=b f=1", "a tag given twice"],
    ["m =1", "a field without a name"],
    ["m f", "a field without a value"],
    ["m f=", "a field without a value"],
    ["m f=,g=1", "a field without a value"],
    ["m f=1,", "no fields"],
    ["m f=1,g", "a field without a value"],
    ["m f=one", "a value that is neither number, text nor flag"],
    ["m f=NaN", "a value that is neither number, text nor flag"],
    ["m f=+1", "a value that is neither number, text nor flag"],
    ["m f=Inf", "a value that is neither number, text nor flag"],
    ["m f=-Inf", "a number that is none"],
    ["m f=1.2.3", "a number that is none"],
    ["m f=1e", "a number that is none"],
    ["m f=0x10", "a number that is none"],
    ["m f=.", "a number that is none"],
    ["m f=-", "a number that is none"],
    ["m f=1.5i", "a whole number that is none, or too large"],
    ["m f=9223372036854775808i", "a whole number that is none, or too large"],
    ["m f=-1u", "a whole number that is none, or too large"],
    ["m f=i", "a value that is neither number, text nor flag"],
    ['m f="open', "a quote that is not closed"],
    ['m f="a"b', "something follows a field's value"],
    ["m f=1 soon", "a time that is no whole number, or out of range"],
    ["m f=1 1 2", "something follows the time"],
    ["m f=1 1,2", "something follows the time"],
  ];
  for (const [line, reason] of cases) {
    assert.deepEqual(await reasons(line), [[1, reason]], line);
    const { readings, malformed } = await read(`good f=1\n${line}\ngood f=2\ngood f="x"`);
    assert.deepEqual([readings.map(({ value }) => value), malformed.map((one) => one.line)], [[1, 2, "x"], [2]], line);
  }
});

test("parseLines() numbers lines as an editor does, also behind values with newlines in them", async () => {
  assert.deepEqual(await reasons('# one\nm f="two\nthree"\n\nbad\nm f=1\nworse line\n'), [[5, "no fields"], [7, "a field without a value"]]);
});

test("parseLines() rejects a number beyond what a double holds, and keeps the rest of its line", async () => {
  const { readings, rejected, malformed } = await read("m f=1e400,g=2");
  assert.deepEqual([readings.map(({ path }) => path), rejected.map(({ reason }) => reason), malformed], [["m/g"], ["not-a-number"], []]);
});

/** Line protocol as the documentation tells writers to escape it: the naive twin of the reader. */
const escaped = (name: string, characters: RegExp): string => name.replaceAll(characters, "\\$&");
const word = fc.string({ unit: fc.constantFrom("a", "B", "7", "é", "漢", "😀", " ", ",", "=", '"', "/", "#", "-"), minLength: 1, maxLength: 6 }).filter((name) => !name.startsWith("#"));
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", " ", ",", "=", "é"), maxLength: 8 }));
const point = fc.record({
  measurement: word,
  tags: fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true }),
  fields: fc.dictionary(word, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  time: fc.option(fc.integer({ min: -4e15, max: 4e15 }), { nil: null }),
});
type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;

function encode({ measurement, tags, fields, time }: Point): string {
  const heads = Object.entries(tags).map(([key, tag]) => `,${escaped(key, /[,= ]/g)}=${escaped(tag, /[,= ]/g)}`);
  const pairs = Object.entries(fields).map(([key, field]) => `${escaped(key, /[,= ]/g)}=${typeof field === "string" ? `"${escaped(field, /["\\]/g)}"` : field}`);
  return `${escaped(measurement, /[, ]/g)}${heads.join("")} ${pairs.join(",")}${time === null ? "" : ` ${time}000`}`;
}

function expected({ measurement, tags, fields, time }: Point): unknown[] {
  const names = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag);
  return Object.entries(fields).map(([key, field]) => ({
    path: [...names, measurement, key].map((name) => name.replaceAll("/", "%2F")).join("/"),
    time: time ?? now,
    value: Object.is(field, -0) ? 0 : field,
    quality: "good",
  }));
}

test("parseLines() gives back what was encoded, whatever the names and values", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(point, { maxLength: 6 }), async (points) => {
      const { readings, rejected, malformed } = await read(points.map(encode).join("\n"));
      assert.deepEqual([rejected, malformed], [[], []]);
      assert.deepEqual(readings, points.flatMap(expected));
    }),
    { numRuns: 300 },
  );
});

test("parseLines() loses no good line and invents none, whatever stands between", async () => {
  const junk = fc.string({ unit: fc.constantFrom("m", "f", "=", ",", " ", '"', "\\", "1", "i", "#", "\t", "\r", "\0"), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(junk, { maxLength: 8 }), async (lines) => {
      const text = lines.flatMap((line, at) => [line, `good f${at}=${at} 1000`]).join("\n");
      const paths = (await read(text)).readings.map(({ path }) => path);
      // A quote that is opened may be closed by a later line's: then what lies between is its text. Not here: good lines hold none.
      for (const at of lines.keys()) if (!lines.some((line) => line.includes('"') || line.endsWith("\\"))) assert.ok(paths.includes(`good/f${at}`), JSON.stringify(text));
    }),
    { numRuns: 500 },
  );
});

test("readLines() hands over pieces of some milliseconds and lets others run in between", async () => {
  const text = Array.from({ length: 60_000 }, (_, at) => `pump,line=${at % 50} flow=${at}.25,pressure=${at % 7} ${1_700_000_000_000_000_000n + BigInt(at)}`).join("\n");
  let turns = 0;
  const count = () => {
    turns++;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  let [pieces, readings] = [0, 0];
  for await (const piece of readLines(text, { precision: "ns", now })) {
    pieces++;
    readings += piece.readings.length;
  }
  clearImmediate(ticking);
  assert.equal(readings, 120_000);
  assert.ok(pieces > 1 && turns >= pieces - 1, `${pieces} pieces, ${turns} turns of the loop`);
});

test("parseLines() ends a body that is no line protocol, and a line without end, early", async () => {
  const { malformed } = await read("x\n".repeat(1_000_000));
  assert.equal(malformed.length, 10_001);
  assert.match(malformed.at(-1)?.seen ?? "", /too many/);
  assert.deepEqual(await reasons(`${"x".repeat(3_000_000)}\n`), [[1, "the line is too long"]]);
  assert.deepEqual(await reasons(`m ${"f=1,".repeat(700_000)}\n`), [[1, "the line is too long"]]);
  assert.deepEqual(await reasons(`m f="${"x".repeat(3_000_000)}"\n`), [[1, "the line is too long"]]);
});

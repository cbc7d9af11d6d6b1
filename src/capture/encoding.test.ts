import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asUtf8, type EncodingReport } from "./encoding.ts";

async function through(bytes: Buffer, sizes: readonly number[], encoding: EncodingReport["encoding"] = "utf-8") {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) chunks.push(bytes.subarray(at, (at += sizes[i % sizes.length])));
  const report: EncodingReport = { encoding, replaced: 0 };
  let text = "";
  for await (const part of asUtf8(chunks, report)) text += part.toString(); // throws nothing away only if no character is cut
  return { text, report };
}

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

test("asUtf8() leaves UTF-8 as it is, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), sizes, async (text, sizes) => {
      const read = await through(Buffer.from(text), sizes);
      assert.deepEqual(read, { text: text.toWellFormed(), report: { encoding: "utf-8", replaced: 0 } });
    }),
  );
});

test("asUtf8() reads Latin-1 after ASCII, however it is cut", async () => {
  for (const size of [1, 2, 3, 5, 100]) {
    const { text, report } = await through(Buffer.from("time;Kühlung [°C];größe\n1;2;3\n", "latin1"), [size]);
    assert.equal(text, "time;Kühlung [°C];größe\n1;2;3\n");
    assert.equal(report.encoding, "windows-1252");
  }
});

test("asUtf8() replaces a stray byte in UTF-8 and says so", async () => {
  const { text, report } = await through(Buffer.concat([Buffer.from("größe\n"), Buffer.from([0xfc]), Buffer.from("x\n")]), [7, 100]);
  assert.equal(text, "größe\n\ufffdx\n");
  assert.deepEqual(report, { encoding: "utf-8", replaced: 1 });
});

test("asUtf8() reads UTF-16 without its mark", async () => {
  const { text } = await through(Buffer.from("\ufefftime\tgröße\n", "utf16le"), [3], "utf-16le");
  assert.equal(text, "time\tgröße\n");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "csv-parse/sync";
import { firstRows, readRows } from "./csv.ts";

async function rowsOf(text: string, delimiter = ",", size = 1 << 16) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const rows: string[][] = [];
  const lines: number[] = [];
  const { blankLines } = await readRows(chunks(), delimiter, "x.csv", (cells, line) => {
    rows.push(cells);
    lines.push(line);
  });
  return { rows, lines, blankLines };
}

test("readRows() reads quoting as RFC 4180 has it", async () => {
  const cases: [string, string[][]][] = [
    ['a,b\n1,"ha ""ha"" ha"\n', [["a", "b"], ["1", 'ha "ha" ha']]],
    ['a,b\n1,"x, y"\n', [["a", "b"], ["1", "x, y"]]],
    ['a,b\n1,"x\ny"\n2,3\n', [["a", "b"], ["1", "x\ny"], ["2", "3"]]],
    ['a,b\r\n1,"x\r\ny"\r\n', [["a", "b"], ["1", "x\r\ny"]]],
    ['a,b\n"",""\n', [["a", "b"], ["", ""]]],
    ['"a","b"\n1,2', [["a", "b"], ["1", "2"]]],
    ['a,b\n1,{"k":1}\n', [["a", "b"], ["1", '{"k":1}']]],
    ["a,b\n1,ʤ\n", [["a", "b"], ["1", "ʤ"]]],
    ['\ufeff"a",b\n1,2\n', [["a", "b"], ["1", "2"]]],
    ["\ufeffa,b\n1,2\n", [["a", "b"], ["1", "2"]]],
  ];
  for (const [text, expected] of cases) assert.deepEqual((await rowsOf(text)).rows, expected, JSON.stringify(text));
});

test("readRows() counts lines, also those inside quotes and before them", async () => {
  const { lines, blankLines } = await rowsOf('a,b\n\n1,2\n3,"x\ny"\n\n\n4,5\n\n', ",", 7);
  assert.deepEqual(lines, [1, 3, 5, 8]);
  assert.equal(blankLines, 3);
});

test("readRows() agrees with the parser alone on any text, however it is cut", async () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "1", " ", '"', ";", "ü", ".") , maxLength: 4 });
  const plain = fc.string({ unit: fc.constantFrom("a", "1", " ", "ü", "."), maxLength: 4 });
  const written = (cells: string[]) => cells.map((text) => (/[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(";");
  const row = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 4 }).map(written);
  await fc.assert(
    fc.asyncProperty(fc.array(row(plain), { maxLength: 4 }), fc.array(row(cell), { maxLength: 4 }), fc.constantFrom("\n", "\r\n", "\r"), fc.integer({ min: 3, max: 40 }), async (before, after, end, size) => {
      const text = [...before, ...after].join(end);
      const alone = parse(text, { delimiter: ";", relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: ["\r\n", "\n", "\r"] });
      const bytes = Buffer.from(text);
      const { rows } = await rowsOf(text, ";", bytes.includes(0xc3) ? bytes.length : size); // chunks end between characters
      assert.deepEqual(rows, alone.map((cells) => cells.map((text) => text.trim())));
    }),
  );
});

test("readRows() names the line of a quote that never closes", async () => {
  await assert.rejects(rowsOf('a,b\n1,2\n3,"4\n5,6\n', ",", 8), { code: "capture.open-quote", message: /after line 2 / });
});

test("readRows() refuses a row that never ends", async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(1 << 20, "1");
  }
  await assert.rejects(readRows(endless(), ",", "x.csv", () => {}), { code: "capture.row-too-long" });
});

test("firstRows() reads what comes before an open quote", () => {
  assert.deepEqual(firstRows('a,b\n1,2\n3,"', ",", 10), [["a", "b"], ["1", "2"]]);
});

test("firstRows() reads text without quotes as the parser does", () => {
  const text = fc.array(fc.constantFrom("a", "1", " ", ",", "\n", "\r", "\r\n", "\t", "ü"), { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (plain) => {
      // A quoted row in front makes the parser read all of it.
      assert.deepEqual(firstRows(`x\n${plain}`, ",", 9), firstRows(`"x"\n${plain}`, ",", 9));
    }),
  );
});

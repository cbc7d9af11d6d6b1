import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MillraceError } from "../errors.ts";
import { readRecording, type ReadOptions, type Recording } from "./recording.ts";

// A folder a case: the input, options if it needs any, and what must come of it.
const cases = join(import.meta.dirname, "testcases");
const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

for (const name of readdirSync(cases).sort()) {
  const folder = join(cases, name);
  const input = readdirSync(folder).find((file) => file.startsWith("input."));
  const options = existsSync(join(folder, "options.json")) ? (json(join(folder, "options.json")) as ReadOptions) : {};

  test(`readRecording() reads ${name} as expected`, async () => {
    assert.ok(input !== undefined, "a case has an input");
    const reading = readRecording(join(folder, input), options);
    if (existsSync(join(folder, "expected.json"))) return assert.deepEqual(plainOf(await reading), json(join(folder, "expected.json")));
    const expected = json(join(folder, "expected-error.json")) as { code: string; message: string };
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof MillraceError, String(error));
      assert.deepEqual({ code: error.code, message: error.message.replaceAll(folder, "") }, expected);
      assert.match(error.hint, /\.$/);
      return true;
    });
  });
}

/** A recording as JSON: `null` for unknown, times as ISO text. */
function plainOf({ times, columns, label, grid, dialect, rows, remarks }: Recording): unknown {
  const numbers = (values: Float64Array) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return JSON.parse(
    JSON.stringify({
      times: Array.from(times, (time) => new Date(time / 1000).toISOString()),
      columns: columns.map((column) => ({ ...column, values: numbers(column.values) })),
      label: label && { ...label, values: numbers(label.values) },
      grid,
      dialect,
      rows,
      remarks,
    }),
  );
}

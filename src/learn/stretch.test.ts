import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session, Tensor } from "./engine.ts";
import { runStretch } from "./stretch.ts";

/** A graph in plain code: for each window its first and last row's signal, and their place in the call. */
function sessionOf(window: number, inputs: readonly string[]): Session & { readonly calls: Readonly<Record<string, Tensor>>[] } {
  const calls: Readonly<Record<string, Tensor>>[] = [];
  return {
    inputs,
    outputs: ["ends", "sum"],
    calls,
    run(given) {
      calls.push(given);
      const { values, dims } = given.window;
      const [rows, columns] = dims;
      const starts = Array.from({ length: rows - window + 1 }, (_, i) => i);
      const sum = (from: number) => Array.from(values.slice(from * columns, (from + window) * columns)).reduce((whole, value) => whole + value, 0);
      return Promise.resolve({
        ends: { type: "float", dims: [starts.length, 2], values: Float32Array.from(starts.flatMap((i) => [values[i * columns], values[(i + window - 1) * columns]])) },
        sum: { type: "float", dims: [starts.length], values: Float32Array.from(starts, sum) },
      });
    },
    close: () => Promise.resolve(),
  };
}

const rowsOf = (rows: number, columns = 2) => ({ rows, columns, values: Float64Array.from({ length: rows * columns }, (_, at) => Math.floor(at / columns) % 97) });

test("runStretch() over many chunks gives every row what one run would, seams included", async () => {
  for (const [rows, window] of [[2048, 30], [2049, 30], [5000, 30], [4067, 30], [6000, 1], [4100, 2048], [4100, 3000]] as const) {
    const given = rowsOf(rows);
    const { ends, sum } = await runStretch(sessionOf(window, ["window"]), { ends: 2, sum: 1 }, given, window, null);
    assert.deepEqual([ends.length, sum.length], [rows * 2, rows]);
    let running = 0;
    for (let row = 0; row < rows; row++) {
      running += 2 * (row % 97) - (row >= window ? 2 * ((row - window) % 97) : 0);
      const expected = row < window - 1 ? [NaN, NaN, NaN] : [(row - window + 1) % 97, row % 97, running];
      assert.deepEqual([ends[row * 2], ends[row * 2 + 1], sum[row]], expected, `row ${row} of ${rows}, window ${window}`);
    }
  }
});

test("runStretch() computes no item twice and leaves the rows as they were", async () => {
  const session = sessionOf(30, ["window"]);
  const given = rowsOf(5000);
  const before = given.values.slice();
  await runStretch(session, { sum: 1 }, given, 30, null);
  assert.deepEqual(given.values, before);
  assert.equal(session.calls.reduce((items, { window }) => items + window.dims[0] - 29, 0), 5000 - 29);
  assert.ok(session.calls.every(({ window }) => window.dims[0] <= 2048));
});

test("runStretch() of fewer rows than a window is unknown, without a run", async () => {
  for (const rows of [0, 1, 29]) {
    const session = sessionOf(30, ["window"]);
    const { sum } = await runStretch(session, { sum: 1 }, rowsOf(rows), 30, null);
    assert.deepEqual([sum.length, sum.every(Number.isNaN), session.calls.length], [rows, true, 0]);
  }
});

test("runStretch() hands a baseline only to a graph that asks for one", async () => {
  const baseline = { centre: Float64Array.of(1, 2), spread: Float64Array.of(3, 4), noise: Float64Array.of(5, 6) };
  for (const inputs of [["window"], ["window", "baseline"]]) {
    const session = sessionOf(30, inputs);
    await runStretch(session, { sum: 1 }, rowsOf(40), 30, baseline);
    assert.deepEqual(session.calls.map((call) => Object.keys(call).toSorted()), [inputs.toSorted()]);
    if (inputs.includes("baseline")) assert.deepEqual([...session.calls[0].baseline.values], [1, 2, 3, 4, 5, 6]);
  }
});

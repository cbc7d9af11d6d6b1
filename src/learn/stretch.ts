import { baselineInput } from "./baseline.ts";
import type { Session } from "./engine.ts";
import type { BaselineValues } from "./maps/window-map.ts";
import type { Matrix } from "./matrix.ts";

/** Rows given to the graph at a time: bounds memory to a few tens of megabytes for hundreds of signals. */
const rowsAtOnce = 2048;

/**
 * Runs a graph over a stretch of rows, window by window, and lays the items out by row.
 *
 * Input: rows × signals; `window` rows a window; the block's own baseline where the graph asks for it.
 * Returns: for each output its values, rows × width, float32; the first window - 1 rows, and every
 * row of a stretch shorter than the window, are NaN: unknown.
 * Cost: the graph's; windows at the seams are not computed twice, only their rows are read again.
 */
export async function runStretch(
  session: Session,
  outputs: Readonly<Record<string, number>>,
  rows: Matrix,
  window: number,
  baseline: BaselineValues | null,
): Promise<Record<string, Float32Array>> {
  const results = Object.fromEntries(Object.entries(outputs).map(([name, width]) => [name, new Float32Array(rows.rows * width).fill(NaN)]));
  const steady = baseline !== null && session.inputs.includes("baseline") ? { baseline: baselineInput(baseline) } : {};
  const { columns, values } = rows;
  const atOnce = Math.max(rowsAtOnce, 2 * window); // long windows too go on by at least one of their own
  for (let from = 0; from + window <= rows.rows; from += atOnce - window + 1) {
    const to = Math.min(from + atOnce, rows.rows);
    const part = values.slice(from * columns, to * columns);
    const given = await session.run({ window: { type: "double", dims: [to - from, columns], values: part }, ...steady }, Object.keys(outputs));
    for (const [name, width] of Object.entries(outputs)) results[name].set(given[name].values, (from + window - 1) * width);
    if (to === rows.rows) break;
  }
  return results;
}

import type { Engine, Session } from "./engine.ts";
import { addSeriesMap, seriesFeatures, seriesInput, seriesReach, type SeriesMap } from "./maps/series-map.ts";
import type { Features, Matrix } from "./matrix.ts";
import { Graph } from "./onnx/graph.ts";

/** Rows from `start` up to but not including `end` that followed each other. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Rows, and numbers in them, given to a graph at a time where a map does not need to see the whole stretch. */
const rowsAtOnce = 4096;
const numbersAtOnce = 2 ** 19;

/** The map alone, as a model: what training runs is what every model over it begins with. */
export function seriesFeatureModel(map: SeriesMap): Uint8Array {
  const graph = new Graph();
  graph.output("features", addSeriesMap(graph, map, seriesInput(graph, map.columns.length)), "float", ["rows", seriesFeatures(map).length]);
  return graph.bytes("features", {});
}

/** One item a row: the features of a table's rows. Cost: the graph's; four bytes a row and feature. */
export async function seriesItems(engine: Engine, map: SeriesMap, rows: Matrix, stretches: readonly Stretch[]): Promise<Features> {
  const columns = seriesFeatures(map).length;
  const session = await engine.open(seriesFeatureModel(map));
  try {
    const { features } = await runStretches(session, { features: columns }, rows, stretches, seriesReach(map));
    return { rows: rows.rows, columns, values: features as Float32Array };
  } finally {
    await session.close();
  }
}

/**
 * Runs a model of rows over each stretch, in parts where its reach allows.
 *
 * Input: `outputs` by name with their widths; `reach`, how many rows back the model looks.
 * Returns: for each output rows × width; NaN for rows of no stretch.
 */
export async function runStretches(
  session: Session,
  outputs: Readonly<Record<string, number>>,
  { columns, rows, values }: Matrix,
  stretches: readonly Stretch[],
  reach: number,
): Promise<Record<string, Float32Array | Float64Array>> {
  const results: Record<string, Float32Array | Float64Array> = {};
  for (const { start, end } of reach === 0 ? joined(stretches) : stretches) {
    const step = reach === Infinity ? end - start : Math.max(1, Math.min(rowsAtOnce, Math.floor(numbersAtOnce / columns)));
    for (let from = start; from < end; from += step) {
      const [first, to] = [Math.max(start, from - reach), Math.min(from + step, end)];
      const part = values.slice(first * columns, to * columns);
      const given = await session.run({ rows: { type: "double", dims: [to - first, columns], values: part } }, Object.keys(outputs));
      for (const [name, width] of Object.entries(outputs)) {
        const own = given[name].values;
        results[name] ??= (own instanceof Float32Array ? new Float32Array(rows * width) : new Float64Array(rows * width)).fill(NaN);
        results[name].set(own.subarray((from - first) * width), from * width);
      }
    }
  }
  return results;
}

/** Stretches that follow each other as one: where no row looks at another, one run does for many. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const long: { start: number; end: number }[] = [];
  for (const { start, end } of stretches) {
    const last = long.at(-1);
    if (last?.end === start) last.end = end;
    else long.push({ start, end });
  }
  return long;
}

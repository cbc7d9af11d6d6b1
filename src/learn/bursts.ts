import type { Engine } from "./engine.ts";
import { addSpectrumMap, spectrumNames, type SpectrumMap } from "./maps/spectrum-map.ts";
import type { Features, Matrix } from "./matrix.ts";
import { Graph, type Edge } from "./onnx/graph.ts";
import { runStretches } from "./series-items.ts";

/** What a model over bursts begins with: features of the spectrum, some of which are the columns that its maps look at. */
export interface BurstFront {
  readonly map: SpectrumMap;
  /** Places among the features, in the order of the maps' columns. */
  readonly picked: readonly number[];
}

/** Features of all channels, in their order. */
export const burstFeatures = (map: SpectrumMap): number => spectrumNames(map).length * map.channels;

/** The input `rows`, one row a burst with its samples one after the other, each with all channels, float64; and its features as float32. */
function addBursts(graph: Graph, map: SpectrumMap): Edge {
  const { samples, channels } = map;
  const rows = graph.input("rows", "double", ["rows", samples * channels]);
  return addSpectrumMap(graph, map, graph.add("Reshape", [rows, graph.ints([-1, samples, channels])])).features;
}

/** The picked features of bursts as columns of rows: what stands in for the columns of a table. */
export function addBurstFront(graph: Graph, { map, picked }: BurstFront): Edge {
  return graph.cast(graph.add("Gather", [addBursts(graph, map), graph.ints(picked)], { axis: 1 }), "double");
}

/** A map over bursts, ready to run on one recording after another. */
export interface BurstSession {
  /** The features of bursts, one a row of `bursts` (samples × channels). Cost: the spectrum's. */
  features(bursts: Matrix): Promise<Features>;
  close(): Promise<void>;
}

export async function openBursts(engine: Engine, map: SpectrumMap): Promise<BurstSession> {
  const graph = new Graph();
  const columns = burstFeatures(map);
  graph.output("features", addBursts(graph, map), "float", ["rows", columns]);
  const session = await engine.open(graph.bytes("features", {}));
  return {
    async features(bursts) {
      const { features } = await runStretches(session, { features: columns }, bursts, [{ start: 0, end: bursts.rows }], 0);
      return { rows: bursts.rows, columns, values: features as Float32Array };
    },
    close: async () => await session.close(),
  };
}

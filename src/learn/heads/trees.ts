import type { Head } from "../learner.ts";
import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { addForest } from "../onnx/trees.ts";
import type { Forest } from "../trees/forest.ts";
import { softmax } from "../trees/losses.ts";
import { outputsOf } from "../trees/score-forest.ts";

/** What the sums of leaves become: themselves, or chances by a softmax; `odds` puts a sum of 0 before a single one. */
export type Finish = "sums" | "softmax" | "odds";

/** A head of one forest for all outputs, or of one for each. */
export interface TreeParts {
  readonly forests: readonly Forest[];
  /** Added to the sums, by output. */
  readonly start: Float64Array;
  readonly finish: Finish;
  /** By feature: what its splits gained. */
  readonly gains: Float64Array;
}

/** A head whose outputs are sums of leaves. An item's unknown features go the way that each split says. */
export function treeHead(parts: TreeParts): Head {
  return {
    outputs: parts.start.length + (parts.finish === "odds" ? 1 : 0),
    predict: (features) => finished(parts, sumsOf(parts, features)),
    add: (graph, features) => addHead(graph, parts, features),
    importance: shares(parts.gains),
  };
}

function sumsOf({ forests, start }: TreeParts, features: Features): Float64Array {
  const outputs = start.length;
  const each = forests.map((forest) => outputsOf(forest, features));
  if (each.length === 1) return each[0].map((sum, at) => sum + start[at % outputs]);
  return Float64Array.from({ length: features.rows * outputs }, (_, at) => each[at % outputs][Math.floor(at / outputs)] + start[at % outputs]);
}

function finished({ start, finish }: TreeParts, sums: Float64Array): Float64Array {
  if (finish === "sums") return sums;
  const outputs = start.length + (finish === "odds" ? 1 : 0);
  const chances = finish === "odds" ? Float64Array.from({ length: 2 * sums.length }, (_, at) => (at % 2 === 0 ? 0 : sums[at >> 1])) : sums;
  for (let at = 0; at < chances.length; at += outputs) softmax(chances.subarray(at, at + outputs));
  return chances;
}

function addHead(graph: Graph, { forests, start, finish }: TreeParts, features: Edge): Edge {
  const each = forests.map((forest) => addForest(graph, forest, features));
  const sums = each.length === 1 ? each[0] : graph.add("Concat", each, { axis: 1 });
  const whole = graph.add("Add", [sums, graph.double(start, "start")]);
  if (finish === "sums") return whole;
  const odds = finish === "softmax" ? whole : graph.add("Concat", [graph.add("Sub", [whole, whole]), whole], { axis: 1 });
  return graph.add("Softmax", [odds], { axis: 1 });
}

/** Shares of the whole; `null` where no split gained anything. */
function shares(gains: Float64Array): Float64Array | null {
  const all = gains.reduce((sum, gain) => sum + gain, 0);
  return all > 0 && Number.isFinite(all) ? gains.map((gain) => gain / all) : null;
}

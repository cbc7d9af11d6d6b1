import { addBank, type BankHead } from "./heads/bank.ts";
import { addCoupling, type CouplingHead } from "./heads/coupling.ts";
import { addIsolation, type IsolationHead } from "./heads/isolation.ts";
import { addConvolutionMap } from "./maps/convolution-graph.ts";
import { convolutionCount, type ConvolutionMap } from "./maps/convolution-map.ts";
import { featureCount, type WindowMap } from "./maps/window-map.ts";
import type { Edge, Graph } from "./onnx/graph.ts";

/** A detector that may judge beside levels and novelty, as normal windows taught it. */
export type SideHead =
  | { readonly name: "coupling"; readonly head: CouplingHead }
  /** The nearest remembered windows, by their window features; the levels are its amplitude channel. */
  | { readonly name: "neighbours"; readonly head: BankHead }
  | { readonly name: "isolation"; readonly head: IsolationHead }
  /** The nearest remembered windows, by random convolutions. */
  | { readonly name: "convolutions"; readonly map: ConvolutionMap; readonly head: BankHead };

/** With the raw score from which a row alarms. */
export type SidePart = SideHead & { readonly threshold: number };

/** What a detector makes of items. */
export interface SideEdges {
  /** Items × 1, float64, 0 upwards. */
  readonly score: Edge;
  /** Items × a multiple of the signals; column j speaks of signal j % signals. `null` for one that cannot say where. */
  readonly parts: Edge | null;
  /** Items × 1; `null` where it knows what the window features know. */
  readonly known: Edge | null;
}

/** Adds a detector to a graph that has an input `window`, rows × signals, and the map's `features`, items × all. */
export function addSide(graph: Graph, side: SideHead, map: WindowMap, features: Edge): SideEdges {
  if (side.name === "coupling") return addCoupled(graph, side.head, map);
  if (side.name === "convolutions") return addRemembered(graph, side.map, side.head, map);
  const plain = graph.add("Slice", [features, graph.ints([0]), graph.ints([featureCount(map).plain]), graph.ints([1])]);
  if (side.name === "isolation") return { score: addIsolation(graph, side.head, plain), parts: null, known: null };
  return { ...addBank(graph, side.head, graph.cast(plain, "double")), known: null };
}

function addCoupled(graph: Graph, head: CouplingHead, map: WindowMap): SideEdges {
  const { window, signals } = head.map;
  if (window !== map.window || signals !== map.signals) throw new RangeError(`Cannot put coupling beside a map of ${map.signals} signals and ${map.window} rows: it has ${signals} and ${window}`);
  return addCoupling(graph, head, "window");
}

/** A bank over convolutions of the window that ends at each row. */
function addRemembered(graph: Graph, map: ConvolutionMap, head: BankHead, { window, signals }: WindowMap): SideEdges {
  if (map.window !== window || map.signals !== signals) throw new RangeError(`Cannot put convolutions beside a map of ${signals} signals and ${window} rows: they have ${map.signals} and ${map.window}`);
  const scalar = (value: number) => graph.constant(BigInt64Array.of(BigInt(value)), []);
  const rows = graph.add("Gather", [graph.add("Shape", ["window"]), scalar(0)], { axis: 0 });
  const first = graph.add("Range", [scalar(0), graph.add("Sub", [rows, scalar(window - 1)]), scalar(1)]);
  const places = graph.add("Add", [graph.add("Unsqueeze", [first, graph.ints([1])]), graph.ints(Array.from({ length: window }, (_, at) => at))]);
  const { features, known } = addConvolutionMap(graph, map, graph.add("Gather", ["window", places], { axis: 0 }));
  const { score, parts } = addBank(graph, head, graph.cast(features, "double"));
  const { all } = convolutionCount(map);
  return { score, parts: graph.add("MatMul", [parts, graph.constant(sharesBySignal(map), [all, signals], "channels")]), known };
}

/** How much of each convolution feature is whose: features × signals, the signals that a kernel sums share alike. */
function sharesBySignal(map: ConvolutionMap): Float64Array {
  const { kernels, all } = convolutionCount(map);
  const shares = new Float64Array(all * map.signals);
  let feature = 0;
  for (const { channels, biases } of map.dilations) {
    for (const [kernel, own] of biases.entries()) {
      for (let k = 0; k < own.length; k++, feature++) for (const channel of channels[kernel]) shares[feature * map.signals + channel] = 1 / channels[kernel].length;
    }
  }
  for (let level = kernels; level < all; level++) shares[level * map.signals + ((level - kernels) % map.signals)] = 1;
  return shares;
}

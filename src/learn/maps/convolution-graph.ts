import type { Edge, Graph } from "../onnx/graph.ts";
import { farthestStep, gridStep, kernelTaps, knownShare, type ConvolutionMap, type Dilation } from "./convolution-map.ts";
import type { FeatureEdges } from "./window-map.ts";

/**
 * Adds the convolution map to a graph: input `window` (items × samples × signals, float64, NaN for gaps),
 * unless the windows are an edge that is there.
 *
 * Standardised in float64, then whole numbers of grid steps in float32. Kernels whose share counts the
 * padded ends and those whose does not are one dilated convolution each.
 */
export function addConvolutionMap(graph: Graph, map: ConvolutionMap, window: Edge = graph.input("window", "double", ["items", map.window, map.signals])): FeatureEdges {
  const gap = graph.add("IsNaN", [window]);
  const relative = graph.add("Div", [graph.add("Sub", [window, graph.double(map.centre, "centre")]), graph.double(map.spread, "spread")]);
  const steps = graph.add("Round", [graph.add("Div", [relative, graph.double(gridStep)])]);
  const bounded = graph.add("Clip", [graph.add("Where", [gap, graph.double(0), steps]), graph.double(-farthestStep), graph.double(farthestStep)]);
  const series = graph.add("Transpose", [graph.cast(bounded, "float")], { perm: [0, 2, 1] });

  const shares = map.dilations.flatMap((dilation, at) => [0, 1].map((parity) => addShares(graph, map, dilation, at, series, parity)));
  const kernels = graph.add("Gather", [graph.add("Concat", shares, { axis: 1 }), graph.ints(featureOrder(map))], { axis: 1 });
  const valid = graph.cast(graph.add("Not", [gap]), "double");
  const count = graph.add("ReduceSum", [valid, graph.ints([1])], { keepdims: 0 });
  const all = graph.add("Concat", [kernels, addLevels(graph, bounded, gap, count)], { axis: 1 });
  const fewest = graph.add("ReduceMin", [count], { axes: [1], keepdims: 1 });
  const known = graph.add("GreaterOrEqual", [fewest, graph.double(knownShare * map.window)]);
  return { features: graph.add("Where", [known, all, graph.float(NaN)]), known };
}

/** Kernels that count the padded ends at this dilation are those of even place, or of odd. */
const kernelsOf = (at: number, parity: number): number[] => kernelTaps.flatMap((_, kernel) => ((at + kernel) % 2 === parity ? [kernel] : []));

/** The share of the window above each bias: items × (kernels of this parity × biases). */
function addShares(graph: Graph, { signals }: ConvolutionMap, { dilation, channels, biases }: Dilation, at: number, series: Edge, parity: number): Edge {
  const kernels = kernelsOf(at, parity);
  const weights = new Float32Array(kernels.length * signals * 9);
  for (const [row, kernel] of kernels.entries()) {
    for (const channel of channels[kernel]) for (let tap = 0; tap < 9; tap++) weights[(row * signals + channel) * 9 + tap] = kernelTaps[kernel].includes(tap) ? 2 : -1;
  }
  const pad = parity === 0 ? 4 * dilation : 0;
  const response = graph.add("Conv", [series, graph.constant(weights, [kernels.length, signals, 9], "kernels")], { dilations: [dilation], pads: [pad, pad], kernel_shape: [9] });
  const width = biases[0].length;
  const levels = Float32Array.from(kernels.flatMap((kernel) => biases[kernel]));
  const above = graph.add("Greater", [graph.add("Unsqueeze", [response, graph.ints([2])]), graph.constant(levels, [kernels.length, width, 1], "biases")]);
  const share = graph.add("ReduceMean", [graph.cast(above, "float")], { axes: [3], keepdims: 0 });
  return graph.add("Reshape", [share, graph.ints([0, kernels.length * width])]);
}

/** Where each feature of the map's order stands among the shares as they were added. */
function featureOrder({ dilations }: ConvolutionMap): number[] {
  let start = 0;
  return dilations.flatMap(({ biases }, at) => {
    const width = biases[0].length;
    const order = Array.from({ length: 84 * width }, () => 0);
    for (const kernel of [...kernelsOf(at, 0), ...kernelsOf(at, 1)]) for (let k = 0; k < width; k++) order[kernel * width + k] = start++;
    return order;
  });
}

/** Mean, largest and smallest of what is known, in spreads: items × (3 × signals). */
function addLevels(graph: Graph, steps: Edge, gap: Edge, count: Edge): Edge {
  const atLeastOne = graph.add("Max", [count, graph.double(1)]);
  const mean = graph.add("Div", [graph.add("ReduceSum", [steps, graph.ints([1])], { keepdims: 0 }), atLeastOne]);
  const without = (value: number) => graph.add("Where", [gap, graph.double(value), steps]);
  const largest = graph.add("ReduceMax", [without(-farthestStep)], { axes: [1], keepdims: 0 });
  const smallest = graph.add("ReduceMin", [without(farthestStep)], { axes: [1], keepdims: 0 });
  const all = graph.add("Concat", [mean, largest, smallest], { axis: 1 });
  return graph.add("Asinh", [graph.cast(graph.add("Mul", [all, graph.double(gridStep)]), "float")]);
}


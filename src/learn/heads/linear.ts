import type { Head } from "../learner.ts";
import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";

/** A weighted sum of the features for each output. An unknown feature counts as 0, the usual value. */
export interface LinearModel {
  readonly weights: Float64Array; // outputs × features
  readonly biases: Float64Array; // outputs
}

/**
 * A linear head: the sums themselves, or probabilities that a softmax makes of them.
 *
 * `sharpness` multiplies the sums before the softmax; `null` leaves the sums as they are. `spreads` is
 * each feature's spread where it was learnt: importance is weight times spread.
 * Cost: outputs × features multiply-adds an item.
 */
export function linearHead(model: LinearModel, sharpness: number | null, spreads: Float64Array): Head {
  const outputs = model.biases.length;
  return {
    outputs,
    predict: (features) => (sharpness === null ? linearOf(model, features) : softmax(linearOf(model, features), outputs, sharpness)),
    add: (graph, features) => addLinear(graph, model, sharpness, features),
    importance: importanceOf(model, spreads),
  };
}

/** The sums: items × outputs. */
export function linearOf({ weights, biases }: LinearModel, { rows, columns, values }: Features): Float64Array {
  const outputs = biases.length;
  const sums = new Float64Array(rows * outputs);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++, at++) {
      let sum = biases[output];
      for (let j = 0, x = row * columns, w = output * columns; j < columns; j++, x++, w++) {
        const value = values[x];
        if (!Number.isNaN(value)) sum += weights[w] * value;
      }
      sums[at] = sum;
    }
  }
  return sums;
}

/** The probabilities that sums stand for, `outputs` at a time; a new array. */
export function softmax(sums: Float64Array, outputs: number, sharpness: number): Float64Array {
  const shares = new Float64Array(sums.length);
  for (let from = 0; from < sums.length; from += outputs) {
    let largest = -Infinity;
    for (let k = from; k < from + outputs; k++) largest = Math.max(largest, sharpness * sums[k]);
    let total = 0;
    for (let k = from; k < from + outputs; k++) total += shares[k] = Math.exp(sharpness * sums[k] - largest);
    for (let k = from; k < from + outputs; k++) shares[k] /= total;
  }
  return shares;
}

function addLinear(graph: Graph, { weights, biases }: LinearModel, sharpness: number | null, features: Edge): Edge {
  const outputs = biases.length;
  const columns = weights.length / outputs;
  const byFeature = new Float64Array(weights.length);
  for (let k = 0; k < outputs; k++) for (let j = 0; j < columns; j++) byFeature[j * outputs + k] = weights[k * columns + j];
  const known = graph.cast(graph.add("Where", [graph.add("IsNaN", [features]), graph.float(0), features]), "double");
  const sums = graph.add("Add", [graph.add("MatMul", [known, graph.constant(byFeature, [columns, outputs], "weights")]), graph.constant(biases, [outputs], "biases")]);
  return sharpness === null ? sums : graph.add("Softmax", [graph.add("Mul", [sums, graph.double(sharpness, "sharpness")])], { axis: 1 });
}

function importanceOf({ weights, biases }: LinearModel, spreads: Float64Array): Float64Array | null {
  const moved = new Float64Array(spreads.length);
  for (let k = 0; k < biases.length; k++) for (let j = 0; j < moved.length; j++) moved[j] += Math.abs(weights[k * moved.length + j]) * spreads[j];
  const total = moved.reduce((sum, value) => sum + value, 0);
  return total > 0 && Number.isFinite(total) ? moved.map((value) => value / total) : null;
}

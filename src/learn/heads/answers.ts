import { cholesky, solveCholesky } from "../linalg.ts";
import { fullScatter, type Moments } from "../moments.ts";
import type { Edge, Graph } from "../onnx/graph.ts";

/** What operators' answers taught: a plane between normal and fault. 0 is the mean of normal, 1 that of faults. */
export interface AnswersHead {
  readonly weights: Float64Array; // features
  readonly bias: number;
}

const leastVariance = 1e-3;

/**
 * Ridge regression of fault (1) on normal (0), from moments alone.
 *
 * Both truths weigh the same however rare faults are, and each feature is penalised by `penalty` times
 * its own variance, so units do not matter. With two classes the ridge solution points along
 * (S + λ D)⁻¹ (m₁ - m₀), S the mean of the within-truth covariances; its scale is set so that the mean
 * of normal scores 0 and the mean of faults 1.
 *
 * Input: moments of normal and of fault items, equal columns, each of at least one item.
 * Cost: features³ / 3 multiply-adds.
 * Throws RangeError when either truth has no item.
 * Source: Hoerl and Kennard, "Ridge regression", Technometrics 12(1), 1970; two classes as in Fisher,
 * "The use of multiple measurements in taxonomic problems", 1936.
 */
export function fitAnswers(normal: Moments, fault: Moments, penalty: number): AnswersHead {
  if (!(normal.count > 0) || !(fault.count > 0)) throw new RangeError("Cannot fit answers: both normal and fault items are needed");
  const features = normal.mean.length;
  const [within0, within1] = [fullScatter(normal), fullScatter(fault)];
  const system = within0.map((value, at) => value / (2 * normal.count) + within1[at] / (2 * fault.count));
  for (let i = 0; i < features; i++) system[i * features + i] = (1 + penalty) * system[i * features + i] + leastVariance;
  const factor = cholesky(system, features);
  if (factor === null) throw new RangeError("Cannot fit answers: the system is not positive definite");

  const apart = fault.mean.map((value, j) => value - normal.mean[j]);
  const direction = solveCholesky(factor, features, apart);
  const scale = Math.max(dot(direction, apart), 1e-300);
  const weights = direction.map((value) => value / scale);
  return { weights, bias: -dot(weights, normal.mean) };
}

/** 0 about normal, 1 about known faults, unbounded; NaN when unknown. */
export function answersOf({ weights, bias }: AnswersHead, item: Float32Array): number {
  let sum = bias;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * item[j];
  return sum;
}

/** The fixed mixing behind the random features, which tells how much of them came from each plain one. */
export interface Mixing {
  readonly plain: number;
  readonly random: number;
  readonly weights: Float32Array; // plain × random
}

/**
 * The same in a graph. `plain` items × plain and `random` items × random are float64.
 *
 * Returns: the score, items × 1, and what each plain feature adds to it relative to the mean of
 * normal, items × plain. A rectified feature is linear where it is open, so its part goes back to the
 * plain features through its own weights.
 */
export function addAnswers(graph: Graph, { weights, bias }: AnswersHead, normalMean: Float64Array, mixing: Mixing, plain: Edge, random: Edge | null): { score: Edge; parts: Edge } {
  const direct = weights.slice(0, mixing.plain);
  const column = (values: Float64Array, hint: string) => graph.constant(values, [values.length, 1], hint);
  const linear = graph.add("Add", [graph.add("MatMul", [plain, column(direct, "answers")]), graph.double(bias)]);
  const away = graph.add("Sub", [plain, graph.constant(normalMean.slice(0, mixing.plain), [mixing.plain], "normal")]);
  if (random === null) return { score: linear, parts: graph.add("Mul", [away, graph.constant(direct, [mixing.plain])]) };

  const mixed = weights.slice(mixing.plain);
  const score = graph.add("Add", [linear, graph.add("MatMul", [random, column(mixed, "answers")])]);
  const open = graph.cast(graph.add("Greater", [random, graph.double(0)]), "double");
  const back = new Float64Array(mixing.random * mixing.plain);
  for (let j = 0; j < mixing.plain; j++) for (let r = 0; r < mixing.random; r++) back[r * mixing.plain + j] = mixed[r] * mixing.weights[j * mixing.random + r];
  const gathered = graph.add("MatMul", [open, graph.constant(back, [mixing.random, mixing.plain], "back")]);
  const slope = graph.add("Add", [gathered, graph.constant(direct, [mixing.plain])]);
  return { score, parts: graph.add("Mul", [away, slope]) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

import { exactMean } from "./exact.ts";

/** What boosted trees make small. Classes are numbered from 0; two need one output, more one each. */
export type Loss = { readonly kind: "squared" } | { readonly kind: "quantile"; readonly level: number } | { readonly kind: "classes"; readonly classes: number };

export const rawOutputs = (loss: Loss): number => (loss.kind === "classes" && loss.classes > 2 ? loss.classes : 1);

/** Whether second derivatives differ between items that weigh alike. */
export const hasSecond = (loss: Loss): boolean => loss.kind === "classes";

/** The best outputs that are the same for all items: mean, quantile, or logarithms of odds or of shares. */
export function startOf(loss: Loss, targets: Float64Array, weights: Float64Array): Float64Array {
  if (loss.kind === "squared") return Float64Array.of(exactMean(targets, weights));
  if (loss.kind === "quantile") return Float64Array.of(weightedQuantile(targets, weights, loss.level));
  const share = (one: number) => Math.max(1e-6, exactMean(targets.map((target) => (target === one ? 1 : 0)), weights));
  if (loss.classes <= 2) return Float64Array.of(Math.log(share(1) / share(0)));
  return Float64Array.from({ length: loss.classes }, (_, one) => Math.log(share(one)));
}

/** The value at or below which `level` of the weight lies: the least such of the values; 0 of none. */
export function weightedQuantile(values: Float64Array, weights: Float64Array, level: number): number {
  const order = Uint32Array.from(values.keys()).sort((i, j) => values[i] - values[j] || i - j);
  const want = level * order.reduce((sum, at) => sum + weights[at], 0);
  let below = 0;
  for (const at of order) {
    below += weights[at];
    if (below >= want) return values[at];
  }
  return values[order.at(-1) ?? 0] ?? 0;
}

/**
 * First and second derivatives of the loss by each output, output-major: outputs × items.
 * `raw` is items × outputs.
 * Source: Friedman, "Greedy function approximation", Annals of Statistics 29, 2001; for more than two
 * classes the second derivative is taken as if the outputs were free but for one: × K / (K - 1).
 */
export function derivatives(loss: Loss, targets: Float64Array, weights: Float64Array, raw: Float64Array, first: Float64Array, second: Float64Array): void {
  const items = targets.length;
  if (loss.kind === "squared") for (let i = 0; i < items; i++) first[i] = weights[i] * (raw[i] - targets[i]);
  else if (loss.kind === "quantile") for (let i = 0; i < items; i++) first[i] = weights[i] * (targets[i] <= raw[i] ? 1 - loss.level : -loss.level);
  else if (loss.classes > 2) return softDerivatives(loss.classes, targets, weights, raw, first, second);
  else return binaryDerivatives(targets, weights, raw, first, second);
  if (second.length > 0) second.set(weights);
}

function binaryDerivatives(targets: Float64Array, weights: Float64Array, raw: Float64Array, first: Float64Array, second: Float64Array): void {
  for (let i = 0; i < targets.length; i++) {
    const chance = logistic(raw[i]);
    first[i] = weights[i] * (chance - targets[i]);
    second[i] = weights[i] * chance * (1 - chance);
  }
}

function softDerivatives(classes: number, targets: Float64Array, weights: Float64Array, raw: Float64Array, first: Float64Array, second: Float64Array): void {
  const items = targets.length;
  const chances = new Float64Array(classes);
  const wider = classes / (classes - 1);
  for (let i = 0; i < items; i++) {
    for (let one = 0; one < classes; one++) chances[one] = raw[i * classes + one];
    softmax(chances);
    for (let one = 0; one < classes; one++) {
      first[one * items + i] = weights[i] * (chances[one] - (targets[i] === one ? 1 : 0));
      second[one * items + i] = weights[i] * wider * chances[one] * (1 - chances[one]);
    }
  }
}

export const logistic = (raw: number): number => 1 / (1 + Math.exp(-raw));

/** In place. */
export function softmax(values: Float64Array): void {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i] - most);
  for (let i = 0; i < values.length; i++) values[i] /= sum;
}

/** The weighted mean of the loss: squared error, pinball loss, or the negative logarithm of the true class's chance. */
export function meanLoss(loss: Loss, targets: Float64Array, weights: Float64Array, raw: Float64Array): number {
  const outputs = rawOutputs(loss);
  const losses = targets.map((target, i) => lossOf(loss, target, raw.subarray(i * outputs, (i + 1) * outputs)));
  return exactMean(losses, weights);
}

function lossOf(loss: Loss, target: number, raw: Float64Array): number {
  if (loss.kind === "squared") return (raw[0] - target) ** 2;
  if (loss.kind === "quantile") return (target - raw[0]) * (target <= raw[0] ? loss.level - 1 : loss.level);
  if (loss.classes <= 2) return -Math.log(Math.max(1e-15, logistic(target === 1 ? raw[0] : -raw[0])));
  const chances = raw.slice();
  softmax(chances);
  return -Math.log(Math.max(1e-15, chances[target]));
}

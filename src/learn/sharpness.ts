/** Held-out items' sums by class, before the softmax, with their truth. */
export interface JudgedSums {
  readonly sums: Float64Array; // items × classes
  /** What is added to each class's sum once it was sharpened: the logarithm of its prior, or 0. */
  readonly offsets: Float64Array; // classes
  readonly truth: Int32Array;
  readonly weights: Float64Array;
}

const [least, most] = [1e-4, 1e4];
const golden = (Math.sqrt(5) - 1) / 2;

/**
 * How sharply probabilities may follow from sums: the factor before the softmax that makes the log loss
 * of held-out items least.
 *
 * An item counts as its class but for one part in (items + 2), which goes to the nearest other class,
 * so that no finite evidence makes certainty. The loss is convex in the factor, so golden section finds it.
 * Returns: `null` when nothing was held out.
 * Cost: 22 passes over items × classes.
 * Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017
 * (temperature scaling); the softened truth is from Platt, "Probabilistic outputs for support vector
 * machines", 1999.
 */
export function sharpnessOf(judged: readonly JudgedSums[]): { sharpness: number; loss: number } | null {
  if (!judged.some(({ truth }) => truth.length > 0)) return null;
  const loss = (power: number) => meanLogLoss(judged, Math.exp(power));
  let [low, high] = [Math.log(least), Math.log(most)];
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [atLeft, atRight] = [loss(left), loss(right)];
  for (let step = 0; step < 20; step++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = loss(right);
    }
  }
  return { sharpness: Math.exp((low + high) / 2), loss: Math.min(atLeft, atRight) };
}

/** The mean log loss by weight, in nats, with one part in (items + 2) of each truth given to the other class of largest sum. */
export function meanLogLoss(judged: readonly JudgedSums[], sharpness: number): number {
  const items = judged.reduce((count, { truth }) => count + truth.length, 0);
  let [loss, weight] = [0, 0];
  for (const { sums, offsets, truth, weights } of judged) {
    for (let item = 0; item < truth.length; item++) {
      loss += weights[item] * itemLoss(sums, offsets, item * offsets.length, truth[item], sharpness, 1 / (items + 2));
      weight += weights[item];
    }
  }
  return loss / weight;
}

/** Cross entropy of one item: log Σ exp - Σ target × logit. */
function itemLoss(sums: Float64Array, offsets: Float64Array, from: number, truth: number, sharpness: number, softened: number): number {
  let [largest, total, runnerUp] = [-Infinity, 0, -1];
  for (let k = 0; k < offsets.length; k++) {
    largest = Math.max(largest, sharpness * sums[from + k] + offsets[k]);
    if (k !== truth && (runnerUp < 0 || sums[from + k] > sums[from + runnerUp])) runnerUp = k;
  }
  for (let k = 0; k < offsets.length; k++) total += Math.exp(sharpness * sums[from + k] + offsets[k] - largest);
  const own = sharpness * sums[from + truth] + offsets[truth];
  const other = runnerUp < 0 ? own : sharpness * sums[from + runnerUp] + offsets[runnerUp];
  return largest + Math.log(total) - (1 - softened) * own - softened * other;
}

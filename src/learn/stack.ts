/**
 * How much each of several predictions should weigh in their sum: the weights, 0 upwards and summing to
 * 1, with the least mean squared error.
 *
 * Input: predictions of equal length, held out from what is predicted; the truth; how much each place
 * counts. Places where a prediction or the truth is NaN are left out.
 * Returns: one weight a prediction; equal weights when there is no place to judge by.
 * Cost: places × predictions² once, then next to nothing.
 * Source: Wolpert, "Stacked generalization", Neural Networks 5, 1992; Breiman, "Stacked regressions",
 * Machine Learning 24, 1996 (weights not below 0). The minimum is found by moving weight between pairs,
 * as Platt's SMO does.
 */
export function stackWeights(predictions: readonly Float64Array[], truth: Float64Array, counts: Float64Array): Float64Array {
  const many = predictions.length;
  const gram = errorProducts(predictions, truth, counts);
  const weights = new Float64Array(many).fill(1 / many);
  if (gram === null) return weights;
  // e'Ge for the weighted error e: its gradient is Gw, and mass moves from where it is high to where it is low.
  for (let round = 0; round < 2000; round++) {
    const gradient = weights.map((_, i) => dot(gram, i, weights));
    let [low, high] = [0, -1];
    for (let i = 0; i < many; i++) {
      if (gradient[i] < gradient[low]) low = i;
      if (weights[i] > 0 && (high < 0 || gradient[i] > gradient[high])) high = i;
    }
    const gap = gradient[high] - gradient[low];
    if (!(gap > 1e-12 * Math.abs(gradient[high]))) break;
    const curve = gram[low * many + low] + gram[high * many + high] - 2 * gram[low * many + high];
    const moved = Math.min(weights[high], curve > 0 ? gap / curve : weights[high]);
    weights[low] += moved;
    weights[high] -= moved;
  }
  return weights;
}

/** Mean products of the predictions' errors, many × many; `null` without a place. */
function errorProducts(predictions: readonly Float64Array[], truth: Float64Array, counts: Float64Array): Float64Array | null {
  const many = predictions.length;
  const gram = new Float64Array(many * many);
  const errors = new Float64Array(many);
  let total = 0;
  for (let place = 0; place < truth.length; place++) {
    for (let i = 0; i < many; i++) errors[i] = predictions[i][place] - truth[place];
    if (errors.some(Number.isNaN)) continue;
    total += counts[place];
    for (let i = 0; i < many; i++) for (let j = 0; j <= i; j++) gram[i * many + j] += counts[place] * errors[i] * errors[j];
  }
  if (total === 0) return null;
  for (let i = 0; i < many; i++) for (let j = 0; j <= i; j++) gram[i * many + j] = gram[j * many + i] = gram[i * many + j] / total;
  return gram;
}

function dot(gram: Float64Array, row: number, weights: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += gram[row * weights.length + j] * weights[j];
  return sum;
}

/** Squares of sums over weight: the greater, the purer; the last of `sums` is the weight. Gini impurity and squared error both fall as it rises. */
export function purityOf(sums: Float64Array): number {
  const last = sums.length - 1;
  let squares = 0;
  for (let j = 0; j < last; j++) squares += sums[j] * sums[j];
  return squares / sums[last];
}

/** That of both sides together, of which `left` is one and what it lacks of `all` the other: the best split has the greatest. */
export function purityOfSides(all: Float64Array, left: Float64Array): number {
  const last = all.length - 1;
  let ofLeft = 0;
  let ofRight = 0;
  for (let j = 0; j < last; j++) {
    const right = all[j] - left[j];
    ofLeft += left[j] * left[j];
    ofRight += right * right;
  }
  return ofLeft / left[last] + ofRight / (all[last] - left[last]);
}

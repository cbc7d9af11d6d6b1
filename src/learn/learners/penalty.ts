const decades = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3];

/**
 * The penalty of least loss among decades from 1e-6 to 1e3 and the half-decades beside the best of
 * them; of equal ones the largest. Cost: 12 losses.
 */
export function penaltyBy(loss: (penalty: number) => number): number {
  const tried = new Map<number, number>();
  const best = (exponents: readonly number[]): number => {
    for (const exponent of exponents) tried.set(exponent, numberOr(loss(10 ** exponent), Infinity));
    return [...tried].reduce((one, other) => (other[1] < one[1] || (other[1] === one[1] && other[0] > one[0]) ? other : one))[0];
  };
  const coarse = best(decades);
  return 10 ** best([coarse - 0.5, coarse + 0.5].filter((exponent) => exponent >= -6 && exponent <= 3));
}

const numberOr = (value: number, instead: number): number => (Number.isNaN(value) ? instead : value);

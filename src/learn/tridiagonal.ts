/**
 * A symmetric matrix as Q T Qᵀ, T tridiagonal: after this one reduction, (A + λ I) x = b costs only
 * n² for any λ.
 */
export interface Tridiagonal {
  readonly size: number;
  readonly diagonal: Float64Array; // n
  /** Beside the diagonal; the last is 0: n. */
  readonly beside: Float64Array;
  /** Householder vector k in row k, from column k + 1 on, of length √2 or 0: n × n. */
  readonly reflectors: Float64Array;
}

/**
 * Reduces a symmetric matrix by Householder reflections.
 *
 * Input: `a`, n × n row-major, symmetric; left as it was.
 * Cost: ⅔ n³ multiply-adds, two copies of the matrix.
 * Source: Golub and Van Loan, "Matrix Computations", 4th ed., 2013, algorithm 8.3.1.
 */
export function tridiagonalOf(a: Float64Array, n: number): Tridiagonal {
  const m = Float64Array.from(a);
  const reflectors = new Float64Array(n * n);
  const [diagonal, beside, product] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    diagonal[k] = m[k * n + k];
    if (k + 1 === n) break;
    const v = reflectors.subarray(k * n, (k + 1) * n);
    for (let i = k + 1; i < n; i++) v[i] = m[i * n + k];
    beside[k] = reflect(v, k + 1);
    if (k + 2 < n) subtractPair(m, n, k + 1, v, product);
  }
  return { size: n, diagonal, beside, reflectors };
}

/** Turns v, from `from` on, into the reflector that maps it onto its first axis; returns where on that axis. */
function reflect(v: Float64Array, from: number): number {
  let largest = 0;
  for (let i = from + 1; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]));
  if (largest === 0) {
    const kept = v[from] ?? 0;
    v.fill(0, from);
    return kept;
  }
  const scale = Math.max(largest, Math.abs(v[from]));
  let square = 0;
  for (let i = from; i < v.length; i++) square += (v[i] / scale) ** 2;
  const length = scale * Math.sqrt(square);
  const image = v[from] > 0 ? -length : length;
  v[from] -= image;
  let own = 0;
  for (let i = from; i < v.length; i++) own += (v[i] / scale) ** 2;
  const unit = Math.SQRT2 / (scale * Math.sqrt(own));
  for (let i = from; i < v.length; i++) v[i] *= unit;
  return image;
}

/** M - v wᵀ - w vᵀ on the lower triangle from `from` on, w = M v - ½ (vᵀ M v) v: the reflection from both sides. */
function subtractPair(m: Float64Array, n: number, from: number, v: Float64Array, w: Float64Array): void {
  w.fill(0, from);
  for (let i = from; i < n; i++) {
    const [row, own] = [i * n, v[i]];
    let sum = 0;
    for (let j = from; j < i; j++) {
      const value = m[row + j];
      sum += value * v[j];
      w[j] += value * own;
    }
    w[i] += sum + m[row + i] * own;
  }
  let along = 0;
  for (let i = from; i < n; i++) along += w[i] * v[i];
  for (let i = from; i < n; i++) w[i] -= (along / 2) * v[i];
  for (let i = from; i < n; i++) {
    const [row, left, right] = [i * n, v[i], w[i]];
    for (let j = from; j <= i; j++) m[row + j] -= left * w[j] + right * v[j];
  }
}

/** Qᵀ b, a new array: what `solveShifted` wants of each right-hand side once. Cost: n². */
export function towards({ size: n, reflectors }: Tridiagonal, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let k = 0; k + 1 < n; k++) reflectWith(reflectors, k, n, x);
  return x;
}

/**
 * x with (A + shift I) x = b, where `turned` is `towards` of b.
 *
 * Assumes A + shift I positive definite. Cost: n².
 */
export function solveShifted({ size: n, diagonal, beside, reflectors }: Tridiagonal, shift: number, turned: Float64Array): Float64Array {
  const [x, pivots] = [Float64Array.from(turned), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    const factor = k === 0 ? 0 : beside[k - 1] / pivots[k - 1];
    pivots[k] = diagonal[k] + shift - (k === 0 ? 0 : factor * beside[k - 1]);
    if (k > 0) x[k] -= factor * x[k - 1];
  }
  for (let k = n - 1; k >= 0; k--) x[k] = (x[k] - (k + 1 < n ? beside[k] * x[k + 1] : 0)) / pivots[k];
  for (let k = n - 2; k >= 0; k--) reflectWith(reflectors, k, n, x);
  return x;
}

function reflectWith(reflectors: Float64Array, k: number, n: number, x: Float64Array): void {
  let dot = 0;
  for (let i = k + 1, at = k * n + k + 1; i < n; i++, at++) dot += reflectors[at] * x[i];
  if (dot !== 0) for (let i = k + 1, at = k * n + k + 1; i < n; i++, at++) x[i] -= dot * reflectors[at];
}

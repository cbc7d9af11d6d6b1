/**
 * The Cholesky factor of a symmetric positive definite matrix: lower L with L Lᵀ = A.
 *
 * Input: `a`, n × n row-major, of which the lower triangle is read.
 * Returns: L, n × n row-major, zeros above the diagonal; `null` when A is not positive definite
 * to working precision.
 * Cost: n³/3 multiply-adds.
 */
export function cholesky(a: Float64Array, n: number): Float64Array | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = a[i * n + j] - dot(l, i * n, l, j * n, j);
      if (i === j) {
        if (!(sum > 0)) return null;
        l[i * n + i] = Math.sqrt(sum);
      } else {
        l[i * n + j] = sum / l[j * n + j];
      }
    }
  }
  return l;
}

/**
 * Σ a[from + k] b[start + k] over `n` places.
 *
 * Four sums side by side, added at the end: one alone would wait for each addition before the next,
 * three times as long.
 */
export function dot(a: Float64Array, from: number, b: Float64Array, start: number, n: number): number {
  let [one, two, three, four] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < n; k += 4) {
    one += a[from + k] * b[start + k];
    two += a[from + k + 1] * b[start + k + 1];
    three += a[from + k + 2] * b[start + k + 2];
    four += a[from + k + 3] * b[start + k + 3];
  }
  for (; k < n; k++) one += a[from + k] * b[start + k];
  return one + two + (three + four);
}

/** The inverse of a lower triangular matrix, n × n row-major. Cost: n³/6 multiply-adds. */
export function invertLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k];
      if (factor === 0) continue;
      for (let j = 0; j <= k; j++) inverse[row + j] -= factor * inverse[k * n + j];
    }
    const pivot = 1 / l[row + i];
    for (let j = 0; j < i; j++) inverse[row + j] *= pivot;
    inverse[row + i] = pivot;
  }
  return inverse;
}

/** Solves L Lᵀ x = b for the Cholesky factor L. Leaves `b` as it was. Cost: n² multiply-adds. */
export function solveCholesky(l: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
  return x;
}

export interface Eigen {
  /** Largest first. */
  readonly values: Float64Array;
  /** n × n row-major; column j belongs to values[j] and has length 1. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
 *
 * Input: `a`, n × n row-major, symmetric; left as it was.
 * Cost: about 10 sweeps of 4n³ multiply-adds; meant for n up to a few hundred.
 * Source: Golub and Van Loan, "Matrix Computations", 4th ed., 2013, section 8.5.
 */
export function eigenSymmetric(a: Float64Array, n: number): Eigen {
  const m = Float64Array.from(a);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60 && offDiagonal(m, n) > 1e-30 * diagonal(m, n); sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotatePair(m, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => m[j * n + j] - m[i * n + i] || i - j);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) for (let i = 0; i < n; i++) vectors[i * n + to] = v[i * n + from];
  return { values: Float64Array.from(order, (i) => m[i * n + i]), vectors };
}

function rotatePair(m: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = m[p * n + q];
  if (apq === 0) return;
  const theta = (m[q * n + q] - m[p * n + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [m[k * n + p], m[k * n + q]];
    m[k * n + p] = c * kp - s * kq;
    m[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [m[p * n + k], m[q * n + k]];
    m[p * n + k] = c * pk - s * qk;
    m[q * n + k] = s * pk + c * qk;
    const [vp, vq] = [v[k * n + p], v[k * n + q]];
    v[k * n + p] = c * vp - s * vq;
    v[k * n + q] = s * vp + c * vq;
  }
}

function offDiagonal(m: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += m[i * n + j] ** 2;
  return sum;
}

function diagonal(m: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += m[i * n + i] ** 2;
  return sum;
}

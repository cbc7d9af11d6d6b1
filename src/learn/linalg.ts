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
  for (let top = 0; top < n; top += 4) {
    const isWhole = top + 4 <= n;
    if (isWhole) for (let j = 0; j < top; j += 2) eliminateTile(a, l, n, top, j);
    for (let i = top; i < Math.min(top + 4, n); i++) {
      for (let j = isWhole ? top : 0; j <= i; j++) {
        let sum = a[i * n + j];
        for (let k = 0, p = i * n, q = j * n; k < j; k++, p++, q++) sum -= l[p] * l[q];
        if (i === j) {
          if (!(sum > 0)) return null;
          l[i * n + i] = Math.sqrt(sum);
        } else {
          l[i * n + j] = sum / l[j * n + j];
        }
      }
    }
  }
  return l;
}

/** Columns j and j + 1 of rows i to i + 3: eight sums at once, each in the plain order, so that every number read is used often. */
function eliminateTile(a: Float64Array, l: Float64Array, n: number, i: number, j: number): void {
  const [p, q, r, s, u, v] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n, j * n, (j + 1) * n];
  // One variable each: an array of them would be made anew in the loop, and cost more than the sums.
  let p0 = a[p + j];
  let q0 = a[q + j];
  let r0 = a[r + j];
  let s0 = a[s + j];
  let p1 = a[p + j + 1];
  let q1 = a[q + j + 1];
  let r1 = a[r + j + 1];
  let s1 = a[s + j + 1];
  for (let k = 0; k < j; k++) {
    const left = l[u + k];
    const right = l[v + k];
    p0 -= l[p + k] * left;
    q0 -= l[q + k] * left;
    r0 -= l[r + k] * left;
    s0 -= l[s + k] * left;
    p1 -= l[p + k] * right;
    q1 -= l[q + k] * right;
    r1 -= l[r + k] * right;
    s1 -= l[s + k] * right;
  }
  const [pivot, below, next] = [l[u + j], l[v + j], l[v + j + 1]];
  l[p + j] = p0 /= pivot;
  l[q + j] = q0 /= pivot;
  l[r + j] = r0 /= pivot;
  l[s + j] = s0 /= pivot;
  l[p + j + 1] = (p1 - p0 * below) / next;
  l[q + j + 1] = (q1 - q0 * below) / next;
  l[r + j + 1] = (r1 - r0 * below) / next;
  l[s + j + 1] = (s1 - s0 * below) / next;
}

/**
 * Σ (L x)² for a lower triangular L, n × n row-major. Cost: n²/2 multiply-adds.
 *
 * Four rows at a time, each summed in the plain order: one alone would wait for each addition.
 */
export function squaredLength(l: Float64Array, n: number, x: Float64Array): number {
  const whole = n - (n % 4);
  let length = 0;
  for (let i = 0; i < whole; i += 4) {
    const [p, q, r, s] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    let p0 = 0;
    let q0 = 0;
    let r0 = 0;
    let s0 = 0;
    // Above the diagonal L is 0, so the four rows may end together.
    for (let k = 0; k < i + 4; k++) {
      const value = x[k];
      p0 += l[p + k] * value;
      q0 += l[q + k] * value;
      r0 += l[r + k] * value;
      s0 += l[s + k] * value;
    }
    length += p0 * p0 + q0 * q0 + r0 * r0 + s0 * s0;
  }
  for (let i = whole; i < n; i++) {
    let sum = 0;
    for (let k = 0; k <= i; k++) sum += l[i * n + k] * x[k];
    length += sum * sum;
  }
  return length;
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
  const order = Array.from({ length: n }, (_, i) => i).toSorted((i, j) => m[j * n + j] - m[i * n + i] || i - j);
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

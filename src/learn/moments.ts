/** Count, mean and scatter of vectors: enough to know their mean and covariance, and exact to add. */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array; // columns
  /** Σ (x - mean)(x - mean)ᵀ, the upper triangle by rows: columns × (columns + 1) / 2. */
  readonly scatter: Float64Array;
}

/** The product XᵀX of rows × columns, row-major: columns × columns. Large, so an engine does it. */
export type Gram = (x: Float64Array, rows: number, columns: number) => Promise<Float64Array>;

/** No vectors yet. One for all who ask for these columns: moments are never changed once made. */
export function emptyMoments(columns: number): Moments {
  const known = empties.get(columns) ?? { count: 0, mean: new Float64Array(columns), scatter: new Float64Array((columns * (columns + 1)) / 2) };
  empties.set(columns, known);
  return known;
}

const empties = new Map<number, Moments>();

/**
 * The moments of rows × columns, in two passes: the mean first, then the scatter about it, so that a
 * mean far from zero costs no digits.
 *
 * Cost: rows × columns² multiply-adds in `gram`; a float64 copy of the rows.
 */
export async function momentsOf(rows: readonly Float32Array[], columns: number, gram: Gram): Promise<Moments> {
  const count = rows.length;
  if (count === 0) return emptyMoments(columns);

  const mean = new Float64Array(columns);
  for (const row of rows) for (let j = 0; j < columns; j++) mean[j] += row[j];
  for (let j = 0; j < columns; j++) mean[j] /= count;

  const centred = new Float64Array(count * columns);
  for (const [i, row] of rows.entries()) for (let j = 0; j < columns; j++) centred[i * columns + j] = row[j] - mean[j];
  return { count, mean, scatter: upperTriangle(await gram(centred, count, columns), columns) };
}

/**
 * The moments of two sets together. Neither argument is changed.
 *
 * Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
 * variances", Stanford STAN-CS-79-773, 1979, equation 2.1, for vectors.
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.mean.length !== b.mean.length) throw new RangeError(`Cannot merge moments: ${a.mean.length} and ${b.mean.length} columns`);
  if (a.count === 0) return b;
  if (b.count === 0) return a;

  const columns = a.mean.length;
  const count = a.count + b.count;
  const delta = Float64Array.from(b.mean, (value, j) => value - a.mean[j]);
  const mean = Float64Array.from(a.mean, (value, j) => value + delta[j] * (b.count / count));
  const weight = a.count * (b.count / count);
  const scatter = new Float64Array(a.scatter.length);
  for (let i = 0, at = 0; i < columns; i++) {
    const factor = weight * delta[i];
    for (let j = i; j < columns; j++, at++) scatter[at] = a.scatter[at] + b.scatter[at] + factor * delta[j];
  }
  return { count, mean, scatter };
}

/** The same moments as if every vector counted `weight` times. */
export function weighMoments(moments: Moments, weight: number): Moments {
  return { count: moments.count * weight, mean: moments.mean, scatter: moments.scatter.map((value) => value * weight) };
}

/** The scatter of each column by itself: columns. */
export function diagonalOf({ mean: { length: columns }, scatter }: Moments): Float64Array {
  return Float64Array.from({ length: columns }, (_, j) => scatter[j * columns - (j * (j - 1)) / 2]);
}

/** The scatter as a full symmetric matrix, columns × columns row-major. */
export function fullScatter({ mean: { length: columns }, scatter }: Moments): Float64Array {
  const full = new Float64Array(columns * columns);
  for (let i = 0, at = 0; i < columns; i++) {
    for (let j = i; j < columns; j++, at++) full[i * columns + j] = full[j * columns + i] = scatter[at];
  }
  return full;
}

function upperTriangle(full: Float64Array, columns: number): Float64Array {
  const upper = new Float64Array((columns * (columns + 1)) / 2);
  for (let i = 0, at = 0; i < columns; i++) for (let j = i; j < columns; j++, at++) upper[at] = full[i * columns + j];
  return upper;
}

import type { CouplingHead } from "../src/learn/heads/coupling.ts";
import type { WhitenedMap } from "../src/learn/maps/whitened-map.ts";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The features of one window, row by row and in two passes; NaN where fewer than half of the rows are whole. */
export function naiveWhitened({ places, signals, window, centre, spread, directions, scales }: WhitenedMap, rows: Float64Array): number[] {
  const whole: number[][] = [];
  for (let row = 0; row < window; row++) {
    const readings = places.map((place) => rows[row * signals + place]);
    if (readings.some(Number.isNaN)) continue;
    const own = readings.map((reading, j) => Math.max(-1e4, Math.min(1e4, (reading - centre[j]) / spread[j])));
    whole.push(places.map((_, i) => own.reduce((sum, value, j) => sum + directions[i * places.length + j] * value, 0) / scales[i]));
  }
  if (whole.length < window / 2) return Array.from({ length: 2 * places.length }, () => NaN);
  const means = places.map((_, i) => mean(whole.map((row) => row[i])));
  const variances = places.map((_, i) => mean(whole.map((row) => (row[i] - means[i]) ** 2)));
  return [...means, ...variances.map((variance) => Math.log((variance + 0.01) / 1.01))];
}

/** The score of one window from its features, by the inverse covariance written out. */
export function naiveCoupling({ distance: { centre, whitening } }: CouplingHead, features: readonly number[]): number {
  const n = centre.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let inverse = 0;
      for (let k = 0; k < n; k++) inverse += whitening[k * n + i] * whitening[k * n + j];
      sum += (features[i] - centre[i]) * inverse * (features[j] - centre[j]);
    }
  }
  return Math.sqrt(sum / n);
}

import { mean } from "./result.ts";

/** How steeply something rises, in its unit per unit of x, with the interval that holds it at 95 %. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

const stretches = 12;
/** Student's t at 97.5 % with 10 degrees of freedom: two less than the stretches. */
const student = 2.228;

/**
 * The slope of a straight line through y over x: least squares on the means of twelve equal stretches
 * of x, because readings close together resemble each other, which would make the interval too narrow.
 *
 * Returns: `null` with fewer than two readings a stretch.
 */
export function slopeOf(x: readonly number[], y: readonly number[]): Slope | null {
  const [first, last] = [x.at(0) ?? 0, x.at(-1) ?? 0];
  const groups = Array.from({ length: stretches }, (): number[] => []);
  x.forEach((at, index) => groups[Math.min(stretches - 1, Math.floor(((at - first) / (last - first)) * stretches))]?.push(index));
  if (groups.some((group) => group.length < 2)) return null;
  const xs = groups.map((group) => mean(group.map((index) => x[index])));
  const ys = groups.map((group) => mean(group.map((index) => y[index])));
  const [centre, level] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, at) => sum + (at - centre) ** 2, 0);
  const perHour = xs.reduce((sum, at, index) => sum + (at - centre) * (ys[index] - level), 0) / spread;
  const residual = xs.reduce((sum, at, index) => sum + (ys[index] - level - perHour * (at - centre)) ** 2, 0);
  const reach = student * Math.sqrt(residual / (stretches - 2) / spread);
  return { perHour, low: perHour - reach, high: perHour + reach };
}

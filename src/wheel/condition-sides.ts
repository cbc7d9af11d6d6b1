import { fitBank } from "../learn/heads/bank.ts";
import { convolutionFeatures } from "../learn/maps/convolution-features.ts";
import { fitConvolutionMap } from "../learn/maps/convolution-map.ts";
import { featureCount } from "../learn/maps/window-map.ts";
import { momentsOf } from "../learn/moments.ts";
import type { SideHead } from "../learn/side-parts.ts";
import { featureSides, fitFeatureSide, remembered } from "../learn/sides.ts";
import type { Fitted, Lesson } from "./condition-fit.ts";
import { teachingSpans } from "./condition-rows.ts";
import { matrixOf } from "./trial-rows.ts";

/** Detectors that have to show what they are worth before they judge, what costs least first. */
export const sides = [...featureSides, "convolutions"] as const;
export type Side = (typeof sides)[number];

/** Windows that convolutions are fitted on, and features of kernels. */
const convolved = 1000;
const kernelFeatures = 168;

/** One more detector, by what the same blocks taught; `null` where they hold no window for it. */
export async function fitSide(side: Side, fitted: Fitted, lesson: Lesson): Promise<SideHead | null> {
  if (side === "convolutions") return await fitConvolutions(fitted, lesson);
  const { sample, moments } = fitted.sum.lessons.assumed;
  return fitFeatureSide(side, sample.items, moments, featureCount(fitted.map));
}

async function fitConvolutions({ baseline, blocks }: Fitted, { rows, window, gram }: Lesson): Promise<SideHead | null> {
  const ends = blocks.flatMap((at) => teachingSpans(rows.blocks[at], rows.teaches, window).flatMap(({ from, to }) => Array.from({ length: to - from - window + 1 }, (_, place) => from + place + window)));
  const stride = Math.max(1, Math.ceil(ends.length / convolved));
  const chosen = ends.filter((_, at) => at % stride === 0);
  if (chosen.length === 0) return null;
  const signals = rows.columns.length;
  const windows = new Float64Array(chosen.length * window * signals);
  for (const [at, end] of chosen.entries()) windows.set(matrixOf(rows.columns, end - window, end).values, at * window * signals);
  const map = fitConvolutionMap(windows, { signals, window, centre: Array.from(baseline.centre), spread: Array.from(baseline.spread), features: kernelFeatures, seed: remembered.seed });
  const features = convolutionFeatures(map, windows);
  const items = Array.from({ length: features.rows }, (_, at) => features.values.subarray(at * features.columns, (at + 1) * features.columns)).filter((item) => !item.some(Number.isNaN));
  if (items.length === 0) return null;
  const moments = await momentsOf(items, features.columns, gram);
  return { name: "convolutions", map, head: fitBank(items, moments, features.columns, { ...remembered, levels: 0 }) };
}

import { bankOf, fitBank } from "./heads/bank.ts";
import { fitIsolation, isolationOf } from "./heads/isolation.ts";
import type { Moments } from "./moments.ts";
import type { SideHead } from "./side-parts.ts";

/** Detectors over the plain features of a window, which samples of sums keep: what costs less first. */
export const featureSides = ["isolation", "neighbours"] as const;
export type FeatureSide = Extract<SideHead, { name: (typeof featureSides)[number] }>;

/** Windows that a bank keeps, of those in a sum's sample. */
export const remembered = { size: 256, neighbours: 3, shrinkage: 0.5, seed: 1 };

/**
 * One of them by normal items (the sample of a sum) of which the first `plain` features are used, levels first; `null` without an item.
 *
 * Cost: that of `fitIsolation` or `fitBank`.
 */
export function fitFeatureSide(name: FeatureSide["name"], items: readonly Float32Array[], normal: Moments, { plain, levels }: { readonly plain: number; readonly levels: number }): FeatureSide | null {
  if (items.length === 0) return null;
  if (name === "neighbours") return { name, head: fitBank(items, normal, plain, { ...remembered, levels }) };
  const values = new Float32Array(items.length * plain);
  for (const [row, item] of items.entries()) values.set(item.subarray(0, plain), row * plain);
  return { name, head: fitIsolation({ rows: items.length, columns: plain, values }) };
}

/** The raw score of one item, of whose features the first are the plain ones. */
export const featureSideOf = (side: FeatureSide, item: Float32Array): number => (side.name === "isolation" ? isolationOf(side.head, item) : bankOf(side.head, item));

import { unknownBin } from "./bins.ts";
import { facts, found, foundWidth, type SplitMemory } from "./split-memory.ts";

/** What a quotient may lack before rounding could make it the greater one. */
const justBelow = 1 - 1e-14;

/**
 * The best split of one leaf by one column, into `found`; a gain of 0 says that there is none.
 *
 * What a split gains is the second-order fall of the loss: g²/(h + penalty) of both sides less that of
 * the whole, with g and h the sums of first and second derivatives. Unknown items go wherever that
 * gains more; where the leaf has none, with the larger side.
 * Source: Friedman, "Greedy function approximation", Annals of Statistics 29, 2001; Chen and Guestrin,
 * "XGBoost", KDD 2016, for second derivatives and unknown values.
 */
export function findSplit(memory: SplitMemory, slot: number, at: number, side: number): void {
  const { active, second, known, monotone, histograms, facts: given } = memory;
  const width = second.length > 0 ? 2 : 1;
  const place = (slot * active.length + at) * 256 * width;
  const bins = known[active[at]];
  const direction = monotone[active[at]];
  const [unit, penalty, leastLeaf, leastSecond] = [given[facts.unit], given[facts.penalty], given[facts.leastLeaf], given[facts.leastSecond]];
  const [packed, whole] = [given[facts.packed + side], given[facts.second + side]];
  const count = Math.round(packed / unit);
  const into = (side * active.length + at) * foundWidth;
  if (count < 2 * leastLeaf) return keep(memory.found, into, 0, -1, 0, 0, 0);
  const total = packed - count * unit;
  const allSecond = width === 2 ? whole : count;
  const before = (total * total) / (allSecond + penalty);
  const unknownPacked = histograms[place + unknownBin * width];
  const unknownSecond = width === 2 ? histograms[place + unknownBin * 2 + 1] : 0;

  const perUnit = 1 / unit; // exact: a power of two
  let best = before * (1 + 1e-10);
  let bar = best * justBelow;
  let [cut, isUnknownLeft, leftPacked, leftSecond] = [-1, 0, 0, 0];
  for (let pass = 0; pass < (unknownPacked === 0 ? 1 : 2); pass++) {
    let sum = pass === 1 ? unknownPacked : 0;
    let curve = pass === 1 ? unknownSecond : 0;
    // The last bin is a cut too where unknown items alone would go right.
    const end = pass === 0 && unknownPacked !== 0 ? bins : bins - 1;
    for (let bin = 0; bin < end; bin++) {
      const value = histograms[place + bin * width];
      if (value === 0) continue;
      sum += value;
      if (width === 2) curve += histograms[place + bin * 2 + 1];
      const left = Math.floor(sum * perUnit + 0.5);
      if (left < leastLeaf) continue;
      if (count - left < leastLeaf) break;
      const g = sum - left * unit;
      const h = width === 2 ? curve : left;
      const other = total - g;
      const rest = allSecond - h;
      if (h < leastSecond || rest < leastSecond) continue;
      const below = h + penalty;
      const above = rest + penalty;
      const shares = g * g * above + other * other * below;
      const both = below * above;
      if (shares < bar * both) continue; // most end here, without a division
      const score = shares / both;
      if (score <= best) continue;
      // Outputs are -g / (h + penalty).
      if (direction !== 0 && direction * (g * above - other * below) < 0) continue;
      best = score;
      bar = best * justBelow;
      cut = bin;
      isUnknownLeft = pass;
      leftPacked = sum;
      leftSecond = curve;
    }
  }
  const unknownLeft = unknownPacked === 0 ? Number(2 * Math.round(leftPacked * perUnit) > count) : isUnknownLeft;
  keep(memory.found, into, cut < 0 ? 0 : best - before, cut, unknownLeft, leftPacked, leftSecond);
}

function keep(into: Float64Array, at: number, gain: number, cut: number, unknownLeft: number, leftPacked: number, leftSecond: number): void {
  into[at + found.gain] = gain;
  into[at + found.cut] = cut;
  into[at + found.unknownLeft] = unknownLeft;
  into[at + found.leftPacked] = leftPacked;
  into[at + found.leftSecond] = leftSecond;
}

import { codePlace, unknownBin } from "./bins.ts";
import { findSplit } from "./find-split.ts";
import { atOnce, facts, job, type SplitMemory } from "./split-memory.ts";

/**
 * Does one chunk of the job at hand: of some columns, the histogram of the small leaf from its items,
 * that of the large one by subtraction from their parent's, which it replaces, and the best split of
 * both. The first leaf of a tree is a small one without a large one (`large` below 0); with `carried`
 * its histogram is the sum of those of the last tree's leaves.
 *
 * Cost: one addition an item of the small leaf and column; 255 steps a column.
 */
export function doChunk(memory: SplitMemory, chunk: number): void {
  const { active, known, second, job: now } = memory;
  const first = chunk * atOnce;
  const last = Math.min(active.length, first + atOnce);
  const small = now[job.small];
  const large = now[job.large];
  if (now[job.carried] > 0) return carryChunk(memory, first, last);
  for (let at = first; at < last; at++) clear(memory, small, at);
  if (second.length > 0) for (let at = first; at < last; at++) addPairs(memory, small, at);
  else if (last - first === 4 && active[last - 1] - active[first] === 3 && (active[first] & 3) === 0) addFour(memory, small, first);
  else if (last - first === 4) addApart(memory, small, first);
  else for (let at = first; at < last; at++) addOne(memory, small, at);
  for (let at = first; at < last; at++) {
    const bins = known[active[at]];
    if (large >= 0) {
      subtract(memory, large, small, at, bins);
      findSplit(memory, large, at, 1);
    }
    findSplit(memory, small, at, 0);
  }
}

function carryChunk(memory: SplitMemory, first: number, last: number): void {
  for (let at = first; at < last; at++) {
    carry(memory, at);
    findSplit(memory, 0, at, 0);
  }
}

/** The histograms of all carried slots into the first: each item's gradient moved by its leaf's shift. */
function carry(memory: SplitMemory, at: number): void {
  const { histograms, shifts, facts: given, job: now } = memory;
  const perUnit = 1 / given[facts.unit]; // exact: a power of two
  const into = placeOf(memory, 0, at);
  const end = into + 256;
  for (let bin = into; bin < end; bin++) histograms[bin] += shifts[0] * Math.floor(histograms[bin] * perUnit + 0.5);
  for (let slot = 1; slot < now[job.carried]; slot++) {
    const shift = shifts[slot];
    const further = placeOf(memory, slot, at) - into;
    for (let bin = into; bin < end; bin++) {
      const value = histograms[bin + further];
      histograms[bin] += value + shift * Math.floor(value * perUnit + 0.5);
    }
  }
}

/** Where the histogram of an active column in a slot begins. */
export const placeOf = ({ active, second }: SplitMemory, slot: number, at: number): number => (slot * active.length + at) * (second.length > 0 ? 512 : 256);

function clear(memory: SplitMemory, slot: number, at: number): void {
  const from = placeOf(memory, slot, at);
  memory.histograms.fill(0, from, from + (memory.second.length > 0 ? 512 : 256));
}

function subtract(memory: SplitMemory, from: number, slot: number, at: number, bins: number): void {
  const { histograms } = memory;
  const width = memory.second.length > 0 ? 2 : 1;
  const to = placeOf(memory, from, at);
  const other = placeOf(memory, slot, at);
  for (let bin = 0; bin < bins * width; bin++) histograms[to + bin] -= histograms[other + bin];
  for (let bin = unknownBin * width; bin < 256 * width; bin++) histograms[to + bin] -= histograms[other + bin];
}

function addOne(memory: SplitMemory, slot: number, at: number): void {
  const { histograms, items, packed, codes, job: now } = memory;
  const place = placeOf(memory, slot, at);
  const column = codePlace(memory.rows, memory.active[at]);
  const to = now[job.to];
  for (let i = now[job.from]; i < to; i++) histograms[place + codes[column + 4 * items[i]]] += packed[i];
}

/** Four columns that lie side by side in one pass over the items. */
function addFour(memory: SplitMemory, slot: number, at: number): void {
  const { histograms, items, packed, fours, active, rows, job: now } = memory;
  const a = placeOf(memory, slot, at);
  const b = a + 256;
  const c = b + 256;
  const d = c + 256;
  const column = (active[at] >> 2) * rows;
  const to = now[job.to];
  for (let i = now[job.from]; i < to; i++) {
    const four = fours[column + items[i]];
    const value = packed[i];
    histograms[a + (four & 255)] += value;
    histograms[b + ((four >>> 8) & 255)] += value;
    histograms[c + ((four >>> 16) & 255)] += value;
    histograms[d + (four >>> 24)] += value;
  }
}

/** Four columns that do not, as where each tree may use a share of them only. */
function addApart(memory: SplitMemory, slot: number, at: number): void {
  const { histograms, items, packed, codes, active, rows, job: now } = memory;
  const a = placeOf(memory, slot, at);
  const b = a + 256;
  const c = b + 256;
  const d = c + 256;
  const ofA = codePlace(rows, active[at]);
  const ofB = codePlace(rows, active[at + 1]);
  const ofC = codePlace(rows, active[at + 2]);
  const ofD = codePlace(rows, active[at + 3]);
  const to = now[job.to];
  for (let i = now[job.from]; i < to; i++) {
    const item = 4 * items[i];
    const value = packed[i];
    histograms[a + codes[ofA + item]] += value;
    histograms[b + codes[ofB + item]] += value;
    histograms[c + codes[ofC + item]] += value;
    histograms[d + codes[ofD + item]] += value;
  }
}

function addPairs(memory: SplitMemory, slot: number, at: number): void {
  const { histograms, items, packed, second, codes, job: now } = memory;
  const place = placeOf(memory, slot, at);
  const column = codePlace(memory.rows, memory.active[at]);
  const to = now[job.to];
  for (let i = now[job.from]; i < to; i++) {
    const bin = place + 2 * codes[column + 4 * items[i]];
    histograms[bin] += packed[i];
    histograms[bin + 1] += second[i];
  }
}

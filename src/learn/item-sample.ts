/**
 * A fixed-size sample of items: those with the lowest seeded keys, and how many it stands for.
 *
 * Which items are kept depends on the set of items alone, never on the order or grouping in which
 * they came, so samples merge exactly and cost the same after ten years as after one.
 * Source: bottom-k sampling, Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.
 */
export interface ItemSample {
  readonly size: number;
  /** Items it was drawn from. */
  readonly population: number;
  readonly keys: Float64Array; // ascending, at most `size`
  readonly items: readonly Float32Array[]; // one feature vector a key
}

export function itemSampleOf(size: number, keys: Float64Array, items: readonly Float32Array[], population = items.length): ItemSample {
  const order = Array.from(keys.keys())
    .sort((i, j) => keys[i] - keys[j])
    .slice(0, size);
  return { size, population, keys: Float64Array.from(order, (i) => keys[i]), items: order.map((i) => items[i]) };
}

/** The sample of two disjoint sets of items. Both are in the order of their keys, so one pass is enough. */
export function mergeItemSamples(a: ItemSample, b: ItemSample): ItemSample {
  if (a.size !== b.size) throw new RangeError(`Cannot merge samples: sizes ${a.size} and ${b.size}`);
  const kept = Math.min(a.size, a.keys.length + b.keys.length);
  const keys = new Float64Array(kept);
  const items: Float32Array[] = [];
  for (let at = 0, i = 0, j = 0; at < kept; at++) {
    const isFirst = j === b.keys.length || (i < a.keys.length && a.keys[i] <= b.keys[j]);
    keys[at] = isFirst ? a.keys[i] : b.keys[j];
    items.push(isFirst ? a.items[i++] : b.items[j++]);
  }
  return { size: a.size, population: a.population + b.population, keys, items };
}

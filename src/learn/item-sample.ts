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

export function mergeItemSamples(a: ItemSample, b: ItemSample): ItemSample {
  if (a.size !== b.size) throw new RangeError(`Cannot merge samples: sizes ${a.size} and ${b.size}`);
  const keys = Float64Array.of(...a.keys, ...b.keys);
  return itemSampleOf(a.size, keys, [...a.items, ...b.items], a.population + b.population);
}

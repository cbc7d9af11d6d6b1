/** A source of chance: draws from [0, 1). Always passed in, so that a seed repeats a run exactly. */
export type Random = () => number;

/**
 * Seeded uniform draws, period 2^32: plenty for a plant that nobody has to guess.
 *
 * Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with
 * the 32-bit mixing constants of MurmurHash3.
 */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal draw (Box and Muller, 1958; the second of each pair is thrown away). */
export function normalFrom(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A draw between two bounds, each as likely as the other. */
export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/**
 * One step of a wandering value about 0: first-order, exact for any step (Ornstein and Uhlenbeck, 1930).
 *
 * `deviation` is its standard deviation in the long run, `memory` its time constant in seconds.
 */
export function wandered(value: number, deviation: number, memory: number, seconds: number, random: Random): number {
  const keep = Math.exp(-seconds / memory);
  return keep * value + deviation * Math.sqrt(1 - keep * keep) * normalFrom(random);
}

/** One step of a first-order lag towards `target`: exact for any step while the target stands still. */
export function lagged(value: number, target: number, memory: number, seconds: number): number {
  return memory <= 0 ? target : target + (value - target) * Math.exp(-seconds / memory);
}

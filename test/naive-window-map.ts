import { farthest, featureCount, knownShare, leastVariance, randomDraws, type BaselineValues, type WindowMap } from "../src/learn/maps/window-map.ts";

/** The features of one window by the definition, in float64 throughout: the twin of the graph. NaN when unknown. */
export function naiveFeatures(map: WindowMap, rows: Float64Array, baseline: BaselineValues): Float64Array {
  const { signals, window } = map;
  const { plain, random, all } = featureCount(map);
  const features = new Float64Array(all);
  for (let signal = 0; signal < signals; signal++) {
    const readings: { age: number; z: number }[] = [];
    for (let row = 0; row < window; row++) {
      const x = rows[row * signals + signal];
      if (Number.isNaN(x)) continue;
      const z = (x - baseline.centre[signal]) / baseline.spread[signal];
      readings.push({ age: window - 1 - row, z: Math.min(Math.max(z, -farthest), farthest) });
    }
    if (readings.length < knownShare * window) return features.fill(NaN);
    const parts = signalFeatures(map, readings, baseline.noise[signal] / baseline.spread[signal]);
    for (const [part, value] of parts.entries()) features[part * signals + signal] = value;
  }
  const { weights, biases } = randomDraws(map);
  for (let r = 0; r < random; r++) {
    let sum = biases[r];
    for (let j = 0; j < plain; j++) sum += features[j] * weights[j * random + r];
    features[plain + r] = Math.max(sum, 0);
  }
  return features;
}

function signalFeatures({ memories, window }: WindowMap, readings: readonly { age: number; z: number }[], noise: number): number[] {
  const weightedMean = (weight: (age: number) => number) =>
    readings.reduce((sum, { age, z }) => sum + weight(age) * z, 0) / readings.reduce((sum, { age }) => sum + weight(age), 0);
  const mean = weightedMean(() => 1);
  const levels = memories.map((memory) => (memory === 0 ? mean : weightedMean((age) => Math.exp(-age / memory))));
  const variance = readings.reduce((sum, { z }) => sum + (z - mean) ** 2, 0) / readings.length;
  const meanTime = readings.reduce((sum, { age }) => sum - age, 0) / readings.length;
  const together = readings.reduce((sum, { age, z }) => sum + (-age - meanTime) * (z - mean), 0);
  const timeSpread = readings.reduce((sum, { age }) => sum + (-age - meanTime) ** 2, 0);
  const shortest = memories.filter((memory) => memory > 0);
  const quick = shortest.length === 0 ? mean : levels[memories.indexOf(Math.min(...shortest))];
  return [
    ...levels.map(Math.asinh),
    0.5 * Math.log((variance / noise ** 2 + leastVariance) / (1 + leastVariance)),
    Math.asinh((together / Math.max(timeSpread, 1e-9)) * window),
    Math.asinh(quick - mean),
  ];
}

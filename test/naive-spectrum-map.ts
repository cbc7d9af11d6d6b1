import { bandEdges, hann, leastEnergy, leastShare, leastSpread, usualCrest, usualPeak, type SpectrumMap } from "../src/learn/maps/spectrum-map.ts";

const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

/** Power at frequencies 1 … last of a Hann-weighted piece, by the sum that defines it. */
function powerOf(piece: readonly number[], last: number): number[] {
  return Array.from({ length: last }, (_, k) => {
    let [real, imaginary] = [0, 0];
    for (const [t, value] of piece.entries()) {
      const angle = (2 * Math.PI * t * (k + 1)) / piece.length;
      real += hann(t, piece.length) * value * Math.cos(angle);
      imaginary -= hann(t, piece.length) * value * Math.sin(angle);
    }
    return real * real + imaginary * imaginary;
  });
}

function sharesOf(power: readonly number[], bands: number, isLogarithmic: boolean): number[] {
  const edges = bandEdges(bands, power.length, isLogarithmic);
  const all = power.reduce((sum, value) => sum + value, 0);
  return Array.from({ length: bands }, (_, band) => {
    const own = power.slice(edges[band] - 1, edges[band + 1] - 1).reduce((sum, value) => sum + value, 0);
    return Math.log((own / Math.max(all, leastEnergy) + leastShare) * bands);
  });
}

/** The features of one channel of a burst, its samples in order; `null` when it is unknown. */
function naiveChannel(map: SpectrumMap, samples: readonly number[]): number[] | null {
  const known = samples.filter((value) => !Number.isNaN(value));
  if (known.length < samples.length / 2) return null;
  const away = samples.map((value) => (Number.isNaN(value) ? 0 : value - mean(known)));
  const variance = mean(away.map((value) => value ** 2)) + leastSpread ** 2;
  const crest = Math.max(...away.map(Math.abs)) / Math.sqrt(variance);
  const kurtosis = mean(away.map((value) => value ** 4)) / variance ** 2;
  const skewness = mean(away.map((value) => value ** 3)) / variance ** 1.5;

  const pieces: number[][] = [];
  for (let start = 0; start + map.segment <= samples.length; start += map.segment / 2) pieces.push(powerOf(away.slice(start, start + map.segment), map.segment / 2));
  const power = pieces[0].map((_, k) => mean(pieces.map((piece) => piece[k])));
  const flatness = mean(power.map((value) => Math.log(value / (Math.max(mean(power), leastEnergy)) + leastShare)));

  const envelope = Array.from({ length: Math.floor((samples.length - 1) / map.pool) }, (_, point) => mean(Array.from({ length: map.pool }, (_unused, i) => (away[point * map.pool + i + 1] - away[point * map.pool + i]) ** 2)));
  const relative = envelope.map((value) => value / (mean(envelope) + leastSpread ** 4));
  const moved = relative.map((value) => value - mean(relative));
  const slow = powerOf(moved, Math.floor(envelope.length / 2));
  return [
    Math.log(Math.sqrt(variance)),
    Math.log((crest + 1) / (usualCrest(samples.length) + 1)),
    Math.log((kurtosis + 1) / 4),
    Math.asinh(skewness),
    flatness,
    ...sharesOf(power, map.bands, false),
    Math.log(mean(moved.map((value) => value ** 2)) + 1),
    Math.log((Math.max(...slow) / (mean(slow) + leastShare * envelope.length) + 1) / (usualPeak(slow.length) + 1)),
    ...sharesOf(slow, map.envelopeBands, true),
  ];
}

/** The features of one burst, samples × channels: by feature, and in it by channel; NaN where the channel is unknown. */
export function naiveSpectrum(map: SpectrumMap, burst: Float64Array): number[] {
  const channels = map.centre.map((usual, channel) => Array.from({ length: map.samples }, (_, t) => (burst[t * map.channels + channel] - usual) / map.spread[channel]));
  const each = channels.map((samples) => naiveChannel(map, samples));
  const width = 7 + map.bands + map.envelopeBands;
  return Array.from({ length: width }, (_, j) => each.map((own) => own?.[j] ?? NaN)).flat();
}

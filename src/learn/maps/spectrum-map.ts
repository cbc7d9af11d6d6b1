import type { Edge, Graph } from "../onnx/graph.ts";
import type { FeatureEdges } from "./window-map.ts";

/**
 * The spectrum feature map: what a burst of a fast signal (vibration, current, sound) sounds like.
 *
 * For each channel: its level; how spiky and how lopsided it is; how its energy divides among bands;
 * and how its loudness goes up and down, which is where a defect that is hit again and again shows,
 * whatever it makes ring. Frequencies are shares of the sampling rate, which nobody needs to know; all
 * but the level are the same for a louder burst. Each feature is near 0 for steady noise of the usual
 * level.
 */
export interface SpectrumMap {
  readonly name: "spectrum";
  readonly version: 1;
  readonly channels: number;
  /** Samples of a burst, at least 64. */
  readonly samples: number;
  /** What is usual for each channel, in its own unit. */
  readonly centre: readonly number[];
  readonly spread: readonly number[]; // > 0
  /** Samples of the overlapping pieces whose spectra are averaged, a power of two. */
  readonly segment: number;
  readonly bands: number;
  /** Samples that make one point of the envelope. */
  readonly pool: number;
  readonly envelopeBands: number;
}

/** The map for bursts of a length: pieces of at most 256 samples, about 256 points of envelope. Throws RangeError for fewer than 64 samples. */
export function spectrumMapOf(samples: number, centre: readonly number[], spread: readonly number[]): SpectrumMap {
  if (!(samples >= 64)) throw new RangeError(`Cannot take the spectrum of ${samples} samples: at least 64 are needed`);
  const segment = Math.min(256, 2 ** Math.floor(Math.log2(samples / 4)));
  return { name: "spectrum", version: 1, channels: centre.length, samples, centre, spread, segment, bands: Math.min(16, segment / 2), pool: Math.max(1, Math.floor(samples / 256)), envelopeBands: 8 };
}

/** The features of one channel, in their order; feature j of all belongs to channel j % channels. */
export function spectrumNames({ bands, envelopeBands }: SpectrumMap): string[] {
  const each = (count: number, name: string) => Array.from({ length: count }, (_, band) => `${name} ${band + 1} of ${count}`);
  return ["level", "crest", "kurtosis", "skewness", "flatness", ...each(bands, "band"), "modulation", "modulation peak", ...each(envelopeBands, "envelope band")];
}

/** A burst steadier than this share of its usual spread counts as still. */
export const leastSpread = 1e-3;
/** A band with less than this share of the energy is as good as empty. */
export const leastShare = 1e-4;
/** A channel is known in a burst when at least this share of its samples is. */
export const knownShare = 0.5;

/** First bins of `count` bands over bins 1 … last, and where the last ends: of equal width, or each so many times the one before. */
export function bandEdges(count: number, last: number, isLogarithmic: boolean): number[] {
  const edges = Array.from({ length: count + 1 }, (_, band) => Math.round(isLogarithmic ? (last + 1) ** (band / count) : 1 + (last * band) / count));
  for (let band = 1; band <= count; band++) edges[band] = Math.max(edges[band], edges[band - 1] + 1);
  for (let band = count; band > 0; band--) edges[band] = Math.min(edges[band], last + 1 - (count - band));
  return edges;
}

/** Points of the envelope. */
export const envelopePoints = ({ samples, pool }: SpectrumMap): number => Math.floor((samples - 1) / pool);

/**
 * Adds the map to a graph: over `bursts`, or an input `window` (items × samples × channels, float64, NaN for gaps). A channel
 * of which less than half is known has unknown features; single gaps count as the burst's own mean.
 *
 * All in float64 until the features. The spectrum is Welch's: products of overlapping Hann-weighted
 * pieces with a table of sines. The envelope is the squared difference of neighbouring samples, which
 * leaves slow movement out; its spectrum is taken at low frequencies only.
 * Cost: 2 samples × segment + points² multiply-adds a channel.
 * Source: Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE Trans.
 * Audio Electroacoustics 15, 1967; squared envelope spectrum: Randall and Antoni, "Rolling element
 * bearing diagnostics: a tutorial", MSSP 25, 2011. Departs from it: no band is demodulated by itself.
 */
export function addSpectrumMap(graph: Graph, map: SpectrumMap, bursts?: Edge): FeatureEdges {
  const { channels, samples } = map;
  const window = bursts ?? graph.input("window", "double", ["items", samples, channels]);
  const gap = graph.add("Transpose", [graph.add("IsNaN", [window])], { perm: [0, 2, 1] });
  const relative = graph.add("Div", [graph.add("Sub", [window, graph.double(map.centre, "centre")]), graph.double(map.spread, "spread")]);
  const series = graph.add("Where", [gap, graph.double(0), graph.add("Transpose", [relative], { perm: [0, 2, 1] })]); // items × channels × samples
  const count = addSum(graph, graph.cast(graph.add("Not", [gap]), "double"));
  const mean = graph.add("Div", [addSum(graph, series), graph.add("Max", [count, graph.double(1)])]);
  const away = graph.add("Where", [gap, graph.double(0), graph.add("Sub", [series, mean])]);

  const parts = [...addShape(graph, map, away), ...addBands(graph, map, away), ...addEnvelope(graph, map, away)];
  const joined = graph.add("Concat", parts, { axis: 2 }); // items × channels × features of a channel
  const enough = graph.add("GreaterOrEqual", [count, graph.double(knownShare * samples)]); // items × channels × 1
  const kept = graph.add("Where", [enough, graph.cast(joined, "float"), graph.float(NaN)]);
  const features = graph.add("Reshape", [graph.add("Transpose", [kept], { perm: [0, 2, 1] }), graph.ints([0, -1])]);
  const fewest = graph.add("ReduceMin", [count], { axes: [1, 2], keepdims: 0 });
  return { features, known: graph.add("GreaterOrEqual", [graph.add("Unsqueeze", [fewest, graph.ints([1])]), graph.double(knownShare * samples)]) };
}

/** Over the last axis, which stays as 1. */
const addSum = (graph: Graph, x: Edge): Edge => graph.add("ReduceSum", [x, graph.ints([-1])], { keepdims: 1 });
const addMean = (graph: Graph, x: Edge): Edge => graph.add("ReduceMean", [x], { axes: [-1], keepdims: 1 });

/** Level, crest, kurtosis and skewness: each items × channels × 1. */
function addShape(graph: Graph, { samples }: SpectrumMap, away: Edge): Edge[] {
  const square = graph.add("Mul", [away, away]);
  const variance = graph.add("Add", [addMean(graph, square), graph.double(leastSpread ** 2)]);
  const deviation = graph.add("Sqrt", [variance]);
  const crest = graph.add("Div", [graph.add("ReduceMax", [graph.add("Abs", [away])], { axes: [-1], keepdims: 1 }), deviation]);
  const kurtosis = graph.add("Div", [addMean(graph, graph.add("Mul", [square, square])), graph.add("Mul", [variance, variance])]);
  const skewness = graph.add("Div", [addMean(graph, graph.add("Mul", [square, away])), graph.add("Mul", [variance, deviation])]);
  const against = (x: Edge, usual: number) => graph.add("Log", [graph.add("Div", [graph.add("Add", [x, graph.double(1)]), graph.double(usual + 1)])]);
  return [graph.add("Log", [deviation]), against(crest, usualCrest(samples)), against(kurtosis, 3), graph.cast(graph.add("Asinh", [graph.cast(skewness, "float")]), "double")];
}

/** About how many deviations the largest of so many samples of normal noise is off. */
export const usualCrest = (samples: number): number => Math.sqrt(2 * Math.log(samples));

/** About how many times the mean the largest of so many frequencies of noise is. */
export const usualPeak = (frequencies: number): number => Math.log(frequencies) + 0.577;

/** Flatness, items × channels × 1, and the log share of each band, items × channels × bands. */
function addBands(graph: Graph, { samples, segment, bands }: SpectrumMap, away: Edge): Edge[] {
  const hop = segment / 2;
  const starts = Array.from({ length: Math.floor((samples - segment) / hop) + 1 }, (_, piece) => piece * hop);
  const places = graph.constant(BigInt64Array.from(starts.flatMap((start) => Array.from({ length: segment }, (_, t) => BigInt(start + t)))), [starts.length, segment], "pieces");
  const pieces = graph.add("Gather", [away, places], { axis: 2 }); // items × channels × pieces × segment
  const power = graph.add("ReduceMean", [addPower(graph, pieces, segment, segment / 2)], { axes: [2], keepdims: 0 });
  const mean = graph.add("Max", [addMean(graph, power), graph.double(leastEnergy)]);
  const floored = graph.add("Add", [graph.add("Div", [power, mean]), graph.double(leastShare)]);
  const flatness = addMean(graph, graph.add("Log", [floored]));
  return [flatness, addShares(graph, power, bandEdges(bands, segment / 2, false))];
}

/** Modulation and its peak, items × channels × 1 each, and the log share of each envelope band. */
function addEnvelope(graph: Graph, map: SpectrumMap, away: Edge): Edge[] {
  const [points, last] = [envelopePoints(map), Math.floor(envelopePoints(map) / 2)];
  const part = (from: number, to: number) => graph.add("Slice", [away, graph.ints([from]), graph.ints([to]), graph.ints([2])]);
  const step = graph.add("Sub", [part(1, points * map.pool + 1), part(0, points * map.pool)]);
  const square = graph.add("Reshape", [graph.add("Mul", [step, step]), graph.ints([0, 0, points, map.pool])]);
  const envelope = graph.add("ReduceMean", [square], { axes: [3], keepdims: 0 });
  const mean = graph.add("Add", [addMean(graph, envelope), graph.double(leastSpread ** 4)]);
  const relative = graph.add("Sub", [graph.add("Div", [envelope, mean]), addMean(graph, graph.add("Div", [envelope, mean]))]);
  const power = addPower(graph, relative, points, last);
  const modulation = graph.add("Log", [graph.add("Add", [addMean(graph, graph.add("Mul", [relative, relative])), graph.double(1)])]);
  const largest = graph.add("ReduceMax", [power], { axes: [-1], keepdims: 1 });
  const usual = graph.add("Add", [addMean(graph, power), graph.double(leastShare * points)]);
  const peak = graph.add("Log", [graph.add("Div", [graph.add("Add", [graph.add("Div", [largest, usual]), graph.double(1)]), graph.double(usualPeak(last) + 1)])]);
  return [modulation, peak, addShares(graph, power, bandEdges(map.envelopeBands, last, true))];
}

/** The power of frequencies 1 … last of Hann-weighted pieces along the last axis. */
function addPower(graph: Graph, pieces: Edge, length: number, last: number): Edge {
  const [cosines, sines] = [Math.cos, Math.sin].map((wave) => {
    const table = new Float64Array(length * last);
    for (let t = 0; t < length; t++) for (let bin = 1; bin <= last; bin++) table[t * last + bin - 1] = hann(t, length) * wave((2 * Math.PI * ((t * bin) % length)) / length);
    const product = graph.add("MatMul", [pieces, graph.constant(table, [length, last], "waves")]);
    return graph.add("Mul", [product, product]);
  });
  return graph.add("Add", [cosines, sines]);
}

export const hann = (t: number, length: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * (t + 0.5)) / length);

/** The logarithm of each band's share of all power, times how many bands there are: 0 where all are alike. */
function addShares(graph: Graph, power: Edge, edges: readonly number[]): Edge {
  const [bands, last] = [edges.length - 1, edges[edges.length - 1] - 1];
  const members = new Float64Array(last * bands);
  for (let band = 0; band < bands; band++) for (let bin = edges[band]; bin < edges[band + 1]; bin++) members[(bin - 1) * bands + band] = 1;
  const energy = graph.add("MatMul", [power, graph.constant(members, [last, bands], "bands")]);
  const share = graph.add("Div", [energy, graph.add("Max", [addSum(graph, energy), graph.double(leastEnergy)])]);
  return graph.add("Log", [graph.add("Mul", [graph.add("Add", [share, graph.double(leastShare)]), graph.double(bands)])]);
}

/** Power below this is none at all. */
export const leastEnergy = 1e-20;

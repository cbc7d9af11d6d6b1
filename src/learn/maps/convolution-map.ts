import { randomFrom, type Random } from "../random.ts";

/**
 * The convolution feature map: how much of a window lies above many thresholds after it was compared
 * with simple shapes at many time scales, and how high the window is.
 *
 * MiniRocket: 84 kernels of length 9, six weights of -1 and three of 2, in several dilations; of each
 * the share of the window where it exceeds a bias that was once drawn from a training window. The
 * kernels do not see the level, so mean, largest and smallest value of each signal come beside them.
 * All is frozen when it is fitted; it never knew a label.
 */
export interface ConvolutionMap {
  readonly name: "convolution";
  readonly version: 1;
  readonly signals: number;
  /** Samples of a window, at least 9. */
  readonly window: number;
  /** What is usual for each signal, in its own unit: values are taken about the centre in spreads. */
  readonly centre: readonly number[];
  readonly spread: readonly number[]; // > 0
  readonly dilations: readonly Dilation[];
}

/** The 84 kernels at one time scale: taps are `dilation` samples apart. */
export interface Dilation {
  readonly dilation: number;
  /** Signals whose sum each kernel sees: kernels. */
  readonly channels: readonly (readonly number[])[];
  /** In grid steps: kernels × biases. */
  readonly biases: readonly (readonly number[])[];
}

/** Where the three weights of 2 stand in each kernel, in lexicographic order. */
export const kernelTaps: readonly (readonly [number, number, number])[] = (() => {
  const taps: [number, number, number][] = [];
  for (let a = 0; a < 7; a++) for (let b = a + 1; b < 8; b++) for (let c = b + 1; c < 9; c++) taps.push([a, b, c]);
  return taps;
})();

/**
 * Values are whole numbers of these steps, in spreads, at most `farthestStep` of them: then every sum
 * of a kernel is exact in float32, whatever its order, and no rounding decides what lies above a bias.
 */
export const gridStep = 2 ** -11;
export const farthestStep = Math.round(Math.sinh(4) / gridStep);

/** A signal is known in a window when at least this share of its samples is. */
export const knownShare = 0.5;

/** Level features of each signal: mean, largest, smallest. */
const levelParts = 3;

/** How many features a map makes: those of kernels, then the levels, by part and in it by signal. */
export function convolutionCount({ dilations, signals }: ConvolutionMap): { kernels: number; levels: number; all: number } {
  const kernels = dilations.reduce((sum, { biases }) => sum + biases.reduce((own, { length }) => own + length, 0), 0);
  return { kernels, levels: levelParts * signals, all: kernels + levelParts * signals };
}

/** Time scales of a window of this length, and how many features a kernel has at each. */
export function dilationsOf(window: number, featuresAKernel: number): { dilation: number; features: number }[] {
  if (!(window >= 9)) throw new RangeError(`Cannot convolve windows of ${window} samples: at least 9 are needed`);
  const count = Math.min(featuresAKernel, 32);
  const last = Math.log2((window - 1) / 8);
  const shares = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const dilation = Math.floor(2 ** (count === 1 ? 0 : (i * last) / (count - 1)) + 1e-9); // a power that is whole stays so
    shares.set(dilation, (shares.get(dilation) ?? 0) + 1);
  }
  const features = [...shares.values()].map((share) => Math.floor((share * featuresAKernel) / count));
  for (let at = 0, left = featuresAKernel - features.reduce((sum, own) => sum + own, 0); left > 0; left--, at = (at + 1) % features.length) features[at]++;
  return [...shares.keys()].map((dilation, at) => ({ dilation, features: features[at] }));
}

/** What a map is fitted from: windows that are normal or not, it does not matter which. */
export interface ConvolutionOptions {
  readonly signals: number;
  readonly window: number;
  readonly centre: readonly number[];
  readonly spread: readonly number[];
  /** Features of kernels, rounded down to a multiple of 84. */
  readonly features: number;
  readonly seed: number;
}

/** The choices left to chance, one for each dilation and kernel: which training window, and which signals. */
export interface ConvolutionDraws {
  readonly examples: readonly (readonly number[])[];
  readonly channels: readonly (readonly (readonly number[])[])[];
}

/** Draws them by seed: a window each, and signals of which fewer are likelier, at most 9, in order. */
export function drawsOf({ signals, window, features, seed }: ConvolutionOptions, windows: number): ConvolutionDraws {
  const random = randomFrom(seed);
  const each = <T>(draw: () => T): T[][] => dilationsOf(window, Math.floor(features / 84)).map(() => kernelTaps.map(draw));
  return { examples: each(() => Math.floor(random() * windows)), channels: each(() => someOf(signals, random)) };
}

function someOf(signals: number, random: Random): number[] {
  const count = Math.floor(2 ** (random() * Math.log2(Math.min(signals, 9) + 1)));
  const left = Array.from({ length: signals }, (_, signal) => signal);
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]).toSorted((a, b) => a - b);
}

/**
 * A map with its biases taken from training windows: quantiles of what each kernel makes of one of them.
 *
 * Input: windows × samples × signals, NaN for gaps; at least one window.
 * Cost: dilations × 84 × window × log window.
 * Throws RangeError for windows of fewer than 9 samples, fewer than 84 features or no window.
 * Source: Dempster, Schmidt and Webb, "MiniRocket: a very fast (almost) deterministic transform for time
 * series classification", KDD 2021; several signals as in its authors' multivariate form. Departs from
 * it: values are on a grid, and level features are added (MultiRocket, Tan et al., DMKD 2022, adds
 * others).
 */
export function fitConvolutionMap(windows: Float64Array, options: ConvolutionOptions, given?: ConvolutionDraws): ConvolutionMap {
  const { signals, window, centre, spread, features } = options;
  const count = windows.length / (window * signals);
  if (!(count >= 1)) throw new RangeError("Cannot fit a convolution map: there is no window");
  if (!(features >= 84)) throw new RangeError(`Cannot fit a convolution map of ${features} features: at least 84 are needed`);
  const draws = given ?? drawsOf(options, count);
  let drawn = 0;
  const dilations = dilationsOf(window, Math.floor(features / 84)).map(({ dilation, features: own }, at): Dilation => {
    const biases = kernelTaps.map((_, kernel) => {
      const example = onGrid({ signals, window, centre, spread }, windows, draws.examples[at][kernel]);
      const sorted = convolved(example, window, draws.channels[at][kernel], dilation, kernel).sort();
      return Array.from({ length: own }, () => quantileStep(sorted, (++drawn * ((Math.sqrt(5) + 1) / 2)) % 1));
    });
    return { dilation, channels: draws.channels[at], biases };
  });
  return { name: "convolution", version: 1, signals, window, centre, spread, dilations };
}

/** The largest whole step at or below a quantile between values that are whole: what exceeds the one exceeds the other. */
function quantileStep(sorted: Int32Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return Math.floor(sorted[below] + (place - below) * (sorted[above] - sorted[below]));
}

/** One window in grid steps, a gap as 0, the usual value: signals × samples. */
export function onGrid({ signals, window, centre, spread }: Pick<ConvolutionMap, "signals" | "window" | "centre" | "spread">, windows: Float64Array, at: number): Int32Array {
  const steps = new Int32Array(signals * window);
  for (let t = 0, from = at * window * signals; t < window; t++) {
    for (let signal = 0; signal < signals; signal++, from++) {
      const value = roundEven((windows[from] - centre[signal]) / spread[signal] / gridStep);
      steps[signal * window + t] = Number.isNaN(value) ? 0 : Math.min(Math.max(value, -farthestStep), farthestStep);
    }
  }
  return steps;
}

/** To the nearest whole number, halves to the even one, as ONNX rounds. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What a kernel makes of the sum of some signals, zeros outside: samples. */
function convolved(steps: Int32Array, window: number, channels: readonly number[], dilation: number, kernel: number): Int32Array {
  const out = new Int32Array(window);
  for (const channel of channels) {
    for (let tap = 0; tap < 9; tap++) {
      const weight = kernelTaps[kernel].includes(tap) ? 2 : -1;
      const offset = (tap - 4) * dilation;
      for (let t = Math.max(0, -offset); t < Math.min(window, window - offset); t++) out[t] += weight * steps[channel * window + t + offset];
    }
  }
  return out;
}

import type { Features } from "../matrix.ts";
import { convolutionCount, gridStep, kernelTaps, knownShare, onGrid, type ConvolutionMap } from "./convolution-map.ts";

/**
 * The features of windows in plain code: to the bit what the graph makes of them, several times faster,
 * because one pass over a kernel's response serves four biases and nothing is kept.
 *
 * Input: windows × samples × signals, NaN for gaps. Returns: windows × features; NaN throughout for a
 * window in which a signal is unknown.
 * Cost: windows × samples × (84 × 4 × dilations + features); memory of one window beyond the result.
 */
export function convolutionFeatures(map: ConvolutionMap, windows: Float64Array): Features {
  const { window, signals } = map;
  const { kernels, all } = convolutionCount(map);
  const rows = windows.length / (window * signals);
  const values = new Float32Array(rows * all);
  const room = roomFor(map);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * all, (row + 1) * all);
    if (!addLevels(map, windows, row, own, kernels)) {
      own.fill(NaN);
      continue;
    }
    fillPadded(map, onGrid(map, windows, row), room);
    sharesOf(map, room, own);
  }
  return { rows, columns: all, values };
}

/** Room for one window, made once. */
interface Room {
  /** Zeros beside each signal on both sides, as wide as the widest kernel reaches. */
  readonly padded: Int32Array; // signals × stride
  readonly stride: number;
  readonly margin: number;
  readonly mixed: Int32Array; // stride: the sum of a kernel's signals
  readonly nine: Int32Array; // window: the sum of its nine taps
  readonly response: Int32Array; // window
}

function roomFor({ window, signals, dilations }: ConvolutionMap): Room {
  const margin = 4 * Math.max(...dilations.map(({ dilation }) => dilation));
  const stride = window + 2 * margin;
  return { padded: new Int32Array(signals * stride), stride, margin, mixed: new Int32Array(stride), nine: new Int32Array(window), response: new Int32Array(window) };
}

function fillPadded({ window, signals }: ConvolutionMap, steps: Int32Array, { padded, stride, margin }: Room): void {
  for (let signal = 0; signal < signals; signal++) padded.set(steps.subarray(signal * window, (signal + 1) * window), signal * stride + margin);
}

function sharesOf({ window, signals, dilations }: ConvolutionMap, room: Room, out: Float32Array): void {
  let feature = 0;
  for (const [at, { dilation, channels, biases }] of dilations.entries()) {
    let mixed = room.padded;
    if (signals === 1) sumNine(mixed, room, dilation, window);
    for (const [kernel, own] of biases.entries()) {
      if (signals > 1) {
        mixed = mix(room, channels[kernel]);
        sumNine(mixed, room, dilation, window);
      }
      respond(mixed, room, dilation, kernel, window);
      const cut = (at + kernel) % 2 === 0 ? 0 : 4 * dilation;
      for (let k = 0; k < own.length; k += 4) countAbove(room.response, cut, window - cut, own, k, out, feature);
      feature += own.length;
    }
  }
}

function mix({ padded, stride, mixed }: Room, channels: readonly number[]): Int32Array {
  const first = channels[0] * stride;
  mixed.set(padded.subarray(first, first + stride));
  for (const channel of channels.slice(1)) for (let t = 0, from = channel * stride; t < stride; t++, from++) mixed[t] += padded[from];
  return mixed;
}

function sumNine(mixed: Int32Array, { nine, margin }: Room, dilation: number, window: number): void {
  for (let t = 0, p = margin - 4 * dilation; t < window; t++, p++) {
    let sum = 0;
    for (let tap = 0, q = p; tap < 9; tap++, q += dilation) sum += mixed[q];
    nine[t] = sum;
  }
}

/** 3 × (three taps) - (all nine). */
function respond(mixed: Int32Array, { nine, response, margin }: Room, dilation: number, kernel: number, window: number): void {
  const [a, b, c] = kernelTaps[kernel].map((tap) => margin + (tap - 4) * dilation);
  for (let t = 0; t < window; t++) response[t] = 3 * (mixed[a + t] + mixed[b + t] + mixed[c + t]) - nine[t];
}

/** The shares of response[from … to) above four biases from the k-th on, or as many as there are. */
function countAbove(response: Int32Array, from: number, to: number, biases: readonly number[], k: number, out: Float32Array, feature: number): void {
  const wanted = Math.min(4, biases.length - k);
  const none = 2 ** 30; // beyond every response
  const [b0, b1, b2, b3] = [biases[k], wanted > 1 ? biases[k + 1] : none, wanted > 2 ? biases[k + 2] : none, wanted > 3 ? biases[k + 3] : none];
  let n0 = 0;
  let n1 = 0;
  let n2 = 0;
  let n3 = 0;
  if (wanted > 2) {
    for (let t = from; t < to; t++) {
      const value = response[t];
      // A bias minus a larger value is below 0, and its sign bit alone remains: no branch to guess.
      n0 += (b0 - value) >>> 31;
      n1 += (b1 - value) >>> 31;
      n2 += (b2 - value) >>> 31;
      n3 += (b3 - value) >>> 31;
    }
  } else {
    for (let t = from; t < to; t++) {
      const value = response[t];
      n0 += (b0 - value) >>> 31;
      n1 += (b1 - value) >>> 31;
    }
  }
  const counts = [n0, n1, n2, n3];
  for (let one = 0; one < wanted; one++) out[feature + k + one] = counts[one] / (to - from);
}

/** Mean, largest and smallest of what is known; false when a signal is known too seldom. */
function addLevels(map: ConvolutionMap, windows: Float64Array, row: number, out: Float32Array, from: number): boolean {
  const { window, signals } = map;
  const steps = onGrid(map, windows, row);
  for (let signal = 0; signal < signals; signal++) {
    let [count, sum, largest, smallest] = [0, 0, -Infinity, Infinity];
    for (let t = 0; t < window; t++) {
      if (Number.isNaN(windows[(row * window + t) * signals + signal])) continue;
      const value = steps[signal * window + t];
      count++;
      sum += value;
      largest = Math.max(largest, value);
      smallest = Math.min(smallest, value);
    }
    if (count < knownShare * window) return false;
    for (const [part, value] of [sum / count, largest, smallest].entries()) out[from + part * signals + signal] = Math.asinh(Math.fround(value * gridStep));
  }
  return true;
}

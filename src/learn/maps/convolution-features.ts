import type { Features } from "../matrix.ts";
import { belowAll, convolutionKernels, type ConvolutionKernels } from "./convolution-kernels.ts";
import { convolutionCount, gridStep, kernelTaps, knownShare, onGrid, type ConvolutionMap } from "./convolution-map.ts";

/**
 * The features of windows outside the graph: to the bit what it makes of them, many times faster,
 * because one pass over a kernel's response serves four biases, four samples are one vector, and nothing
 * is kept: where there are no more than four biases, as for most dilations, not even the response.
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
    const steps = onGrid(map, windows, row);
    if (!addLevels(map, steps, windows, row, own, kernels)) {
      own.fill(NaN);
      continue;
    }
    fillPadded(map, steps, room);
    sharesOf(map, room, own);
  }
  return { rows, columns: all, values };
}

/** Room for one window, made once. Places are those of `memory`; each array has eight numbers to spare behind it. */
interface Room {
  readonly memory: Int32Array;
  readonly run: ConvolutionKernels;
  /** Zeros beside each signal on both sides, as wide as the widest kernel reaches: signals × stride, from 0 on. */
  readonly stride: number;
  readonly margin: number;
  readonly mixed: number; // stride: the sum of a kernel's signals
  readonly nine: number; // window: the sum of its nine taps
  readonly response: number; // window
  readonly counts: number; // 4, then the mask of the last samples: 8
}

const spare = 8;

function roomFor({ window, signals, dilations }: ConvolutionMap): Room {
  const margin = 4 * Math.max(...dilations.map(({ dilation }) => dilation));
  const stride = 4 * Math.ceil((window + 2 * margin) / 4);
  const mixed = signals * stride + spare;
  const nine = mixed + stride + spare;
  const response = nine + window + spare;
  const counts = response + window + spare;
  const { memory, run } = convolutionKernels(counts + 12);
  // A cut takes four dilations off both ends, eight in all: what is left over eight is the same with and without.
  memory.fill(-1, counts + 4, counts + 4 + (window & 7));
  return { memory, run, stride, margin, mixed, nine, response, counts };
}

function fillPadded({ window, signals }: ConvolutionMap, steps: Int32Array, { memory, stride, margin }: Room): void {
  for (let signal = 0; signal < signals; signal++) memory.set(steps.subarray(signal * window, (signal + 1) * window), signal * stride + margin);
}

function sharesOf({ window, signals, dilations }: ConvolutionMap, room: Room, out: Float32Array): void {
  let feature = 0;
  for (const [at, { dilation, channels, biases }] of dilations.entries()) {
    if (signals === 1) sumNine(0, room, dilation, window);
    for (let kernel = 0; kernel < biases.length; kernel++) {
      const own = biases[kernel];
      const mixed = signals > 1 ? mix(room, channels[kernel]) : 0;
      if (signals > 1) sumNine(mixed, room, dilation, window);
      const cut = (at + kernel) % 2 === 0 ? 0 : 4 * dilation;
      const taps = tapsOf(mixed, room, dilation, kernel, cut);
      if (own.length <= 4 && window - 2 * cut >= 8) respondAbove(taps, room, cut, window - 2 * cut, own, out, feature);
      else {
        respond(taps, room, cut, window - cut);
        for (let k = 0; k < own.length; k += 4) countAbove(room, window - 2 * cut, own, k, out, feature);
      }
      feature += own.length;
    }
  }
}

function mix({ memory, run, stride, mixed }: Room, channels: readonly number[]): number {
  memory.copyWithin(mixed, channels[0] * stride, (channels[0] + 1) * stride);
  for (let at = 1; at < channels.length; at++) run.addTo(4 * mixed, 4 * (mixed + stride), 4 * channels[at] * stride);
  return mixed;
}

function sumNine(mixed: number, { run, nine, margin }: Room, dilation: number, window: number): void {
  run.sumNine(4 * nine, 4 * (nine + window), 4 * (mixed + margin - 4 * dilation), 4 * dilation);
}

const aboveAll = 2 ** 30; // beyond every response

type Taps = readonly [number, number, number];

/** The addresses of a kernel's three taps for the sample `from`. */
function tapsOf(mixed: number, { margin }: Room, dilation: number, kernel: number, from: number): Taps {
  const [a, b, c] = kernelTaps[kernel];
  const first = mixed + margin + from - 4 * dilation;
  return [4 * (first + a * dilation), 4 * (first + b * dilation), 4 * (first + c * dilation)];
}

/** Of samples `from` to `to`: 3 × (three taps) - (all nine). What follows them counts for nothing. */
function respond([a, b, c]: Taps, { memory, run, nine, response }: Room, from: number, to: number): void {
  const end = response + to - from;
  run.respond(4 * response, 4 * end, a, b, c, 4 * (nine + from));
  for (let at = end; at < end + 3; at++) memory[at] = belowAll;
}

/** The shares of `count` responses above four biases from the k-th on, or as many as there are. */
function countAbove(room: Room, count: number, biases: readonly number[], k: number, out: Float32Array, feature: number): void {
  const { run, response, counts } = room;
  run.countAbove(4 * response, 4 * (response + count), biases[k], biases[k + 1] ?? aboveAll, biases[k + 2] ?? aboveAll, biases[k + 3] ?? aboveAll, 4 * counts);
  keepShares(room, count, Math.min(4, biases.length - k), out, feature + k);
}

/** The same of at most four biases, and at least eight responses from the sample `from` on, in one pass. */
function respondAbove([a, b, c]: Taps, room: Room, from: number, count: number, biases: readonly number[], out: Float32Array, feature: number): void {
  const { run, nine, counts } = room;
  run.respondAbove(a, a + 4 * (count - (count & 7)), b, c, 4 * (nine + from), biases[0], biases[1] ?? aboveAll, biases[2] ?? aboveAll, biases[3] ?? aboveAll, 4 * counts);
  keepShares(room, count, biases.length, out, feature);
}

function keepShares({ memory, counts }: Room, count: number, wanted: number, out: Float32Array, feature: number): void {
  for (let one = 0; one < wanted; one++) out[feature + one] = memory[counts + one] / count;
}

/** Mean, largest and smallest of what is known; false when a signal is known too seldom. */
function addLevels({ window, signals }: ConvolutionMap, steps: Int32Array, windows: Float64Array, row: number, out: Float32Array, from: number): boolean {
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

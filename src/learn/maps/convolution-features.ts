import type { Features } from "../matrix.ts";
import { convolutionKernels, type ConvolutionKernels } from "./convolution-kernels.ts";
import { convolutionCount, gridStep, kernelTaps, knownShare, onGrid, type ConvolutionMap } from "./convolution-map.ts";

/**
 * The features of windows outside the graph: to the bit what it makes of them, many times faster,
 * because one pass over a kernel's response serves four biases, four samples are one vector, and nothing
 * is kept.
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

/** Room for one window, made once. Places are those of `memory`; each array has four numbers to spare behind it. */
interface Room {
  readonly memory: Int32Array;
  readonly run: ConvolutionKernels;
  /** Zeros beside each signal on both sides, as wide as the widest kernel reaches: signals × stride, from 0 on. */
  readonly stride: number;
  readonly margin: number;
  readonly mixed: number; // stride: the sum of a kernel's signals
  readonly nine: number; // window: the sum of its nine taps
  readonly response: number; // window
  readonly counts: number; // 4
}

const spare = 4;

function roomFor({ window, signals, dilations }: ConvolutionMap): Room {
  const margin = 4 * Math.max(...dilations.map(({ dilation }) => dilation));
  const stride = 4 * Math.ceil((window + 2 * margin) / 4);
  const mixed = signals * stride + spare;
  const nine = mixed + stride + spare;
  const response = nine + window + spare;
  const counts = response + window + spare;
  return { ...convolutionKernels(counts + 4), stride, margin, mixed, nine, response, counts };
}

function fillPadded({ window, signals }: ConvolutionMap, steps: Int32Array, { memory, stride, margin }: Room): void {
  for (let signal = 0; signal < signals; signal++) memory.set(steps.subarray(signal * window, (signal + 1) * window), signal * stride + margin);
}

function sharesOf({ window, signals, dilations }: ConvolutionMap, room: Room, out: Float32Array): void {
  let feature = 0;
  for (const [at, { dilation, channels, biases }] of dilations.entries()) {
    if (signals === 1) sumNine(0, room, dilation, window);
    for (const [kernel, own] of biases.entries()) {
      const mixed = signals > 1 ? mix(room, channels[kernel]) : 0;
      if (signals > 1) sumNine(mixed, room, dilation, window);
      const cut = (at + kernel) % 2 === 0 ? 0 : 4 * dilation;
      respond(mixed, room, dilation, kernel, cut, window - cut);
      for (let k = 0; k < own.length; k += 4) countAbove(room, window - 2 * cut, own, k, out, feature);
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

const belowAll = -(2 ** 31);
const aboveAll = 2 ** 30; // beyond every response

/** Of samples `from` to `to`: 3 × (three taps) - (all nine). What follows them counts for nothing. */
function respond(mixed: number, { memory, run, nine, response, margin }: Room, dilation: number, kernel: number, from: number, to: number): void {
  const [a, b, c] = kernelTaps[kernel];
  const first = mixed + margin + from - 4 * dilation;
  const end = response + to - from;
  run.respond(4 * response, 4 * end, 4 * (first + a * dilation), 4 * (first + b * dilation), 4 * (first + c * dilation), 4 * (nine + from));
  for (let at = end; at < end + 3; at++) memory[at] = belowAll;
}

/** The shares of `count` responses above four biases from the k-th on, or as many as there are. */
function countAbove({ memory, run, response, counts }: Room, count: number, biases: readonly number[], k: number, out: Float32Array, feature: number): void {
  const wanted = Math.min(4, biases.length - k);
  run.countAbove(4 * response, 4 * (response + count), biases[k], wanted > 1 ? biases[k + 1] : aboveAll, wanted > 2 ? biases[k + 2] : aboveAll, wanted > 3 ? biases[k + 3] : aboveAll, 4 * counts);
  for (let one = 0; one < wanted; one++) out[feature + k + one] = memory[counts + one] / count;
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

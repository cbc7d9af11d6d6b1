import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { naiveConvolution } from "../../../test/naive-convolution-map.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { convolutionFeatures } from "./convolution-features.ts";
import { convolutionCount, dilationsOf, drawsOf, fitConvolutionMap, gridStep, kernelTaps, type ConvolutionOptions } from "./convolution-map.ts";

const optionsOf = (signals: number, window: number, features: number): ConvolutionOptions => ({
  signals,
  window,
  features,
  centre: Array.from({ length: signals }, (_, signal) => 10 * signal),
  spread: Array.from({ length: signals }, (_, signal) => 1 + signal),
  seed: 3,
});

/** Windows of waves and noise about each signal's centre, some gaps. */
function windowsOf(seed: number, count: number, { signals, window, centre, spread }: ConvolutionOptions, gaps = 0): Float64Array {
  const random = randomFrom(seed);
  const values = new Float64Array(count * window * signals);
  for (let row = 0, at = 0; row < count; row++) {
    const pace = 3 + 20 * random();
    for (let t = 0; t < window; t++) for (let signal = 0; signal < signals; signal++) values[at++] = random() < gaps ? NaN : centre[signal] + spread[signal] * (Math.sin(t / pace) + 0.5 * normalFrom(random));
  }
  return values;
}

test("convolutionFeatures() are those of the definition written out, to the last count, with gaps and far values", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 9, max: 70 }), fc.constantFrom(84, 252, 504), fc.constantFrom(0, 0.1, 0.55), fc.constantFrom(1, 1e6), (seed, signals, window, features, gaps, far) => {
      const options = optionsOf(signals, window, features);
      const map = fitConvolutionMap(windowsOf(seed, 4, options), options);
      const asked = windowsOf(seed + 1, 2, options, gaps).map((value, at) => (at % 17 === 16 ? value * far : value));
      const before = asked.slice();
      const seen = convolutionFeatures(map, asked);
      assert.deepEqual(asked, before);
      assert.equal(seen.columns, convolutionCount(map).all);
      for (let row = 0; row < 2; row++) {
        const expected = naiveConvolution(map, asked.slice(row * window * signals, (row + 1) * window * signals));
        for (let j = 0; j < seen.columns; j++) {
          const value = seen.values[row * seen.columns + j];
          if (expected === null) assert.ok(Number.isNaN(value));
          else assert.ok(Math.abs(value - expected[j]) <= 1e-6 * Math.max(1, Math.abs(expected[j])), `${j}: ${value}, expected ${expected[j]}`);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test("features equal those of an independent script from the paper's definition", () => {
  const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../test/fixtures/minirocket.json"), "utf8")) as { cases: readonly GoldenCase[] };
  for (const { signals, window, features, seed, windows, expected } of cases) {
    const options: ConvolutionOptions = { signals, window, features, seed, centre: Array.from({ length: signals }, () => 0), spread: Array.from({ length: signals }, () => 1 / gridStep) }; // whole numbers are on the grid
    const values = Float64Array.from({ length: windows.length * window * signals }, (_, at) => windows[Math.floor(at / window / signals)][at % signals][Math.floor(at / signals) % window]);
    const map = fitConvolutionMap(values.slice(0, 3 * window * signals), options);
    assert.deepEqual(map.dilations.map(({ dilation }) => dilation), expected.dilations);
    assert.deepEqual(map.dilations.map(({ biases }) => biases[0].length), expected.perDilation);
    const seen = convolutionFeatures(map, values);
    for (const [row, golden] of expected.features.entries()) {
      assert.equal(golden.length, convolutionCount(map).kernels);
      for (const [j, value] of golden.entries()) assert.equal(seen.values[row * seen.columns + j], Math.fround(value), `window ${row} feature ${j}`);
    }
  }
});

interface GoldenCase {
  readonly signals: number;
  readonly window: number;
  readonly features: number;
  readonly seed: number;
  /** Window × signal × sample. */
  readonly windows: readonly (readonly (readonly number[])[])[];
  readonly expected: { readonly dilations: readonly number[]; readonly perDilation: readonly number[]; readonly features: readonly (readonly number[])[] };
}

test("the 84 kernels are in lexicographic order, and a kernel has its features at each time scale", () => {
  assert.equal(kernelTaps.length, 84);
  assert.deepEqual([kernelTaps[0], kernelTaps[1], kernelTaps[83]], [[0, 1, 2], [0, 1, 3], [6, 7, 8]]);
  fc.assert(
    fc.property(fc.integer({ min: 9, max: 3000 }), fc.integer({ min: 1, max: 119 }), (window, features) => {
      const scales = dilationsOf(window, features);
      assert.equal(scales.reduce((sum, scale) => sum + scale.features, 0), features);
      for (const { dilation, features: own } of scales) assert.ok(own >= 1 && dilation >= 1 && 8 * dilation < window);
      assert.deepEqual(scales.map(({ dilation }) => dilation), scales.map(({ dilation }) => dilation).toSorted((a, b) => a - b));
    }),
  );
});

test("kernels do not see the level, and the level features do", () => {
  const options = optionsOf(1, 60, 168);
  const map = fitConvolutionMap(windowsOf(1, 4, options), options);
  const window = windowsOf(2, 1, options).map((value) => Math.round(value * 64) / 64);
  const [low, high] = [0, 5].map((offset) => convolutionFeatures(map, window.map((value) => value + offset)).values);
  const { kernels } = convolutionCount(map);
  const whole = map.dilations.flatMap(({ biases }, at) => biases.flatMap((own, kernel) => own.map(() => (at + kernel) % 2 === 1)));
  for (let j = 0; j < kernels; j++) if (whole[j]) assert.equal(low[j], high[j]); // the others see zeros outside
  for (let j = kernels; j < kernels + 3; j++) assert.ok(high[j] > low[j] + 1);
});

test("a map repeats by seed, sees other windows with another, and says what it cannot be fitted from", () => {
  const options = optionsOf(2, 40, 252);
  const windows = windowsOf(5, 6, options);
  assert.deepEqual(fitConvolutionMap(windows, options), fitConvolutionMap(windows, options));
  assert.notDeepEqual(fitConvolutionMap(windows, { ...options, seed: 4 }), fitConvolutionMap(windows, options));
  for (const { channels } of fitConvolutionMap(windows, options).dilations) for (const own of channels) assert.ok(own.length >= 1 && own.every((channel) => channel < 2));
  assert.deepEqual(drawsOf(options, 6).examples.flat().filter((example) => example >= 6), []);
  assert.throws(() => fitConvolutionMap(new Float64Array(0), options), { name: "RangeError", message: /no window/ });
  assert.throws(() => fitConvolutionMap(windows, { ...options, features: 83 }), { name: "RangeError", message: /at least 84/ });
  assert.throws(() => dilationsOf(8, 3), { name: "RangeError", message: /at least 9/ });
});

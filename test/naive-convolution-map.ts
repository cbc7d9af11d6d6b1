import { gridStep, kernelTaps, type ConvolutionMap } from "../src/learn/maps/convolution-map.ts";

/** The features of one window, samples × signals, written out; `null` when a signal is unknown. */
export function naiveConvolution(map: ConvolutionMap, window: Float64Array): number[] | null {
  const { signals, window: samples, centre, spread } = map;
  const raw = centre.map((usual, signal) => Array.from({ length: samples }, (_, t) => (window[t * signals + signal] - usual) / spread[signal]));
  if (raw.some((series) => series.filter((value) => !Number.isNaN(value)).length < samples / 2)) return null;
  const limit = Math.round(Math.sinh(4) / gridStep) * gridStep;
  const near = (value: number): number => {
    const [low, high] = [Math.floor(value / gridStep) * gridStep, Math.ceil(value / gridStep) * gridStep];
    const nearest = value - low === high - value ? (Math.round(low / gridStep) % 2 === 0 ? low : high) : value - low < high - value ? low : high;
    return Math.min(Math.max(nearest, -limit), limit);
  };
  const series = raw.map((values) => values.map((value) => (Number.isNaN(value) ? 0 : near(value))));
  const shares = map.dilations.flatMap(({ dilation, channels, biases }, at) =>
    kernelTaps.flatMap((taps, kernel) => {
      const response = Array.from({ length: samples }, (_, t) => {
        let sum = 0;
        for (const channel of channels[kernel]) for (let tap = 0; tap < 9; tap++) sum += (taps.includes(tap) ? 2 : -1) * (series[channel][t + (tap - 4) * dilation] ?? 0);
        return sum;
      });
      const counted = (at + kernel) % 2 === 0 ? response : response.slice(4 * dilation, samples - 4 * dilation);
      return biases[kernel].map((bias) => counted.filter((value) => value > bias * gridStep).length / counted.length);
    }),
  );
  const known = series.map((values, signal) => values.filter((_, t) => !Number.isNaN(raw[signal][t])));
  const levels = [(x: number[]) => x.reduce((sum, value) => sum + value, 0) / x.length, (x: number[]) => Math.max(...x), (x: number[]) => Math.min(...x)];
  return [...shares, ...levels.flatMap((of) => known.map((values) => Math.asinh(of(values))))];
}

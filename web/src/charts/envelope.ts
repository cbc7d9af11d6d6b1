import type uPlot from "uplot";

/**
 * Draws a course of lowest and highest values as one line that fills each bucket from top to bottom, so that a
 * peak of one sample is seen at any zoom. NaN breaks the line; a value alone between gaps is a short dash.
 * `high` gives the upper ends, beside the lower ones that the chart holds; `bend` bends the axis as the scale does.
 */
export function envelope(high: () => ArrayLike<number>, bend: (value: number) => number, drawn?: (path: Path2D) => void): uPlot.Series.PathBuilder {
  return (u, index, from, to) => {
    const stroke = envelopeOf(u.data[0], u.data[index] as ArrayLike<number>, high(), across(u), upward(u, bend), from, to);
    drawn?.(stroke);
    return { stroke, fill: null, clip: null, band: null, gaps: [], flags: 1 };
  };
}

/** That line itself, over buckets `from` to `to`, both included. */
export function envelopeOf(times: ArrayLike<number>, low: ArrayLike<number>, top: ArrayLike<number>, x: (time: number) => number, y: (value: number) => number, from = 0, to = times.length - 1): Path2D {
  const stroke = new Path2D();
  let run = 0;
  for (let at = from; at <= to; at++) {
    const value = low[at];
    if (Number.isNaN(value)) {
      if (run === 1) stroke.lineTo(x(times[at - 1]) + 2, y(low[at - 1]));
      run = 0;
      continue;
    }
    const left = x(times[at]);
    if (run === 0) stroke.moveTo(left, y(value));
    else stroke.lineTo(left, y(value));
    if (top[at] > value) stroke.lineTo(left, y(top[at]));
    run += 1;
  }
  if (run === 1) stroke.lineTo(x(times[to]) + 2, y(low[to]));
  return stroke;
}

/** From seconds to canvas pixels. */
export function across(u: uPlot): (time: number) => number {
  const { min = 0, max = 1 } = u.scales["x"];
  const { left, width } = u.bbox;
  const scale = width / ((max ?? 1) - (min ?? 0));
  return (time) => left + (time - (min ?? 0)) * scale;
}

/** From values to canvas pixels. */
export function upward(u: uPlot, bend: (value: number) => number): (value: number) => number {
  const { min, max } = u.scales["y"];
  const { top, height } = u.bbox;
  const [bottom, ceiling] = [bend(min ?? 0), bend(max ?? 1)];
  const scale = height / (ceiling - bottom);
  return (value) => top + (ceiling - bend(value)) * scale;
}

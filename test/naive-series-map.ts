import { farthestValue, leastSeriesVariance, memoryReach, type SeriesMap, type SeriesPair } from "../src/learn/maps/series-map.ts";

/** The features of each row of a stretch by the definition: the twin of the graph, rows × features. */
export function naiveSeries(map: SeriesMap, rows: readonly (readonly number[])[]): number[][] {
  const isStill = (column: SeriesMap["columns"][number]) => "still" in column && column.still;
  const numbers = map.columns.map((column, at) => ({ column, at })).filter(({ column }) => !("levels" in column)).toSorted((a, b) => Number(isStill(a.column)) - Number(isStill(b.column)));
  const moving = numbers.filter(({ column }) => !isStill(column)).length;
  const z = rows.map((row) =>
    numbers.map(({ column, at }) => {
      const { centre, spread } = usual(map, row, column as { centre: number; spread: number }, at);
      const away = (row[at] - centre) / spread;
      return Number.isNaN(away) ? NaN : Math.min(Math.max(away, -farthestValue), farthestValue);
    }),
  );
  return rows.map((row, r) => {
    const parts = numbers.map((_, j) => columnParts(map, z.slice(0, r + 1).map((values) => values[j])));
    const byPart = (parts[0] ?? []).flatMap((_, part) => parts.slice(0, part === 0 ? numbers.length : moving).map((own) => own[part]));
    const levels = map.columns.flatMap((column, at) => ("levels" in column ? column.levels.map((_, level) => (row[at] === level ? 1 : 0)) : []));
    return [...byPart, ...(map.pairs ?? []).map((pair) => pairOf(map, pair, row)), ...(map.age ? [Math.log1p(r)] : []), ...levels];
  });
}

/** What a number is held against in its row: the condition is the one all of whose set-points are near. */
function usual({ conditions }: SeriesMap, row: readonly number[], plain: { centre: number; spread: number }, at: number): { centre: number; spread: number } {
  if (conditions === undefined || conditions.setPoints.includes(at)) return plain;
  const condition = conditions.levels.findIndex((levels) => conditions.setPoints.every((column, place) => Math.abs(row[column] - levels[place]) < conditions.near[place]));
  return { centre: conditions.centres[condition]?.[at] ?? NaN, spread: conditions.spreads[condition]?.[at] ?? NaN };
}

/** Raw product or difference of two columns, less that of their centres, in the most that a spread of each moves it. */
function pairOf({ columns }: SeriesMap, { of, first, second }: SeriesPair, row: readonly number[]): number {
  const [one, other] = [first, second].map((at) => {
    const { centre, spread } = columns[at] as { centre: number; spread: number };
    const away = Math.min(Math.max((row[at] - centre) / spread, -farthestValue), farthestValue);
    return { centre, spread, value: centre + spread * (Number.isNaN(row[at]) ? NaN : away) };
  });
  if (of === "difference") return (one.value - other.value - (one.centre - other.centre)) / (one.spread + other.spread);
  return (one.value * other.value - one.centre * other.centre) / (Math.abs(other.centre) * one.spread + Math.abs(one.centre) * other.spread + one.spread * other.spread);
}

/** The parts of one column, whose values up to now are given. */
function columnParts({ lags, memories, windows, own }: SeriesMap, values: readonly number[]): number[] {
  const newest = values.toReversed();
  const slow = memories.map((memory) => {
    const seen = newest.slice(0, Math.max(1, Math.ceil(memoryReach * memory))).map((value, age) => ({ value, weight: Math.exp(-age / memory) })).filter(({ value }) => !Number.isNaN(value));
    return seen.reduce((sum, { value, weight }) => sum + weight * value, 0) / seen.reduce((sum, { weight }) => sum + weight, 0);
  });
  const start = mean(values.slice(0, own).filter((value) => !Number.isNaN(value)));
  return [
    newest[0],
    ...lags.map((lag) => newest[lag] ?? NaN),
    ...slow,
    ...windows.flatMap((window) => windowParts(newest.slice(0, window), window)),
    ...(own > 0 ? [(slow.at(-1) ?? newest[0]) - start] : []),
  ];
}

function windowParts(newest: readonly number[], window: number): number[] {
  const seen = newest.map((value, age) => ({ value, time: -age })).filter(({ value }) => !Number.isNaN(value));
  const [level, middle] = [mean(seen.map(({ value }) => value)), mean(seen.map(({ time }) => time))];
  const variance = mean(seen.map(({ value }) => (value - level) ** 2));
  const together = seen.reduce((sum, { value, time }) => sum + (time - middle) * (value - level), 0);
  const spread = seen.reduce((sum, { time }) => sum + (time - middle) ** 2, 0);
  return [level, 0.5 * Math.log(variance + leastSeriesVariance), seen.length === 0 ? NaN : (together / Math.max(spread, 1e-9)) * window];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

import { seriesFeatures, type SeriesMap } from "./series-map.ts";
import type { BaselineValues, WindowMap } from "./window-map.ts";

/** Feature maps by name: everything that is not a wheel's own. Changing one would change its digests: add another instead. */
const maps = {
  "window-30": { window: 30, memories: [0, 5, 15], random: { count: 300, seed: 1 } },
} as const;

export const mapNames = Object.keys(maps);

/** Features a sum may have; a map that would make more looks at less of the past. */
const mostFeatures = 500;

type Past = Pick<SeriesMap, "lags" | "memories" | "windows" | "own" | "age">;
const noPast: Past = { lags: [], memories: [], windows: [], own: 0, age: false };

/** Maps of rows with their past, by the word before the number of rows that they look back. */
const seriesMaps: Readonly<Record<string, (rows: number) => Partial<Past>>> = {
  row: () => ({}),
  past: (rows) => ({ lags: doubling(rows) }),
  course: (rows) => ({ memories: [rows / 4], windows: [rows] }),
  // Memories of 3, 10 and 25 rows of 40 are exponential weights of about .3, .1 and .04.
  recent: (rows) => ({ memories: [rows * 0.075, rows / 4, rows * 0.625], windows: [rows] }),
  life: (rows) => ({ memories: [rows * 0.075, rows / 4, rows * 0.625], windows: [rows], own: Math.ceil(rows / 2), age: true }),
};

/** 1, 2, 4, ... up to `rows`, and `rows` itself. */
function doubling(rows: number): number[] {
  const lags: number[] = [];
  for (let lag = 1; lag < rows; lag *= 2) lags.push(lag);
  return [...lags, rows];
}

/**
 * The series map of a recipe, `row` or a word with rows to look back such as `past-8`, over columns that
 * are scaled about what is usual of them.
 *
 * Throws RangeError for a name that is none.
 */
export function seriesMapOf(name: string, columns: SeriesMap["columns"]): SeriesMap {
  const [, word = "", rows = "1"] = /^([a-z]+)(?:-([1-9][0-9]{0,3}))?$/.exec(name) ?? [];
  if (!Object.hasOwn(seriesMaps, word)) throw new RangeError(`Cannot use feature map ${JSON.stringify(name.slice(0, 80))}: known are ${Object.keys(seriesMaps).join(", ")}, with the rows they look back`);
  const map = (past: Past): SeriesMap => ({ name: "series", version: 1, columns, ...past });
  let past: Past = { ...noPast, ...seriesMaps[word](Number(rows)) };
  while (seriesFeatures(map(past)).length > mostFeatures && past !== noPast) past = shorter(past);
  return map(past);
}

/** One part of the past less, the farthest first. */
function shorter({ lags, memories, windows, own, age }: Past): Past {
  if (windows.length > 0) return { lags, memories, windows: windows.slice(0, -1), own, age };
  if (memories.length > 0) return { lags, memories: memories.slice(0, -1), windows, own: memories.length > 1 ? own : 0, age };
  if (lags.length > 0) return { lags: lags.slice(0, -1), memories, windows, own, age };
  return noPast;
}

/**
 * The map of a recipe for a wheel's signals, with the wheel's baseline frozen in, or `null` when its
 * blocks bring their own.
 *
 * Throws RangeError for a name that is not in the list.
 */
export function mapOf(name: string, signals: number, baseline: BaselineValues | null): WindowMap {
  if (!Object.hasOwn(maps, name)) throw new RangeError(`Cannot use feature map ${JSON.stringify(name)}: known are ${mapNames.join(", ")}`);
  const known = maps[name as keyof typeof maps];
  const plain = (values: Float64Array) => Array.from(values);
  const frozen = baseline && { centre: plain(baseline.centre), spread: plain(baseline.spread), noise: plain(baseline.noise) };
  return { name: "window", version: 1, signals, ...known, baseline: frozen };
}

import { findConditions } from "../learn/maps/find-conditions.ts";
import { seriesFeatures, type SeriesColumn, type SeriesMap } from "../learn/maps/series-map.ts";
import { pairsFor } from "./study-pairs.ts";
import type { StudyColumn, StudyRequest } from "./study-request.ts";
import { matrixOf } from "./study-rows.ts";

/** Features a sum may have; a map that would make more looks at fewer past rows. */
const mostFeatures = 500;
/** A text column with more levels than this is a name of things, not a property of them. */
const mostLevels = 40;

/** A way to look at the rows of a table, and in words what it looks at. */
export interface NamedMap {
  readonly name: string;
  readonly map: SeriesMap;
}

/** The columns that a model is given, and the maps over them that are worth a try. */
export interface StudyMaps {
  readonly inputs: readonly StudyColumn[];
  readonly maps: readonly NamedMap[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * What the rows that teach suggest to look at: columns that tell them apart, scaled about what is usual
 * there, each row by itself and, where rows follow each other, what led up to it, else what two columns
 * make together; where a machine runs under conditions that make most of what its signals do, also about
 * what is usual in each.
 *
 * `teaches` is 1 where a row teaches, of `request.train`. The past is looked at only as far as was
 * allowed (`lag`), or over the life so far where a group has an order.
 */
export function mapsFor(request: StudyRequest, given: readonly StudyColumn[], teaches: Uint8Array): StudyMaps {
  const inputs: StudyColumn[] = [];
  const columns: SeriesColumn[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for (const input of given) {
    const column = columnOf(input, teaches);
    if (typeof column === "string") leftOut.push({ name: input.name, reason: column });
    else {
      inputs.push(input);
      columns.push(column);
    }
  }
  const moving = columns.filter((column) => "still" in column && !column.still).length;
  const row: SeriesMap = { name: "series", version: 1, columns, lags: [], memories: [], windows: [], own: 0, age: false };
  const maps: NamedMap[] = [{ name: "row", map: row }];
  if (moving > 0) maps.push(...pastMaps(request, row, moving), ...lifeMaps(request, row));
  // Where rows have a past, what led up to them tells more than what can be made of them now.
  // Between classes products draw borders; of a number they bend the line, and further out than any row that taught.
  if (request.kind === "classify" && moving > 1 && maps.length === 1) maps.push({ name: "row and pairs", map: { ...row, pairs: pairsFor(inputs, columns, request.train.target, teaches) } });
  const able = request.kind === "remaining-life" ? maps.filter(({ name }) => name !== "row") : maps;
  const conditions = findConditions(columns, matrixOf(inputs, request.train.rows), teaches);
  const byCondition = conditions === null ? [] : able.map(({ name, map }) => ({ name: `${name}, by condition`, map: { ...map, conditions } }));
  return { inputs, maps: [...able, ...byCondition], leftOut };
}

function columnOf({ name, values, levels }: StudyColumn, teaches: Uint8Array): SeriesColumn | string {
  let [count, mean, squares] = [0, 0, 0];
  const seen = new Set<number>();
  for (let row = 0; row < teaches.length; row++) {
    const value = values[row];
    if (teaches[row] === 0 || Number.isNaN(value)) continue;
    if (seen.size < 3) seen.add(value);
    count++;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  if (count === 0) return "has no known value in the rows that teach";
  if (seen.size === 1) return "never changes in the rows that teach";
  if (levels !== null) return levels.length > mostLevels ? `is text with ${levels.length} different values` : { name, levels };
  const spread = Math.sqrt(squares / count);
  // Two values and nothing between are a switch: its past is its value.
  return spread > 0 && Number.isFinite(spread) ? { name, centre: mean, spread, still: false } : "changes by less, or more, than numbers can hold";
}

/**
 * With `lag`: of a number past rows ever further apart; of a class mean, scatter and trend of the stretch.
 *
 * A number is not told by scatter: how much inputs scatter goes with what was made while it was
 * recorded, and a model that leans on it fails on what is made later.
 */
function pastMaps({ kind, lag }: StudyRequest, row: SeriesMap, moving: number): NamedMap[] {
  if (lag === 0) return [];
  const most = Math.max(1, Math.floor((mostFeatures - seriesFeatures(row).length) / moving));
  // A window and a memory are four numbers a column; the memory reaches back as far as the lag.
  if (kind === "classify" && lag >= 4 && most >= 4) return [{ name: `course over ${lag}`, map: { ...row, memories: [lag / 4], windows: [lag] } }];
  const lags = doubling(lag).slice(0, most);
  return [{ name: `row and ${lags.join(", ")} before`, map: { ...row, lags } }];
}

/** 1, 2, 4, ... up to `lag`, and `lag` itself. */
function doubling(lag: number): number[] {
  const lags: number[] = [];
  for (let next = 1; next < lag; next *= 2) lags.push(next);
  return [...lags, lag];
}

/** Where a group has an order: its life so far, against its own start. */
function lifeMaps({ kind, train }: StudyRequest, row: SeriesMap): NamedMap[] {
  if (train.groups === null || train.order === null || (kind !== "remaining-life" && kind !== "estimate")) return [];
  // Memories of 3, 10 and 25 rows are exponential weights of about .3, .1 and .04.
  return [{ name: "life so far", map: { ...row, memories: [3, 10, 25], windows: [40], own: 20, age: true } }];
}

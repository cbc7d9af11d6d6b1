import { baselineOf } from "./baseline.ts";
import type { Session } from "./engine.ts";
import { featureCount, type BaselineValues, type WindowMap } from "./maps/window-map.ts";
import type { Matrix } from "./matrix.ts";
import { runStretch } from "./stretch.ts";
import type { TaughtItem, Truth } from "./sum.ts";

/** A block as it teaches: its rows on the grid and what is known of each. */
export interface TeachingBlock {
  readonly rows: Matrix;
  /** Rows at its head that are its own baseline; 0 when the map's is frozen. */
  readonly warmUpRows: number;
  /** By row: 0 normal, 1 fault, 2 nobody has said. */
  readonly truth: Uint8Array;
  /** By row: 1 where the asset runs; `null` for one that is taken always to. Elsewhere it is never judged, and teaches nothing. */
  readonly running: Uint8Array | null;
}

/** Why a block teaches nothing, in words; `null` when it may. */
export function cannotTeach({ rows, warmUpRows, truth }: TeachingBlock, map: WindowMap): string | null {
  if (rows.rows < map.window) return `it has ${rows.rows} rows and a window needs ${map.window}`;
  if (warmUpRows > 0 && truth.subarray(0, warmUpRows).includes(1)) return "its warm-up holds a fault, so its baseline is not normal";
  return null;
}

/**
 * The items that a block teaches.
 *
 * With a warm-up of its own, every item is taught against that baseline, as the line meets it; and
 * twice more against the baselines of the warm-up's first and second half, leaving out the half in
 * use, so that how far a signal has wandered since a baseline was taken teaches nothing by itself.
 * Where nobody has said anything in the whole block, its items are assumed normal; rows of unknown
 * truth in a block that somebody did judge teach nothing. Nor do rows in which the asset stands still, or may.
 *
 * Input: `session` runs the map's feature graph. Cost: three runs of it over the rows.
 * Source: Ours; the halves are an augmentation against learning the clock of a test bench.
 */
export async function itemsOf(session: Session, map: WindowMap, block: TeachingBlock): Promise<TaughtItem[]> {
  if (cannotTeach(block, map) !== null) return [];
  const { rows, warmUpRows } = block;
  if (warmUpRows === 0) return await against(session, map, block, null, () => true, true);

  const half = warmUpRows >> 1;
  const whole = await against(session, map, block, baselineOf(head(rows, 0, warmUpRows)), (row) => row >= map.window, true);
  const first = await against(session, map, block, baselineOf(head(rows, 0, half)), (row) => row >= half + map.window, false);
  const inSecond = (row: number) => row >= warmUpRows || (row >= map.window && row < half);
  const second = await against(session, map, block, baselineOf(head(rows, half, warmUpRows)), inSecond, false);
  return [...whole, ...first, ...second];
}

async function against(
  session: Session,
  map: WindowMap,
  { rows, warmUpRows, truth, running }: TeachingBlock,
  baseline: BaselineValues | null,
  teaches: (row: number) => boolean,
  own: boolean,
): Promise<TaughtItem[]> {
  const width = featureCount(map).all;
  const { features } = await runStretch(session, { features: width }, rows, map.window, baseline);
  const judged = truth.some((value) => value !== 2);
  const items: TaughtItem[] = [];
  for (let row = 0; row < rows.rows; row++) {
    const known = truthOfRow(truth[row], judged, row < warmUpRows);
    if (known === null || !teaches(row) || (running !== null && running[row] !== 1)) continue;
    const item = features.slice(row * width, (row + 1) * width);
    if (!item.some(Number.isNaN)) items.push({ features: item, truth: known, met: own && row >= warmUpRows });
  }
  return items;
}

/** A warm-up is normal by what a warm-up is, in a block that somebody has judged. */
function truthOfRow(said: number, judged: boolean, warmUp: boolean): Truth | null {
  if (!judged) return "assumed";
  if (said === 1) return "fault";
  return said === 0 || warmUp ? "normal" : null;
}

function head({ columns, values }: Matrix, from: number, to: number): Matrix {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) };
}

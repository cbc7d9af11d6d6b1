import { engineGram } from "../engine/gram.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { paramsOf, type Learnt } from "../learn/learner.ts";
import { novelty } from "../learn/learners/condition.ts";
import { featureCount, type WindowMap } from "../learn/maps/window-map.ts";
import { featureModel } from "../learn/model.ts";
import { runStretch } from "../learn/stretch.ts";
import { merge, sumOf, type Sum, type TaughtItem } from "../learn/sum.ts";
import { matrixOf, type RowStretch } from "./trial-rows.ts";

/** Held-out groups that thresholds are calibrated on; a refit for each. */
const mostGroups = 10;
/** Windows that a block of the training stretch has at least. */
const windowsOfBlock = 2;
/** Rows given out at a time, and feature values kept of a block: both bound memory. */
const rowsAtOnce = 16_384;
const valuesOfBlock = 8_000_000;

/** What the training stretch taught. */
export interface TrialLearnt extends Learnt {
  readonly blocks: number;
  readonly groups: number;
  /** Windows that taught. */
  readonly items: number;
}

/** Rows that are run through a graph together: results are laid out from row `begin`, and are new from row `at` to `end`. */
export interface RunPart {
  readonly begin: number;
  readonly at: number;
  readonly end: number;
  readonly results: Readonly<Record<string, Float32Array>>;
}

/** Runs a graph over rows `from` to `to`, a part at a time; no window reaches before `from`. */
export async function* runParts(session: Session, outputs: Readonly<Record<string, number>>, columns: readonly Float64Array[], rows: Pick<RowStretch, "from" | "to">, window: number): AsyncGenerator<RunPart> {
  for (let at = rows.from; at < rows.to; at += rowsAtOnce) {
    const begin = Math.max(rows.from, at - window + 1);
    const end = Math.min(rows.to, at + rowsAtOnce);
    yield { begin, at, end, results: await runStretch(session, outputs, matrixOf(columns, begin, end), window, null) };
  }
}

/**
 * The blocks that a training stretch is cut into: equal, contiguous, within one stretch, ten or so in
 * all, each long enough for two windows side by side where the stretch is.
 */
export function trainingBlocks(stretches: readonly RowStretch[], trainRows: number, window: number): Pick<RowStretch, "from" | "to">[] {
  const length = Math.max(windowsOfBlock * window, Math.floor(trainRows / mostGroups));
  return stretches.flatMap(({ from, to }) => {
    const rows = Math.min(to, trainRows) - from;
    if (rows < window) return [];
    const blocks = Math.max(1, Math.floor(rows / length));
    return Array.from({ length: blocks }, (_, block) => ({ from: from + Math.floor((block * rows) / blocks), to: from + Math.floor(((block + 1) * rows) / blocks) }));
  });
}

/**
 * Teaches novelty on the blocks of a training stretch, assumed normal, and calibrates it on groups of
 * them that each refit had not seen.
 *
 * Input: `teaches`, 1 a row that may teach: a window with any other row in it teaches nothing.
 * Returns: `null` when no window could teach.
 */
export async function teachTrial(
  map: WindowMap,
  columns: readonly Float64Array[],
  blocks: readonly Pick<RowStretch, "from" | "to">[],
  teaches: Uint8Array,
  engine: Engine,
  onBlock: (done: number, of: number) => void,
): Promise<TrialLearnt | null> {
  const session = await engine.open(featureModel(map));
  const gram = await engineGram(engine);
  const width = featureCount(map).all;
  const sums: Sum[] = [];
  let items = 0;
  try {
    for (const [at, block] of blocks.entries()) {
      const own = await blockItems(session, map, columns, block, teaches);
      items += own.length;
      if (own.length > 0) sums.push(await sumOf(own, width, `trial-${at}`, gram));
      onBlock(at + 1, blocks.length);
    }
  } finally {
    await session.close();
  }
  if (sums.length === 0) return null;
  const groups = grouped(sums);
  const learnt = novelty.learn({ total: groups.reduce(merge), groups }, featureCount(map), paramsOf(novelty, {}));
  return { ...learnt, blocks: sums.length, groups: groups.length, items };
}

async function blockItems(session: Session, map: WindowMap, columns: readonly Float64Array[], block: Pick<RowStretch, "from" | "to">, teaches: Uint8Array): Promise<TaughtItem[]> {
  const { window } = map;
  const width = featureCount(map).all;
  // Neighbouring windows share nearly all rows, so leaving some out loses little.
  const stride = Math.max(1, Math.ceil(((block.to - block.from) * width) / valuesOfBlock));
  const items: TaughtItem[] = [];
  let lastBarred = block.from - 1;
  for await (const { begin, at, end, results } of runParts(session, { features: width }, columns, block, window)) {
    for (let row = at; row < end; row++) {
      if (teaches[row] !== 1) lastBarred = row;
      if (row - lastBarred < window || (row - block.from) % stride !== 0) continue;
      const features = results["features"].slice((row - begin) * width, (row - begin + 1) * width);
      if (!features.some(Number.isNaN)) items.push({ features, truth: "assumed", met: true });
    }
  }
  return items;
}

/** Sums of neighbouring blocks merged into ten groups at most. */
function grouped(sums: readonly Sum[]): Sum[] {
  const count = Math.min(mostGroups, sums.length);
  return Array.from({ length: count }, (_, group) => sums.slice(Math.floor((group * sums.length) / count), Math.floor(((group + 1) * sums.length) / count)).reduce(merge));
}

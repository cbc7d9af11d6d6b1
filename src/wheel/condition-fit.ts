import type { Engine, Session } from "../learn/engine.ts";
import { fitCoupling } from "../learn/heads/coupling.ts";
import { paramsOf } from "../learn/learner.ts";
import { novelty } from "../learn/learners/condition.ts";
import { explainedBy, whitenedCount, whitenedMap, whitenedModel } from "../learn/maps/whitened-map.ts";
import { featureCount, type BaselineValues, type WindowMap } from "../learn/maps/window-map.ts";
import { featureModel, type ConditionHead } from "../learn/model.ts";
import { diagonalOf, emptyMoments, mergeMoments, momentsOf, type Gram } from "../learn/moments.ts";
import type { SideHead } from "../learn/side-parts.ts";
import { merge, sumOf, type Sum, type TaughtItem } from "../learn/sum.ts";
import { rowMoments, teachingSpans, usualOf, type ConditionRows } from "./condition-rows.ts";
import { runParts } from "./trial-teach.ts";

type Coupling = Extract<SideHead, { name: "coupling" }>;

/** Rows that teach, in groups of blocks that are held out together. */
export interface Lesson {
  readonly rows: ConditionRows;
  readonly groups: readonly (readonly number[])[];
  /** Signals that may be coupled; none to leave coupling out. */
  readonly places: readonly number[];
  readonly window: number;
  readonly engine: Engine;
  readonly gram: Gram;
}

/** Levels, novelty and coupling as some groups taught them. */
export interface Fitted {
  readonly map: WindowMap;
  readonly baseline: BaselineValues;
  readonly head: ConditionHead;
  readonly coupling: Coupling | null;
  /** The blocks that taught, and what their windows did. */
  readonly blocks: readonly number[];
  readonly sum: Sum;
  readonly items: number;
}

/** Windows that a fit takes: neighbouring ones share nearly all rows, so that leaving some out loses little. */
const mostWindows = 12_000;
/** Time constants of the levels, in rows; 0 for the plain mean. */
const memories = [0, 5, 15];
/** Coupling is left out unless it knows this share of the windows that the other detectors know. */
const leastWhole = 0.9;
const rowShrinkage = 1e-3;
const windowShrinkage = 0.5;

/** A signal is coupled when the others explain more than this share of its variance, and rows hang together when so many of their signals are. */
const mostlyExplained = 0.5;

export function hangsTogether(coupling: Coupling | null, { columns, blocks }: ConditionRows): boolean {
  if (coupling === null) return false;
  const explained = explainedBy(coupling.head.map, blocks.reduce((sum, { from, to }) => sum + to - from, 0));
  return explained.filter((share) => share > mostlyExplained).length * 2 >= explained.length && explained.length * 2 >= columns.length;
}

/** Everything that some groups teach; `known` stands in for the baseline of signals that are missing in them. */
export async function fitOn(lesson: Lesson, chosen: readonly number[], known: BaselineValues | null): Promise<Fitted | null> {
  const { rows, groups, window } = lesson;
  const blocks = chosen.flatMap((group) => groups[group]);
  if (blocks.length === 0) return null;
  const baseline = usualOf(rows, blocks, known);
  const plain = { centre: Array.from(baseline.centre), spread: Array.from(baseline.spread), noise: Array.from(baseline.noise) };
  const map: WindowMap = { name: "window", version: 1, signals: rows.columns.length, window, memories, random: { count: 0, seed: 1 }, baseline: plain };
  const sum = await windowSum(lesson, blocks, map);
  if (sum === null) return null;
  const { head } = novelty.learn({ total: sum, groups: [] }, featureCount(map), paramsOf(novelty, {}));
  const items = sum.lessons.assumed.items;
  return { map, baseline, head, coupling: await couplingOf(lesson, blocks, baseline, items), blocks, sum, items };
}

/** What the windows of some blocks teach levels and novelty; `null` without any. */
async function windowSum({ rows, engine, gram }: Lesson, blocks: readonly number[], map: WindowMap): Promise<Sum | null> {
  const session = await engine.open(featureModel(map));
  const width = featureCount(map).all;
  let sum: Sum | null = null;
  try {
    for (const at of blocks) {
      const items = (await itemsOf(session, rows, at, map.window, width, blocks.length)).map((features): TaughtItem => ({ features, truth: "assumed", met: true }));
      if (items.length === 0) continue;
      const own = await sumOf(items, width, `block-${at}`, gram);
      sum = sum === null ? own : merge(sum, own);
    }
  } finally {
    await session.close();
  }
  return sum;
}

/** The features of a block's windows all of whose rows may teach; with many rows every second, third... one. */
async function itemsOf(session: Session, { columns, blocks, teaches }: ConditionRows, block: number, window: number, width: number, together: number): Promise<Float32Array[]> {
  const { from, to } = blocks[block];
  const stride = Math.max(1, Math.ceil((to - from) / (mostWindows / together)));
  const items: Float32Array[] = [];
  for (const span of teachingSpans(blocks[block], teaches, window)) {
    for await (const { begin, at, end, results } of runParts(session, { features: width }, columns, span, window)) {
      for (let row = at; row < end; row++) {
        if ((row - span.from) % stride !== 0) continue;
        const features = results["features"].slice((row - begin) * width, (row - begin + 1) * width);
        if (!features.some(Number.isNaN)) items.push(features);
      }
    }
  }
  return items;
}

/** Coupling as some blocks teach it; `null` when their rows are too few, or too holed for `items` windows. */
async function couplingOf({ rows, places, window, engine, gram }: Lesson, blocks: readonly number[], { centre, spread }: BaselineValues, items: number): Promise<Coupling | null> {
  if (places.length === 0) return null;
  const scale = { centre: places.map((place) => centre[place]), spread: places.map((place) => spread[place]) };
  const moments = await rowMoments(rows, blocks, places, scale, gram);
  if (moments.count <= 2 * places.length || diagonalOf(moments).some((own) => !(own > 0))) return null;
  const map = whitenedMap(moments, scale, places, rows.columns.length, window, rowShrinkage);
  const session = await engine.open(whitenedModel(map));
  const width = whitenedCount(map);
  let normal = emptyMoments(width);
  try {
    for (const at of blocks) normal = mergeMoments(normal, await momentsOf(await itemsOf(session, rows, at, window, width, blocks.length), width, gram));
  } finally {
    await session.close();
  }
  return normal.count === 0 || normal.count < leastWhole * items ? null : { name: "coupling", head: fitCoupling(map, normal, windowShrinkage) };
}

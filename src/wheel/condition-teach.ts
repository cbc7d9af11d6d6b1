import { engineGram } from "../engine/gram.ts";
import { blockLevel } from "../learn/block-level.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { fitCoupling } from "../learn/heads/coupling.ts";
import { paramsOf } from "../learn/learner.ts";
import { novelty } from "../learn/learners/condition.ts";
import { explainedBy, whitenedCount, whitenedMap, whitenedModel } from "../learn/maps/whitened-map.ts";
import { featureCount, type BaselineValues, type WindowMap } from "../learn/maps/window-map.ts";
import { featureModel, partNames, partsModel, type ConditionHead, type CouplingPart, type Thresholds } from "../learn/model.ts";
import { diagonalOf, emptyMoments, mergeMoments, momentsOf, type Gram } from "../learn/moments.ts";
import { merge, sumOf, type Sum, type TaughtItem } from "../learn/sum.ts";
import { coupledPlaces, groupsOf, rowMoments, teachingSpans, usualOf, type ConditionRows } from "./condition-rows.ts";
import { runParts } from "./trial-teach.ts";

/** What normal rows taught: every detector that they could teach, and where each alarms. */
export interface ConditionLearnt {
  readonly map: WindowMap;
  readonly baseline: BaselineValues;
  readonly head: ConditionHead;
  readonly thresholds: Thresholds;
  readonly coupling: CouplingPart | null;
  readonly detectors: readonly string[];
  /** Share of held-out rows at which the fused score is at or above 1. `null` when nothing could be held out. */
  readonly heldOutShare: number | null;
  /** Held-out rows stand for too few independent windows to bear the share out. */
  readonly provisional: boolean;
  readonly blocks: number;
  readonly groups: number;
  readonly items: number;
}

/** Refits on which thresholds are calibrated. */
const mostGroups = 10;
/** Windows that a fit takes: neighbouring ones share nearly all rows, so that leaving some out loses little. */
const mostWindows = 12_000;
/** Time constants of the levels, in rows; 0 for the plain mean. */
const memories = [0, 5, 15];
/** Coupling is left out unless it knows this share of the windows that the other detectors know. */
const leastWhole = 0.9;
/** Windows side by side that count as one block of evidence when a threshold is calibrated. */
const windowsOfBlock = 2;
/** Below this many held-out windows any level would be a guess. */
const fewestHeldOut = 100;
const rowShrinkage = 1e-3;
const windowShrinkage = 0.5;
const uncalibrated: Thresholds = { levels: 1, novelty: 1, answers: null };

interface Lesson {
  readonly rows: ConditionRows;
  readonly groups: readonly (readonly number[])[];
  readonly places: readonly number[];
  readonly window: number;
  readonly engine: Engine;
  readonly gram: Gram;
}

/** Detectors as some groups taught them. */
interface Fitted {
  readonly map: WindowMap;
  readonly baseline: BaselineValues;
  readonly head: ConditionHead;
  readonly coupling: CouplingPart | null;
  readonly items: number;
}

/**
 * Teaches every detector on normal rows, and calibrates them on groups of blocks that a refit, baseline
 * and whitening included, had not seen.
 *
 * Novelty always judges. Beside it, where the signals of the rows hang together, coupling: each signal
 * may then be usual while a balance is broken; else levels, a chart a signal. Each gets the score that a
 * share `alarms` of what comes next exceeds, as held-out blocks bear it out; the fused score is the
 * larger over that, times what makes the fused one keep the share too. That much is chosen by the rows
 * that teach; the rest is fixed, for without a fault nothing could tell which detector is worth more.
 *
 * Returns: `null` when no window could teach.
 * Cost: for each of up to ten groups one fit and one pass over the others; some 200 MiB at most beside
 * the rows.
 */
export async function teachCondition(rows: ConditionRows, window: number, alarms: number, engine: Engine, onGroup: (done: number, of: number) => void): Promise<ConditionLearnt | null> {
  const groups = groupsOf(rows.blocks, mostGroups);
  const all = groups.map((_, at) => at);
  const wide: Lesson = { rows, groups, places: coupledPlaces(rows), window, engine, gram: await engineGram(engine) };
  const taught = await fitOn(wide, all, null);
  if (taught === null) return null;
  const isCoupled = hangsTogether(taught.coupling, rows);
  const [whole, lesson]: [Fitted, Lesson] = isCoupled ? [taught, wide] : [{ ...taught, coupling: null }, { ...wide, places: [] }];
  onGroup(1, groups.length + 1);
  const held: Held[] = [];
  for (const group of all) {
    const rest = await fitOn(lesson, all.filter((other) => other !== group), whole.baseline);
    if (rest !== null && (rest.coupling === null) === (whole.coupling === null)) held.push(await heldOut(lesson, group, rest));
    onGroup(group + 2, groups.length + 1);
  }
  return { ...whole, ...calibrated(whole, held, alarms), blocks: rows.blocks.length, groups: groups.length };
}

/** A signal is coupled when the others explain more than this share of its variance, and rows hang together when so many of their signals are. */
const mostlyExplained = 0.5;

function hangsTogether(coupling: CouplingPart | null, { columns, blocks }: ConditionRows): boolean {
  if (coupling === null) return false;
  const explained = explainedBy(coupling.head.map, blocks.reduce((sum, { from, to }) => sum + to - from, 0));
  return explained.filter((share) => share > mostlyExplained).length * 2 >= explained.length && explained.length * 2 >= columns.length;
}

/** Everything that some groups teach; `known` stands in for the baseline of signals that are missing in them. */
async function fitOn(lesson: Lesson, chosen: readonly number[], known: BaselineValues | null): Promise<Fitted | null> {
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
  return { map, baseline, head, coupling: await couplingOf(lesson, blocks, baseline, items), items };
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
async function couplingOf({ rows, places, window, engine, gram }: Lesson, blocks: readonly number[], { centre, spread }: BaselineValues, items: number): Promise<CouplingPart | null> {
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
  return normal.count === 0 || normal.count < leastWhole * items ? null : { head: fitCoupling(map, normal, windowShrinkage), threshold: 1 };
}

/** Raw scores of windows that a refit had not seen, and the block that each is of. */
interface Held {
  readonly scores: readonly Float32Array[]; // one a detector
  readonly blocks: Int32Array;
}

/** The raw score of each detector in the windows of a group that it was not taught on; unknown ones are left out. */
async function heldOut({ rows, groups, engine }: Lesson, group: number, { map, head, coupling }: Fitted): Promise<Held> {
  const session = await engine.open(partsModel(map, head, uncalibrated, coupling));
  const width = partNames(head, coupling).length;
  const scores: number[][] = Array.from({ length: width }, () => []);
  const blocks: number[] = [];
  try {
    for (const at of groups[group]) {
      for (const span of teachingSpans(rows.blocks[at], rows.teaches, map.window)) {
        for await (const { begin, at: fresh, end, results } of runParts(session, { parts: width }, rows.columns, span, map.window)) {
          for (let row = fresh; row < end; row++) {
            const item = results["parts"].subarray((row - begin) * width, (row - begin + 1) * width);
            if (item.some(Number.isNaN)) continue;
            for (const [part, value] of item.entries()) scores[part].push(value);
            blocks.push(Math.floor(row / (windowsOfBlock * map.window)));
          }
        }
      }
    }
  } finally {
    await session.close();
  }
  return { scores: scores.map((own) => Float32Array.from(own)), blocks: Int32Array.from(blocks) };
}

type Calibrated = Pick<ConditionLearnt, "thresholds" | "coupling" | "detectors" | "heldOutShare" | "provisional">;

/** Thresholds of each part that has a say, and of all together, from held-out scores; a stated guess without them. */
function calibrated({ head, coupling }: Fitted, held: readonly Held[], alarms: number): Calibrated {
  const names = partNames(head, coupling);
  const detectors = names.filter((name) => (coupling === null ? true : name !== "levels"));
  const blocks = joined(held.map((own) => own.blocks));
  if (blocks.length < fewestHeldOut) {
    const [levels, firstNovelty] = [novelty.params["firstLevels"].default, novelty.params["firstNovelty"].default];
    return { thresholds: { levels, novelty: firstNovelty, answers: null }, coupling: null, detectors: ["levels", "novelty"], heldOutShare: null, provisional: true };
  }
  const level = (scores: Float64Array) => blockLevel(scores, blocks, alarms);
  const scores = detectors.map((name) => joined(held.map((own) => own.scores[names.indexOf(name)])));
  const own = scores.map((values) => Math.max(level(values).level, 1e-6));
  const fused = blocks.map((_, item) => scores.reduce((most, values, part) => Math.max(most, values[item] / own[part]), 0));
  const together = level(fused);
  const thresholdOf = (name: string) => (detectors.includes(name) ? own[detectors.indexOf(name)] * together.level : Infinity);
  return {
    thresholds: { levels: thresholdOf("levels"), novelty: thresholdOf("novelty"), answers: null },
    coupling: coupling && { ...coupling, threshold: thresholdOf("coupling") },
    detectors,
    heldOutShare: fused.reduce((count, score) => count + (score >= together.level ? 1 : 0), 0) / fused.length,
    provisional: together.provisional,
  };
}

function joined(parts: readonly (Float32Array | Int32Array)[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

import { blockLevel } from "../learn/block-level.ts";
import type { Session } from "../learn/engine.ts";
import { isPlainlyBetter } from "../learn/plainly-better.ts";
import { partNames, partsModel, sideModel, type Thresholds } from "../learn/model.ts";
import type { SideHead } from "../learn/side-parts.ts";
import { withFaults } from "./condition-faults.ts";
import type { Fitted, Lesson } from "./condition-fit.ts";
import { teachingSpans } from "./condition-rows.ts";
import { runParts } from "./trial-teach.ts";

/** Windows side by side that count as one block of evidence when a threshold is calibrated. */
const windowsOfBlock = 2;
/** Windows of a group that get every kind of fault. */
const struckWindows = 12;
const uncalibrated: Thresholds = { levels: 1, novelty: 1, answers: null };

/** What refits said of windows that they had not seen: raw scores by detector. */
export interface Held {
  /** The row at which each window ends, and the block of evidence that it is of. */
  readonly ends: readonly number[];
  readonly blocks: Int32Array;
  readonly scores: Map<string, Float32Array>;
  /** Of windows of the same rows that faults were put into. */
  readonly struck: Map<string, Float32Array>;
}

/** What levels, novelty and coupling say of a group that they were not taught on; windows that any of them does not know are left out. */
export async function heldOut(lesson: Lesson, group: number, fitted: Fitted): Promise<Held> {
  const { rows, groups, engine } = lesson;
  const beside = fitted.coupling === null ? [] : [{ ...fitted.coupling, threshold: 1 }];
  const names = partNames(fitted.head, beside);
  const session = await engine.open(partsModel(fitted.map, fitted.head, uncalibrated, beside));
  const { window } = fitted.map;
  const ends: number[] = [];
  const scores: number[][] = names.map(() => []);
  try {
    for (const at of groups[group]) {
      for (const span of teachingSpans(rows.blocks[at], rows.teaches, window)) {
        for await (const { begin, at: fresh, end, results } of runParts(session, { parts: names.length }, rows.columns, span, window)) {
          for (let row = fresh; row < end; row++) {
            const item = results["parts"].subarray((row - begin) * names.length, (row - begin + 1) * names.length);
            if (item.some(Number.isNaN)) continue;
            for (const [part, value] of item.entries()) scores[part].push(value);
            ends.push(row + 1);
          }
        }
      }
    }
    const struck = await scoresOfStruck(session, names.length, lesson, ends, fitted, group);
    return {
      ends,
      blocks: Int32Array.from(ends, (end) => Math.floor((end - 1) / (windowsOfBlock * window))),
      scores: new Map(names.map((name, part) => [name, Float32Array.from(scores[part])])),
      struck: new Map(names.map((name, part) => [name, struck[part]])),
    };
  } finally {
    await session.close();
  }
}

/** Adds what one more detector says of the same windows. */
export async function hearSide(lesson: Lesson, group: number, fitted: Fitted, side: SideHead, held: Held): Promise<void> {
  const { rows, groups, engine } = lesson;
  const { window } = fitted.map;
  const session = await engine.open(sideModel(fitted.map, side));
  const known = new Map<number, number>();
  try {
    for (const at of groups[group]) {
      for (const span of teachingSpans(rows.blocks[at], rows.teaches, window)) {
        for await (const { begin, at: fresh, end, results } of runParts(session, { parts: 1 }, rows.columns, span, window)) {
          for (let row = fresh; row < end; row++) known.set(row + 1, results["parts"][row - begin]);
        }
      }
    }
    const [struck] = await scoresOfStruck(session, 1, lesson, held.ends, fitted, group);
    held.scores.set(side.name, Float32Array.from(held.ends, (end) => known.get(end) ?? NaN));
    held.struck.set(side.name, struck);
  } finally {
    await session.close();
  }
}

async function scoresOfStruck(session: Session, width: number, { rows: { columns } }: Lesson, ends: readonly number[], { map: { window }, baseline }: Fitted, group: number): Promise<Float32Array[]> {
  const stride = Math.max(1, Math.floor(ends.length / struckWindows));
  const chosen = ends.filter((_, at) => at % stride === 0);
  if (chosen.length < 2) return Array.from({ length: width }, () => new Float32Array(0));
  const { rows, columns: signals, values } = withFaults(columns, chosen, window, baseline, group + 1);
  const said = Array.from({ length: width }, () => new Float32Array(rows / window));
  for (let item = 0; item < rows / window; item++) {
    const own = { type: "double", dims: [window, signals], values: values.subarray(item * window * signals, (item + 1) * window * signals) } as const; // a window by itself: those across two are of no use
    const { parts } = await session.run({ window: own });
    for (const [part, scores] of said.entries()) scores[item] = parts.values[part];
  }
  return said;
}

/** Some detectors together: where each alarms, and what that comes to. */
export interface Fusion {
  readonly detectors: readonly string[];
  /** The raw score from which each alarms. */
  readonly thresholds: ReadonlyMap<string, number>;
  /** Share of held-out windows at which any alarms. */
  readonly share: number;
  readonly provisional: boolean;
  /** By group, the share of windows with a fault put into them at which any alarms; NaN without any. */
  readonly found: Float64Array;
}

/**
 * Gives each detector the score that a share `alarms` of what comes next exceeds, as held-out blocks bear
 * it out, times what makes the fused score, the larger over that, keep the share too.
 */
export function fusionOf(detectors: readonly string[], held: readonly Held[], alarms: number): Fusion {
  const blocks = Int32Array.from(held.flatMap((own) => Array.from(own.blocks)));
  const scores = detectors.map((name) => joined(held.map((own) => own.scores.get(name) ?? new Float32Array(own.blocks.length).fill(NaN))));
  const level = (values: Float64Array) => blockLevel(values, blocks, alarms);
  const own = scores.map((values) => Math.max(level(values).level, 1e-6));
  const fused = blocks.length === 0 ? new Float64Array(0) : Float64Array.from(blocks, (_, item) => scores.reduce((most, values, part) => Math.max(most, values[item] / own[part]), 0));
  const together = level(fused);
  const thresholds = new Map(detectors.map((name, at) => [name, own[at] * together.level]));
  return {
    detectors,
    thresholds,
    share: fused.reduce((count, score) => count + (score >= together.level ? 1 : 0), 0) / fused.length,
    provisional: together.provisional,
    found: Float64Array.from(held, ({ struck }) => foundIn(struck, thresholds)),
  };
}

function foundIn(struck: Held["struck"], thresholds: ReadonlyMap<string, number>): number {
  const parts = [...thresholds].map(([name, threshold]) => ({ scores: struck.get(name), threshold }));
  const items = parts[0].scores?.length ?? 0;
  let [known, found] = [0, 0];
  for (let item = 0; item < items; item++) {
    const over = parts.map(({ scores, threshold }) => (scores?.[item] ?? NaN) / threshold);
    if (over.some(Number.isNaN)) continue;
    known++;
    if (over.some((own) => own >= 1)) found++;
  }
  return known === 0 ? NaN : found / known;
}

/** Whether one fusion is plainly better than another at the same share of alarms: by the faults found, group by group. */
export const isBetter = (one: Fusion, other: Fusion): boolean => isPlainlyBetter(Array.from(one.found, (found, group) => found - other.found[group]));

/** The mean over groups; NaN without any. */
export const meanFound = ({ found }: Fusion): number => meanOf(found.filter((own) => !Number.isNaN(own)));

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function joined(parts: readonly Float32Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

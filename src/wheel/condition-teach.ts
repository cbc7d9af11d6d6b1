import { engineGram } from "../engine/gram.ts";
import type { Engine } from "../learn/engine.ts";
import { novelty } from "../learn/learners/condition.ts";
import type { BaselineValues, WindowMap } from "../learn/maps/window-map.ts";
import type { ConditionHead, Thresholds } from "../learn/model.ts";
import type { SidePart, SideHead } from "../learn/side-parts.ts";
import { fitOn, hangsTogether, type Fitted, type Lesson } from "./condition-fit.ts";
import { fusionOf, hearSide, heldOut, isBetter, meanFound, type Fusion, type Held } from "./condition-held.ts";
import { coupledPlaces, groupsOf, type ConditionRows } from "./condition-rows.ts";
import { fitSide, sides } from "./condition-sides.ts";

/** What was seen of a detector before it was chosen or not. */
export interface TriedDetector {
  readonly name: string;
  /** Share of the windows with a fault put into them that it finds by itself, at the share of alarms that is aimed at; `null` unknown. */
  readonly found: number | null;
  /** The same together with those that judge, whether it does or not. */
  readonly foundTogether: number | null;
  /** What learning and hearing it took; levels, novelty and coupling are learnt together, and each bears the cost of all. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly chosen: boolean;
  /** Why it was not heard to the end; `null` where it was. */
  readonly stopped: string | null;
}

/** What normal rows taught: the detectors that judge, where each alarms, and all that were tried. */
export interface ConditionLearnt {
  readonly map: WindowMap;
  readonly baseline: BaselineValues;
  readonly head: ConditionHead;
  readonly thresholds: Thresholds;
  /** Detectors that judge beside levels and novelty. */
  readonly beside: readonly SidePart[];
  readonly detectors: readonly string[];
  readonly tried: readonly TriedDetector[];
  /** Share of held-out rows at which the fused score is at or above 1. `null` when nothing could be held out. */
  readonly heldOutShare: number | null;
  /** Held-out rows stand for too few independent windows to bear the share out. */
  readonly provisional: boolean;
  readonly blocks: number;
  readonly groups: number;
  readonly items: number;
}

/** What teaching is done with, and what it may take. */
export interface TeachPorts {
  readonly engine: Engine;
  /** Seconds since some moment, processor seconds, and memory now. */
  readonly seconds: () => number;
  readonly cpuSeconds: () => number;
  readonly residentMiB: () => number;
  /** More detectors are tried for so many seconds. */
  readonly budgetSeconds: number;
  readonly onGroup: (done: number, of: number) => void;
}

/** Refits on which thresholds are calibrated. */
const mostGroups = 10;
/** Below this many held-out windows any level would be a guess. */
const fewestHeldOut = 100;

/**
 * Teaches every detector on normal rows, and calibrates them on groups of blocks that a refit, baseline
 * and whitening included, had not seen.
 *
 * Novelty always judges. Beside it, where the signals of the rows hang together, coupling: each signal
 * may then be usual while a balance is broken; else levels, a chart a signal. Then isolation, neighbours
 * and convolutions are tried while the time lasts: faults are put into the held-out windows, and one that
 * makes the fusion find plainly more of them at the same share of alarms judges too. All of that is
 * chosen by the rows that teach.
 *
 * Returns: `null` when no window could teach.
 * Cost: for each of up to ten groups one fit and one pass over the others; for each more detector one
 * pass over all; some 200 MiB at most beside the rows.
 */
export async function teachCondition(rows: ConditionRows, window: number, alarms: number, ports: TeachPorts): Promise<ConditionLearnt | null> {
  const { engine, onGroup } = ports;
  const began = ports.seconds();
  const groups = groupsOf(rows.blocks, mostGroups);
  const all = groups.map((_, at) => at);
  const wide: Lesson = { rows, groups, places: coupledPlaces(rows), window, engine, gram: await engineGram(engine) };
  const basis = meter(ports);
  const taught = await fitOn(wide, all, null);
  if (taught === null) return null;
  const isCoupled = hangsTogether(taught.coupling, rows);
  const [whole, lesson]: [Fitted, Lesson] = isCoupled ? [taught, wide] : [{ ...taught, coupling: null }, { ...wide, places: [] }];
  onGroup(1, groups.length + 1);
  const refits: Refit[] = [];
  for (const group of all) {
    const fitted = await fitOn(lesson, all.filter((other) => other !== group), whole.baseline);
    if (fitted !== null && (fitted.coupling === null) === (whole.coupling === null)) refits.push({ group, fitted, held: await heldOut(lesson, group, fitted) });
    onGroup(group + 2, groups.length + 1);
  }
  const learnt = { map: whole.map, baseline: whole.baseline, head: whole.head, blocks: rows.blocks.length, groups: groups.length, items: whole.items };
  const cost = basis();
  if (refits.reduce((sum, { held }) => sum + held.ends.length, 0) < fewestHeldOut) return { ...learnt, ...guessed(cost) };

  const base = fusionOf(isCoupled ? ["novelty", "coupling"] : ["levels", "novelty"], refits.map(({ held }) => held), alarms);
  const more = await trySides(whole, lesson, refits, base, alarms, { ...ports, until: began + ports.budgetSeconds });
  const { fusion, beside, tried } = more;
  const alone = (name: string) => known(meanFound(fusionOf([name], refits.map(({ held }) => held), alarms)));
  const early = ["levels", "novelty", ...(isCoupled ? ["coupling"] : [])].map((name): TriedDetector => ({ name, found: alone(name), foundTogether: known(meanFound(base)), ...cost, chosen: base.detectors.includes(name), stopped: null }));
  const thresholdOf = (name: string) => fusion.thresholds.get(name) ?? Infinity;
  const parts = [...(whole.coupling === null ? [] : [whole.coupling]), ...beside];
  return {
    ...learnt,
    thresholds: { levels: thresholdOf("levels"), novelty: thresholdOf("novelty"), answers: null },
    beside: parts.map((part) => ({ ...part, threshold: thresholdOf(part.name) })),
    detectors: fusion.detectors,
    tried: [...early, ...tried],
    heldOutShare: fusion.share,
    provisional: fusion.provisional,
  };
}

/** What was taught without one group, and what it says of that one. */
interface Refit {
  readonly group: number;
  readonly fitted: Fitted;
  readonly held: Held;
}

/** Tries the other detectors one after the other; each that makes the fusion plainly better stays in it. */
async function trySides(whole: Fitted, lesson: Lesson, refits: readonly Refit[], base: Fusion, alarms: number, ports: TeachPorts & { readonly until: number }): Promise<{ fusion: Fusion; beside: SideHead[]; tried: TriedDetector[] }> {
  let fusion = base;
  const beside: SideHead[] = [];
  const tried: TriedDetector[] = [];
  for (const side of sides) {
    const measured = meter(ports);
    let stopped = ports.seconds() > ports.until ? "the time was up" : null;
    const own = stopped === null ? await fitSide(side, whole, lesson) : null;
    if (stopped === null && own === null) stopped = "no window could teach it";
    for (const { group, fitted, held } of stopped === null ? refits : []) {
      const fit = await fitSide(side, fitted, lesson);
      if (fit !== null) await hearSide(lesson, group, fitted, fit, held);
      if (ports.seconds() > ports.until || fit === null) {
        stopped = fit === null ? "no window could teach it" : "the time was up";
        break;
      }
    }
    const held = refits.map((refit) => refit.held);
    const alone = stopped === null ? fusionOf([side], held, alarms) : null;
    const together = stopped === null ? fusionOf([...fusion.detectors, side], held, alarms) : null;
    const chosen = together !== null && own !== null && isBetter(together, fusion);
    if (chosen) {
      fusion = together;
      beside.push(own);
    }
    tried.push({ name: side, found: alone && known(meanFound(alone)), foundTogether: together && known(meanFound(together)), ...measured(), chosen, stopped });
  }
  return { fusion, beside, tried };
}

/** Levels and novelty at stated thresholds, where nothing could be held out. */
function guessed(cost: Cost): Pick<ConditionLearnt, "thresholds" | "beside" | "detectors" | "tried" | "heldOutShare" | "provisional"> {
  const [levels, firstNovelty] = [novelty.params["firstLevels"].default, novelty.params["firstNovelty"].default];
  const detectors = ["levels", "novelty"];
  const tried = [...detectors, ...sides].map((name): TriedDetector => {
    const chosen = detectors.includes(name);
    return { name, found: null, foundTogether: null, ...(chosen ? cost : { seconds: 0, cpuSeconds: 0, peakMiB: 0 }), chosen, stopped: "too few windows to hold any out" };
  });
  return { thresholds: { levels, novelty: firstNovelty, answers: null }, beside: [], detectors, tried, heldOutShare: null, provisional: true };
}

type Cost = Pick<TriedDetector, "seconds" | "cpuSeconds" | "peakMiB">;

function meter({ seconds, cpuSeconds, residentMiB }: Pick<TeachPorts, "seconds" | "cpuSeconds" | "residentMiB">): () => Cost {
  const [began, cpuBegan] = [seconds(), cpuSeconds()];
  return () => ({ seconds: seconds() - began, cpuSeconds: cpuSeconds() - cpuBegan, peakMiB: residentMiB() });
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

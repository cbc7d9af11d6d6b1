import { canonicalJson } from "../../digest.ts";
import type { RunningRows } from "../../deploy/running-gate.ts";
import { judgeTarget, openTarget, type TargetSaid } from "../../deploy/target-judge.ts";
import { intervalCoverage } from "../../learn/interval.ts";
import { seriesReach, type SeriesMap } from "../../learn/maps/series-map.ts";
import type { TargetKind } from "../../learn/learner.ts";
import type { BlockFigures } from "../../prove/loss.ts";
import { surenessOf, type Claims, type TargetLoss } from "../../prove/target-loss.ts";
import type { Hears } from "../../review/hears.ts";
import { tells, type Ticks } from "../../review/target-truth.ts";
import type { Block } from "../../schema/block.ts";
import type { Label } from "../../schema/label.ts";
import type { Recipe } from "../../schema/recipe.ts";
import { hour } from "../../schema/time.ts";
import type { Target } from "../../schema/target.ts";
import type { Wheel } from "../../schema/wheel.ts";
import { freezeSeries, type FrozenMap } from "../maps.ts";
import type { Ports } from "../ports.ts";
import { readBlock } from "../rows.ts";
import type { JudgeBlock, KindOfWheel } from "./kind.ts";
import { labelsFor } from "./labels-for.ts";

/** What the kinds that ask for a target do not share. */
interface TargetPart extends Pick<KindOfWheel, "recipes" | "eventName" | "readLabels" | "labelsOf" | "reach" | "joined"> {
  readonly kind: TargetKind;
  /** By row what is known of it: a class ("" unknown) or a number (NaN unknown). */
  truth(wheel: Wheel, ticks: Ticks, labels: readonly Label[], hears?: Hears): readonly string[] | Float64Array;
  /** The stretches of a block in which rows have a past. */
  stretches(ticks: Ticks, labels: readonly Label[], hears?: Hears): { start: number; end: number }[];
  /** What answers cost, classes by their numbers; `null` when nothing can be said. */
  loss(wheel: Wheel, said: Float32Array, truth: ArrayLike<number>, ports: Ports): Promise<TargetLoss | null>;
  /** Events of proof in a block. */
  events(block: Block, labels: readonly Label[]): number;
}

/** The name of the recipe that looks at no input. */
export const referenceRecipe: Recipe = { name: "no-input", version: 1, learner: "constant", map: "row", params: {} };

/** A kind that asks for a target: a labelled row is an item, with what led up to it in its block. */
export function targetKind(part: TargetPart): KindOfWheel {
  const { kind, recipes, eventName, readLabels, labelsOf, reach, joined } = part;
  return {
    recipes: (signals, rows) => [referenceRecipe, ...recipes(signals, rows)],
    reference: referenceRecipe.name,
    eventName,
    readLabels,
    labelsOf,
    reach,
    joined,

    freeze: freezeSeries,
    canTeach: (_wheel, lesson) => lesson.part === "whole" && lesson.labels.some((label) => tells(label, lesson.hears)),
    async sum(wheel, { block, labels: said, hears, besides }, map, ports) {
      const { times, rows, running } = await readBlock(wheel, block, ports);
      const ticks = ticksOf(wheel, block, times.length);
      const truth = part.truth(wheel, ticks, said, hears);
      const targets = besides === undefined ? truth : onlyAdded(truth, part.truth(wheel, ticks, besides));
      return await ports.learning.targetSum(seriesMap(map), block.id, { rows, stretches: part.stretches(ticks, said, hears), targets: whereRunning(targets, running) });
    },
    request: (map) => ({ kind, map: seriesMap(map) }),
    metadata({ target = null }, map) {
      const reachOfMap = seriesReach(seriesMap(map));
      return { "millrace.reach": reachOfMap === Infinity ? "stretch" : String(reachOfMap), "millrace.target": canonicalJson(target) };
    },

    judging: (wheel, bytes, ports, work) => judgingTarget(part, wheel, bytes, ports, work),
    async loss(wheel, block, { scores, claims = null }, labelled, ports) {
      const truth = await numbersOf(wheel, part.truth(wheel, ticksOf(wheel, block, scores.length), labelled), ports);
      const found = await part.loss(wheel, scores, truth, ports);
      if (found === null) return null;
      const sureness = claims === null ? null : surenessOf({ said: scores, truth }, claims);
      return { ...figuresOf(found, part.events(block, labelled), wheel, scores.length), ...(sureness && { sureness }) };
    },
  };
}

async function judgingTarget<T>(part: TargetPart, wheel: Wheel, bytes: Uint8Array, ports: Ports, work: (judge: JudgeBlock) => Promise<T>): Promise<T> {
  const model = await openTarget(bytes, ports.engine);
  try {
    const codes = model.classes.length === 0 ? null : await classCodes(wheel, model.classes, ports);
    return await work(async (block, { times, rows, running }) => {
      const said = (await labelsFor(part, wheel, "gate", ports, block))(block);
      const answers = await judgeTarget(model, rows, part.stretches(ticksOf(wheel, block, times.length), said), running);
      return { scores: Float32Array.from(answers.values, (value) => (codes === null || !(value >= 0) ? value : codes[value])), claims: claimsOf(answers, model.classes.length), events: () => [] };
    });
  } finally {
    await model.session.close();
  }
}

/** How sure answers are: a class by its probability, a value by its interval; `null` where the model has none. */
function claimsOf({ values, low, high, probabilities }: TargetSaid, classes: number): Claims | null {
  if (probabilities !== null) return { chance: values.map((value, row) => (value >= 0 ? probabilities[row * classes + value] : NaN)), bounds: null };
  return low === null || high === null ? null : { chance: values.map(() => intervalCoverage), bounds: { low, high } };
}

/** Truth as numbers: classes by those that the wheel has given them. */
const numbersOf = async (wheel: Wheel, truth: readonly string[] | Float64Array, ports: Ports): Promise<ArrayLike<number>> => (truth instanceof Float64Array ? truth : await classCodes(wheel, truth, ports));

/** A loss in the form of all kinds: nothing of a target is missed, and nothing is a false alarm. */
function figuresOf({ loss, rows, classes }: TargetLoss, events: number, { grid }: Wheel, judged: number): BlockFigures {
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: judged };
  return { loss, faults: events, found: events, missed: 0, falseAlarms: 0, delayHours: null, judgedHours: (rows * grid.period) / hour, counts, ...(classes && { classes }) };
}

const ticksOf = ({ grid }: Wheel, { start }: Block, rows: number): Ticks => ({ start, period: grid.period, rows });

/** What a machine that stands still is said to be teaches nothing. */
function whereRunning(truth: readonly string[] | Float64Array, running: RunningRows | null): readonly string[] | Float64Array {
  if (running === null) return truth;
  const isOn = (row: number): boolean => running[row] === 1;
  return truth instanceof Float64Array ? truth.map((value, row) => (isOn(row) ? value : NaN)) : truth.map((name, row) => (isOn(row) ? name : ""));
}

/** Rows that something is said of, and nothing in the block's own lesson. */
function onlyAdded(truth: readonly string[] | Float64Array, known: readonly string[] | Float64Array): readonly string[] | Float64Array {
  const isKnown = (row: number): boolean => known[row] !== "" && !Number.isNaN(known[row]);
  return truth instanceof Float64Array ? truth.map((value, row) => (isKnown(row) ? NaN : value)) : truth.map((name, row) => (isKnown(row) ? "" : name));
}

function seriesMap(map: FrozenMap["map"]): SeriesMap {
  if (map.name !== "series") throw new RangeError(`Cannot tell a target by a ${map.name} map`);
  return map;
}

/** What a wheel of a target wants to know. Throws RangeError for one that does not say. */
export function targetOf({ name, target = null }: Wheel): Target {
  if (target === null) throw new RangeError(`Cannot turn wheel ${name}: it does not say what it wants to know`);
  return target;
}

/** Labels of one moment or stretch, each of which speaks of the blocks it overlaps. */
export const ofTheirTime: Pick<KindOfWheel, "readLabels" | "labelsOf" | "reach"> = {
  async readLabels(wheel, { store }, only) {
    const { name, describes } = targetOf(wheel);
    return await store.records.labels({ asset: wheel.asset, about: { target: name }, ...(only && { start: only.start, end: only.end + describes }) });
  },
  labelsOf: (wheel, block, labels) => labels.filter(({ start, end }) => end > block.start && start - targetOf(wheel).describes < block.end),
  reach: async (wheel, { start, end }) => ({ start: start - targetOf(wheel).describes, end }),
};

/**
 * The numbers by which a wheel keeps answers that are classes: each class gets one when it is first met, and
 * keeps it, whichever model names it.
 */
export async function classCodes({ id }: Wheel, classes: readonly string[], { store }: Ports): Promise<number[]> {
  const name = `wheel ${id} classes`;
  const known = JSON.parse((await store.records.setting(name)) ?? "[]") as string[];
  const fresh = [...new Set(classes)].filter((one) => one !== "" && !known.includes(one));
  if (fresh.length > 0) await store.records.write([{ put: "setting", value: { name, text: JSON.stringify([...known, ...fresh]) } }]);
  const all = [...known, ...fresh];
  return classes.map((one) => (one === "" ? NaN : all.indexOf(one)));
}

/** An error as bad as any: as the wheel says, or taken once from what is known first, by `measure`; `null` before there is enough. */
export async function worstErrorOf(wheel: Wheel, measure: () => Promise<number | null>, { store }: Ports): Promise<number | null> {
  const { worstError } = targetOf(wheel);
  if (worstError !== null) return worstError;
  const name = `wheel ${wheel.id} worst error`;
  const known = await store.records.setting(name);
  if (known !== null) return Number(known);
  const worst = await measure();
  if (worst === null || !(worst > 0)) return null;
  await store.records.write([{ put: "setting", value: { name, text: String(worst) } }]);
  return worst;
}

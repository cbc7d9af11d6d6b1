import { heldOutOf } from "./held-out.ts";
import { intervalCoverage, intervalOf } from "./interval.ts";
import { paramsOf, type Head, type Learner, type Taught, type TargetKind, type Tools } from "./learner.ts";
import type { SeriesMap } from "./maps/series-map.ts";
import { rejectionOf } from "./rejection.ts";
import { targetModel, type TargetAnswer } from "./target-model.ts";
import { classesOf, examplesOf, type TargetSum } from "./target-sum.ts";

/** How often the truth should lie within the interval, and an item of a known class be believed to be of it. */
const coverage = { interval: intervalCoverage, kept: 0.95 };
/** How far a value may leave what has been seen, as a share of its range. */
const beyond = 0.5;
/** Chosen once: a model hangs on nothing but its sums, its recipe and this. */
const seed = 1;

/** What one model is to be made of. */
export interface TargetLessonPlan {
  readonly kind: TargetKind;
  readonly map: SeriesMap;
  readonly learner: Learner;
  readonly params: Readonly<Record<string, number>>;
}

/** A model's file, and whether its interval or its rejection is a stated guess for want of blocks. */
export interface TargetLearnt {
  readonly bytes: Uint8Array;
  readonly classes: readonly string[];
  readonly provisional: boolean;
}

/**
 * A model from the total of the chosen blocks, or in words why there is none yet.
 *
 * `blocks` gives the blocks of each held-out group by themselves, by which the interval or "none of
 * these" is calibrated: each is judged by a head that learnt from the other groups. Without it the
 * model says neither.
 * Cost: the learner's, once for each group and once for all.
 */
export async function learnTarget(
  { kind, map, learner, params }: TargetLessonPlan,
  taught: Taught<TargetSum>,
  blocks: ((group: number) => readonly TargetSum[]) | null,
  metadata: Readonly<Record<string, string>>,
  tools: Tools,
): Promise<TargetLearnt | string> {
  const classes = classesOf(taught.total);
  if (kind === "classify" && classes.length < 2) return classes.length === 0 ? "no item with a class has been seen" : `only one class has been seen, ${JSON.stringify(classes[0].slice(0, 80))}`;
  const why = learner.canLearn(taught.total);
  if (why !== null) return why;
  const given = paramsOf(learner, params);
  const learn = (from: Taught<TargetSum>): Promise<Head> => learner.learn(from, given, seed, tools);
  const head = await learn(taught);
  const judged = blocks === null ? nothingJudged : await judgeHeldOut(taught, blocks, classes, async (rest, groups) => (learner.canLearn(rest) === null ? await learn({ total: rest, groups }) : null));
  const { answer, provisional } = classes.length > 0 ? classAnswer(classes, judged, blocks !== null) : numberAnswer(kind, taught.real ?? taught.total, judged, blocks !== null);
  const told = { ...metadata, ...(classes.length > 0 && { "millrace.classes": JSON.stringify(classes) }) };
  return { bytes: targetModel({ parts: [{ map, head, weight: 1 }], answer }, told), classes, provisional };
}

/** What heads said of items that they had not seen: items × outputs. */
interface Judged {
  readonly said: readonly number[];
  readonly truth: readonly number[];
  /** By item: the number of its block. */
  readonly blocks: readonly number[];
}

const nothingJudged: Judged = { said: [], truth: [], blocks: [] };

async function judgeHeldOut(
  taught: Taught<TargetSum>,
  blocksOf: (group: number) => readonly TargetSum[],
  classes: readonly string[],
  learn: (rest: TargetSum, groups: readonly TargetSum[]) => Promise<Head | null>,
): Promise<Judged> {
  const judged = { said: [] as number[], truth: [] as number[], blocks: [] as number[] };
  let block = 0;
  for (const { group, rest } of heldOutOf(taught)) {
    const head = await learn(rest, taught.groups.filter((other) => other !== group));
    if (head === null) continue;
    const places = classes.length === 0 ? [0] : classesOf(rest).map((name) => classes.indexOf(name));
    for (const one of blocksOf(taught.groups.indexOf(group))) {
      judge(one, head, places, classes, block, judged);
      block++;
    }
  }
  return judged;
}

function judge(sum: TargetSum, head: Head, places: readonly number[], classes: readonly string[], block: number, into: { said: number[]; truth: number[]; blocks: number[] }): void {
  const { features, targets } = examplesOf(sum);
  const own = classesOf(sum);
  const predicted = head.predict(features);
  const outputs = Math.max(1, classes.length);
  for (let item = 0; item < features.rows; item++) {
    const said = Array.from({ length: outputs }, () => 0); // a class that the head has not seen is not likely at all
    for (const [from, to] of places.entries()) said[to] = predicted[item * places.length + from];
    into.said.push(...said);
    into.truth.push(classes.length === 0 ? targets[item] : classes.indexOf(own[targets[item]]));
    into.blocks.push(block);
  }
}

function classAnswer(classes: readonly string[], { said, truth, blocks }: Judged, calibrates: boolean): { answer: TargetAnswer; provisional: boolean } {
  if (!calibrates) return { answer: { kind: "class", classes, rejection: null }, provisional: true };
  const rejection = rejectionOf({ probabilities: Float64Array.from(said), classes: classes.length, truth, blocks, distances: null }, coverage.kept);
  return { answer: { kind: "class", classes, rejection }, provisional: rejection.provisional.length > 0 };
}

function numberAnswer(kind: TargetKind, total: TargetSum, { said, truth, blocks }: Judged, calibrates: boolean): { answer: TargetAnswer; provisional: boolean } {
  const [least, most] = rangeOf(total);
  const isLife = kind === "remaining-life";
  const room = isLife ? 0 : beyond * (most - least);
  const interval = calibrates && said.length > 0 ? intervalOf({ predicted: clipped(said, isLife ? 0 : least - room, most + room), truth: Float64Array.from(truth), blocks }, coverage.interval, isLife ? 0 : null) : null;
  return { answer: { kind: "number", centre: 0, spread: 1, least: isLife ? 0 : least - room, most: most + room, interval }, provisional: interval?.provisional ?? true };
}

const clipped = (said: readonly number[], least: number, most: number): Float64Array => Float64Array.from(said, (value) => Math.min(Math.max(value, least), most));

function rangeOf(total: TargetSum): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const vector of total.lessons.get("")?.sample.items ?? []) {
    least = Math.min(least, vector[total.features]);
    most = Math.max(most, vector[total.features]);
  }
  return [least, most];
}

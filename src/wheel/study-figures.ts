import { randomFrom } from "../learn/random.ts";
import { classEvidence } from "../prove/class-evidence.ts";
import type { NamedFigure } from "../prove/figure.ts";
import { noneOfThese, unknownClass } from "../prove/metrics/classes.ts";
import { estimateEvidence, lifeEvidence, type NumbersInBlocks } from "../prove/number-evidence.ts";
import { skill, type RivalLosses, type Skill } from "../prove/skill.ts";
import { lifePicture, numberPicture } from "./study-pictures.ts";
import type { ClassPicture, LifePicture, NumberPicture, StudyCaveat } from "./study-report.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";

/** A simple model to hold the study's against: what it would have said, one value a decision. */
export interface Rival {
  /** In words that end "it errs less than ...". */
  readonly name: string;
  readonly values: Float64Array;
}

export interface FigureOptions {
  /** A class whose own F1 is wanted. @default the rarer of two classes, none of more */
  readonly positive?: string | null;
  /** Beyond those who know nothing. Of classes: places in the target's levels. */
  readonly rivals?: readonly Rival[];
  /** What was said of every row of groups of which one decision was judged: drawn, not judged. */
  readonly courses?: StudyPredictions | null;
}

/** What held-out decisions say of a model. */
export interface StudyFindings {
  readonly figures: readonly NamedFigure[];
  readonly skill: Skill;
  readonly picture: ClassPicture | NumberPicture | LifePicture;
  readonly caveats: readonly StudyCaveat[];
  /** The class whose figures come first; `null` for none. */
  readonly positive: string | null;
  readonly judged: number;
  readonly unknown: number;
  /** Blocks or groups with a judged decision, and whether they are in time order. */
  readonly blocks: number;
  readonly ordered: boolean;
}

/**
 * Figures, evidence and pictures of held-out decisions. What resembles each other is resampled as one:
 * groups where there are some, each row for itself where rows were dealt out by class, else blocks.
 *
 * Cost:    O(decisions + 1000 × min(blocks, 400) × classes²).
 * Throws:  RangeError for predictions that do not fit the request.
 */
export function studyFigures(request: StudyRequest, given: StudyPredictions, options: FigureOptions = {}): StudyFindings {
  const set = request.test ?? request.train;
  const order = rowOrder(given.rows);
  const predictions = inRowOrder(given, order);
  const units = unitsOf(request, set, predictions.rows);
  const rivals = (options.rivals ?? []).map((rival) => ({ ...rival, values: reordered(rival.values, given.rows, order) }));
  const ground: Ground = { request, set, predictions, ...units, rivals };
  const found = request.kind === "classify" ? classFindings(ground, options.positive) : numberFindings(ground, options.courses ?? null);
  const caveats = [...unitCaveats(found.blocks, units.unitsName, found.skill), ...found.caveats];
  return { ...found, caveats, ordered: units.ordered, judged: predictions.rows.length - found.unknown };
}

interface Ground {
  readonly request: StudyRequest;
  readonly set: TableSet;
  readonly predictions: StudyPredictions;
  readonly blocks: Int32Array;
  readonly ordered: boolean;
  readonly unitsName: string;
  readonly rivals: readonly Rival[];
}

type Found = Omit<StudyFindings, "ordered" | "judged">;

/** What is resampled as one, by decision. */
function unitsOf({ folds }: StudyRequest, { groups, blocks }: TableSet, rows: Int32Array): { blocks: Int32Array; ordered: boolean; unitsName: string } {
  if (groups !== null) return { blocks: rows.map((row) => groups[row]), ordered: false, unitsName: "groups" };
  if (folds?.stratified === true) return { blocks: rows, ordered: false, unitsName: "rows" };
  return { blocks: rows.map((row) => blocks[row]), ordered: true, unitsName: "blocks" };
}

/** Places of decisions by row; `null` when they come in that order. Folds give them fold by fold. */
function rowOrder(rows: Int32Array): Uint32Array | null {
  if (rows.every((row, at) => at === 0 || row > rows[at - 1])) return null;
  return Uint32Array.from(rows.keys()).sort((a, b) => rows[a] - rows[b]);
}

function inRowOrder({ rows, values, low, high, truth }: StudyPredictions, order: Uint32Array | null): StudyPredictions {
  const of = (given: Float64Array) => reordered(given, rows, order);
  return { rows: order === null ? rows : rows.slice().sort(), values: of(values), low: low && of(low), high: high && of(high), truth: of(truth) };
}

function reordered(values: Float64Array, rows: Int32Array, order: Uint32Array | null): Float64Array {
  if (values.length !== rows.length) throw new RangeError(`Cannot judge a study: ${values.length} values of ${rows.length} decisions`);
  return order === null ? values : Float64Array.from(order, (at) => values[at]);
}

function classFindings({ request, set, predictions, blocks, ordered, unitsName, rivals }: Ground, wanted: string | null | undefined): Found {
  const levels = set.target?.levels ?? [];
  const counts = taughtRows(request.train, levels.length);
  const taught = levels.flatMap((name, level) => (counts[level] > 0 ? [{ name, level, rows: counts[level] }] : []));
  const place = new Map(taught.map(({ level }, at) => [level, at]));
  const codeOf = (value: number) => (Number.isNaN(value) ? noneOfThese : (place.get(value) ?? noneOfThese));
  const truth = Int32Array.from(predictions.truth, (value) => (Number.isNaN(value) ? unknownClass : codeOf(value)));
  const positive = wanted === undefined ? rarerOfTwo(taught) : taught.findIndex(({ name }) => name === wanted);
  const evidence = classEvidence({
    answers: Int32Array.from(predictions.values, codeOf), truth, classes: taught.length, taught: taught.map(({ rows }) => rows), blocks, ordered, positive: positive < 0 ? null : positive, random: randomFrom(request.seed),
  });
  const names = [...taught.map(({ name }) => name), "none of these"];
  const weights = classWeights(truth, taught.length);
  const lossOf = (values: Float64Array) => values.map((value, at) => (codeOf(value) === truth[at] ? 0 : weights(at)));
  const prior = taught.map(({ rows }) => rows / taught.reduce((sum, one) => sum + one.rows, 0));
  const guess: RivalLosses = { name: "guesses that know only how often each class was taught", losses: Float64Array.from(truth, (code, at) => (1 - (prior[code] ?? 0)) * weights(at)) };
  return {
    figures: evidence.figures,
    skill: skill({ losses: lossOf(predictions.values), rivals: [guess, ...rivals.map(({ name, values }) => ({ name, losses: lossOf(values) }))], blocks, ordered, unitsName, random: randomFrom(request.seed + 1) }),
    picture: { kind: "classify", classes: taught.map(({ name }) => name), counts: evidence.counts.counts, chance: evidence.chance, perClass: evidence.perClass.map(({ rows, precision, recall, f1 }, at) => ({ name: names[at], rows, precision: finite(precision), recall: finite(recall), f1: finite(f1) })) },
    caveats: classCaveats(evidence.perClass.map(({ rows }, at) => ({ name: names[at], rows }))),
    positive: taught[positive]?.name ?? null,
    unknown: evidence.counts.unknown,
    blocks: evidence.blocks,
  };
}

/**
 * What a wrong decision weighs, by decision: every class that occurs as much as any other, so that one
 * who always says the commonest class gains nothing by it. `NaN` for an unknown truth.
 */
function classWeights(truth: Int32Array, classes: number): (at: number) => number {
  const rows = new Float64Array(classes + 1);
  for (const code of truth) if (code !== unknownClass) rows[code === noneOfThese ? classes : code]++;
  const mean = rows.reduce((sum, count) => sum + count, 0) / rows.filter((count) => count > 0).length;
  return (at) => (truth[at] === unknownClass ? NaN : mean / rows[truth[at] === noneOfThese ? classes : truth[at]]);
}

const rarerOfTwo = (taught: readonly { readonly rows: number }[]): number => (taught.length !== 2 ? -1 : taught[1].rows <= taught[0].rows ? 1 : 0);

function taughtRows({ target }: TableSet, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const value of target?.values ?? []) if (!Number.isNaN(value)) counts[value]++;
  return counts;
}

// Below this, the recall of a class is a matter of a few rows.
const fewRows = 10;

function classCaveats(classes: readonly { readonly name: string; readonly rows: number }[]): StudyCaveat[] {
  const [unseen, rare] = [classes.at(-1), classes.slice(0, -1).filter(({ rows }) => rows > 0 && rows < fewRows)];
  const listed = rare.slice(0, 5).map(({ name, rows }) => `${name} (${rows})`).join(", ");
  return [
    ...(unseen === undefined || unseen.rows === 0 ? [] : [{ code: "unseen-class" as const, text: `${unseen.rows.toLocaleString("en-US")} judged decisions are of classes that were never taught: only "none of these" answers them right.` }]),
    ...(rare.length === 0 ? [] : [{ code: "rare-class" as const, text: `Of some classes fewer than ${fewRows} decisions were judged: ${listed}${rare.length > 5 ? ` and ${rare.length - 5} more` : ""}. What is said of these hangs on single rows.` }]),
  ];
}

function numberFindings(ground: Ground, courses: StudyPredictions | null): Found {
  const { request, set, predictions, blocks, ordered, unitsName, rivals } = ground;
  const { values: predicted, truth, low, high } = predictions;
  const cap = request.kind === "remaining-life" ? (request.cap ?? Infinity) : Infinity;
  const trainMean = meanTarget(request.train, cap);
  const judged: NumbersInBlocks = { predicted, truth, low, high, trainMean, blocks, ordered, random: randomFrom(request.seed) };
  const evidence = request.kind === "remaining-life" ? lifeEvidence(judged, cap) : estimateEvidence(judged);
  const lossOf = (values: Float64Array) => values.map((value, at) => (value - Math.min(truth[at], cap)) ** 2);
  const known = [{ name: "always saying the mean of the training rows", values: truth.map(() => trainMean) }, ...lastKnown(request, set, predictions.rows), ...rivals];
  return {
    figures: evidence.figures,
    skill: skill({ losses: lossOf(predicted), rivals: known.map(({ name, values }) => ({ name, losses: lossOf(values) })), blocks, ordered, lossName: "squared error", unitsName, random: randomFrom(request.seed + 1) }),
    picture: request.kind === "remaining-life" ? lifePicture(set, predictions, courses) : numberPicture(set, predictions),
    caveats: request.targetLags === 0 ? [] : [{ code: "forecast", text: `Past values of the target were used (--target-lags ${request.targetLags}): this is a forecast that needs the last measurements, not a soft sensor that stands in for them. It is held against the last known value too.` }],
    positive: null,
    unknown: truth.filter((value, at) => Number.isNaN(value) || Number.isNaN(predicted[at])).length,
    blocks: evidence.blocks,
  };
}

/** Who is given past values of the target must beat the last of them. */
function lastKnown({ targetLags }: StudyRequest, { target, stretches }: TableSet, rows: Int32Array): Rival[] {
  if (targetLags === 0 || target === null) return [];
  const before = new Float64Array(target.values.length).fill(NaN);
  for (const { start, end } of stretches) for (let row = start + 1; row < end; row++) before[row] = Number.isNaN(target.values[row - 1]) ? before[row - 1] : target.values[row - 1];
  return [{ name: "the last known value", values: Float64Array.from(rows, (row) => before[row]) }];
}

function meanTarget({ target }: TableSet, cap: number): number {
  const known = (target?.values ?? new Float64Array(0)).filter((value) => !Number.isNaN(value)).map((value) => Math.min(value, cap));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

// From this many on, an interval is about as wide as it says.
const enoughBlocks = 10;

function unitCaveats(blocks: number, unitsName: string, { enough, words }: Skill): StudyCaveat[] {
  return [
    ...(enough ? [] : [{ code: "not-enough-evidence" as const, text: words }]),
    ...(blocks >= enoughBlocks ? [] : [{ code: "few-blocks" as const, text: `Only ${blocks} ${unitsName} were judged: with fewer than ${enoughBlocks} the intervals are rough.` }]),
  ];
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

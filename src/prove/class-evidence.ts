import type { Random } from "../learn/random.ts";
import { blockIntervals, bundlesOf } from "./block-bootstrap.ts";
import { shareInterval } from "./bootstrap.ts";
import { aShare, namedFigure, type ClassFigureName, type NamedFigure } from "./figure.ts";
import { chanceCounts, classCounts, classFigures, placeOf, unknownClass, type ClassCounts, type ClassFigures, type ClassScore } from "./metrics/classes.ts";

export interface JudgedClasses {
  /** Places of classes, `noneOfThese` or `unknownClass`, one a decision. */
  readonly answers: Int32Array;
  readonly truth: Int32Array;
  readonly classes: number;
  /** Training rows of each class. */
  readonly taught: ArrayLike<number>;
  /** Block or group of each decision, whole numbers from 0. */
  readonly blocks: Int32Array;
  /** Blocks come in time order and neighbours may resemble each other. */
  readonly ordered: boolean;
  /** A class whose own figures are wanted too; `null` for none. */
  readonly positive: number | null;
  readonly random: Random;
}

/** Figures of one sort of ignorance. */
export type ClassChance = Readonly<Record<"accuracy" | "balancedAccuracy" | "macroF1" | "worstRecall", number>>;

export interface ClassEvidence {
  /** In reading order. `chance` is the better of both sorts of it. */
  readonly figures: readonly NamedFigure<ClassFigureName>[];
  readonly chance: { readonly mostFrequent: ClassChance; readonly byPrior: ClassChance };
  readonly counts: ClassCounts;
  /** One a class, then "none of these". */
  readonly perClass: readonly ClassScore[];
  /** Blocks with a judged decision. */
  readonly blocks: number;
}

/**
 * Figures of a classifier with intervals from resampled blocks, beside what knowing nothing gets.
 *
 * An interval of a share is never narrower than were all decisions independent: blocks that all agree,
 * most of all those without an error, would else be said to prove more than they hold.
 *
 * Cost:    O(decisions + 1000 × min(blocks, 400) × classes²).
 * Throws:  RangeError for unequal lengths and codes that are no class.
 */
export function classEvidence(judged: JudgedClasses): ClassEvidence {
  const { answers, truth, classes, positive, taught } = judged;
  const counts = classCounts(answers, truth, classes);
  const found = classFigures(counts);
  const { sums, blocks } = blockCounts(judged);
  const width = (classes + 1) ** 2 + 1;
  const { low, high } = blockIntervals({ sums, width, weight: width - 1 }, (total) => listed(classFigures({ classes, counts: total.subarray(0, width - 1) }), positive), judged);
  const chance = chanceCounts(counts, taught);
  const [most, prior] = [classFigures(chance.mostFrequent), classFigures(chance.byPrior)];
  const values = listed(found, positive);
  const chances = chanceOf(most, prior, found, positive);
  const figures = namesOf(positive).map((name, at) => namedFigure(name, values[at], wider(name, { low: low[at], high: high[at] }, found, positive), chances[at], aShare));
  return { figures, chance: { mostFrequent: plain(most), byPrior: plain(prior) }, counts, perClass: found.perClass, blocks };
}

const names = ["accuracy", "balancedAccuracy", "macroF1", "worstRecall", "rejected"] as const;
const ofOne = ["f1", "precision", "recall"] as const;

const namesOf = (positive: number | null): readonly ClassFigureName[] => (positive === null ? names : [...ofOne, ...names]);
const listed = (figures: ClassFigures, positive: number | null): number[] => [...(positive === null ? [] : ofOne.map((name) => figures.perClass[positive][name])), ...names.map((name) => figures[name])];
const plain = ({ accuracy, balancedAccuracy, macroF1, worstRecall }: ClassFigures): ClassChance => ({ accuracy, balancedAccuracy, macroF1, worstRecall });

/** The better of both; of one class also that of always saying so, whose F1 is the highest that knows nothing. */
function chanceOf(most: ClassFigures, prior: ClassFigures, { rows, perClass }: ClassFigures, positive: number | null): number[] {
  const better = names.map((name) => (name === "rejected" ? NaN : Math.max(most[name], prior[name])));
  if (positive === null) return better;
  const share = perClass[positive].rows / rows;
  return [(2 * share) / (1 + share), share, prior.perClass[positive].recall, ...better];
}

function blockCounts({ answers, truth, classes, blocks, ordered, random }: JudgedClasses): { sums: Float64Array; blocks: number } {
  if (blocks.length !== truth.length) throw new RangeError(`Cannot count classes: ${blocks.length} blocks, ${truth.length} truths`);
  const judged = (at: number) => answers[at] !== unknownClass && truth[at] !== unknownClass;
  const { of, bundles, blocks: present } = bundlesOf(blocks, judged, ordered, random);
  const width = (classes + 1) ** 2 + 1;
  const sums = new Float64Array(bundles * width);
  of.forEach((bundle, at) => {
    if (bundle < 0) return;
    sums[bundle * width + placeOf(truth[at], classes) * (classes + 1) + placeOf(answers[at], classes)]++;
    sums[bundle * width + width - 1]++;
  });
  return { sums, blocks: present };
}

/** The interval from blocks, spread to the one of independent decisions where that is the wider. */
function wider(name: ClassFigureName, { low, high }: { low: number; high: number }, found: ClassFigures, positive: number | null): { low: number; high: number } {
  const floor = independent(name, found, positive);
  return { low: Math.min(low, floor.low), high: Math.max(high, floor.high) };
}

function independent(name: ClassFigureName, found: ClassFigures, positive: number | null): { low: number; high: number } {
  const { rows, perClass } = found;
  if (name === "accuracy" || name === "rejected") return shareInterval(found[name], rows);
  const occurring = perClass.filter((one) => one.rows > 0);
  const worst = occurring.reduce((so, one) => (one.recall < so.recall ? one : so), { recall: Infinity, rows: 0 });
  if (name === "worstRecall") return shareInterval(worst.recall, worst.rows);
  if (name === "balancedAccuracy" || name === "macroF1") {
    const ends = occurring.map((one) => ({ ...shareInterval(one.recall, one.rows), recall: one.recall }));
    const root = (part: (end: (typeof ends)[number]) => number) => Math.hypot(...ends.map(part)) / ends.length;
    return { low: found[name] - root((end) => end.recall - end.low), high: found[name] + root((end) => end.high - end.recall) };
  }
  const one = perClass[positive ?? 0];
  const answers = (one.recall * one.rows) / one.precision;
  return shareInterval(one[name], name === "recall" ? one.rows : name === "precision" ? answers : (one.rows + answers) / 2);
}

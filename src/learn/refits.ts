import { fitLevels, type LevelsHead } from "./heads/levels.ts";
import { mergeItemSamples } from "./item-sample.ts";
import type { Taught } from "./learner.ts";
import { mergeMoments, weighMoments, type Moments } from "./moments.ts";
import { merge, type Lesson, type Sum } from "./sum.ts";

/** Normal items, and those assumed so with a bounded weight. */
export function normalOf(sum: Sum, weight: number): Moments {
  const { normal, assumed } = sum.lessons;
  const share = assumedShare(sum, weight);
  return share === 0 ? normal.moments : mergeMoments(normal.moments, weighMoments(assumed.moments, share));
}

/** Control charts of normal items, and of those assumed so with a bounded weight. */
export function levelsFrom(sum: Sum, levels: number, weight: number): LevelsHead {
  const { normal, assumed } = sum.lessons;
  const share = assumedShare(sum, weight);
  const within = normal.within.map((value, j) => value + share * assumed.within[j]);
  return fitLevels(within, normal.moments.count + share * assumed.moments.count, levels);
}

/** What a block that is only assumed normal counts: all of them together never more than `weight` times the judged ones. */
function assumedShare({ lessons: { normal, assumed } }: Sum, weight: number): number {
  if (assumed.moments.count === 0) return 0;
  return normal.moments.count === 0 ? 1 : weight * Math.min(1, normal.moments.count / assumed.moments.count);
}

/** The normal items that a group of blocks is judged by: those that somebody has judged, or where nobody has, those assumed so. */
export const normalLesson = ({ lessons: { normal, assumed } }: Sum): Lesson => (normal.sample.population === 0 ? assumed : normal);

/** At most so many of the kept normal items, and of those assumed so: each as often as there were. */
export const normalItems = ({ lessons: { normal, assumed } }: Sum, most: number): readonly Float32Array[] => mergeItemSamples(normal.sample, assumed.sample).items.slice(0, most);

const rests = new WeakMap<Taught, readonly Sum[]>();

/** For each group the sum of all others: several parts are fitted to each, and the sums are large. None for a single group. */
export function restsOf(taught: Taught): readonly Sum[] {
  const { groups } = taught;
  if (groups.length < 2) return [];
  const known = rests.get(taught) ?? groups.map((_, at) => groups.filter((_group, other) => other !== at).reduce(merge));
  rests.set(taught, known);
  return known;
}

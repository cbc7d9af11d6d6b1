import { randomFrom } from "../src/learn/random.ts";

export interface NaiveRandomPlan {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  /** 0 where the target is a number. */
  readonly classes: number;
  readonly tried: number;
  readonly leastLeaf: number;
  readonly seed: number;
  /** By feature, ascending: where a random forest may part values; without it one place is drawn, as extremely randomised trees do. */
  readonly borders?: readonly (readonly number[])[];
}

export type NaiveTree = { readonly values: readonly number[] } | { readonly feature: number; readonly threshold: number; readonly unknownLeft: boolean; readonly left: NaiveTree; readonly right: NaiveTree };

type Split = { score: number; feature: number; threshold: number; unknownLeft: boolean };

/**
 * One extremely randomised tree, or one of a random forest, written from its definition: the same chance, but lists of
 * items and impurities from scratch. The places drawn are put on the grid on which the kernel compares.
 */
export function naiveRandomTree(plan: NaiveRandomPlan, tree: number, onGrid: (value: number) => number): NaiveTree {
  const random = randomFrom(plan.seed + Math.imul(tree + 1, 0x9e3779b1));
  const order = plan.rows[0].map((_, feature) => feature);
  const weight = (items: readonly number[]) => items.reduce((sum, item) => sum + plan.weights[item], 0);
  const sumsOf = (items: readonly number[]): number[] =>
    plan.classes > 0
      ? Array.from({ length: plan.classes }, (_, one) => weight(items.filter((item) => plan.targets[item] === one)))
      : [items.reduce((sum, item) => sum + plan.weights[item] * plan.targets[item], 0)];
  const purity = (items: readonly number[]) => sumsOf(items).reduce((sum, one) => sum + one ** 2, 0) / weight(items);
  const goesLeft = (item: number, { feature, threshold, unknownLeft }: Split) => (Number.isNaN(plan.rows[item][feature]) ? unknownLeft : plan.rows[item][feature] <= threshold);

  const bestOf = (items: readonly number[]): Split | null => {
    let best: Split | null = null;
    let left = plan.tried;
    for (let at = 0; at < order.length && left > 0; at++) {
      const drawn = at + Math.floor(random() * (order.length - at));
      [order[at], order[drawn]] = [order[drawn], order[at]];
      const feature = order[at];
      const known = items.map((item) => plan.rows[item][feature]).filter((value) => !Number.isNaN(value));
      const unknown = items.length - known.length;
      const [least, most] = [Math.min(...known), Math.max(...known)];
      if (known.length === 0 || (least === most && unknown === 0)) continue;
      left--;
      const places = plan.borders === undefined ? [least === most ? most : onGrid(least + random() * (most - least))] : [...plan.borders[feature], Infinity];
      for (const threshold of places) {
        for (const unknownLeft of unknown > 0 ? [false, true] : [2 * known.filter((value) => value <= threshold).length > known.length]) {
          const split = { score: 0, feature, threshold, unknownLeft };
          const sides = [items.filter((item) => goesLeft(item, split)), items.filter((item) => !goesLeft(item, split))];
          if (known.every((value) => value > threshold) || sides.some((side) => side.length < plan.leastLeaf)) continue;
          split.score = purity(sides[0]) + purity(sides[1]);
          if (split.score > (best?.score ?? purity(items) * (1 + 1e-12))) best = split;
        }
      }
    }
    return best;
  };
  const grow = (items: readonly number[]): NaiveTree => {
    const isDone = items.length < 2 * plan.leastLeaf || items.every((item) => plan.targets[item] === plan.targets[items[0]]);
    const split = isDone ? null : bestOf(items);
    if (split === null) return { values: sumsOf(items).map((sum) => sum / weight(items)) };
    const left = grow(items.filter((item) => goesLeft(item, split)));
    return { ...split, left, right: grow(items.filter((item) => !goesLeft(item, split))) };
  };
  return grow(plan.rows.map((_, item) => item));
}

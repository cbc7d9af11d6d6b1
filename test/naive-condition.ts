import { baselineOf } from "../src/learn/baseline.ts";
import { randomDraws, featureCount, type BaselineValues, type WindowMap } from "../src/learn/maps/window-map.ts";
import type { Matrix } from "../src/learn/matrix.ts";
import type { ConditionHead, Thresholds } from "../src/learn/model.ts";
import { naiveOutputs } from "./naive-trees.ts";
import { naiveFeatures } from "./naive-window-map.ts";

/** What a model should say of one window, and by how much the deciding part leads the next. */
export interface NaiveItem {
  readonly score: number;
  readonly contributions: readonly number[]; // signals
  /** The score minus that of the runner-up part: the contributions jump where it is 0. */
  readonly lead: number;
}

/**
 * A condition model by its definition, in float64 throughout and with plain loops: the twin of the
 * graph. Items as the graph gives them, one for each row from the window-th on.
 */
export function naiveCondition(map: WindowMap, head: ConditionHead, thresholds: Thresholds, rows: Matrix, baseline: BaselineValues): NaiveItem[] {
  const items: NaiveItem[] = [];
  for (let first = 0; first + map.window <= rows.rows; first++) {
    const window = rows.values.slice(first * rows.columns, (first + map.window) * rows.columns);
    items.push(naiveItem(map, head, thresholds, naiveFeatures(map, window, baseline)));
  }
  return items;
}

function naiveItem(map: WindowMap, head: ConditionHead, thresholds: Thresholds, features: Float64Array): NaiveItem {
  if (features.some(Number.isNaN)) return { score: NaN, contributions: Array.from({ length: map.signals }, () => NaN), lead: NaN };
  const parts = [levels(head, thresholds, features), novelty(head, thresholds, features)];
  if (head.answers !== null && thresholds.answers !== null) parts.push(answers(map, head, thresholds.answers, features));
  const [best, second] = parts.toSorted((a, b) => b.score - a.score);
  const bySignal = Array.from({ length: map.signals }, (_, signal) => {
    let sum = 0;
    for (let j = signal; j < best.of.length; j += map.signals) sum += best.of[j];
    return Math.max(sum, 1e-12);
  });
  const whole = bySignal.reduce((sum, value) => sum + value, 0);
  return { score: best.score, contributions: bySignal.map((value) => (value / whole) * best.score), lead: best.score - second.score };
}

/** A part's score over its threshold, and what each plain feature adds to it. */
interface NaivePart {
  readonly score: number;
  readonly of: readonly number[];
}

function levels({ levels: { scales } }: ConditionHead, thresholds: Thresholds, features: Float64Array): NaivePart {
  const distances = Array.from(scales, (scale, j) => Math.abs(features[j]) / scale);
  return { score: Math.max(...distances) / thresholds.levels, of: distances.map((distance) => distance ** 2) };
}

function novelty({ novelty: { centre, whitening } }: ConditionHead, thresholds: Thresholds, features: Float64Array): NaivePart {
  const count = centre.length;
  const away = Array.from(centre, (value, j) => features[j] - value);
  const whitened = away.map((_, i) => away.reduce((sum, value, j) => sum + whitening[i * count + j] * value, 0));
  const back = away.map((_, j) => whitened.reduce((sum, value, i) => sum + whitening[i * count + j] * value, 0));
  const square = whitened.reduce((sum, value) => sum + value ** 2, 0) / count;
  return { score: Math.sqrt(square) / thresholds.novelty, of: away.map((value, j) => (value * back[j]) / count) };
}

function answers(map: WindowMap, head: ConditionHead, threshold: number, features: Float64Array): NaivePart {
  const { answers: plane, trees, novelty: { centre } } = head;
  if (plane === null) throw new TypeError("a head without answers has no such part");
  const { plain, random, all } = featureCount(map);
  const draws = randomDraws(map).weights;
  let score = plane.bias;
  for (let j = 0; j < all; j++) score += plane.weights[j] * features[j];
  const of = Array.from({ length: plain }, (_, j) => {
    let slope = plane.weights[j];
    for (let r = 0; r < random; r++) if (features[plain + r] > 0) slope += plane.weights[plain + r] * draws[j * random + r];
    return (features[j] - centre[j]) * slope;
  });
  if (trees === null) return { score: score / threshold, of };
  const raw = { levels: 1, novelty: 1, answers: null };
  const seen = [...features.slice(0, plain), levels(head, raw, features).score, novelty(head, raw, features).score, score].map(Math.fround);
  return { score: (naiveOutputs(trees.forest, seen)[0] + trees.start) / threshold, of };
}

/** The rows of a block's warm-up as a baseline. */
export function warmUpBaseline({ columns, values }: Matrix, warmUpRows: number): BaselineValues {
  return baselineOf({ rows: warmUpRows, columns, values: values.slice(0, warmUpRows * columns) });
}

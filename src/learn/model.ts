import { addAnswers, answersOf, type AnswersHead } from "./heads/answers.ts";
import { addAnswerTrees, answerTreesOf, type AnswerTrees } from "./heads/answer-trees.ts";
import { addLevels, levelsOf, type LevelsHead } from "./heads/levels.ts";
import { addNovelty, noveltyOf, type NoveltyHead } from "./heads/novelty.ts";
import { addWindowMap, featureCount, randomDraws, type WindowMap } from "./maps/window-map.ts";
import type { Learnt } from "./learner.ts";
import type { Features } from "./matrix.ts";
import { Graph, type Edge } from "./onnx/graph.ts";
import { featureSideOf } from "./sides.ts";
import { addSide, type SideHead, type SidePart } from "./side-parts.ts";

/** A condition head: levels and novelty always, and what answers taught once there are any. */
export interface ConditionHead {
  readonly levels: LevelsHead;
  readonly novelty: NoveltyHead;
  readonly answers: AnswersHead | null;
  /** What scores in the place of `answers`, seeing its score as a column; whose signals speak for a fault `answers` still says. */
  readonly trees: AnswerTrees | null;
}

/** The raw score of each part from which a row alarms; Infinity for a part that has no say. */
export interface Thresholds {
  readonly levels: number;
  readonly novelty: number;
  readonly answers: number | null;
}

/**
 * The model file of a condition wheel.
 *
 * Inputs: `window`, rows × signals, float64, NaN for gaps, at least the map's window of rows; and
 * `baseline`, 3 × signals, when blocks bring their own.
 * Outputs, one item for each row from the window-th on: `score`, 0 upwards, alarming from 1 on, NaN
 * when a signal is unknown; and `contributions`, items × signals, 0 upwards, summing to the score.
 *
 * The score is the largest of levels, novelty and answers, each over its threshold, so a kind of fault
 * that nobody has seen still alarms when answers exist for others; the contributions are of that one.
 * The same holds for detectors `beside` them, taught for the same signals and window, and an item is known
 * only where it is known to all.
 */
export function conditionModel(map: WindowMap, head: ConditionHead, thresholds: Thresholds, metadata: Readonly<Record<string, string>>, beside: readonly SidePart[] = []): Uint8Array {
  const graph = new Graph();
  const { known, parts } = addAllParts(graph, map, head, thresholds, beside);
  const { score, shares } = parts.reduce((one, other) => ({
    shares: graph.add("Where", [graph.add("Greater", [other.score, one.score]), other.shares, one.shares]),
    score: graph.add("Max", [one.score, other.score]),
  }));
  const unknown = graph.double(NaN);
  const contributions = graph.add("Where", [known, graph.add("Mul", [shares, score]), unknown]);
  const flat = graph.add("Reshape", [graph.add("Where", [known, score, unknown]), graph.ints([-1])]);
  graph.output("score", graph.cast(flat, "float"), "float", ["items"]);
  graph.output("contributions", graph.cast(contributions, "float"), "float", ["items", map.signals]);
  return graph.bytes("condition", metadata);
}

/** One part's score over its threshold, items × 1, and each signal's share of it, items × signals. */
interface Part {
  readonly score: Edge;
  readonly shares: Edge;
}

/** The names of a model's parts, in the order of `partsModel`. */
export function partNames(head: ConditionHead, beside: readonly SideHead[]): string[] {
  return ["levels", "novelty", ...(head.answers === null ? [] : [head.trees === null ? "answers" : "trees"]), ...beside.map(({ name }) => name)];
}

/** The same graph with each part's score over its threshold by itself: `parts`, items × parts, NaN where unknown. What fusion is calibrated with. */
export function partsModel(map: WindowMap, head: ConditionHead, thresholds: Thresholds, beside: readonly SidePart[]): Uint8Array {
  const graph = new Graph();
  const { known, parts } = addAllParts(graph, map, head, thresholds, beside);
  const scores = graph.add("Concat", parts.map(({ score }) => score), { axis: 1 });
  graph.output("parts", graph.cast(graph.add("Where", [known, scores, graph.double(NaN)]), "float"), "float", ["items", parts.length]);
  return graph.bytes("parts", {});
}

/** The raw score of one detector beside the others by itself: `parts`, items × 1, NaN where unknown. */
export function sideModel(map: WindowMap, side: SideHead): Uint8Array {
  const graph = new Graph();
  const { features, known } = addWindowMap(graph, map);
  const added = addSide(graph, side, map, features);
  const isKnown = added.known === null ? known : graph.add("And", [known, added.known]);
  graph.output("parts", graph.cast(graph.add("Where", [isKnown, added.score, graph.double(NaN)]), "float"), "float", ["items", 1]);
  return graph.bytes("parts", {});
}

function addAllParts(graph: Graph, map: WindowMap, head: ConditionHead, thresholds: Thresholds, beside: readonly SidePart[]): { known: Edge; parts: Part[] } {
  const { features, known } = addWindowMap(graph, map);
  const sides = beside.map((side) => ({ ...addSide(graph, side, map, features), threshold: side.threshold }));
  const parts = addParts(graph, map, head, thresholds, graph.cast(features, "double"), sides.map(({ score }) => score));
  const [, novelty] = parts;
  return {
    known: sides.reduce((all, side) => (side.known === null ? all : graph.add("And", [all, side.known])), known),
    parts: [...parts, ...sides.map((side) => ({ score: graph.add("Div", [side.score, graph.double(side.threshold)]), shares: side.parts === null ? novelty.shares : sharesOf(graph, map, side.parts) }))],
  };
}

function addParts(graph: Graph, map: WindowMap, head: ConditionHead, thresholds: Thresholds, features: Edge, sides: readonly Edge[]): Part[] {
  const { plain: plainCount, random: randomCount } = featureCount(map);
  const columns = (from: number, to: number) => graph.add("Slice", [features, graph.ints([from]), graph.ints([to]), graph.ints([1])]);
  const over = ({ score, parts }: { score: Edge; parts: Edge }, threshold: number): Part => ({
    score: graph.add("Div", [score, graph.double(threshold)]),
    shares: sharesOf(graph, map, parts),
  });
  const plain = columns(0, plainCount);
  const levels = addLevels(graph, head.levels, plain, plainCount);
  const novelty = addNovelty(graph, head.novelty, plain);
  const parts = [over(levels, thresholds.levels), over(novelty, thresholds.novelty)];
  if (head.answers === null || thresholds.answers === null) return parts;
  const random = randomCount === 0 ? null : columns(plainCount, plainCount + randomCount);
  const mixing = { plain: plainCount, random: randomCount, weights: randomDraws(map).weights };
  const plane = addAnswers(graph, head.answers, head.novelty.centre, mixing, plain, random);
  if (head.trees === null) return [...parts, over(plane, thresholds.answers)];
  const seen = graph.cast(graph.add("Concat", [plain, levels.score, novelty.score, plane.score, ...sides], { axis: 1 }), "float");
  return [...parts, over({ score: addAnswerTrees(graph, head.trees, seen), parts: plane.parts }, thresholds.answers)];
}

/** The features of a map alone: the same nodes with which every model over it begins. */
export function featureModel(map: WindowMap): Uint8Array {
  const graph = new Graph();
  graph.output("features", addWindowMap(graph, map).features, "float", ["items", featureCount(map).all]);
  return graph.bytes("features", {});
}

/** The score of one item's features, as the graph computes it: what thresholds are checked with. */
export function scoreOf({ head, thresholds, beside }: Pick<Learnt, "head" | "thresholds" | "beside">, item: Float32Array): number {
  const [levels, novelty] = [levelsOf(head.levels, item), noveltyOf(head.novelty, item)];
  const sides = beside.map((side) => featureSideOf(side, item));
  const unanswered = Math.max(levels / thresholds.levels, novelty / thresholds.novelty, ...sides.map((score, at) => score / beside[at].threshold));
  if (head.answers === null || thresholds.answers === null) return unanswered;
  const plane = answersOf(head.answers, item);
  const answers = head.trees === null ? plane : answerTreesOf(head.trees, columnsOf([item], head.novelty.centre.length, [levels, novelty, plane, ...sides].map((score) => [score])))[0];
  return Math.max(unanswered, answers / thresholds.answers);
}

/** Items as trees see them: their first `plain` features, then the scores of detectors, each by item. */
export function columnsOf(items: readonly Float32Array[], plain: number, scores: readonly ArrayLike<number>[]): Features {
  const columns = plain + scores.length;
  const values = new Float32Array(items.length * columns);
  for (const [row, item] of items.entries()) {
    values.set(item.subarray(0, plain), row * columns);
    for (const [at, score] of scores.entries()) values[row * columns + plain + at] = score[row];
  }
  return { rows: items.length, columns, values };
}

/** What speaks for a fault, by signal: parts below zero count as none; items × signals, rows sum to 1. */
function sharesOf(graph: Graph, { signals }: WindowMap, parts: Edge): Edge {
  const bySignal = graph.add("ReduceSum", [graph.add("Reshape", [parts, graph.ints([0, -1, signals])]), graph.ints([1])], { keepdims: 0 });
  const blame = graph.add("Max", [bySignal, graph.double(1e-12)]);
  return graph.add("Div", [blame, graph.add("ReduceSum", [blame, graph.ints([1])], { keepdims: 1 })]);
}

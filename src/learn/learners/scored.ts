import { addBank, bankOf, fitBank, type BankHead } from "../heads/bank.ts";
import { addIsolation, fitIsolation, isolationOf, type IsolationHead } from "../heads/isolation.ts";
import { addNovelty, noveltyOf } from "../heads/novelty.ts";
import { heldOutOf } from "../held-out.ts";
import type { Head, Learner, Taught } from "../learner.ts";
import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { mergeTargets, type TargetLesson, type TargetSum } from "../target-sum.ts";

/** Usual items that a detector is fitted on at most: those of lowest key. */
const mostUsual = 2000;
const bank = { size: 256, neighbours: 3, shrinkage: 0.5, levels: 0, seed: 1 };
const scores = 3;

/**
 * A learner of classes that sees detectors' scores as columns: how far an item is from those of the usual
 * class, by Mahalanobis distance, by isolation and by its nearest neighbours.
 *
 * Faults that are few are seldom alike, and what they share is that they are unusual: what trees have to
 * put together from many columns a distance says in one. For rows of which most are of one class.
 * The detectors learn from the usual class alone; an item's scores are those of detectors that had not
 * seen its group of blocks. While nothing can be held out the inner learner learns without scores.
 * Assumes that the inner learner learns from samples and asks for no moments.
 * Cost: the inner learner, and for each item features² and 256 × features.
 * Source: Zhao and Hryniewicki, "XGBOD: improving supervised outlier detection with unsupervised
 * representation learning", IJCNN 2018. Departs from it: usual items alone teach the detectors, held-out
 * scores, and three detectors instead of a hundred.
 */
export function scored(inner: Learner): Learner {
  return {
    name: `scored-${inner.name}`,
    version: inner.version,
    kinds: inner.kinds.filter((kind) => kind === "classify"),
    summary: `${inner.summary}, with how unusual an item is as columns`,
    params: inner.params,
    canLearn: (total) => (total.lessons.has("") ? "its target is a number" : inner.canLearn(total)),
    async learn(taught, params, seed, tools) {
      const held = heldOutOf(taught);
      if (held.length === 0) return await inner.learn(taught, params, seed, tools);
      const usual = usualOf(taught.total);
      const groups = held.map(({ group, rest }) => widened(group, detectorsOf(rest, rest.lessons.has(usual) ? usual : usualOf(rest))));
      const wide: Taught<TargetSum> = { total: groups.reduce(mergeTargets), groups };
      return headOf(detectorsOf(taught.total, usual), taught.total.features, await inner.learn(wide, params, seed, tools));
    },
  };
}

/** The class of most items; of equal ones the first. */
function usualOf({ lessons }: TargetSum): string {
  return [...lessons].reduce((most, one) => (one[1].items > most[1].items ? one : most))[0];
}

interface Detectors {
  readonly bank: BankHead;
  readonly isolation: IsolationHead;
}

function detectorsOf(sum: TargetSum, usual: string): Detectors {
  const { features } = sum;
  const { moments, sample } = sum.lessons.get(usual) as TargetLesson;
  const items = sample.items.slice(0, mostUsual);
  const values = new Float32Array(items.length * features);
  for (const [row, item] of items.entries()) values.set(item.subarray(0, features), row * features);
  return {
    bank: fitBank(items.map(filled), moments, features, bank),
    isolation: fitIsolation({ rows: items.length, columns: features, values }),
  };
}

/** Unknown features as 0, the usual value. */
const filled = (item: Float32Array): Float32Array => item.map((value) => (Number.isNaN(value) ? 0 : value));

/** Mahalanobis distance, isolation and distance to the nearest; the bank's space is that of the first. */
function scoresOf({ bank: near, isolation }: Detectors, item: Float32Array): [number, number, number] {
  const known = filled(item);
  return [noveltyOf(near.space, known), isolationOf(isolation, item), bankOf(near, known)];
}

/** The same items with their scores between features and target. Moments stay those of the items without. */
function widened(sum: TargetSum, detectors: Detectors): TargetSum {
  const { features } = sum;
  const lessons = [...sum.lessons].map(([name, lesson]) => {
    const items = lesson.sample.items.map((item) => Float32Array.of(...item.subarray(0, features), ...scoresOf(detectors, item.subarray(0, features)), item[features]));
    return [name, { ...lesson, sample: { ...lesson.sample, items } }] as const;
  });
  return { features: features + scores, lessons: new Map(lessons) };
}

function headOf(detectors: Detectors, features: number, inner: Head): Head {
  return {
    outputs: inner.outputs,
    predict: (items) => inner.predict(seenBy(detectors, items)),
    add: (graph, edge) => inner.add(graph, addScores(graph, detectors, edge)),
    importance: inner.importance === null ? null : evened(inner.importance, features),
  };
}

function seenBy(detectors: Detectors, { rows, columns, values }: Features): Features {
  const wide = new Float32Array(rows * (columns + scores));
  for (let row = 0; row < rows; row++) {
    const item = values.subarray(row * columns, (row + 1) * columns);
    wide.set(item, row * (columns + scores));
    wide.set(scoresOf(detectors, item), row * (columns + scores) + columns);
  }
  return { rows, columns: columns + scores, values: wide };
}

function addScores(graph: Graph, { bank: near, isolation }: Detectors, features: Edge): Edge {
  const known = graph.cast(graph.add("Where", [graph.add("IsNaN", [features]), graph.float(0), features]), "double");
  const parts = [addNovelty(graph, near.space, known).score, addIsolation(graph, isolation, features), addBank(graph, near, known).score];
  return graph.add("Concat", [features, ...parts.map((score) => graph.cast(score, "float"))], { axis: 1 });
}

/** Shares by feature: what scores gained falls to all features alike, for a distance asks for all of them. */
function evened(importance: Float64Array, features: number): Float64Array {
  const ofScores = importance.slice(features).reduce((sum, share) => sum + share, 0);
  return importance.slice(0, features).map((share) => share + ofScores / features);
}

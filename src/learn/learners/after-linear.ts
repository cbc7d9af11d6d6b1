import type { Head, Learner, Taught } from "../learner.ts";
import type { Features } from "../matrix.ts";
import type { TargetSum } from "../target-sum.ts";

/**
 * A learner of numbers that learns what a linear one leaves over.
 *
 * Trees know nothing beyond what they have seen; a line goes on. Where a machine drifts, or another
 * year is judged, the sum of both errs less than trees alone, and where nothing is linear the line
 * shrinks to the mean and the trees are what they were.
 * Assumes that the sample holds what moments tell: the second learner is given no moments of residuals,
 * so it must learn from samples.
 * Cost: both learners, and one pass over the samples.
 * Source: Friedman, "Greedy function approximation", Annals of Statistics 29, 2001 (a model fitted to
 * residuals of another); linear first is ours, for drift.
 */
export function afterLinear(linear: Learner, second: Learner): Learner {
  return {
    name: `${linear.name}+${second.name}`,
    version: linear.version * 1000 + second.version,
    kinds: second.kinds.filter((kind) => kind !== "classify" && linear.kinds.includes(kind)),
    summary: `${second.summary}, on what ${linear.name} leaves over`,
    params: second.params,
    canLearn: (total) => linear.canLearn(total) ?? second.canLearn(total),
    async learn(taught, params, seed, tools) {
      const defaults = Object.fromEntries(Object.entries(linear.params).map(([name, { default: value }]) => [name, value]));
      const first = await linear.learn(taught, defaults, seed, tools);
      const rest: Taught<TargetSum> = { total: leftOver(taught.total, first), groups: taught.groups.map((group) => leftOver(group, first)) };
      return both(first, await second.learn(rest, params, seed, tools));
    },
  };
}

/** The same items with what the head gets wrong as their target. */
function leftOver(sum: TargetSum, head: Head): TargetSum {
  const lessons = [...sum.lessons].map(([name, lesson]) => {
    const { items } = lesson.sample;
    const values = new Float32Array(items.length * sum.features);
    for (const [row, vector] of items.entries()) values.set(vector.subarray(0, sum.features), row * sum.features);
    const said = head.predict({ rows: items.length, columns: sum.features, values });
    const left = items.map((vector, row) => {
      const copy = vector.slice();
      copy[sum.features] -= said[row];
      return copy;
    });
    return [name, { ...lesson, sample: { ...lesson.sample, items: left } }] as const;
  });
  return { features: sum.features, lessons: new Map(lessons) };
}

function both(first: Head, second: Head): Head {
  return {
    outputs: 1,
    predict(features: Features) {
      const rest = second.predict(features);
      return first.predict(features).map((value, at) => value + rest[at]);
    },
    add: (graph, features) => graph.add("Add", [first.add(graph, features), second.add(graph, features)]),
    importance: first.importance === null || second.importance === null ? (first.importance ?? second.importance) : first.importance.map((share, j) => (share + (second.importance?.[j] ?? 0)) / 2),
  };
}

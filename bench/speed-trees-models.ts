import { addIsolation, fitIsolation, isolationScores } from "../src/learn/heads/isolation.ts";
import { paramsOf, type Head } from "../src/learn/learner.ts";
import { targetLearners } from "../src/learn/learners/targets.ts";
import type { Gram } from "../src/learn/moments.ts";
import { Graph } from "../src/learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { mergeTargets, targetSumOf } from "../src/learn/target-sum.ts";
import type { ParityModel } from "./speed-parity.ts";

const rows = 2000;
const columns = 12;

/** One model of each learner of targets and kind, learnt from items with gaps, and others to judge. */
export async function treeModels(gram: Gram): Promise<ParityModel[]> {
  const random = randomFrom(3);
  const items = () => Float32Array.from({ length: rows * columns }, () => (random() < 0.05 ? NaN : normalFrom(random)));
  const [taught, asked] = [items(), items()];
  const numbers = Float64Array.from({ length: rows }, (_, row) => 500 + 3 * (taught[row * columns] || 0) + normalFrom(random));
  const features = { rows, columns, values: taught };
  const models: ParityModel[] = [];
  for (const learner of targetLearners) {
    for (const classes of [0, 2, 5].filter((count) => learner.kinds.includes(count === 0 ? "estimate" : "classify"))) {
      const targets = targetsOf(numbers, classes);
      const groups = await Promise.all([0, 1, 2, 3, 4].map((group) => targetSumOf({ features, targets: only(targets, (row) => row % 5 === group) }, `block ${group}`, gram)));
      const total = groups.reduce(mergeTargets);
      const head = await learner.learn({ total, groups }, paramsOf(learner, {}), 1, { gram, pool: null });
      models.push(modelOf(`${learner.name}-${classes}`, head, { rows, columns, values: asked }, classes === 0 ? 3 : 1));
    }
  }
  const isolation = fitIsolation(features);
  const graph = new Graph();
  graph.output("y", addIsolation(graph, isolation, graph.input("x", "float", ["items", columns])), "double", ["items", 1]);
  models.push({ name: "isolation", model: graph.bytes("isolation", {}), items: { rows, columns, values: asked }, expected: await isolationScores(isolation, { rows, columns, values: asked }), scale: 1 });
  return models;
}

type Targets = readonly string[] | Float64Array;

const targetsOf = (numbers: Float64Array, classes: number): Targets =>
  classes === 0 ? numbers : Array.from(numbers, (value) => `class ${Math.max(0, Math.min(classes - 1, Math.floor(value - 500 + classes / 2)))}`);

/** The targets of some rows; the others teach nothing. */
const only = (targets: Targets, keep: (row: number) => boolean): Targets =>
  targets instanceof Float64Array ? targets.map((value, row) => (keep(row) ? value : NaN)) : targets.map((name, row) => (keep(row) ? name : ""));

function modelOf(name: string, head: Head, items: ParityModel["items"], scale: number): ParityModel {
  const graph = new Graph();
  graph.output("y", head.add(graph, graph.input("x", "float", ["items", columns])), "double", ["items", head.outputs]);
  return { name, model: graph.bytes(name, {}), items, expected: head.predict(items), scale };
}

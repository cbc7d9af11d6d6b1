import type { Forest } from "../trees/forest.ts";
import type { Edge, Graph } from "./graph.ts";

/**
 * A forest in a graph. `features` is items × features, float32, NaN where unknown.
 *
 * Returns: the sums of the leaves' values, items × outputs, float64, right to the digits of a float32.
 * Thresholds, comparisons and sums are float64, so that every item takes the way that it takes in
 * plain code; only the operator's output is float32: centre what is far from 0 before.
 * Source: TreeEnsembleRegressor of ai.onnx.ml, operator set 3.
 */
export function addForest(graph: Graph, forest: Forest, features: Edge): Edge {
  const tree = treeByNode(forest);
  const place = tree.map((own, node) => node - forest.roots[own]);
  const isLeaf = (node: number) => forest.feature[node] < 0;
  const local = (next: Int32Array) => next.map((to, node) => (isLeaf(node) ? 0 : to - forest.roots[tree[node]]));
  const values = leafValues(forest);
  const sums = graph.add(
    "TreeEnsembleRegressor",
    [graph.cast(features, "double")],
    {
      n_targets: forest.outputs,
      aggregate_function: "SUM",
      post_transform: "NONE",
      nodes_treeids: { long: tree },
      nodes_nodeids: { long: place },
      nodes_featureids: { long: forest.feature.map((feature) => Math.max(0, feature)) },
      nodes_modes: { texts: Array.from(forest.feature, (feature) => (feature < 0 ? "LEAF" : "BRANCH_LEQ")) },
      nodes_values_as_tensor: { doubles: Float64Array.from(forest.threshold, (value, node) => (isLeaf(node) ? 0 : value)) },
      nodes_truenodeids: { long: local(forest.left) },
      nodes_falsenodeids: { long: local(forest.right) },
      nodes_missing_value_tracks_true: { long: Int32Array.from(forest.unknownLeft) },
      target_treeids: { long: values.nodes.map((node) => tree[node]) },
      target_nodeids: { long: values.nodes.map((node) => place[node]) },
      target_ids: { long: values.outputs },
      target_weights_as_tensor: { doubles: values.values },
    },
    "ai.onnx.ml",
  );
  return graph.cast(sums, "double");
}

/** The values of all leaves with their nodes and outputs; zeros are left out but for a leaf's first. */
function leafValues({ outputs, feature, left, values: all }: Forest): { nodes: Int32Array; outputs: Int32Array; values: Float64Array } {
  const nodes: number[] = [];
  const places: number[] = [];
  const values: number[] = [];
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] >= 0) continue;
    for (let output = 0; output < outputs; output++) {
      const value = all[left[node] * outputs + output];
      if (value === 0 && output > 0) continue;
      nodes.push(node);
      places.push(output);
      values.push(value);
    }
  }
  return { nodes: Int32Array.from(nodes), outputs: Int32Array.from(places), values: Float64Array.from(values) };
}

function treeByNode({ roots, feature }: Forest): Int32Array {
  const tree = new Int32Array(feature.length);
  for (const [own, root] of roots.entries()) tree.fill(own, root, roots[own + 1] ?? feature.length);
  return tree;
}

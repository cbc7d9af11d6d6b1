import type { Engine } from "../learn/engine.ts";
import type { Gram } from "../learn/moments.ts";
import { Graph } from "../learn/onnx/graph.ts";

/** XᵀX on the engine, in float64: the one large product of learning. */
export async function engineGram(engine: Engine): Promise<Gram> {
  const graph = new Graph();
  const x = graph.input("x", "double", ["rows", "columns"]);
  graph.output("gram", graph.add("Gemm", [x, x], { transA: 1 }), "double", ["columns", "columns"]);
  const session = await engine.open(graph.bytes("gram", {}));
  return async (values, rows, columns) => {
    const { gram } = await session.run({ x: { type: "double", dims: [rows, columns], values } });
    return gram.values as Float64Array;
  };
}

import type { Edge, Graph } from "../onnx/graph.ts";

/** Where the rows of each tile are, and how many whole windows the rows hold. */
export interface Tiles {
  readonly rows: Edge; // tiles × (2 window - 1)
  readonly items: Edge;
}

/** Row numbers of each tile of `values`, rows × columns: tiles × (2 window - 1), the last row repeated past the end; and the count of items. */
export function addTiles(graph: Graph, values: Edge, window: number): Tiles {
  const scalar = (value: number) => graph.constant(BigInt64Array.of(BigInt(value)), []);
  const rowCount = graph.add("Gather", [graph.add("Shape", [values]), scalar(0)], { axis: 0 });
  const items = graph.add("Sub", [rowCount, scalar(window - 1)]);
  const tiles = graph.add("Div", [graph.add("Add", [items, scalar(window - 1)]), scalar(window)]);
  const starts = graph.add("Range", [scalar(0), graph.add("Mul", [tiles, scalar(window)]), scalar(window)]);
  const within = graph.ints(Array.from({ length: 2 * window - 1 }, (_, i) => i));
  const places = graph.add("Add", [graph.add("Unsqueeze", [starts, graph.ints([1])]), within]);
  return { rows: graph.add("Min", [places, graph.add("Sub", [rowCount, scalar(1)])]), items };
}

/**
 * Weighted sums of `values` over every window, one for each kernel of a row's age (0 is the newest):
 * items × columns each.
 *
 * Windows overlap, so the sums of all windows are one product with a band matrix: rows are cut in
 * tiles of 2 × window - 1, which each hold `window` whole windows, and each tile is multiplied by the
 * same kernels.
 */
export function addWindowProducts(graph: Graph, values: Edge, columns: number, window: number, tiles: Tiles, kernels: readonly ((age: number) => number)[]): Edge[] {
  const span = 2 * window - 1;
  const band = new Float64Array(kernels.length * window * span);
  for (const [k, kernel] of kernels.entries()) {
    for (let item = 0; item < window; item++) {
      for (let age = 0; age < window; age++) band[(k * window + item) * span + item + window - 1 - age] = kernel(age);
    }
  }
  const tiled = graph.add("Gather", [values, tiles.rows], { axis: 0 });
  const product = graph.add("MatMul", [graph.constant(band, [kernels.length * window, span], "band"), tiled]);
  const parted = graph.add("Reshape", [product, graph.ints([-1, kernels.length, window, columns])]);
  const byKernel = graph.add("Transpose", [parted], { perm: [1, 0, 2, 3] });
  const joined = graph.add("Reshape", [byKernel, graph.ints([kernels.length, -1, columns])]);
  const end = graph.add("Unsqueeze", [tiles.items, graph.ints([0])]);
  const items = graph.add("Slice", [joined, graph.ints([0]), end, graph.ints([1])]);
  return kernels.map((_, k) => graph.add("Gather", [items, graph.constant(BigInt64Array.of(BigInt(k)), [])], { axis: 0 }));
}

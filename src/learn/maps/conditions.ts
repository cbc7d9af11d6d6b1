import type { Edge, Graph } from "../onnx/graph.ts";

/**
 * Operating conditions: combinations of the levels at which set-points are held, and what is usual of
 * each column there. Set-points are columns themselves, numbers or texts by the number of their level.
 */
export interface Conditions {
  /** Places of the set-points among the columns of the table. */
  readonly setPoints: readonly number[];
  /** How far a set-point may be from a level to be held there, by set-point; less than half the way to the next one. */
  readonly near: readonly number[];
  /** Conditions × set-points. */
  readonly levels: readonly (readonly number[])[];
  /** Conditions × columns of the table: the usual value and the scatter, above 0, in a condition; not used of set-points and texts. */
  readonly centres: readonly (readonly number[])[];
  readonly spreads: readonly (readonly number[])[];
}

/** What is usual of columns of the table by row, each rows × columns; the spread is NaN where that is not known. */
export interface Usual {
  readonly centre: Edge;
  readonly spread: Edge;
}

/**
 * Adds to a graph what is usual of `numbers`, places of columns, in the condition of each row.
 *
 * `plain` is what is usual of all rows, by number: it holds for set-points and, with an unknown spread,
 * for everything else in rows that are in no condition, of which it is not known what is usual.
 */
export function addUsual(graph: Graph, { setPoints, near, levels, centres, spreads }: Conditions, rows: Edge, numbers: readonly number[], plain: { readonly centres: readonly number[]; readonly spreads: readonly number[] }): Usual {
  const held = setPoints.map((column, at) => {
    const away = graph.add("Abs", [graph.add("Sub", [graph.add("Gather", [rows, graph.ints([column])], { axis: 1 }), graph.double(levels.map((own) => own[at]))])]);
    return graph.add("Less", [away, graph.double(near[at])]); // rows × conditions; unknown is not held
  });
  const isIn = graph.cast(held.reduce((one, other) => graph.add("And", [one, other])), "double");
  // A last place for rows in no condition: it is the largest only where all others are 0.
  const places = graph.add("Pad", [isIn, graph.ints([0, 0, 0, 1]), graph.double(0.5)]);
  const condition = graph.add("ArgMax", [places], { axis: 1, keepdims: 0 });
  const tableOf = (own: readonly (readonly number[])[], usual: readonly number[], none: readonly number[]) => {
    const lines = [...own.map((line) => numbers.map((column, j) => (setPoints.includes(column) ? usual[j] : line[column]))), none];
    return graph.add("Gather", [graph.constant(Float64Array.from(lines.flat()), [lines.length, numbers.length], "usual"), condition], { axis: 0 });
  };
  const unknown = plain.spreads.map((spread, j) => (setPoints.includes(numbers[j]) ? spread : NaN));
  return { centre: tableOf(centres, plain.centres, plain.centres), spread: tableOf(spreads, plain.spreads, unknown) };
}

import type { SeriesColumn, SeriesPair } from "../learn/maps/series-map.ts";
import type { StudyColumn } from "./study-request.ts";

/** Columns of which pairs are made: of eight there are 28 pairs. */
const mostColumns = 8;
/** Of numbers whose spreads are further apart than this, a difference is all but the larger. */
const mostUnlike = 10;
/** Equal parts into which a column is cut to see whether the target goes with it. */
const parts = 16;

/**
 * Pairs of number columns worth a look: the product of each two, and their difference where one does
 * not drown the other. Power is a torque by a speed, wear a load by a time, a cooler's work a
 * difference of temperatures; a line cannot make these of the columns, and trees only in many steps.
 *
 * Of many columns the few that the target goes with most: the share of its variance between equal parts
 * of the column (the correlation ratio; of classes the sum over their indicators), which also sees what
 * goes up and down again. `teaches` is 1 where a row teaches: no other row has a say.
 * Cost: rows × log(rows) × columns where there are more than eight, else nothing.
 */
export function pairsFor(inputs: readonly StudyColumn[], columns: readonly SeriesColumn[], target: StudyColumn | null, teaches: Uint8Array): SeriesPair[] {
  const numbers = columns.flatMap((column, at) => ("levels" in column || column.still ? [] : [at]));
  const used = numbers.length <= mostColumns ? numbers : strongest(numbers, inputs, target, teaches);
  const spreadOf = (at: number) => (columns[at] as { spread: number }).spread;
  return used.flatMap((first, place) =>
    used.slice(place + 1).flatMap((second): SeriesPair[] => {
      const ratio = spreadOf(first) / spreadOf(second);
      const alike = ratio <= mostUnlike && ratio >= 1 / mostUnlike;
      return [{ of: "product", first, second }, ...(alike ? [{ of: "difference" as const, first, second }] : [])];
    }),
  );
}

function strongest(numbers: readonly number[], inputs: readonly StudyColumn[], target: StudyColumn | null, teaches: Uint8Array): number[] {
  if (target === null) return numbers.slice(0, mostColumns);
  const strength = new Map(numbers.map((at) => [at, goesWith(inputs[at].values, target, teaches)]));
  const ranked = numbers.toSorted((a, b) => (strength.get(b) ?? 0) - (strength.get(a) ?? 0));
  return ranked.slice(0, mostColumns).toSorted((a, b) => a - b);
}

/** The share of the target's variance that lies between equal parts of the column, 0 to 1. */
function goesWith(values: Float64Array, { values: truth, levels }: StudyColumn, teaches: Uint8Array): number {
  const rows = Uint32Array.from(teaches.keys()).filter((row) => teaches[row] === 1 && !Number.isNaN(values[row])).sort((a, b) => values[a] - values[b]);
  const outputs = levels?.length ?? 1;
  const of = (row: number, output: number) => (levels === null ? truth[row] : truth[row] === output ? 1 : 0);
  let [between, all] = [0, 0];
  for (let output = 0; output < outputs; output++) {
    const [sums, counts] = [new Float64Array(parts), new Float64Array(parts)];
    let [sum, squares] = [0, 0];
    for (const [at, row] of rows.entries()) {
      const [part, value] = [Math.floor((at * parts) / rows.length), of(row, output)];
      sums[part] += value;
      counts[part]++;
      sum += value;
      squares += value * value;
    }
    const middle = sum / rows.length;
    all += squares - sum * middle;
    for (const [part, own] of sums.entries()) if (counts[part] > 0) between += own * own / counts[part];
    between -= sum * middle;
  }
  return all > 0 ? between / all : 0;
}

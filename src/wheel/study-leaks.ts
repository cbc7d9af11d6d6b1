import type { StudyCaveat } from "./study-report.ts";
import type { StudyColumn, StudyRequest, TableSet } from "./study-request.ts";

/** Why a column is suspected of knowing the answer. */
export interface SuspectedLeak {
  readonly column: string;
  /** `all`: it tells nearly the whole target. `value`: one of its values nearly always means the same class. */
  readonly tells: "all" | "value";
  /** Share of what there was to tell, held out: of squared errors, or of errors of one who knows the commonest class; or share of the value's rows. */
  readonly share: number;
}

/** Rows looked at, spread evenly: a leak that these do not show is none that matters. */
const mostRows = 20_000;
const bins = 64;
const tellsAll = 0.98;
/** A flag: a column of few values, one of which, on that many rows, all but always comes with a class that is rare elsewhere. */
const flag = { values: 12, rows: 10, share: 0.98, rare: 0.3 };

/**
 * Inputs that alone tell nearly all of the target. They may be what the target was made from, as a
 * column that names the failure is of "failed", or be known only afterwards; or a target that is easy.
 *
 * Each column teaches the mean (the commonest class) of its 64 ranges on every other block, and is
 * judged on the rest.
 * Cost: O(columns × r log r) for r = at most 20,000 rows.
 */
export function suspectedLeaks({ train }: StudyRequest): SuspectedLeak[] {
  const { target } = train;
  if (target === null) return [];
  const all = Uint32Array.from(target.values.keys()).filter((row) => !Number.isNaN(target.values[row]));
  const step = Math.max(1, all.length / mostRows);
  const known = Array.from({ length: Math.ceil(all.length / step) }, (_, place) => all[Math.floor(place * step)]);
  return train.inputs.flatMap((input): SuspectedLeak[] => {
    const binned = binsOf(input, known);
    const share = target.levels === null ? toldNumber(target.values, train, known, binned) : toldClass(target.values, target.levels.length, train, known, binned);
    if (share >= tellsAll) return [{ column: input.name, tells: "all", share }];
    const flagged = target.levels === null ? 0 : flagShare(input, target.values, known);
    return flagged >= flag.share ? [{ column: input.name, tells: "value", share: flagged }] : [];
  });
}

/** What to tell a reader of suspected leaks; nothing of none. */
export function leakCaveats(leaks: readonly SuspectedLeak[], target: string): StudyCaveat[] {
  if (leaks.length === 0) return [];
  const named = leaks.slice(0, 5).map(({ column, tells }) => `"${column}"${tells === "value" ? " (one of its values)" : ""}`);
  const more = leaks.length > 5 ? ` and ${leaks.length - 5} more` : "";
  return [{ code: "leak-suspected", text: `${named.join(", ")}${more} alone ${leaks.length === 1 ? "tells" : "tell"} "${target}" nearly perfectly. If ${leaks.length === 1 ? "it is" : "they are"} known only afterwards, or the target was made from ${leaks.length === 1 ? "it" : "them"}, the figures are worth nothing: leave ${leaks.length === 1 ? "it" : "them"} out with --exclude and try again.` }];
}

/** Range of each row's value by place in `known`; unknown values are one of their own. */
function binsOf({ values, levels }: StudyColumn, known: readonly number[]): Int32Array {
  if (levels !== null) return Int32Array.from(known, (row) => (Number.isNaN(values[row]) ? levels.length : values[row]));
  const sorted = Float64Array.from(known, (row) => values[row]).filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  const edges = distinct.length <= bins ? distinct : Float64Array.from({ length: bins }, (_, bin) => sorted[Math.floor((bin * sorted.length) / bins)]);
  return Int32Array.from(known, (row) => (Number.isNaN(values[row]) ? -1 : placeBelow(edges, values[row]))).map((bin) => (bin < 0 ? edges.length : bin));
}

/** The last edge at or below a value, by halves. */
function placeBelow(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function toldNumber(target: Float64Array, { blocks }: TableSet, known: readonly number[], binned: Int32Array): number {
  const teaches = halves(blocks, known);
  const taught = known.filter((_, at) => teaches[at] === 1);
  const mean = taught.reduce((sum, row) => sum + target[row], 0) / taught.length;
  const [sums, counts] = [new Float64Array(most(binned) + 1), new Float64Array(most(binned) + 1)];
  known.forEach((row, at) => {
    if (teaches[at] === 0) return;
    sums[binned[at]] += target[row];
    counts[binned[at]]++;
  });
  let [loss, all] = [0, 0];
  known.forEach((row, at) => {
    if (teaches[at] === 1) return;
    const said = counts[binned[at]] === 0 ? mean : sums[binned[at]] / counts[binned[at]];
    loss += (target[row] - said) ** 2;
    all += (target[row] - mean) ** 2;
  });
  return all > 0 ? 1 - loss / all : 0;
}

function toldClass(target: Float64Array, classes: number, { blocks }: TableSet, known: readonly number[], binned: Int32Array): number {
  const teaches = halves(blocks, known);
  const counts = new Float64Array((most(binned) + 2) * classes);
  const anywhere = counts.length - classes;
  known.forEach((row, at) => {
    if (teaches[at] === 0) return;
    counts[binned[at] * classes + target[row]]++;
    counts[anywhere + target[row]]++;
  });
  const commonest = (from: number): number => {
    const own = counts.subarray(from, from + classes);
    const highest = Math.max(...own);
    return highest === 0 ? commonest(anywhere) : own.indexOf(highest);
  };
  let [wrong, ignorant] = [0, 0];
  known.forEach((row, at) => {
    if (teaches[at] === 1) return;
    if (commonest(binned[at] * classes) !== target[row]) wrong++;
    if (commonest(anywhere) !== target[row]) ignorant++;
  });
  return ignorant > 0 ? 1 - wrong / ignorant : 0;
}

/** Largest share of a class among the rows of one value, where the column is a flag and the class rare among the other rows. */
function flagShare({ values }: StudyColumn, target: Float64Array, known: readonly number[]): number {
  const byValue = new Map<number, Map<number, number>>();
  const totals = new Map<number, number>();
  for (const row of known) {
    if (Number.isNaN(values[row])) continue;
    const own = byValue.get(values[row]) ?? new Map<number, number>();
    byValue.set(values[row], own.set(target[row], (own.get(target[row]) ?? 0) + 1));
    totals.set(target[row], (totals.get(target[row]) ?? 0) + 1);
    if (byValue.size > flag.values) return 0;
  }
  const shares = [...byValue.values()].map((own) => {
    const rows = [...own.values()].reduce((sum, count) => sum + count, 0);
    const [of, count] = [...own].reduce((so, one) => (one[1] > so[1] ? one : so));
    const elsewhere = ((totals.get(of) ?? 0) - count) / Math.max(1, known.length - rows);
    return rows >= flag.rows && elsewhere <= flag.rare ? count / rows : 0;
  });
  return Math.max(0, ...shares);
}

/** 1 for the rows of every other block: they teach. One block is cut in the middle. */
function halves(blocks: Int32Array, known: readonly number[]): Uint8Array {
  const only = known.every((row) => blocks[row] === blocks[known[0]]);
  return Uint8Array.from(known, (row, at) => (only ? (at < known.length / 2 ? 1 : 0) : 1 - (blocks[row] % 2)));
}

const most = (values: Int32Array): number => values.reduce((so, value) => Math.max(so, value), 0);

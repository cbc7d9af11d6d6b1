import type { LinearModel } from "../src/learn/heads/linear.ts";
import type { MadeItems } from "./target-items.ts";
import { inverse } from "./naive-linalg.ts";

const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, j) => sum + value * b[j], 0);
const known = (rows: readonly (readonly number[])[]): number[][] => rows.map((row) => row.map((value) => (Number.isNaN(value) ? 0 : value)));

/** One column of numbers an output: the target, or an indicator a class. */
export function outputsOf(targets: readonly (string | number)[], classes: readonly string[]): number[][] {
  return classes.length === 0 ? [targets.map(Number)] : classes.map((name) => targets.map((target) => (target === name ? 1 : 0)));
}

/** Ridge by an explicit inverse of the normal equations of standardised items; `spreads` when they are given. */
export function naiveRidge(items: Pick<MadeItems, "rows" | "targets">, classes: readonly string[], penalty: number, spreads?: readonly number[]): LinearModel {
  const rows = known(items.rows);
  const columns = Array.from({ length: rows[0].length }, (_, j) => rows.map((row) => row[j]));
  const means = columns.map(mean);
  const own = spreads ?? columns.map((column, j) => Math.sqrt(mean(column.map((value) => (value - means[j]) ** 2))));
  const standard = columns.map((column, j) => column.map((value) => (own[j] < 1e-12 ? 0 : (value - means[j]) / own[j])));
  const inverted = inverse(standard.map((a, i) => standard.map((b, j) => dot(a, b) / rows.length + (i === j ? penalty : 0))));
  const models = outputsOf(items.targets, classes).map((target) => {
    const centre = mean(target);
    const side = standard.map((column) => dot(column, target.map((value) => value - centre)) / rows.length);
    const weights = inverted.map((row, j) => (own[j] < 1e-12 ? 0 : dot(row, side) / own[j]));
    return { weights, bias: centre - dot(weights, means) };
  });
  return { weights: Float64Array.from(models.flatMap(({ weights }) => weights)), biases: Float64Array.from(models, ({ bias }) => bias) };
}

/** What a linear model says of items: one list a row. */
export function naiveLinear({ weights, biases }: LinearModel, rows: readonly (readonly number[])[]): number[][] {
  return known(rows).map((row) => Array.from(biases, (bias, k) => bias + dot(row, weights.slice(k * row.length, (k + 1) * row.length))));
}

/** The squared errors of a model on items, over all outputs, one by one. */
export function naiveError(model: LinearModel, items: Pick<MadeItems, "rows" | "targets">, classes: readonly string[]): number {
  const targets = outputsOf(items.targets, classes);
  return naiveLinear(model, items.rows).reduce((sum, row, i) => sum + row.reduce((own, value, k) => own + (value - targets[k][i]) ** 2, 0), 0);
}

/** The items of which `keep` is true. */
export function chosen({ rows, targets, group }: MadeItems, keep: (row: number) => boolean): MadeItems {
  const places = rows.flatMap((_, row) => (keep(row) ? [row] : []));
  return { rows: places.map((row) => rows[row]), targets: places.map((row) => targets[row]) as string[] | number[], group: places.map((row) => group[row]) };
}

import { realOnly, type Hears } from "./hears.ts";
import type { Label } from "../schema/label.ts";
import type { Micros } from "../schema/time.ts";

/** Ticks of a grid: row `i` is at `start + i × period`. */
export interface Ticks {
  readonly start: Micros;
  readonly period: number;
  readonly rows: number;
}

/**
 * Which of the rows a label speaks of, from `from` up to but not including `to`.
 *
 * Over a stretch, those within. At one moment the row that holds what was measured then, the next tick, and
 * those before it as far as a label `describes`.
 */
export function rowsOf({ start, end }: Pick<Label, "start" | "end">, { start: first, period, rows }: Ticks, describes: number): { from: number; to: number } {
  const rowAt = (time: Micros): number => Math.ceil((time - first) / period);
  if (start >= first + rows * period || end <= first - describes) return { from: 0, to: 0 };
  const isMoment = end - start === 1;
  const last = isMoment ? Math.min(rowAt(start), rows - 1) : rowAt(end) - 1;
  const from = isMoment ? last - Math.floor(describes / period) : rowAt(start);
  return { from: Math.max(0, from), to: Math.max(0, Math.min(rows, last + 1)) };
}

/** By row what was measured, NaN where nobody has said. A later word of the same author counts; of several authors, the mean. */
export function valuesAt(ticks: Ticks, labels: readonly Label[], describes: number, hears = realOnly): Float64Array {
  const [sums, counts] = [new Float64Array(ticks.rows), new Float64Array(ticks.rows)];
  for (const own of byAuthor(labels, hears)) {
    const values = new Float64Array(ticks.rows).fill(NaN);
    for (const label of own) {
      const { from, to } = rowsOf(label, ticks, describes);
      if (label.says?.what === "value") values.fill(label.says.value, from, to);
    }
    for (const [row, value] of values.entries()) {
      if (Number.isNaN(value)) continue;
      sums[row] += value;
      counts[row]++;
    }
  }
  return sums.map((sum, row) => sum / counts[row]); // 0 / 0 is unknown
}

/** By row its class, "" where nobody has said or people differ. A later word of the same author counts. */
export function classesAt(ticks: Ticks, labels: readonly Label[], describes: number, hears = realOnly): string[] {
  const opinions = byAuthor(labels, hears).map((own) => {
    const names = Array.from({ length: ticks.rows }, () => "");
    for (const label of own) {
      const { from, to } = rowsOf(label, ticks, describes);
      if (label.says?.what === "class") names.fill(label.says.class, from, to);
    }
    return names;
  });
  return Array.from({ length: ticks.rows }, (_, row) => {
    const [only = "", ...others] = new Set(opinions.map((names) => names[row]).filter((name) => name !== ""));
    return others.length === 0 ? only : "";
  });
}

/**
 * By row how much of its life was left: until the next end, in lengths of `unit`, at most `cap`.
 *
 * Unknown, NaN, where no end has come yet, and in the stretch of a label that lasts: then nothing lived.
 * `labels` may hold ends beyond the rows.
 */
export function livesAt({ start, period, rows }: Ticks, labels: readonly Label[], unit: number, cap: number, hears = realOnly): Float64Array {
  const ends = endsOf(labels, hears);
  let next = 0;
  return Float64Array.from({ length: rows }, (_, row) => {
    const time = start + row * period;
    while (next < ends.length && ends[next].end <= time) next++;
    return next === ends.length || ends[next].start < time ? NaN : Math.min((ends[next].start - time) / unit, cap);
  });
}

/** The lives within rows, as stretches: each begins at the first row, or after an end. */
export function stretchesOf(ticks: Ticks, labels: readonly Label[], hears = realOnly): { start: number; end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  let from = 0;
  for (const { start, end } of endsOf(labels, hears)) {
    const [to, next] = [Math.floor((start - ticks.start) / ticks.period) + 1, Math.ceil((end - ticks.start) / ticks.period)];
    if (to > from && from < ticks.rows) stretches.push({ start: from, end: Math.min(to, ticks.rows) });
    from = Math.max(from, next);
  }
  if (from < ticks.rows) stretches.push({ start: from, end: ticks.rows });
  return stretches;
}

/** The ends of lives, in order of time. */
export function endsOf(labels: readonly Label[], hears = realOnly): Label[] {
  return labels.filter((label) => tells(label, hears) && label.says?.what === "end-of-life").toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
}

/** Whether a label is of real origin and in force: what a model said proves nothing. */
export const tells = (label: Label, hears = realOnly): boolean => hears(label) && !label.withdrawn && (label.says ?? null) !== null;

/** Each author's labels, in the order in which they became known. */
function byAuthor(labels: readonly Label[], hears: Hears): Label[][] {
  const groups = Map.groupBy(labels.filter((label) => tells(label, hears)), ({ author }) => author);
  return [...groups.values()].map((own) => own.toSorted((a, b) => a.knownAt - b.knownAt || (a.id < b.id ? -1 : 1)));
}

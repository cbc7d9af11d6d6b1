import { factsOf, isBinary, truthWords } from "../capture/column-facts.ts";
import { shown } from "../capture/name.ts";
import { naturally } from "../capture/table-paths.ts";
import { MillraceError } from "../errors.ts";
import { asTexts } from "./rows-joined.ts";
import type { StudyColumn } from "./study-request.ts";

/** Classes that one question may have. */
export const mostClasses = 200;

/** A target as classes: texts as they are, numbers written out. Throws `study.too-many-classes`. */
export function classTarget(column: StudyColumn, teaching: number): StudyColumn {
  const { values, levels } = column.levels === null ? ordered(asTexts(column)) : { values: column.values, levels: column.levels };
  const known = values.subarray(0, teaching).filter((value) => !Number.isNaN(value));
  const classes = new Set(known).size;
  if (classes > mostClasses || (classes > 20 && 2 * classes > known.length)) {
    throw new MillraceError("study.too-many-classes", `Cannot tell the classes of ${shown(column.name)} apart: ${classes} in ${known.length} rows, at most ${mostClasses}`, {
      hint: "Name a column of classes with --target; for a number use `millrace try estimate`.",
    });
  }
  if (classes === 0) throw noTarget(column.name);
  if (classes === 1) throw constant(column.name, levels[known[0]]);
  return { name: column.name, values, levels };
}

/** Levels in the order that people count in. */
function ordered({ values, levels }: { readonly values: Float64Array; readonly levels: readonly string[] }): { values: Float64Array; levels: readonly string[] } {
  const sorted = levels.toSorted(naturally);
  const places = levels.map((level) => sorted.indexOf(level));
  return { values: values.map((code) => (Number.isNaN(code) ? code : places[code])), levels: sorted };
}

/** A target as numbers. Throws `study.not-a-number`, `study.constant-target`, `study.no-target`. */
export function numberTarget(column: StudyColumn, teaching: number): StudyColumn {
  if (column.levels !== null) throw notANumber(column.name, column.levels[0] ?? "");
  const facts = factsOf(column.values.subarray(0, teaching));
  if (facts.known === 0) throw noTarget(column.name);
  if (facts.distinct?.length === 1) throw constant(column.name, String(facts.distinct[0]));
  return column;
}

/** Recorded truth as 0 and 1: numbers above 0 are faults, texts such as normal and fault are known. Throws `capture.bad-label`. */
export function faultTarget(column: StudyColumn): StudyColumn {
  const { name, values, levels } = column;
  if (levels !== null) {
    const codes = truthWords(levels);
    if (codes === null) throw badLabel(name);
    return { name, values: values.map((code) => (Number.isNaN(code) ? code : codes[code])), levels: null };
  }
  const facts = factsOf(values);
  if (!isBinary(facts, false) && (facts.known === 0 || !facts.whole || facts.distinct === null || facts.distinct[0] < 0)) throw badLabel(name);
  return { name, values: values.map((value) => (value > 1 ? 1 : value)), levels: null };
}

/** Groups by row, each with the order of its rows: who lived how long. */
export interface Lives {
  readonly groups: Int32Array;
  readonly count: number;
  /** By row, in units that life is counted in; rising in each group. */
  readonly order: Float64Array;
}

/**
 * What is left of its group's life at each row: up to the group's last row, and beyond it what `truth`
 * says by group (NaN for groups that ran to their end). Unknown groups are -1, their life is NaN.
 */
export function remainingLife({ groups, count, order }: Lives, truth: Float64Array): Float64Array {
  const last = new Float64Array(count).fill(-Infinity);
  for (const [row, group] of groups.entries()) if (group >= 0 && order[row] > last[group]) last[group] = order[row];
  return order.map((value, row) => {
    const group = groups[row];
    if (group < 0) return Number.NaN;
    const beyond = truth[group];
    return last[group] - value + (Number.isNaN(beyond) ? 0 : beyond);
  });
}

function badLabel(name: string): MillraceError {
  return new MillraceError("capture.bad-label", `Cannot use ${shown(name)} as the label: it says neither 0 and 1 nor normal and fault`, {
    hint: "Name a column that is 0 where all was well, or leave the label out.",
  });
}

function noTarget(name: string): MillraceError {
  return new MillraceError("study.no-target", `Cannot learn ${shown(name)}: no row that teaches has a value of it`, { hint: "Name the right column with --target, or other rows with --rows." });
}

function constant(name: string, value: string): MillraceError {
  return new MillraceError("study.constant-target", `Cannot learn ${shown(name)}: it is ${shown(value)} in all rows that teach`, { hint: "Teach on rows that differ in it, or name another column with --target." });
}

export function notANumber(name: string, seen: string): MillraceError {
  return new MillraceError("study.not-a-number", `Cannot use ${shown(name)} as a number: it holds texts such as ${shown(seen)}`, { hint: "Name a column of numbers; for classes use `millrace try classify`." });
}

import { shown } from "../capture/name.ts";
import { MillraceError } from "../errors.ts";
import { asTexts, filesOfRows, type JoinedRows } from "./rows-joined.ts";
import { notANumber } from "./rows-target.ts";
import type { StudyColumn, StudyKind } from "./study-request.ts";

/** The groups that rows belong to, numbered as they appear: those that teach before those that judge. */
export interface Groups {
  readonly of: Int32Array;
  readonly names: readonly string[];
  /** By row: what rows of a group are ordered by; their count where no column is. */
  readonly order: Float64Array;
  /** Rows of no known group: they stand in groups of their own, and their target counts as unknown. */
  readonly unknown: Uint8Array;
  readonly remarks: readonly string[];
}

/**
 * Groups by a column. Of remaining lives, units of one name in another file are the same unit only when
 * its order goes on from there, and never one that teaches and one that judges; else one name is one group.
 * Throws `study.shared-group`, `study.bad-order`, `study.not-a-number`.
 */
export function groupsBy(joined: JoinedRows, column: StudyColumn, order: StudyColumn | null, kind: StudyKind): Groups {
  if (order !== null) requireOrder(order);
  const { values, levels } = asTexts(column);
  const files = filesOfRows(joined);
  const newest = new Map<number, { readonly group: number; file: number; reached: number }>(); // by level
  const of = new Int32Array(joined.rows);
  const names: string[] = [];
  const split = new Set<number>();
  for (let row = 0; row < joined.rows; row++) {
    const level = levelOf(values[row], row >= joined.teaching);
    const at = order === null ? Number.NaN : order.values[row];
    let own = newest.get(level);
    if (own !== undefined && own.file !== files[row] && isAnother(own, files[row], at)) {
      split.add(level);
      own = undefined;
    }
    if (own === undefined) {
      own = { group: names.length, file: files[row], reached: -Infinity };
      newest.set(level, own);
      names.push(level < 0 ? "unknown" : levels[level]);
    }
    own.file = files[row];
    if (at > own.reached) own.reached = at;
    of[row] = own.group;
  }

  /** Whether a name met before means another unit in this file. */
  function isAnother(own: { readonly file: number; readonly group: number; readonly reached: number }, file: number, at: number): boolean {
    const crosses = own.file < joined.teachingFiles && file >= joined.teachingFiles;
    if (kind !== "remaining-life" && crosses) throw sharedGroup(column.name, names[own.group]);
    return kind === "remaining-life" && (crosses || (!ofFiles.test(column.name) && !(at > own.reached)));
  }

  const unknown = Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0));
  const lost = unknown.reduce((sum, flag) => sum + flag, 0);
  const remarks = [
    ...(split.size === 0 ? [] : [`${split.size} ${split.size === 1 ? "name" : "names"} of ${shown(column.name)} in more than one file: taken as different units`]),
    ...(lost === 0 ? [] : [`${lost} rows without a value of ${shown(column.name)}: they belong to no group and neither teach nor judge`]),
  ];
  return { of, names, order: order?.values ?? countedRows(of, names.length), unknown, remarks };
}

/** Rows without a group: one group among those that teach, one among those that judge. */
const levelOf = (value: number, judges: boolean): number => (Number.isNaN(value) ? (judges ? -2 : -1) : value);

/** Columns made of the names of files and folders: their groups span files by intent. */
const ofFiles = /^(?:file|folder)(?::|$)/;

function countedRows(of: Int32Array, count: number): Float64Array {
  const seen = new Float64Array(count);
  return Float64Array.from(of, (group) => ++seen[group]);
}

/** The rows so that those of a group stand together, in their order; `null` when they do as they are. */
export function togetherByGroup({ of, order }: Pick<Groups, "of" | "order">): Int32Array | null {
  let isSorted = true;
  for (let row = 1; row < of.length && isSorted; row++) isSorted = of[row] > of[row - 1] || (of[row] === of[row - 1] && order[row] >= order[row - 1]);
  return isSorted ? null : Int32Array.from(of.keys()).sort((a, b) => of[a] - of[b] || order[a] - order[b] || a - b);
}

function requireOrder({ name, values, levels }: StudyColumn): void {
  if (levels !== null) throw notANumber(name, levels[0] ?? "");
  const unknown = values.reduce((count, value) => (Number.isNaN(value) ? count + 1 : count), 0);
  if (unknown === 0) return;
  throw new MillraceError("study.bad-order", `Cannot order rows by ${shown(name)}: ${unknown} of ${values.length} have no value of it`, { hint: "Name a column that every row has with --order, or leave --order out to go by the order of rows." });
}

function sharedGroup(column: string, group: string): MillraceError {
  return new MillraceError("study.shared-group", `Cannot judge by these files: ${shown(group)} of ${shown(column)} is also among the rows that teach`, {
    hint: "Rows of a group belong together: leave it out of one side with --rows, or name another column with --group.",
  });
}

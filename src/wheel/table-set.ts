import type { StudyColumn, Stretch, TableSet } from "./study-request.ts";

/**
 * Some rows of a set, as a set of its own. `rows` are their places, ascending; files and group numbers
 * stay as they are, blocks are counted anew. Stretches are cut where rows are missing.
 * Cost: eight bytes a cell for what is picked.
 */
export function pickRows(set: TableSet, rows: Int32Array): TableSet {
  const column = ({ name, values, levels }: StudyColumn): StudyColumn => ({ name, values: picked(values, rows), levels });
  const { blocks, blockCount } = countedAnew(set.blocks, rows);
  return {
    rows: rows.length,
    inputs: set.inputs.map(column),
    target: set.target === null ? null : column(set.target),
    times: set.times === null ? null : picked(set.times, rows),
    order: set.order === null ? null : picked(set.order, rows),
    groups: set.groups === null ? null : rows.map((row) => set.groups?.[row] ?? -1),
    groupNames: set.groupNames,
    blocks,
    blockCount,
    stretches: stretchesAt(set.stretches, rows),
    files: set.files,
    rowNumbers: picked(set.rowNumbers, rows),
  };
}

/** The rows from `start` to before `end` as a set of its own: views of the same arrays, but for blocks, which are counted anew. */
export function cutRows(set: TableSet, start: number, end: number): TableSet {
  const column = ({ name, values, levels }: StudyColumn): StudyColumn => ({ name, values: values.subarray(start, end), levels });
  const { blocks, blockCount } = countedAnew(set.blocks, Int32Array.from({ length: end - start }, (_, at) => start + at));
  return {
    rows: end - start,
    inputs: set.inputs.map(column),
    target: set.target === null ? null : column(set.target),
    times: set.times?.subarray(start, end) ?? null,
    order: set.order?.subarray(start, end) ?? null,
    groups: set.groups?.subarray(start, end) ?? null,
    groupNames: set.groupNames,
    blocks,
    blockCount,
    stretches: set.stretches.flatMap((one) => (Math.min(one.end, end) <= Math.max(one.start, start) ? [] : [{ start: Math.max(one.start, start) - start, end: Math.min(one.end, end) - start, file: one.file }])),
    files: set.files,
    rowNumbers: set.rowNumbers.subarray(start, end),
  };
}

/** The rows of a set for which `wanted` holds, ascending. */
export function rowsWhere(set: TableSet, wanted: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(set.rows);
  let count = 0;
  for (let row = 0; row < set.rows; row++) if (wanted(row)) rows[count++] = row;
  return rows.slice(0, count);
}

function picked(values: Float64Array, rows: Int32Array): Float64Array {
  const result = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) result[at] = values[rows[at]];
  return result;
}

function countedAnew(blocks: Int32Array, rows: Int32Array): { blocks: Int32Array; blockCount: number } {
  const numbers = new Map<number, number>();
  const result = rows.map((row) => {
    const own = blocks[row];
    let number = numbers.get(own);
    if (number === undefined) numbers.set(own, (number = numbers.size));
    return number;
  });
  return { blocks: result, blockCount: numbers.size };
}

function stretchesAt(stretches: readonly Stretch[], rows: Int32Array): Stretch[] {
  const result: Stretch[] = [];
  let at = 0;
  for (const { end, file } of stretches) {
    while (at < rows.length && rows[at] < end) {
      const start = at;
      do at++;
      while (at < rows.length && rows[at] < end && rows[at] === rows[at - 1] + 1);
      result.push({ start, end: at, file });
    }
  }
  return result;
}

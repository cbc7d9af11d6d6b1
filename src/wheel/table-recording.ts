import { factsOf, isBinary } from "../capture/column-facts.ts";
import { gridOf, medianStep, roleOf } from "../capture/guess.ts";
import type { Column, Recording } from "../capture/recording.ts";
import { unitOf } from "../capture/unit.ts";
import { canonicalJson, digest } from "../digest.ts";
import { hour, second, type Micros } from "../schema/time.ts";
import type { StudyRequest, TableSet } from "./study-request.ts";

/** Tables as one recording, for a trial of a machine's condition. */
export interface TableRecording {
  readonly recording: Recording;
  /** How long the rows that teach last: the head of the recording. */
  readonly training: Micros;
  /** Where each row to be judged stands in the recording's time. */
  readonly judgedTimes: Float64Array;
}

/**
 * Puts the rows that teach and then those that judge on one line of time: files one after the other,
 * with a pause between them that no window reaches across. Times that were recorded are kept where they
 * follow each other; else a file is moved. Rows without times are `period` apart.
 * Memory: 8 bytes a cell.
 */
export function tableRecording({ train, test, remarks: noticed }: StudyRequest, period: Micros = second): TableRecording {
  const sets = test === null ? [train] : [train, test];
  const rows = sets.reduce((sum, set) => sum + set.rows, 0);
  const join = (of: (set: TableSet) => Float64Array): Float64Array => {
    const joined = new Float64Array(rows);
    sets.reduce((start, set) => (joined.set(of(set), start), start + set.rows), 0);
    return joined;
  };
  const own = join(({ times, rowNumbers }) => times ?? rowNumbers.map((row) => row * period));
  const step = train.times === null ? period : (medianStep(train.times) ?? period);
  const inputs = train.inputs.map(({ name, levels }, at) => ({ name, levels, values: join((set) => set.inputs[at].values) }));
  const slowest = inputs.reduce((most, { values }) => Math.max(most, medianStep(own, values) ?? 0), step);
  const grid = gridOf(step, slowest);
  const times = inLine(sets, own, Math.max(hour, 100 * grid.hold));
  const label = train.target === null ? null : { name: train.target.name, values: join((set) => set.target?.values ?? new Float64Array(set.rows)) };
  const recording: Recording = {
    file: { name: [...new Set(train.files.map(({ name }) => name))].slice(0, 3).join(", "), digest: digest(canonicalJson(train.files.map((file) => file.digest))), bytes: 0 },
    times,
    columns: inputs.map(columnOf(slowest)),
    label,
    grid,
    blockRule: { by: "file" },
    dialect: { delimiter: ",", decimal: ".", header: true, encoding: "utf-8", gzip: false, time: train.times === null ? null : { columns: ["time"], form: "text" }, zone: "UTC", dateOrder: null },
    rows,
    remarks: noticed.map((text) => ({ code: "left-out", count: 1, firstLine: null, text })),
  };
  return { recording, training: test === null ? 0 : times[train.rows] - times[0], judgedTimes: times.subarray(train.rows) };
}

/** Times of all rows, stretch after stretch: a stretch that would go back, or of another file without times, is moved. */
function inLine(sets: readonly TableSet[], own: Float64Array, pause: Micros): Float64Array {
  const times = new Float64Array(own.length);
  let [start, shift, last, file, invented] = [0, 0, -Infinity, -1, false];
  for (const set of sets) {
    for (const stretch of set.stretches) {
      const first = own[start + stretch.start];
      const goesOn = first + shift > last && (set.times !== null || (invented && stretch.file === file));
      if (last > -Infinity && !goesOn) shift = last + pause - first;
      for (let row = start + stretch.start; row < start + stretch.end; row++) times[row] = own[row] + shift;
      [last, file, invented] = [times[start + stretch.end - 1], stretch.file, set.times === null];
    }
    start += set.rows;
  }
  return times;
}

const columnOf =
  (period: Micros) =>
  ({ name, levels, values }: { readonly name: string; readonly levels: readonly string[] | null; readonly values: Float64Array }): Column => {
    const facts = factsOf(values);
    const valueType = levels !== null ? "text" : isBinary(facts, true) ? "flag" : "number";
    const unit = valueType === "number" ? unitOf(name) : null;
    return { name, valueType, unit, role: roleOf(name, valueType, unit, facts), period, values, texts: levels, guessed: { unit: unit !== null, role: true } };
  };

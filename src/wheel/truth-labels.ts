import type { Column, Recording } from "../capture/recording.ts";
import { noColumn } from "../capture/time-column.ts";
import { labelOf, truthIntervals, type Author } from "../review/answer.ts";
import type { Label } from "../schema/label.ts";
import type { Says } from "../schema/target.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Intake } from "./intake.ts";
import { writeLabels } from "./labels.ts";
import { idFor } from "./names.ts";
import type { Ports } from "./ports.ts";

const author: Author = { name: "recorded truth", origin: "measurement", scoreShown: false, told: "recorded-truth" };

/** A recording without the columns that tell targets, and these: they are answers, and no model may look at them. */
export function withoutTargets(recording: Recording, names: readonly string[]): { recording: Recording; targets: Column[] } {
  const targets = names.map((name) => {
    const column = recording.columns.find((one) => one.name === name);
    if (column === undefined) throw noColumn(name, recording.columns.map((one) => one.name));
    return column;
  });
  return { recording: { ...recording, columns: recording.columns.filter((column) => !targets.includes(column)) }, targets };
}

/**
 * Labels a recording's rows by the truth recorded with it, once; returns the labels that are new.
 *
 * Each of the `targets` is a column of what a target of its name was: a class by runs of rows of one
 * word, a value each time that another one is read, and for a remaining life its end wherever a number
 * other than 0 stands. Of a target that no wheel asks for, texts are classes and numbers values.
 */
export async function labelByTruth(recording: Recording, { asset, movedBy }: Pick<Intake, "asset" | "movedBy">, ports: Ports, targets: readonly Column[] = []): Promise<Label[]> {
  const { records } = ports.store;
  const order = Array.from(recording.times.keys()).sort((a, b) => recording.times[a] - recording.times[b]);
  const times = Float64Array.from(order, (row) => recording.times[row] + movedBy);
  const inOrder = (column: Pick<Column, "values">) => Float64Array.from(order, (row) => column.values[row]);
  const wheels = (await records.wheels()).filter((wheel) => wheel.asset === asset.id);

  const conditions = recording.label === null ? [] : truthIntervals(times, inOrder(recording.label), recording.grid.period).map(({ interval, answer }) => {
    const id = idFor(interval.start, { asset: asset.name, ...interval, author: author.name });
    return labelOf(asset, interval, { answer, faultKind: null, certainty: 1 }, author, ports.now(), id);
  });
  const told = targets.flatMap((column) =>
    toldOf(column, kindOf(column, wheels), times, inOrder(column), recording.grid.period).map(({ interval, says }) => {
      const id = idFor(interval.start, { asset: asset.name, ...interval, author: author.name, target: column.name });
      return labelOf(asset, interval, { answer: "unsure", faultKind: null, certainty: 1, target: column.name, says }, author, ports.now(), id);
    }),
  );
  const known = new Set((await records.labels({ asset: asset.id, about: "anything", includeWithdrawn: true })).map(({ id }) => id));
  const fresh = [...conditions, ...told].filter(({ id }) => !known.has(id));
  return await writeLabels(fresh, ports);
}

/** What the wheel that asks for a target of this name wants to be told; else what its values look like. */
function kindOf({ name, texts }: Column, wheels: readonly Wheel[]): Says["what"] {
  const kind = wheels.find(({ target }) => target?.name === name)?.kind;
  if (kind === "remaining-life") return "end-of-life";
  return kind === "classify" || (kind === undefined && texts !== null) ? "class" : "value";
}

function toldOf({ texts }: Column, what: Says["what"], times: Float64Array, values: Float64Array, period: Micros): { interval: Interval; says: Says }[] {
  const found: { interval: Interval; says: Says }[] = [];
  for (let row = 0; row < times.length; ) {
    let next = row + 1;
    while (next < times.length && values[next] === values[row]) next++;
    const value = values[row];
    const instant = { start: times[row], end: times[row] + 1 };
    const run = { start: times[row], end: next < times.length ? times[next] : times[next - 1] + period };
    if (what === "end-of-life" && value !== 0 && !Number.isNaN(value)) found.push({ interval: instant, says: { what } });
    if (what === "value" && texts === null && !Number.isNaN(value)) found.push({ interval: instant, says: { what, value, unit: null } });
    if (what === "class" && !Number.isNaN(value)) found.push({ interval: run, says: { what, class: texts?.[value] ?? String(value) } });
    row = next;
  }
  return found;
}

import type { Recording } from "../capture/recording.ts";
import { labelOf, truthIntervals, type Author } from "../review/answer.ts";
import type { Label } from "../schema/label.ts";
import type { Intake } from "./intake.ts";
import { writeLabels } from "./labels.ts";
import { idFor } from "./names.ts";
import type { Ports } from "./ports.ts";

const author: Author = { name: "recorded truth", origin: "measurement", scoreShown: false };

/** Labels a recording's rows by the truth recorded with it, once; returns the labels that are new. */
export async function labelByTruth(recording: Recording, { asset, movedBy }: Pick<Intake, "asset" | "movedBy">, ports: Ports): Promise<Label[]> {
  if (recording.label === null) return [];
  const order = Array.from(recording.times.keys()).sort((a, b) => recording.times[a] - recording.times[b]);
  const times = Float64Array.from(order, (row) => recording.times[row] + movedBy);
  const values = Float64Array.from(order, (row) => recording.label?.values[row] ?? NaN);
  const labels = truthIntervals(times, values, recording.grid.period).map(({ interval, answer }) => {
    const id = idFor(interval.start, { asset: asset.name, ...interval, author: author.name });
    return labelOf(asset, interval, { answer, faultKind: null, certainty: 1 }, author, ports.now(), id);
  });
  const known = new Set((await ports.store.records.labels({ asset: asset.id, includeWithdrawn: true })).map(({ id }) => id));
  const fresh = labels.filter(({ id }) => !known.has(id));
  await writeLabels(fresh, ports);
  return fresh;
}

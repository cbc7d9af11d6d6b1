import type { AskingPolicy } from "../schema/question.ts";
import type { Interval } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Store } from "../store/store.ts";

/** The halves of the store that asking needs. */
export type Stored = Pick<Store, "records" | "telemetry">;

/** Whether a stretch may be audited, or why not. */
export type Fitness = "fit" | "no-model" | "event" | "not-running" | "unknown";

/**
 * Whether a stretch of a wheel is a quiet one that can be audited: a model was in force all through
 * it, none of the wheel's events overlaps it, the machine ran, and its signals are known.
 *
 * What the score was plays no part. Cost: the samples of one stretch.
 */
export async function fitnessOf(wheel: Wheel, stretch: Interval, { records, telemetry }: Stored, policy: AskingPolicy): Promise<Fitness> {
  const champions = await records.champions(wheel.id);
  if (!champions.some(({ at }) => at <= stretch.start)) return "no-model";
  const events = await records.events({ wheel: wheel.id, since: stretch.start });
  if (events.some(({ start }) => start < stretch.end)) return "event";
  const keys = new Map((await records.signals()).map(({ id, key }) => [id, key]));
  const { period, hold } = wheel.grid;
  const read = async (ids: readonly string[], start: number) => {
    const found = ids.flatMap((id) => keys.get(id) ?? []);
    const { values } = await telemetry.rows({ keys: found, period, hold, start, end: stretch.end });
    return { values, width: found.length };
  };
  if (wheel.when !== null) {
    const { signal, above, for: span } = wheel.when;
    const { values, width } = await read([signal], stretch.start - span);
    if (width === 0 || values.some(Number.isNaN)) return "unknown";
    if (!values.every((value) => value > above)) return "not-running";
  }
  const { values, width } = await read([...new Set(wheel.signals)], stretch.start);
  return width === 0 || knownShares(values, width).some((share) => !(share >= policy.auditKnown)) ? "unknown" : "fit";
}

/** Share of known cells of each column; NaN without rows. */
function knownShares(values: Float64Array, width: number): number[] {
  const rows = values.length / width;
  return Array.from({ length: width }, (_, column) => {
    let known = 0;
    for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row * width + column])) known++;
    return known / rows;
  });
}

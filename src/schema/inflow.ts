import { z } from "zod";
import { Origin } from "./origin.ts";
import { hour } from "./lengths.ts";
import { Micros } from "./time.ts";

/** Whole hours that follow each other, from `start` up to but not including `end`. */
const Hours = z.object({ start: Micros, end: Micros });
export type Hours = z.infer<typeof Hours>;

/** By what samples came in: a door, with the name of who or what stands at it where there is one: `mqtt pump-7`, `folder /data/in`. */
export const ConnectorName = z.string().min(1).max(1200);

/** The name of a connector: what kind of door it is and, where it has one, the name at it. */
export const connectorName = (door: "mqtt" | "broker" | "folder" | "http" | "import", name?: string | null): string => (name ? `${door} ${name}` : door);

/**
 * What one connector has sent of one signal: a sample stream. Noted before the first sample of each hour is stored, so
 * that whatever is stored is known by the connector it came through.
 */
export const Inflow = z.object({
  connector: ConnectorName,
  /** The signal's, under which its samples are stored. */
  key: z.int().min(1),
  origins: z.array(Origin).min(1),
  /** Of the samples' own times, in order, none touching the next. */
  hours: z.array(Hours).min(1),
  /** The versions of the software that took it in, oldest first, each since when. */
  software: z.array(z.object({ version: z.string().max(100), since: Micros })).min(1),
});
export type Inflow = z.infer<typeof Inflow>;

/** Stretches that are remembered of a inflow; beyond them those with the shortest pause between them count as one. */
const remembered = 200;

/** The hour that a time lies in. */
export function hourOf(time: Micros): Hours {
  const start = Math.floor(time / hour) * hour;
  return { start, end: start + hour };
}

/** Hours of two lists together, each in any order. */
export function joinedHours(hours: readonly Hours[]): Hours[] {
  const joined: { start: Micros; end: Micros }[] = [];
  for (const { start, end } of hours.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  while (joined.length > remembered) {
    let shortest = 1;
    for (let at = 2; at < joined.length; at++) if (joined[at].start - joined[at - 1].end < joined[shortest].start - joined[shortest - 1].end) shortest = at;
    joined[shortest - 1].end = joined[shortest].end;
    joined.splice(shortest, 1);
  }
  return joined;
}

/** What is known of a inflow, and what is new of it. */
export function joinedInflow(known: Inflow, fresh: Inflow): Inflow {
  const versions = new Set(known.software.map(({ version }) => version));
  return {
    ...known,
    origins: [...new Set([...known.origins, ...fresh.origins])],
    hours: joinedHours([...known.hours, ...fresh.hours]),
    software: [...known.software, ...fresh.software.filter(({ version }) => !versions.has(version))],
  };
}

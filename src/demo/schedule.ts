import { driftingSignals, faultKinds, stickingSignals, type Episode, type FaultKind } from "./faults.ts";
import { between, type Random } from "./noise.ts";
import type { SetPoints } from "./plant.ts";
import type { SignalName } from "./sensors.ts";

/**
 * The recipe that the loop repeats: four duties, a round of them every thirteen seconds.
 *
 * No multiple of ten, so that blocks of ten seconds do not always meet the same part of it: within four
 * of them every part has been seen by a window of six seconds.
 */
const duties: readonly SetPoints[] = [
  { ratio: 1, opening: 0.78 },
  { ratio: 1.035, opening: 0.805 },
  { ratio: 0.965, opening: 0.755 },
  { ratio: 1.014, opening: 0.79 },
];
const dutyLasts = 3.25; // seconds

/** What the loop is asked to do at a time, in seconds since its start. */
export function setPointsAt(time: number): SetPoints {
  return duties[Math.floor(Math.max(0, time) / dutyLasts) % duties.length];
}

/** The mean duty: what the plant is taken to have run at before. */
export const usualDuty: SetPoints = {
  ratio: duties.reduce((sum, { ratio }) => sum + ratio, 0) / duties.length,
  opening: duties.reduce((sum, { opening }) => sum + opening, 0) / duties.length,
};

/** When faults come by themselves: seconds before the first, of each, and between two. */
export interface Pace {
  readonly first: number;
  readonly lasts: readonly [number, number];
  readonly rest: readonly [number, number];
}

/** The first comes when four blocks of ten seconds have taught a model, wherever they began. */
export const demoPace: Pace = { first: 66, lasts: [20, 30], rest: [40, 60] };

/** The order in which kinds come up, so that the first ones are the plainest. */
const order: readonly FaultKind[] = ["valve-nearly-closed", "unbalance", "cavitation", "sensor-stuck", "leak", "sensor-drift"];

/** Episodes without end, kinds in turn, severities and sensors by chance. */
export function* episodes(pace: Pace, random: Random, firstKind: FaultKind = order[0]): Generator<Episode, never> {
  let start = pace.first;
  const from = order.indexOf(firstKind);
  for (let number = 0; ; number++) {
    const episode = episodeOf(order[(from + number) % faultKinds.length], start, between(random, ...pace.lasts), random);
    yield episode;
    start = episode.end + between(random, ...pace.rest);
  }
}

/** An episode with its severity and sensor drawn. */
export function episodeOf(kind: FaultKind, start: number, lasts: number, random: Random, severity: number = between(random, 0.6, 1)): Episode {
  const pick = (from: readonly SignalName[]) => from[Math.floor(random() * from.length)];
  const [drifting, sticking] = [pick(driftingSignals), pick(stickingSignals)];
  return { kind, start, end: start + lasts, severity, signal: kind === "sensor-stuck" ? sticking : drifting };
}

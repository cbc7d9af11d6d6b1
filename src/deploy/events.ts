import { alarmsOf, intervalsOf } from "../learn/alarms.ts";
import type { AlarmDelays } from "../schema/wheel.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Judgement } from "./judge.ts";
import type { RunningRows } from "./running-gate.ts";

/** An event as found in a block, before it has an id. */
export interface FoundEvent {
  readonly start: Micros;
  readonly end: Micros;
  readonly peak: number;
  readonly peakAt: Micros;
  readonly contributions: readonly { readonly signal: Id; readonly share: number }[];
}

/** Alarm rows of a score: 0 quiet, 1 in alarm, 2 unknown. Scores are scaled so that they alarm from 1 on; where the asset stands still nothing does. */
export function alarmRows(scores: Float32Array, delays: AlarmDelays, running: RunningRows | null = null): Uint8Array {
  return alarmsOf(scores, { threshold: 1, ...delays }, running);
}

/** The events in a block's judgement, with the signals to blame at each peak, largest share first. */
export function findEvents(judgement: Judgement, times: Float64Array, period: number, signals: readonly Id[], delays: AlarmDelays, running: RunningRows | null = null): FoundEvent[] {
  const { scores, contributions } = judgement;
  return intervalsOf(alarmRows(scores, delays, running)).map(({ start, end }) => {
    let peak = start;
    // The first row is known: it completed the run that raised the alarm. An unknown row is no peak.
    for (let row = start; row < end; row++) if (scores[row] > scores[peak]) peak = row;
    return {
      start: times[start],
      end: times[end - 1] + period,
      peak: scores[peak],
      peakAt: times[peak],
      contributions: sharesAt(contributions, peak, signals),
    };
  });
}

/** Each signal's share of a row's score, largest first; rows × signals in. */
export function sharesAt(contributions: Float32Array, row: number, signals: readonly Id[]): { signal: Id; share: number }[] {
  const parts = signals.map((signal, at) => ({ signal, share: contributions[row * signals.length + at] }));
  const whole = parts.reduce((sum, { share }) => sum + share, 0);
  return parts.map(({ signal, share }) => ({ signal, share: share / whole })).sort((a, b) => b.share - a.share);
}

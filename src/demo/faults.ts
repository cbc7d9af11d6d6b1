import { lagged } from "./noise.ts";
import type { SignalName } from "./sensors.ts";

/** What can go wrong with the plant. */
export const faultKinds = ["valve-nearly-closed", "unbalance", "cavitation", "leak", "sensor-drift", "sensor-stuck"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One fault, from its first effect to its repair. Times in seconds since the plant started. */
export interface Episode {
  readonly kind: FaultKind;
  readonly start: number;
  readonly end: number;
  /** How bad it becomes, 0 (nothing) to 1. */
  readonly severity: number;
  /** The sensor of a drift or of a stuck reading; of no meaning for the others. */
  readonly signal: SignalName;
}

/** What the faults in force do to the plant. */
export interface Effects {
  /** Share of its opening that the valve has left, 0 to 1. */
  readonly valveLeft: number;
  /** Residual unbalance and suction loss over those of a healthy pump, at least 1. */
  readonly unbalance: number;
  readonly clogging: number;
  /** Open area of the leak, m². */
  readonly leak: number;
  /** Share of its usual reading by which each drifting sensor is off; none when empty. */
  readonly drift: ReadonlyMap<SignalName, number>;
  /** Sensors whose reading stands still. */
  readonly stuck: ReadonlySet<SignalName>;
}

export const healthy: Effects = { valveLeft: 1, unbalance: 1, clogging: 1, leak: 0, drift: new Map(), stuck: new Set() };

/** The worst of each fault, at severity 1. */
const worst = {
  valveClosed: 0.8, // of its opening
  unbalance: 6, // times the residual one, added to it
  clogging: 26, // times the clean suction loss, added to it
  leak: 45e-6, // m², a hole of 7.6 mm
  drift: 0.35, // of the usual reading
};

/** How long a fault takes to come up and to be gone after its repair, seconds. A drift takes its whole episode to come up. */
const ramps: Readonly<Record<FaultKind, number>> = { "valve-nearly-closed": 2, unbalance: 1, cavitation: 3, leak: 1, "sensor-drift": 0, "sensor-stuck": 0 };

/** Sensors that a drift or a stuck reading happens to: those whose usual reading tells. */
export const driftingSignals: readonly SignalName[] = ["Pressure", "Volume Flow RateRMS", "Thermocouple", "Current"];
export const stickingSignals: readonly SignalName[] = ["Pressure", "Volume Flow RateRMS", "Current", "Accelerometer1RMS"];

/** How much of an episode is in force at a time, 0 to its severity. */
export function strengthOf({ kind, start, end, severity }: Episode, time: number): number {
  if (time < start) return 0;
  const reach = kind === "sensor-drift" ? (Math.min(time, end) - start) / Math.max(end - start, 1e-9) : lagged(0, 1, ramps[kind], Math.min(time, end) - start);
  return severity * (time <= end ? reach : lagged(reach, 0, ramps[kind], time - end));
}

/** What all episodes together do at a time. */
export function effectsAt(episodes: readonly Episode[], time: number): Effects {
  const strengths = (kind: FaultKind) => episodes.filter((one) => one.kind === kind).map((one) => strengthOf(one, time));
  const strongest = (kind: FaultKind) => Math.min(1, Math.max(0, ...strengths(kind)));
  const drifting = episodes.filter(({ kind }) => kind === "sensor-drift").map((one) => [one.signal, worst.drift * strengthOf(one, time)] as const);
  const sticking = episodes.filter(({ kind, start, end }) => kind === "sensor-stuck" && time >= start && time < end);
  return {
    valveLeft: 1 - worst.valveClosed * strongest("valve-nearly-closed"),
    unbalance: 1 + worst.unbalance * strongest("unbalance"),
    clogging: 1 + worst.clogging * strongest("cavitation"),
    leak: worst.leak * strongest("leak"),
    drift: new Map(drifting.filter(([, share]) => share !== 0)),
    stuck: new Set(sticking.map(({ signal }) => signal)),
  };
}

/** Whether text names a kind of fault. */
export const isFaultKind = (text: string): text is FaultKind => (faultKinds as readonly string[]).includes(text);

import type { Engine } from "../learn/engine.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { MixedSamples, TextSeries } from "../store/batch.ts";
import type { EventChange, IdFor } from "./event-tracker.ts";
import type { ClosedTick, Held } from "./live-grid.ts";
import type { LiveBlock, ScoredRow } from "./scored-row.ts";
import type { WatchSnapshot } from "./signal-watch.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** Samples that are durable, as the inlet hands them on. */
export interface StoredSamples {
  readonly mixed?: Omit<MixedSamples, "origins">;
  readonly texts?: readonly Omit<TextSeries, "origin">[];
}

/** Samples that came after the rows they belong to had closed: the blocks they lie in are judged anew. */
export interface LateSamples {
  readonly wheel: Wheel;
  readonly first: Micros;
  readonly last: Micros;
  readonly samples: number;
}

/** What the fleet tells, always on the thread that it lives on. */
export interface FleetListeners {
  /** Rows of one wheel, scored, in order of time. */
  rows(wheel: Wheel, rows: readonly ScoredRow[]): void;
  /** Events of wheels and signals: to be stored, and to raise and clear alarms. */
  events(changes: readonly EventChange[]): void;
  late(late: LateSamples): void;
  /** A model that cannot be loaded or run: the wheel's rows are unknown until it can. `null` for what is no wheel's fault. */
  failed(wheel: Wheel | null, error: Error): void;
}

export interface FleetPorts {
  readonly site: Id;
  readonly engine: Engine;
  readonly models: { read(model: Digest): Uint8Array };
  readonly idFor: IdFor;
  /** The wall clock, microseconds UTC. */
  readonly now: () => Micros;
  /** A clock that never steps, in microseconds from anywhere. */
  readonly steady?: () => Micros;
  /** The block that a tick belongs to, asked for each tick in order; without it rows belong to no block. */
  readonly blockAt?: (wheel: Wheel, tick: ClosedTick) => LiveBlock | null;
  readonly listeners: FleetListeners;
  /** What the watch knew before a restart, in its parts: see `restored`. */
  readonly watch?: readonly WatchSnapshot[];
}

/** A wheel as it is put to work. */
export interface WheelSetup {
  readonly wheel: Wheel;
  /** Keys of the wheel's signals, in its order. */
  readonly keys: readonly number[];
  /** Key of the signal of `when`, when it is none of the wheel's. */
  readonly whenKey?: number | undefined;
  /** Key of the signal that cuts blocks. */
  readonly mark?: number | undefined;
  readonly champion: Digest | null;
  readonly shadows?: readonly Digest[];
  /** What was known before a restart, and how to read the rows from then until now: ticks at multiples of the period. */
  readonly snapshot?: WheelSnapshot | null;
  readonly rowsSince?: (from: Micros, to: Micros) => Promise<readonly ClosedTick[]>;
  /** When the life that goes on began: after the last end of one that is known. */
  readonly lifeFrom?: Micros;
  /** The last stored sample of each signal, so that slow ones are held on. */
  readonly held?: readonly Held[];
}

/** Totals since the start. */
export interface FleetCounts {
  readonly wheels: number;
  readonly rows: number;
  /** Rows that wait for a score now, and rows passed over because scoring could not keep up. */
  readonly waiting: number;
  readonly skipped: number;
  readonly late: number;
  /** Samples left out of live rows because too many waited. */
  readonly overflowed: number;
  readonly failures: number;
}

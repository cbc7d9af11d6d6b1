import type { ScoringEngine } from "../engine/scoring-engine.ts";
import type { Engine } from "../learn/engine.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Store } from "../store/store.ts";
import type { Remote } from "../thread.ts";
import type { Learning } from "./learning.ts";

/** What a wheel turns with: everything that is not its own is handed in. */
export interface Ports {
  readonly store: Store;
  /** Scores, in processes of its own. */
  readonly engine: Engine;
  /** How these processes do; without it the engine computes in this one. */
  readonly scoring?: Pick<ScoringEngine, "lost" | "reasons" | "onChange" | "cpuSeconds">;
  /** Learns, in a child process of low priority. */
  readonly learning: Remote<Learning>;
  readonly now: () => Micros;
  readonly newId: () => Id;
}

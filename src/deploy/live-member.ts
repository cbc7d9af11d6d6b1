import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { EventChange } from "./event-tracker.ts";
import type { ClosedTick } from "./live-grid.ts";
import type { LiveBlock, Scored } from "./scored-row.ts";
import type { ScoringModel } from "./scoring-model.ts";
import type { ShadowScores } from "./shadow-scores.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** A wheel at work, whatever it asks: closed ticks in, rows with what the model in force says of them out. */
export interface LiveMember {
  readonly wheel: Wheel;
  readonly champion: ScoringModel | null;
  readonly shadows: readonly ShadowScores[];
  /** The block that was started last; `null` when rows belong to none. */
  readonly block: LiveBlock | null;
  /** Whether a block under way is taken up from its start. */
  readonly wantsWholeBlocks: boolean;
  /** Rows that wait to be scored, and that were passed over because scoring could not keep up. */
  readonly waiting: number;
  readonly skipped: number;
  /** The event that stands now; `null` when none does. */
  readonly event: Event | null;
  /** Whether an input is not to be believed: then nothing is told as if it were. */
  isDoubtful: boolean;
  promote(model: ScoringModel | null): Promise<void>;
  shadow(models: readonly ScoringModel[]): Promise<void>;
  startBlock(block: LiveBlock | null, from?: Micros): void;
  fileUnder(open: Id, lasting: Id): void;
  /** A life ended: what comes after `time` has no past before it. */
  endLife(time: Micros): void;
  push(ticks: readonly ClosedTick[]): void;
  prime(ticks: readonly ClosedTick[]): void;
  score(): Promise<Scored>;
  scoreShadows(): Promise<boolean>;
  endEvent(): EventChange | null;
  snapshot(): WheelSnapshot;
  restore(snapshot: WheelSnapshot): boolean;
  rowsFrom(): Micros | null;
  close(): Promise<void>;
}

import { z } from "zod";
import type { Alarm } from "./alarm.ts";
import type { Block } from "./block.ts";
import type { Event } from "./event.ts";
import type { Digest, Id } from "./id.ts";
import type { Label } from "./label.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { Question } from "./question.ts";
import type { TargetAnswer } from "./target-answer.ts";
import type { Micros } from "./time.ts";
import type { Turn } from "./turn.ts";

/** `learning`: no model yet. `answering`: a model says what its target is. `unknown`: a signal is missing or the model cannot say: never shown as normal. */
export const WheelState = z.enum(["learning", "normal", "alarm", "answering", "unknown", "not-running"]);
export type WheelState = z.infer<typeof WheelState>;

export interface SiteStatus {
  readonly ready: boolean;
  /** In words; empty when ready and whole. A degraded site is ready and says why. */
  readonly reasons: readonly string[];
  readonly startedAt: Micros;
}

/** What happened, as the page and other listeners hear it. Numbered without gaps while the site is up. */
export interface Happening {
  readonly number: number;
  readonly at: Micros;
  readonly what:
    | { readonly type: "rows"; readonly wheel: Id; readonly time: Micros; readonly values: readonly (number | null)[]; readonly score: number | null; readonly state: WheelState; readonly answer?: TargetAnswer | null }
    | { readonly type: "block"; readonly block: Block }
    | { readonly type: "event"; readonly event: Event }
    | { readonly type: "alarm"; readonly alarm: Alarm; readonly event: Event }
    | { readonly type: "question"; readonly question: Question }
    | { readonly type: "label"; readonly label: Label }
    | { readonly type: "turn"; readonly turn: Turn }
    | { readonly type: "ledger"; readonly entry: LedgerEntry }
    | { readonly type: "champion"; readonly wheel: Id; readonly model: Digest }
    | { readonly type: "signals"; readonly asset: Id }
    | { readonly type: "status"; readonly status: SiteStatus };
}

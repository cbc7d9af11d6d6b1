import type { Batch } from "./capture/connector.ts";
import type { Alarm } from "./schema/alarm.ts";
import type { Event } from "./schema/event.ts";
import type { Digest, Id } from "./schema/id.ts";
import type { Label } from "./schema/label.ts";
import type { LedgerEntry } from "./schema/ledger-entry.ts";
import type { Interval, Micros } from "./schema/time.ts";
import type { Turn } from "./schema/turn.ts";
import type { Site } from "./site.ts";

/** What is asked of an operator: an event, or a quiet stretch picked by chance as an audit. */
export interface Question {
  readonly id: Id;
  readonly asset: Id;
  readonly wheel: Id;
  readonly interval: Interval;
  readonly reason: "event" | "audit";
  readonly event: Id | null;
  /** With which chance this stretch was asked about; 1 for an event. Kept for unbiased figures. */
  readonly probability: number;
  readonly askedAt: Micros;
  /** The label that answered it; `null` while it is open. */
  readonly label: Id | null;
}

/** What happened, as the page and other listeners hear it. Numbered without gaps while the site is up. */
export interface Happening {
  readonly number: number;
  readonly at: Micros;
  readonly what:
    | { readonly type: "rows"; readonly wheel: Id; readonly time: Micros; readonly values: readonly (number | null)[]; readonly score: number | null; readonly state: WheelState }
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

/** `learning`: no model yet. `unknown`: a signal is missing or the model cannot say: never shown as normal. */
export type WheelState = "learning" | "normal" | "alarm" | "unknown" | "not-running";

export interface SiteStatus {
  readonly ready: boolean;
  /** In words; empty when ready and whole. A degraded site is ready and says why. */
  readonly reasons: readonly string[];
  readonly startedAt: Micros;
}

/** Totals since the start, for `/metrics`. */
export interface Counters {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly late: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What became of a written batch: readings stored, and those left out with the reason. */
export interface Written {
  readonly stored: number;
  readonly rejected: readonly { readonly reason: string; readonly seen: string }[];
}

/** One signal's course for a chart: per bucket the lowest and highest value, NaN for a gap. */
export interface Course {
  readonly times: Float64Array; // start of each bucket, UTC microseconds
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A site that is up: it takes samples in, scores them, raises alarms, asks, turns. */
export interface LiveSite extends Site {
  status(): SiteStatus;
  counters(): Counters;
  /** Stores readings; resolves once they are durable. Rejects with `capture.overload` when too many wait. */
  write(batch: Omit<Batch, "ack" | "refuse">): Promise<Written>;
  /** Stores what InfluxDB line protocol says; malformed lines are left out and named by number, from 1. */
  writeLines(text: string, precision: "ns" | "us" | "ms" | "s"): Promise<Written & { readonly malformed: readonly { readonly line: number; readonly seen: string }[] }>;
  /** Stores what a JSON body says. Throws `capture.bad-body` for one that is none of the forms. */
  writeJson(body: unknown): Promise<Written>;
  /** What has happened after `after`, as far as it is remembered, and then what happens, until `stop` aborts. */
  happenings(after: number | null, stop: AbortSignal): AsyncIterable<Happening>;
  /** A signal's course over [start, end) in at most `points` buckets. */
  course(signal: Id, interval: Interval, points: number): Promise<Course>;
  /** The scores in force over [start, end): highest a bucket. */
  scores(wheel: Id, interval: Interval, points: number): Promise<Course>;
  questions(options: { readonly open?: boolean; readonly limit?: number }): Promise<Question[]>;
  answerQuestion(question: Id, said: { readonly answer: Label["answer"]; readonly faultKind: string | null; readonly certainty: number }, author: string, scoreShown: boolean): Promise<Label>;
  acknowledge(alarm: Id, by: string): Promise<Alarm>;
  shelve(alarm: Id, by: string, until: Micros): Promise<Alarm>;
  /** Stops taking samples in, finishes what is acknowledged, closes the store. */
  close(): Promise<void>;
}

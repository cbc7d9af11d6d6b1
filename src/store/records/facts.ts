import { z } from "zod";
import type { Alarm } from "../../schema/alarm.ts";
import type { Asset } from "../../schema/asset.ts";
import type { Baseline } from "../../schema/baseline.ts";
import type { Block } from "../../schema/block.ts";
import type { Event } from "../../schema/event.ts";
import type { Inflow } from "../../schema/inflow.ts";
import { Digest, Id, Revision } from "../../schema/id.ts";
import type { BlockLoss } from "../../schema/judgement.ts";
import type { Label } from "../../schema/label.ts";
import type { LedgerDraft, LedgerEntry } from "../../schema/ledger-entry.ts";
import type { Model } from "../../schema/model.ts";
import type { Part } from "../../schema/part.ts";
import type { Question } from "../../schema/question.ts";
import type { Signal } from "../../schema/signal.ts";
import type { Site } from "../../schema/site.ts";
import { Micros, Span } from "../../schema/time.ts";
import type { Turn } from "../../schema/turn.ts";
import type { Wheel } from "../../schema/wheel.ts";

const bytes: z.ZodType<Uint8Array> = z.instanceof(Uint8Array);
const floats: z.ZodType<Float32Array> = z.instanceof(Float32Array);

/** A model's scores of one block: one for each tick from `start` every `period`, NaN for unknown. */
export const Judged = z.object({
  wheel: Id,
  block: Id,
  blockRevision: Revision,
  model: Digest,
  recipe: z.string(),
  /** `champion`: live. `recipe`: on arrival, by a model taught on earlier blocks. `former`: in force before, and on watch. `exam`: on the very bytes. */
  role: z.enum(["champion", "recipe", "former", "exam"]),
  start: Micros,
  period: Span.min(1),
  scores: floats,
  at: Micros,
});
export type Judged = z.infer<typeof Judged>;

/** What one block taught, under the digest of everything that made it. Made once, never changed. */
export const StoredSum = z.object({
  name: Digest,
  wheel: Id,
  block: Id,
  blockRevision: Revision,
  labelsDigest: Digest,
  mapDigest: Digest,
  bytes,
});
export type StoredSum = z.infer<typeof StoredSum>;

/** An inner node of the tree of sums. */
export const StoredNode = z.object({ name: z.string().min(1), bytes });
export type StoredNode = z.infer<typeof StoredNode>;

/** Somebody's name: the one place where it lies; everywhere else stands the pseudonym. */
export const Person = z.object({ pseudonym: z.string().min(1), name: z.string().min(1).max(200) });
export type Person = z.infer<typeof Person>;

/** Which model of a wheel raises alarms, since when and why; `null` for none. */
export const Champion = z.object({ wheel: Id, model: Digest.nullable(), at: Micros, turn: Id.nullable(), reason: z.string() });
export type Champion = z.infer<typeof Champion>;

export const Setting = z.object({ name: z.string().min(1), text: z.string() });
export type Setting = z.infer<typeof Setting>;

/** What can be put, by the word for it. */
export interface Puttable {
  // Kept as last put: a later put of the same id takes its place.
  readonly site: Site;
  readonly asset: Asset;
  readonly part: Part;
  readonly event: Event;
  readonly alarm: Alarm;
  readonly turn: Turn;
  readonly setting: Setting;
  readonly person: Person;
  readonly node: StoredNode;
  // Added to what is known of it.
  readonly inflow: Inflow;
  // Kept in all revisions: a put of a revision that exists must be equal to it.
  readonly signal: Signal;
  readonly wheel: Wheel;
  readonly baseline: Baseline;
  readonly block: Block;
  readonly label: Label;
  readonly question: Question;
  // Made once under their digest: a put again must be equal.
  readonly model: Model;
  readonly sum: StoredSum;
  // One for each block and recipe (evidence or role `recipe`) or model (the others).
  readonly loss: BlockLoss;
  readonly judged: Judged;
  // Rows that are only ever added.
  readonly champion: Champion;
  readonly ledger: LedgerEntry;
}

/** One thing to be written, or to be taken away, as it goes into the records. */
export type SettledFact =
  | { [K in keyof Puttable]: { readonly put: K; readonly value: Puttable[K] } }[keyof Puttable]
  | { readonly drop: "events" | "losses"; readonly wheel: Id; readonly block: Id }
  | { readonly drop: "node" | "sum" | "setting"; readonly name: string }
  /** Every node whose name starts with `prefix`. */
  | { readonly drop: "nodes"; readonly prefix: string }
  | Forgotten;

/** What is forgotten: it and all that was made of it alone, in all revisions. */
export type Forgotten =
  /** With its sums, judgements, losses and events, and the alarms of these. */
  | { readonly drop: "block"; readonly name: Id }
  /** What was found on, and asked about, a stretch of an asset. */
  | { readonly drop: "found"; readonly asset: Id; readonly start: Micros; readonly end: Micros }
  | { readonly drop: "label"; readonly name: Id; readonly revision: number }
  /** The sums that a block has with what was said of it. */
  | { readonly drop: "sums"; readonly block: Id }
  | { readonly drop: "baseline"; readonly name: Id }
  /** The name behind a pseudonym. */
  | { readonly drop: "person"; readonly name: string }
  /** That a connector has sent anything, or that a signal came from anywhere. */
  | { readonly drop: "inflows"; readonly connector: string }
  | { readonly drop: "inflows"; readonly key: number };

/** The same, as it is handed over: a line of the ledger is given its number, its link and its signature by the records. */
export type Fact = SettledFact | { readonly append: "ledger"; readonly value: LedgerDraft };

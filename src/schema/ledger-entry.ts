import { z } from "zod";
import { Digest, Id, Revision } from "./id.ts";
import { Micros } from "./time.ts";

/**
 * What every line of the ledger has. `hash` is the SHA-256 of the line's canonical JSON without `hash`
 * and `signature`, and `previous` the hash of the line before (64 zeros for the first): altering a line
 * breaks every later one. `signature` is the Ed25519 signature of the hash by the site's key, in base64; lines
 * from before the site had a key have none.
 */
const chained = { number: z.int().min(1), site: Id, at: Micros, previous: Digest, hash: Digest, signature: z.string().max(100).optional() };

/** A turn, a model put back in force, or a proven one that a person put in force. */
export const TurnLine = z.object({
  ...chained,
  kind: z.enum(["turn", "rollback", "promotion"]),
  wheel: Id,
  turn: Id.nullable(),
  /** What went in: digests of blocks with their labels, of each total, of the champion. */
  inputs: z.object({ blocks: Digest, blockCount: z.int().min(0), labelCount: z.int().min(0), champion: Digest.nullable() }),
  /** What came out: the models made, and the one in force afterwards. */
  outputs: z.object({ models: z.array(Digest), champion: Digest.nullable() }),
  decision: z.string(),
  reason: z.string(),
  gain: z.number().nullable(),
  /** What models or simulators made weighs so much, against what is real, in the model with most of it. Absent: in none. */
  generated: z.number().positive().optional(),
  durationSeconds: z.number().min(0),
  cpuSeconds: z.number().min(0),
  /** Measured by the machine where it can tell, else `null`: never an estimate passed off as one. */
  energyJoules: z.number().min(0).nullable(),
  /** Digest of what the records say of the turn and of the models it made. */
  content: Digest.optional(),
});
export type TurnLine = z.infer<typeof TurnLine>;

/** One revision of a label; `content` is the digest of its record, whose author is a pseudonym. */
export const LabelSaid = z.object({ label: Id, revision: Revision, content: Digest });
export type LabelSaid = z.infer<typeof LabelSaid>;

/** Labels that were written together. */
export const LabelsLine = z.object({ ...chained, kind: z.literal("labels"), labels: z.array(LabelSaid).min(1) });
export type LabelsLine = z.infer<typeof LabelsLine>;

/** The key that signs the lines from here on, and this one when it is the first; a later one is signed by the key before. SPKI, DER, base64. */
export const KeyLine = z.object({ ...chained, kind: z.literal("key"), publicKey: z.string().max(200) });
export type KeyLine = z.infer<typeof KeyLine>;

/** Why a model counts as made from what was forgotten: all that is kept of it. */
export const ForgetLine = z.object({
  ...chained,
  kind: z.literal("forget"),
  forgetting: Id,
  /** What was asked to be forgotten, by kind; a person by pseudonym. */
  what: z.enum(["block", "range", "source", "connector", "import", "answers", "name"]),
  /** Digest of everything that was forgotten, by ids and revisions. */
  content: Digest,
  blocks: z.int().min(0),
  labels: z.array(z.object({ label: Id, revision: Revision })),
  /** Models that had learnt from it. */
  models: z.array(Digest),
  /** Wheels whose model in force was taken out of force at once, and what is in force instead. */
  outOfForce: z.array(z.object({ wheel: Id, champion: Digest.nullable() })),
  pseudonym: z.string().max(60).nullable(),
  reason: z.string().max(500),
});
export type ForgetLine = z.infer<typeof ForgetLine>;

/** One line of the ledger. */
export const LedgerEntry = z.discriminatedUnion("kind", [TurnLine, LabelsLine, KeyLine, ForgetLine]);
export type LedgerEntry = z.infer<typeof LedgerEntry>;

type Open<Line> = Line extends LedgerEntry ? Omit<Line, "number" | "previous" | "hash" | "signature"> : never;
/** A line before it is chained to the one before it. */
export type LedgerDraft = Open<LedgerEntry>;

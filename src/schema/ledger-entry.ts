import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Micros } from "./time.ts";

/**
 * One line of the ledger. `hash` is the SHA-256 of the entry's canonical JSON without `hash`, and
 * `previous` the hash of the line before (64 zeros for the first): altering a line breaks every
 * later one.
 */
export const LedgerEntry = z.object({
  number: z.int().min(1),
  site: Id,
  kind: z.enum(["turn", "rollback"]),
  at: Micros,
  wheel: Id,
  turn: Id.nullable(),
  /** What went in: digests of blocks with their labels, of each total, of the champion. */
  inputs: z.object({ blocks: Digest, blockCount: z.int().min(0), labelCount: z.int().min(0), champion: Digest.nullable() }),
  /** What came out: the models made, and the one in force afterwards. */
  outputs: z.object({ models: z.array(Digest), champion: Digest.nullable() }),
  decision: z.string(),
  reason: z.string(),
  gain: z.number().nullable(),
  durationSeconds: z.number().min(0),
  cpuSeconds: z.number().min(0),
  /** Measured by the machine where it can tell, else `null`: never an estimate passed off as one. */
  energyJoules: z.number().min(0).nullable(),
  previous: Digest,
  hash: Digest,
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

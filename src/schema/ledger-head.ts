import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Micros } from "./time.ts";

/**
 * What is kept outside of a site so that a ledger cut short, or an older one put in its place, is found:
 * how many lines there were at a time, the hash of the last, the key that signed it. `signature` is of the
 * canonical JSON of all the rest.
 */
export const LedgerHead = z.object({
  format: z.literal(1),
  site: Id,
  number: z.int().min(0),
  hash: Digest,
  at: Micros,
  publicKey: z.string().max(200),
  signature: z.string().max(100),
});
export type LedgerHead = z.infer<typeof LedgerHead>;

import { z } from "zod";
import { Digest, Id, Revision } from "./id.ts";
import { ConnectorName } from "./inflow.ts";
import { Origin } from "./origin.ts";
import { Micros, Span } from "./time.ts";

/** How production is cut into blocks. */
export const BlockRule = z.discriminatedUnion("by", [
  z.object({ by: z.literal("file") }),
  z.object({ by: z.literal("duration"), length: Span.min(1) }),
  z.object({ by: z.literal("change"), signal: z.string().min(1) }),
  z.object({ by: z.literal("gap"), longer: Span.min(1) }),
]);
export type BlockRule = z.infer<typeof BlockRule>;

/** What was being made, with what, by whom; and where a recording came from. */
export const Context = z.object({
  parts: z.array(z.string()).default([]),
  product: z.string().nullable().default(null),
  recipe: z.string().nullable().default(null),
  tool: z.string().nullable().default(null),
  shift: z.string().nullable().default(null),
  /** File name and digest of a recording, and the time its first row says. */
  file: z.object({ name: z.string(), digest: Digest, recordedAt: Micros }).nullable().default(null),
});
export type Context = z.infer<typeof Context>;

/**
 * A stretch of production: one run, part, shift or hour. The unit of learning, forgetting and proof.
 *
 * `sequence` is the highest sample sequence it saw; a later one inside it makes a new revision.
 * `use` says whether it may teach, is set aside for the exam, or was an exam block that now teaches.
 */
export const Block = z.object({
  id: Id,
  site: Id,
  asset: Id,
  revision: Revision,
  start: Micros,
  end: Micros,
  rows: z.int().min(0),
  /** Up to here it is its own baseline; `null` when the asset has one. */
  warmUpEnd: Micros.nullable(),
  sequence: z.int().min(0),
  origin: Origin,
  context: Context,
  use: z.enum(["teach", "exam", "retired-exam"]),
  /** Why it must not teach or prove; `null` when it may. */
  excluded: z.string().nullable(),
  createdAt: Micros,
  /** Through which connectors its samples came, to the hour; left out as the next is. */
  connectors: z.array(ConnectorName).optional(),
  /** The version of the software that wrote this revision; left out of blocks from before it was kept. */
  software: z.string().max(100).optional(),
});
export type Block = z.infer<typeof Block>;

import { z } from "zod";
import { Digest, Id, Revision } from "./id.ts";
import { ConnectorName } from "./inflow.ts";
import { Micros } from "./time.ts";

const Name = z.string().trim().min(1).max(500);

/** What somebody asks to have forgotten. */
export const ForgetWhat = z.discriminatedUnion("what", [
  z.object({ what: z.literal("block"), block: Id }),
  /** What an asset measured in a stretch of time. */
  z.object({ what: z.literal("range"), asset: Name, start: Micros, end: Micros }),
  /** Everything that one machine has sent. */
  z.object({ what: z.literal("source"), asset: Name }),
  /** Everything that came through one connector, by its name: `mqtt USER`, `broker NAME`, `folder PATH`, `http TOKEN`, `import`. */
  z.object({ what: z.literal("connector"), connector: ConnectorName }),
  /** A file that was imported, by its name or digest. */
  z.object({ what: z.literal("import"), file: Name }),
  /** Everything that somebody has answered, and their name. */
  z.object({ what: z.literal("answers"), person: Name }),
  /** Somebody's name alone: what they answered stays, under a pseudonym. */
  z.object({ what: z.literal("name"), person: Name }),
]);
export type ForgetWhat = z.infer<typeof ForgetWhat>;

/** What becomes of a model in force that has learnt from it. `keep`: it stays until another is promoted. `out`: it is out of force at once. */
export const Meanwhile = z.enum(["keep", "out"]);
export type Meanwhile = z.infer<typeof Meanwhile>;

/** What forgetting takes away, worked out before anything is: kept until all of it is gone. It holds no name. */
export const Forgetting = z.object({
  id: Id,
  site: Id,
  at: Micros,
  what: z.enum(["block", "range", "source", "connector", "import", "answers", "name"]),
  reason: z.string().max(500),
  meanwhile: Meanwhile,
  blocks: z.array(z.object({ asset: Id, block: Id, start: Micros, end: Micros })),
  /** Samples of an asset's signals, by key. */
  spans: z.array(z.object({ asset: Id, keys: z.array(z.int()), start: Micros, end: Micros })),
  labels: z.array(z.object({ asset: Id, label: Id, revision: Revision, start: Micros, end: Micros })),
  /** Blocks that stay, of which the labels said something: they teach and prove otherwise from now on. */
  reached: z.array(z.object({ wheel: Id, block: Id })),
  baselines: z.array(Id),
  pseudonym: z.string().max(60).nullable(),
  /** Models that have learnt from it, with their wheel. */
  models: z.array(z.object({ wheel: Id, model: Digest })),
  /** Of these, the ones in force, and what is in force instead from now on: itself for `keep`. */
  inForce: z.array(z.object({ wheel: Id, model: Digest, instead: Digest.nullable() })),
  /** Wheels whose next model has to be learnt anew. */
  wheels: z.array(Id),
});
export type Forgetting = z.infer<typeof Forgetting>;

/** A backup that was made before something was forgotten, and still holds it. */
export const BackupMade = z.object({ at: Micros, target: z.string() });
export type BackupMade = z.infer<typeof BackupMade>;

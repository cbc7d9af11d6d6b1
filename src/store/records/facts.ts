import type { SQLInputValue } from "node:sqlite";
import { z } from "zod";
import { Alarm } from "../../schema/alarm.ts";
import { Asset } from "../../schema/asset.ts";
import { Baseline } from "../../schema/baseline.ts";
import { Block } from "../../schema/block.ts";
import { Event } from "../../schema/event.ts";
import { Digest, Id, Revision } from "../../schema/id.ts";
import { BlockLoss } from "../../schema/judgement.ts";
import { Label } from "../../schema/label.ts";
import { LedgerEntry } from "../../schema/ledger-entry.ts";
import { Model } from "../../schema/model.ts";
import { Part } from "../../schema/part.ts";
import { Signal } from "../../schema/signal.ts";
import { Site } from "../../schema/site.ts";
import { Micros, Span } from "../../schema/time.ts";
import { Turn } from "../../schema/turn.ts";
import { Wheel } from "../../schema/wheel.ts";

const bytes = z.instanceof(Uint8Array) as z.ZodType<Uint8Array>;

/** A model's scores of one block: one for each tick from `start` every `period`, NaN for unknown. */
export const Judged = z.object({
  wheel: Id,
  block: Id,
  blockRevision: Revision,
  model: Digest,
  recipe: z.string(),
  /** `champion`: live. `recipe`: on arrival, by a model taught on earlier blocks. `exam`: on the very bytes. */
  role: z.enum(["champion", "recipe", "exam"]),
  start: Micros,
  period: Span.min(1),
  scores: z.instanceof(Float32Array) as z.ZodType<Float32Array>,
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

/** Which model of a wheel raises alarms, since when and why. */
export const Champion = z.object({ wheel: Id, model: Digest, at: Micros, turn: Id.nullable(), reason: z.string() });
export type Champion = z.infer<typeof Champion>;

export const Setting = z.object({ name: z.string().min(1), text: z.string() });
export type Setting = z.infer<typeof Setting>;

/** How a noun is kept: `table`, its schema, and the columns that queries need beside the body. */
interface Noun<T> {
  readonly schema: z.ZodType<T>;
  readonly columns: (value: T) => Record<string, SQLInputValue>;
}
const noun = <T>(schema: z.ZodType<T>, columns: (value: T) => Record<string, SQLInputValue>): Noun<T> => ({ schema, columns });

/** Kept as last put: a later put of the same id takes its place. */
export const kept = {
  site: noun(Site, ({ id }) => ({ id })),
  asset: noun(Asset, ({ id }) => ({ id })),
  part: noun(Part, ({ id, serial }) => ({ id, serial })),
  event: noun(Event, ({ id, asset, wheel, block, start, end }) => ({ id, asset, wheel, block, start, end })),
  alarm: noun(Alarm, ({ id, event, state, since }) => ({ id, event, state, since })),
  turn: noun(Turn, ({ id, wheel, number, state }) => ({ id, wheel, number, state })),
};

/** Kept in all revisions: a put of a revision that exists must be equal to it. */
export const revised = {
  signal: noun(Signal, ({ id, revision, asset, key }) => ({ id, revision, asset, key })),
  wheel: noun(Wheel, ({ id, revision, asset, name }) => ({ id, revision, asset, name })),
  baseline: noun(Baseline, ({ id, revision, asset, regime }) => ({ id, revision, asset, regime })),
  block: noun(Block, ({ id, revision, asset, start, end, sequence }) => ({ id, revision, asset, start, end, sequence })),
  label: noun(Label, ({ id, revision, asset, start, end, withdrawn }) => ({ id, revision, asset, start, end, withdrawn: Number(withdrawn) })),
};

/** Kept in ways of their own. */
const others = {
  model: Model,
  champion: Champion,
  loss: BlockLoss,
  judged: Judged,
  sum: StoredSum,
  node: StoredNode,
  ledger: LedgerEntry,
  setting: Setting,
};

type Value<T> = { [K in keyof T]: T[K] extends { schema: z.ZodType<infer V> } ? V : T[K] extends z.ZodType<infer V> ? V : never };
type Puttable = Value<typeof kept> & Value<typeof revised> & Value<typeof others>;

/** One thing to be written, or to be taken away. */
export type Fact =
  | { [K in keyof Puttable]: { readonly put: K; readonly value: Puttable[K] } }[keyof Puttable]
  | { readonly drop: "events" | "losses"; readonly wheel: Id; readonly block: Id }
  | { readonly drop: "node" | "sum"; readonly name: string }
  /** Every node whose name starts with `prefix`. */
  | { readonly drop: "nodes"; readonly prefix: string };

export const schemas = {
  ...Object.fromEntries(Object.entries({ ...kept, ...revised }).map(([name, { schema }]) => [name, schema])),
  ...others,
} as unknown as Record<keyof Puttable, z.ZodType>;

import { canonicalJson, digest } from "../digest.ts";
import type { Block } from "../schema/block.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A ULID made from a time and from what it names, so that making the same thing again gives the same
 * id: a block or an event found twice is stored once.
 */
export function idFor(time: Micros, named: unknown): Id {
  let milliseconds = Math.max(0, Math.floor(time / 1000));
  let head = "";
  for (let i = 0; i < 10; i++) {
    head = crockford[milliseconds % 32] + head;
    milliseconds = Math.floor(milliseconds / 32);
  }
  const bytes = Buffer.from(digest(canonicalJson(named)), "hex");
  return head + Array.from({ length: 16 }, (_, i) => crockford[bytes[i] % 32]).join("");
}

/** Raised when the way a sum is made changes: older sums are then made again. */
const sumVersion = 1;

/** What makes a block's sum what it is, beside the block. */
export interface SumOrigin {
  readonly labels: Digest;
  readonly map: Digest;
  readonly part: "whole" | "warm-up";
  /** Where the asset runs, with the signal by its name, which like sites share: rows elsewhere are left out. `null` for everywhere. */
  readonly when: Wheel["when"];
  /** Whether it is what models or simulators made of it. */
  readonly isGenerated: boolean;
}

/** The name of a block's sum: the digest of everything that makes it what it is. */
export function sumName({ id, revision }: Pick<Block, "id" | "revision">, { labels, map, part, when, isGenerated }: SumOrigin): Digest {
  return digest(canonicalJson({ block: id, revision, labels, map, part, sumVersion, ...(when !== null && { when }), ...(isGenerated && { isGenerated }) }));
}

/**
 * What was known of a block: the digest of what the labels that overlap it say, whatever their order. Who
 * said which of them together is part of it, how they are called is not: a name can be erased.
 */
export function labelsDigest(labels: readonly Label[]): Digest {
  const textOf = ({ revision, start, end, answer, origin, says }: Label) => canonicalJson({ revision, start, end, answer, origin, ...(says && { says }) });
  const byAuthor = Array.from(Map.groupBy(labels, ({ author }) => author).values(), (own) => own.map(textOf).sort().join("\n"));
  return digest(byAuthor.sort().join("\n\n"));
}

/** One name for feature map, learner and parameters. */
export const recipeName = ({ name, version, params }: Recipe): string =>
  Object.keys(params).length === 0 ? `${name}/${version}` : `${name}/${version}+${digest(canonicalJson(params)).slice(0, 8)}`;

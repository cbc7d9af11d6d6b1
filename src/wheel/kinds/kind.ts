import type { FoundEvent } from "../../deploy/events.ts";
import type { TargetKind } from "../../learn/learner.ts";
import type { SeriesMap } from "../../learn/maps/series-map.ts";
import type { WindowMap } from "../../learn/maps/window-map.ts";
import type { Pair } from "../../prove/evidence.ts";
import type { BlockFigures } from "../../prove/loss.ts";
import type { Claims } from "../../prove/target-loss.ts";
import type { Block } from "../../schema/block.ts";
import type { Hears } from "../../review/hears.ts";
import type { Label } from "../../schema/label.ts";
import type { Recipe } from "../../schema/recipe.ts";
import type { Interval } from "../../schema/time.ts";
import type { Wheel } from "../../schema/wheel.ts";
import type { FrozenMap } from "../maps.ts";
import type { Ports } from "../ports.ts";
import type { BlockRows } from "../rows.ts";

/** Which part of the blocks teaches: all of each, or only the warm-up of the very first. */
export type Part = "whole" | "warm-up";

/** A block that teaches, with what is said of it. */
export interface BlockLesson {
  readonly block: Block;
  readonly labels: readonly Label[];
  readonly part: Part;
  /** Whose labels are heard; what models said is not, unless this says so. */
  readonly hears?: Hears;
  /** What is said of the block in a lesson of its own already: rows that this tells anything of are left out, and so are those that nothing tells of. */
  readonly besides?: readonly Label[];
}

/** What a model said of a block on the wheel's grid. */
export interface KindJudgement {
  /** One a row, NaN for unknown: a score, a value, or the number that the wheel has given a class. */
  readonly scores: Float32Array;
  /** How sure it is, where it says so. */
  readonly claims?: Claims | null;
  /** The events in it, looked for when asked. */
  readonly events: () => FoundEvent[];
}

/** Judges blocks by one model, which is loaded once. */
export type JudgeBlock = (block: Block, rows: BlockRows) => Promise<KindJudgement>;

/** The part of a request to the learning process that hangs on the kind. */
export type KindRequest = { readonly kind: "condition"; readonly map: WindowMap } | { readonly kind: TargetKind; readonly map: SeriesMap };

/**
 * What a wheel does that hangs on what it asks: how labels speak of blocks, what blocks teach, what
 * models say of them and what being wrong costs. Everything else about a turn is the same for all.
 *
 * One file a kind; `kinds.ts` lists them.
 */
export interface KindOfWheel {
  /** Recipes of a new wheel over so many signals; `rows` is how far they look back, 0 for the usual. */
  recipes(signals: number, rows: number): readonly Recipe[];
  /** The recipe that looks at no input: until another is better than it, nothing goes into force. `null` where anything is better than nothing. */
  readonly reference: string | null;
  /** What an event of proof is called in a verdict: "real fault". */
  readonly eventName: string;

  /** The labels that the wheel goes by, whoever gave them; of one block only when that is all that is asked for. Read through `labelsFor`, which asks who gave them. */
  readLabels(wheel: Wheel, ports: Ports, only?: Block): Promise<Label[]>;
  /** Those of some labels that speak of a block. */
  labelsOf(wheel: Wheel, block: Block, labels: readonly Label[]): Label[];
  /** The stretch of time of which a label decides what is true. */
  reach(wheel: Wheel, label: Label, ports: Ports): Promise<Interval>;

  /** The feature map of a recipe; `null` while there is no block to take a baseline from. */
  freeze(wheel: Wheel, map: string, ports: Ports): Promise<FrozenMap | null>;
  canTeach(wheel: Wheel, lesson: BlockLesson, map: FrozenMap["map"]): boolean;
  sum(wheel: Wheel, lesson: BlockLesson, map: FrozenMap["map"], ports: Ports): Promise<Uint8Array>;
  request(map: FrozenMap["map"]): KindRequest;
  /** What travels in the model file, beside what all have. */
  metadata(wheel: Wheel, map: FrozenMap["map"]): Record<string, string>;

  /** Loads a model's very bytes for the time of `work`. */
  judging<T>(wheel: Wheel, model: Uint8Array, ports: Ports, work: (judge: JudgeBlock) => Promise<T>): Promise<T>;
  /** What this cost on the block by what its labels say; `null` when nothing can be said. */
  loss(wheel: Wheel, block: Block, said: Pick<KindJudgement, "scores" | "claims">, labels: readonly Label[], ports: Ports): Promise<BlockFigures | null>;
  /** Pairs as units of proof: neighbours that share an event are one. */
  joined(pairs: readonly Pair[]): Pair[];
}

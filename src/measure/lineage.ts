import { randomFrom } from "../learn/random.ts";
import { lowerBound } from "../prove/bootstrap.ts";
import type { Block } from "../schema/block.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { TurnLine } from "../schema/ledger-entry.ts";
import type { Model } from "../schema/model.ts";
import type { Micros } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";

/** Everything a site knows of where a model comes from, what it was found to be worth, and where it has been. */
export interface Lineage {
  readonly site: { readonly id: string; readonly name: string };
  readonly asset: string;
  readonly wheel: Wheel;
  readonly model: Model;
  /** Of the file; `null` when that is gone. */
  readonly fileBytes: number | null;
  readonly signals: readonly { readonly name: string; readonly unit: string | null; readonly role: string }[];
  /** That taught it, in order of time; forgotten ones are only counted. */
  readonly blocks: readonly Block[];
  readonly forgottenBlocks: number;
  /** About these blocks, as they stand now; authors by whatever name is known. */
  readonly labels: readonly Label[];
  readonly turn: Turn | null;
  readonly line: TurnLine | null;
  /** On the very bytes, on blocks it had not learnt from. */
  readonly losses: readonly BlockLoss[];
  /** Of its recipe's models, each block before it taught. */
  readonly recipeLosses: readonly BlockLoss[];
  readonly inForce: readonly { readonly from: Micros; readonly to: Micros | null; readonly reason: string }[];
  /** Whether it had learnt from something that was forgotten since. */
  readonly isMarked: boolean;
}

/** What the losses of a model on blocks come to. */
export interface ExamFigures {
  readonly blocks: number;
  readonly faults: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly judgedHours: number;
  /** 0 (perfect) to 1; `NaN` without blocks. */
  readonly meanLoss: number;
  /** That holds the mean at 95 %, blocks as the unit; `null` for fewer than two blocks. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Mean loss with its interval, and counts. Pure: the draws follow from the model's name. */
export function examFigures({ losses, model }: Pick<Lineage, "losses" | "model">): ExamFigures {
  const ordered = losses.toSorted((a, b) => (a.block < b.block ? -1 : 1));
  const values = Float64Array.from(ordered, ({ loss }) => loss);
  const sum = (of: (loss: BlockLoss) => number): number => ordered.reduce((total, one) => total + of(one), 0);
  const seed = Number.parseInt(model.digest.slice(0, 8), 16);
  const bound = (sign: 1 | -1) => lowerBound(values.map((value) => sign * value), { level: 0.975, least: sign === 1 ? 0 : -1, random: randomFrom(seed) }).lower;
  return {
    blocks: values.length,
    faults: sum(({ faults }) => faults),
    found: sum(({ found }) => found),
    falseAlarms: sum(({ falseAlarms }) => falseAlarms),
    judgedHours: sum(({ judgedHours }) => judgedHours),
    meanLoss: values.length === 0 ? NaN : sum(({ loss }) => loss) / values.length,
    interval: values.length < 2 ? null : { low: bound(1), high: -bound(-1) },
  };
}

/** From the first moment that taught it to the last; `null` when all of it is forgotten. */
export function spanOf({ blocks }: Pick<Lineage, "blocks">): { start: Micros; end: Micros } | null {
  if (blocks.length === 0) return null;
  return { start: Math.min(...blocks.map(({ start }) => start)), end: Math.max(...blocks.map(({ end }) => end)) };
}

/** How many there are of each word, most first. */
export function counted(words: readonly string[]): [word: string, count: number][] {
  const groups = Map.groupBy(words, (word) => word);
  return Array.from(groups, ([word, { length }]): [string, number] => [word, length]).toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** What is known not to hold, in sentences. */
export function limitsOf(lineage: Lineage): string[] {
  const { model, wheel, blocks, forgottenBlocks, isMarked, labels } = lineage;
  const { faults, blocks: judged } = examFigures(lineage);
  const real = labels.filter(({ origin, answer, says = null, withdrawn }) => origin !== "model" && (says !== null || answer !== "unsure") && !withdrawn);
  const guessed = wheel.kind === "condition" ? "threshold" : wheel.kind === "classify" ? '"none of these"' : "interval";
  const hours = (blocks.reduce((sum, { start, end }) => sum + end - start, 0) / 3.6e9).toFixed(1);
  return [
    `It knows what it was taught: ${hours} hours of one asset in ${blocks.length} blocks. Another machine, product or load is new to it.`,
    ...(model.provisional ? [`Its ${guessed} is a stated guess, for want of blocks to calibrate on.`] : []),
    ...(judged === 0 ? ["Nothing has been proven on its very bytes."] : faults < wheel.policy.minEvents && wheel.kind === "condition" ? [`Its own blocks of proof hold ${faults} faults; the policy asks for ${wheel.policy.minEvents}.`] : []),
    ...(real.length === 0 ? ["Nobody has said anything of what taught it: it takes all of it for normal."] : []),
    ...(blocks.some(({ origin }) => origin === "simulator") ? ["A simulator made some of what taught it; that proves nothing of a real machine."] : []),
    ...(model.generated === undefined ? [] : ["Models or simulators made some of what taught it: where they are wrong it may be too, and only its proof on real blocks speaks for it."]),
    ...(isMarked || forgottenBlocks > 0 ? ["It had learnt from something that was forgotten since, and is to be replaced."] : []),
    "A row with a missing signal is unknown to it, and unknown is never shown as normal.",
  ];
}

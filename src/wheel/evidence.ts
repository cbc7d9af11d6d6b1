import { weighedGain } from "../prove/chance.ts";
import type { Pair } from "../prove/evidence.ts";
import type { Unanswered } from "../prove/verdict.ts";
import type { Block } from "../schema/block.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Judged } from "../store/records/facts.ts";
import { kindOf } from "./kinds/kinds.ts";
import type { KindJudgement } from "./kinds/kind.ts";
import { labelsFor } from "./kinds/labels-for.ts";
import { pickedByChance } from "./audit-chance.ts";
import { aboutOf, isEvidence } from "./about.ts";
import { labelsDigest, recipeName } from "./names.ts";
import { byOrigin, trueLabels } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { readBlock } from "./rows.ts";
import { watchedOf } from "./watch.ts";

/**
 * Turns what models said of a block on arrival into losses, once its truth is known.
 *
 * Called when a block arrives and whenever its labels change, so a revised answer revises the loss and
 * one taken back takes it away; exam losses are made again when the exam is next sat.
 * By recipe: what the recipe's model of that day lost. By model: what the very bytes in force lost.
 */
export async function proveBlock(wheel: Wheel, block: Block, ports: Ports): Promise<void> {
  const { records } = ports.store;
  const mayProve = block.excluded === null && (await byOrigin(wheel.asset, [block], "gate", ports)).refused.length === 0;
  const judged = !mayProve ? [] : (await records.judged({ wheel: wheel.id, block: block.id })).filter(({ blockRevision }) => blockRevision === block.revision);
  const losses: BlockLoss[] = [];
  for (const one of judged) {
    if ((await records.model(one.model))?.blocks.includes(block.id)) continue; // it has learnt an earlier revision
    const loss = await lossOf(wheel, block, one, ports);
    if (loss !== null) losses.push({ ...loss, evidence: one.role === "recipe" ? "recipe" : "model" });
  }
  await records.write([{ drop: "losses", wheel: wheel.id, block: block.id }, ...losses.map((value) => ({ put: "loss" as const, value }))]);
}

async function lossOf(wheel: Wheel, block: Block, judged: Pick<Judged, "model" | "recipe"> & Pick<KindJudgement, "scores" | "claims">, ports: Ports): Promise<Omit<BlockLoss, "evidence"> | null> {
  const kind = kindOf(wheel);
  const labels = (await labelsFor(kind, wheel, "gate", ports, block))(block);
  const figures = await kind.loss(wheel, block, judged, labels, ports);
  if (figures === null) return null;
  const { chance, byLot, sure } = await pickedByChance(wheel, block, labels, ports);
  const lossBy = async (some: readonly Label[]): Promise<number | null> => (some.length === 0 ? null : ((await kind.loss(wheel, block, judged, some, ports))?.loss ?? null));
  const audited = byLot.length === 0 ? {} : { audited: { chance, loss: await lossBy(byLot), sure: await lossBy(sure) } };
  return { block: block.id, blockRevision: block.revision, labelsDigest: labelsDigest(labels), wheel: wheel.id, model: judged.model, recipe: judged.recipe, ...figures, ...audited };
}

/**
 * Where champion and challenger met on arrival: each block with the loss of the champion's side and of
 * the challenger's recipe, neither of which had learnt from it, oldest first.
 *
 * Against another recipe the champion's side is its recipe; against its own recipe, taught by more, it
 * is the model that was in force when the block came; after a promotion that was taken back by evidence,
 * on the blocks since then only.
 */
export async function recipePairs(wheel: Wheel, champion: Model, challenger: Model, ports: Ports): Promise<Pair[]> {
  const { records } = ports.store;
  const theirs = await records.losses({ wheel: wheel.id, evidence: "recipe", recipe: challenger.recipe.name });
  const heldSince = (await watchedOf(wheel, ports))?.heldSince ?? null;
  const ours =
    champion.recipe.name === challenger.recipe.name
      ? await inForceLosses(wheel, champion.recipe.name, heldSince, ports)
      : await records.losses({ wheel: wheel.id, evidence: "recipe", recipe: champion.recipe.name });
  return kindOf(wheel).joined(pairsOf(ours, theirs));
}

/**
 * Blocks that somebody was asked about and has not answered, and that both recipes judged: to be waited for while the
 * question is open, and counted at the worst their truth could be once it has expired. Where both raise the same alarms
 * no truth sets them apart.
 */
export async function unansweredBlocks(wheel: Wheel, champion: Model, challenger: Model, known: ReadonlySet<string>, ports: Ports): Promise<Unanswered[]> {
  const { records } = ports.store;
  const asked = [...(await records.questions({ wheel: wheel.id, state: "open" })), ...(await records.questions({ wheel: wheel.id, state: "expired" }))];
  const found = new Map<string, Unanswered>();
  for (const { interval, state, probability } of asked) {
    for (const { id } of await records.blocksOver({ asset: wheel.asset, ...interval })) {
      if (known.has(id)) continue;
      const judged = await records.judged({ wheel: wheel.id, block: id, role: "recipe" });
      const [ours, theirs] = [champion, challenger].map(({ recipe }) => judged.find((one) => one.recipe === recipe.name));
      if (ours === undefined || theirs === undefined) continue;
      const isLate = state === "expired" && (found.get(id)?.isLate ?? true);
      found.set(id, { block: id, least: alarmAlike(ours.scores, theirs.scores) ? 0 : Math.min(found.get(id)?.least ?? 0, -1 / probability), isLate });
    }
  }
  return [...found.values()];
}

function alarmAlike(ours: Float32Array, theirs: Float32Array): boolean {
  return ours.length === theirs.length && ours.every((score, row) => score >= 1 === theirs[row] >= 1);
}

/**
 * Whether a challenger has to sit the exam: another recipe always, a newer model of the recipe in force
 * once as many blocks have been answered since the exam was last sat as make evidence. A model that
 * learnt one answer more hardly differs, and twenty looks wear an exam out.
 */
export async function isExamDue(wheel: Wheel, champion: Model, challenger: Model, { store }: Ports): Promise<boolean> {
  const { records } = store;
  if (recipeName(champion.recipe) !== recipeName(challenger.recipe)) return true;
  const lastSat = (await records.turns(wheel.id)).findLast(({ verdict }) => (verdict?.figures.examBlocks ?? 0) > 0);
  if (lastSat === undefined) return true;
  const since = (await trueLabels({ asset: wheel.asset, about: aboutOf(wheel) }, { store })).filter((label) => label.knownAt > lastSat.startedAt && isEvidence(label));
  if (since.length === 0) return false;
  const blocks = await records.blocks({ asset: wheel.asset });
  const answered = blocks.filter((block) => since.some(({ start, end }) => start < block.end && end > block.start));
  return answered.length >= wheel.policy.minEvents;
}

/** Most exam blocks that are sat: the newest, so that the exam costs the same after ten years. */
const examBlocks = 10;

/** Exam blocks with answers, judged by the very bytes of both, oldest first. Blocks that either learnt from are left out. */
export async function examPairs(wheel: Wheel, champion: Model, challenger: Model, ports: Ports): Promise<Pair[]> {
  const { records } = ports.store;
  const set = (await records.blocks({ asset: wheel.asset })).filter(({ use, excluded }) => use === "exam" && excluded === null);
  const { admitted: exam } = await byOrigin(wheel.asset, set, "exam", ports);
  const labelsOf = await labelsFor(kindOf(wheel), wheel, "exam", ports);
  const answered = exam.filter((block) => labelsOf(block).some(isEvidence));
  const unseen = answered.slice(-examBlocks).filter(({ id }) => !champion.blocks.includes(id) && !challenger.blocks.includes(id));
  const [ours, theirs] = [await lossesByBytes(wheel, champion, unseen, ports), await lossesByBytes(wheel, challenger, unseen, ports)];
  return kindOf(wheel).joined(pairsOf(ours, theirs));
}

/** Losses of blocks by the very bytes of a model: those that are known, and the others made now. */
export async function lossesByBytes(wheel: Wheel, model: Model, blocks: readonly Block[], ports: Ports): Promise<BlockLoss[]> {
  const { records } = ports.store;
  const before = new Map((await records.losses({ wheel: wheel.id, evidence: "model", model: model.digest })).map((loss) => [loss.block, loss]));
  const labelsOf = await labelsFor(kindOf(wheel), wheel, "gate", ports);
  const known: BlockLoss[] = [];
  const unsat: Block[] = [];
  for (const block of blocks) {
    const labels = labelsDigest(labelsOf(block));
    const loss = before.get(block.id);
    if (loss?.blockRevision === block.revision && loss.labelsDigest === labels) known.push(loss);
    else unsat.push(block);
  }
  return unsat.length === 0 ? known : [...known, ...(await sit(wheel, model, unsat, ports))];
}

async function sit(wheel: Wheel, model: Model, blocks: readonly Block[], ports: Ports): Promise<BlockLoss[]> {
  const losses: BlockLoss[] = [];
  await kindOf(wheel).judging(wheel, ports.store.models.read(model.digest), ports, async (judge) => {
    for (const block of blocks) {
      const said = await judge(block, await readBlock(wheel, block, ports));
      const loss = await lossOf(wheel, block, { model: model.digest, recipe: model.recipe.name, ...said }, ports);
      if (loss !== null) losses.push({ ...loss, evidence: "model" });
    }
  });
  await ports.store.records.write(losses.map((value) => ({ put: "loss", value })));
  return losses;
}

async function inForceLosses(wheel: Wheel, recipe: string, after: number | null, { store }: Ports): Promise<BlockLoss[]> {
  return (await store.records.lossesInForce({ wheel: wheel.id, recipe })).filter(({ judgedAt }) => judgedAt > (after ?? -Infinity)).map(({ loss }) => loss);
}

/** Blocks that both were judged on by the same truth, oldest first. */
export function pairsOf(ours: readonly BlockLoss[], theirs: readonly BlockLoss[]): Pair[] {
  const champion = new Map(ours.map((loss) => [loss.block, loss]));
  return theirs
    .flatMap((challenger) => {
      const other = champion.get(challenger.block);
      if (other === undefined || other.labelsDigest !== challenger.labelsDigest) return [];
      return [
        {
          block: challenger.block,
          championLoss: other.loss,
          challengerLoss: challenger.loss,
          faults: challenger.faults,
          championMissed: other.missed,
          challengerMissed: challenger.missed,
          championFalseAlarms: other.falseAlarms,
          challengerFalseAlarms: challenger.falseAlarms,
          gain: weighedGain(other, challenger),
          ...guarded(other, challenger),
        },
      ];
    })
    .sort((a, b) => (a.block < b.block ? -1 : 1));
}

/** What a mean can hide, where it can be held against each other. */
function guarded(ours: BlockLoss, theirs: BlockLoss): Pick<Pair, "delays" | "classes" | "sureness"> {
  const [late, later] = ours.found === theirs.found ? [ours.delayHours, theirs.delayHours] : [null, null];
  return {
    delays: late !== null && later !== null ? { champion: late, challenger: later } : null,
    classes: (theirs.classes ?? []).flatMap(({ code, rows, right }) => {
      const other = ours.classes?.find((one) => one.code === code);
      return other?.rows === rows ? [{ code, rows, championRight: other.right, challengerRight: right }] : [];
    }),
    sureness: ours.sureness && theirs.sureness ? { champion: ours.sureness, challenger: theirs.sureness } : null,
  };
}

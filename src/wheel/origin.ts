import { blockOrigin, refusalOf, type Origin, type OriginRefusal, type Purpose } from "../schema/origin.ts";
import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Interval } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { LabelQuery } from "../store/records/stretches.ts";
import type { Ports } from "./ports.ts";

/** Who made a block, through what its samples came, and why it must not teach or prove. */
type Made = Pick<Block, "origin" | "excluded" | "connectors">;

/** Who made a block of these signals, through what, and why it must not teach or prove, as a block says it; from the stored samples. */
export async function originOf(asset: Id, keys: readonly number[], { start, end }: Interval, { store }: Ports): Promise<Made> {
  const origin = blockOrigin(await store.telemetry.origins({ keys, start, end }));
  return { origin, excluded: excludedBy(refusalOf(origin, await aboutWhat(asset, origin, { store }), "gate")), connectors: await store.records.connectorsOver({ keys, start, end }) };
}

/** The same of many blocks; looked up block by block only where any of their samples is not a sensor's, or they came through several connectors. */
export async function originsOf(asset: Id, keys: readonly number[], blocks: readonly { readonly id: Id; readonly interval: Interval }[], ports: Ports): Promise<Map<Id, Made>> {
  const span = { start: Math.min(...blocks.map(({ interval }) => interval.start)), end: Math.max(...blocks.map(({ interval }) => interval.end)) };
  const all = await originOf(asset, keys, span, ports);
  const found = new Map<Id, Made>();
  for (const { id, interval } of blocks) found.set(id, all.origin === "sensor" && all.connectors?.length === 1 ? all : await originOf(asset, keys, interval, ports));
  return found;
}

/** The blocks that may be used for a purpose, whatever a wheel lets teach, and the others with the reason. */
export async function byOrigin(asset: Id, blocks: readonly Block[], purpose: Purpose, ports: Pick<Ports, "store">): Promise<{ admitted: Block[]; refused: { block: Block; refusal: OriginRefusal }[] }> {
  const about = await aboutWhat(asset, "sensor", ports);
  const admitted: Block[] = [];
  const refused: { block: Block; refusal: OriginRefusal }[] = [];
  for (const block of blocks) {
    const refusal = refusalOf(block.origin, about, purpose);
    if (refusal === null) admitted.push(block);
    else refused.push({ block, refusal });
  }
  return { admitted, refused };
}

/**
 * The blocks that teach only because the wheel's policy lets them: made by a model, or simulated about a plant. Not those
 * that are left out for any other reason, nor those that are set aside for the exam.
 */
export async function generatedBlocks({ asset, policy: { generated } }: Pick<Wheel, "asset" | "policy">, blocks: readonly Block[], ports: Pick<Ports, "store">): Promise<Block[]> {
  const about = await aboutWhat(asset, "sensor", ports);
  return blocks.filter(({ origin, excluded, use }) => {
    const refusal = refusalOf(origin, about, "threshold");
    return refusal !== null && refusalOf(origin, about, "train", generated) === null && use !== "exam" && (excluded === null || excluded === excludedBy(refusal));
  });
}

/** Labels that may prove something about their asset: for whatever does not read those of a block. */
export async function trueLabels(query: LabelQuery, ports: Pick<Ports, "store">): Promise<Label[]> {
  const labels = await ports.store.records.labels(query);
  if (labels.length === 0) return labels;
  const about = await ports.store.records.madeBy(query.asset);
  return labels.filter(({ origin }) => refusalOf(origin, about ?? origin, "gate") === null);
}

const excludedBy = (refusal: OriginRefusal | null): string | null => refusal && `${refusal.code}: ${refusal.why}`;

/** An asset is what its first block was, a plant or a simulator of one; the first makes it so. */
const aboutWhat = async (asset: Id, first: Origin, { store }: Pick<Ports, "store">): Promise<Origin> => (await store.records.madeBy(asset)) ?? first;

import { MillraceError } from "../errors.ts";
import type { Asset } from "../schema/asset.ts";
import type { Block } from "../schema/block.ts";
import type { Forgetting, ForgetWhat, Meanwhile } from "../schema/forgetting.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Interval } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { fedStretches, type Stretch } from "./forget-connector.ts";
import { reached } from "./labels.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";

export interface ForgetOptions {
  readonly meanwhile: Meanwhile;
  readonly reason: string;
}

/**
 * Works out what forgetting takes away, and changes nothing.
 *
 * Samples go where they were measured; the block is the unit of all that was made of them, so each block that
 * loses a sample goes whole, and with it what was found in it and said of it alone. A label that says something of other
 * times as well stays.
 * Throws `wheel.nothing-to-forget` when there is nothing of the kind.
 */
export async function planForgetting(asked: ForgetWhat, { meanwhile, reason }: ForgetOptions, ports: Ports): Promise<Forgetting> {
  const { records } = ports.store;
  const site = await records.site();
  if (site === null) throw new RangeError("Cannot forget: the site has no record of itself");
  const pseudonym = asked.what === "answers" || asked.what === "name" ? await pseudonymFor(asked.person, ports) : null;
  const stretches = await stretchesOf(asked, ports);
  const blocks = await blocksIn(stretches, ports);
  const labels = asked.what === "answers" ? (await records.labelsBy(pseudonym ?? "")).filter(({ author }) => author === pseudonym) : await labelsWithin(blocks, stretches, ports);
  const spoken = (await reached(labels, ports)).filter(({ block }) => !blocks.some(({ id }) => id === block.id));
  const touched = asked.what === "answers" ? spoken.map(({ block }) => block) : blocks;
  const baselines = await baselinesOver(blocks, ports);
  const { models, wheels } = await dependents({ blocks: touched, since: asked.what === "answers" ? knownSince(labels) : -Infinity, baselines }, ports);
  return {
    id: ports.newId(),
    site: site.id,
    at: ports.now(),
    what: asked.what,
    reason,
    meanwhile,
    blocks: blocks.map(({ asset, id, start, end }) => ({ asset, block: id, start, end })),
    spans: stretches,
    labels: labels.map(({ asset, id, revision, start, end }) => ({ asset, label: id, revision, start, end })),
    reached: spoken.map(({ wheel, block }) => ({ wheel: wheel.id, block: block.id })),
    baselines: baselines.map(({ id }) => id),
    pseudonym,
    models: models.map(({ wheel, digest }) => ({ wheel, model: digest })),
    inForce: await inForceOf(wheels, models, meanwhile, ports),
    wheels: wheels.map(({ id }) => id),
  };
}

async function pseudonymFor(person: string, { store: { records } }: Ports): Promise<string> {
  const known = await records.pseudonymOf(person);
  if (known === null && (await records.labelsBy(person)).length === 0) throw nothing(`what ${JSON.stringify(person.slice(0, 80))} said`, "Nobody of this name has said anything here: `millrace label --list` shows the names.");
  return known ?? person; // already known by nothing but a pseudonym
}

async function stretchesOf(asked: ForgetWhat, ports: Ports): Promise<Stretch[]> {
  const { records, telemetry } = ports.store;
  const of = async (asset: Id, { start, end }: Interval): Promise<Stretch> => ({ asset, keys: (await records.signals(asset)).map(({ key }) => key), start, end });
  if (asked.what === "block") {
    const block = await records.block(asked.block);
    if (block === null) throw nothing(`block ${asked.block}`, "It may have been forgotten before: `millrace ledger` tells.");
    return [await of(block.asset, block)];
  }
  if (asked.what === "range") {
    const asset = await assetNamed(asked.asset, ports);
    if (asked.end <= asked.start) throw nothing("a stretch of no length", "The end must lie after the start.");
    return [await of(asset.id, asked)];
  }
  if (asked.what === "source") {
    const asset = await assetNamed(asked.asset, ports);
    const span = await telemetry.span((await records.signals(asset.id)).map(({ key }) => key));
    const blocks = await records.blocks({ asset: asset.id });
    const starts = [...(span === null ? [] : [span.start]), ...blocks.map(({ start }) => start)];
    if (starts.length === 0) return [];
    return [await of(asset.id, { start: Math.min(...starts), end: Math.max(...(span === null ? [] : [span.end + 1]), ...blocks.map(({ end }) => end)) })];
  }
  if (asked.what === "connector") {
    const fed = await fedStretches(asked.connector, ports);
    if (fed === null) throw nothing(`what came through ${JSON.stringify(asked.connector.slice(0, 80))}`, "`millrace signals --inflows` shows connectors. What is older than that was kept goes by machine, file or time.");
    return fed;
  }
  return asked.what === "import" ? await importedStretches(asked.file, of, ports) : [];
}

async function importedStretches(file: string, of: (asset: Id, interval: Interval) => Promise<Stretch>, { store: { records } }: Ports): Promise<Stretch[]> {
  const found: Block[] = [];
  for (const asset of await records.assets()) {
    found.push(...(await records.blocks({ asset: asset.id })).filter(({ context }) => context.file !== null && (context.file.name === file || context.file.digest === file)));
  }
  if (found.length === 0) throw nothing(`file ${JSON.stringify(file.slice(0, 80))}`, "No block comes from a file of this name or digest.");
  return await Promise.all(found.map((block) => of(block.asset, block)));
}

async function assetNamed(name: string, { store: { records } }: Ports): Promise<Asset> {
  const found = (await records.assets()).find((asset) => asset.name === name || asset.id === name);
  if (found === undefined) throw nothing(`asset ${JSON.stringify(name.slice(0, 80))}`, "There is no asset of this name.");
  return found;
}

function nothing(what: string, hint: string): MillraceError {
  return new MillraceError("wheel.nothing-to-forget", `Cannot forget ${what}: there is none such`, { hint });
}

/** Every block into which one of the stretches reaches, once. */
async function blocksIn(stretches: readonly (Interval & { readonly asset: Id })[], { store: { records } }: Ports): Promise<Block[]> {
  const found = new Map<Id, Block>();
  for (const { asset, start, end } of stretches) for (const block of await records.blocksOver({ asset, start, end })) found.set(block.id, block);
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** All revisions of the labels that lie wholly within a block that goes, or a stretch. */
async function labelsWithin(blocks: readonly Block[], stretches: readonly Stretch[], { store: { records } }: Ports): Promise<Label[]> {
  const found = new Map<Id, Label>();
  const within = [...blocks, ...stretches];
  for (const { asset, start, end } of within) {
    for (const label of await records.labels({ asset, about: "anything", start, end, includeWithdrawn: true })) if (label.start >= start && label.end <= end) found.set(label.id, label);
  }
  const histories = await Promise.all([...found.keys()].map((id) => records.labelHistory(id)));
  return histories.flat();
}

async function baselinesOver(blocks: readonly Block[], { store: { records } }: Ports) {
  const assets = new Set(blocks.map(({ asset }) => asset));
  const all = await Promise.all([...assets].map((asset) => records.baselines(asset)));
  return all.flat().filter(({ asset, span }) => blocks.some((block) => block.asset === asset && block.start < span.end && block.end > span.start));
}

const knownSince = (labels: readonly Label[]): number => labels.reduce((first, { knownAt }) => Math.min(first, knownAt), Infinity);

interface Gone {
  readonly blocks: readonly Block[];
  /** Models made before this cannot have learnt from it. */
  readonly since: number;
  readonly baselines: readonly { readonly asset: Id; readonly regime: string }[];
}

/** Models that have learnt from what goes, and the wheels whose models these are. One that does not say what it learnt from counts. */
async function dependents({ blocks, since, baselines }: Gone, { store: { records } }: Ports): Promise<{ models: Model[]; wheels: Wheel[] }> {
  const gone = new Set(blocks.map(({ id }) => id));
  const assets = new Set(blocks.map(({ asset }) => asset));
  const models: Model[] = [];
  const wheels = (await records.wheels()).filter(({ asset }) => assets.has(asset));
  for (const wheel of wheels) {
    const turns = new Map((await records.turns(wheel.id)).map((turn) => [turn.id, turn]));
    const hasBaseline = baselines.some(({ regime }) => regime === wheel.id);
    for (const model of await records.models(wheel.id)) {
      if (model.createdAt < since) continue;
      const making = turns.get(model.turn)?.making;
      const taught = model.blocks.length > 0 ? model.blocks : making?.warmUp ? [making.warmUp] : null;
      if (hasBaseline || taught === null || taught.some((id) => gone.has(id))) models.push(model);
    }
  }
  return { models, wheels };
}

/** The models in force that depend on it, or on what was forgotten before; for `out` with the newest earlier champion that has not learnt from it, if there is one. */
async function inForceOf(wheels: readonly Wheel[], models: readonly Model[], meanwhile: Meanwhile, { store }: Ports): Promise<Forgetting["inForce"]> {
  const dependent = new Set([...models.map(({ digest }) => digest), ...(await markedModels({ store }))]);
  const found: Forgetting["inForce"] = [];
  for (const wheel of wheels) {
    const champions = await store.records.champions(wheel.id);
    const model = champions.at(-1)?.model ?? null;
    if (model === null || !dependent.has(model)) continue;
    const isFit = (name: Digest | null): name is Digest => name !== null && !dependent.has(name) && store.models.has(name);
    const instead = meanwhile === "keep" ? model : (champions.map((one) => one.model).findLast(isFit) ?? null);
    found.push({ wheel: wheel.id, model, instead });
  }
  return found;
}

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, digest } from "../digest.ts";
import { forgetMessages } from "../capture/broker/forget.ts";
import { BackupMade, Forgetting, type ForgetWhat } from "../schema/forgetting.ts";
import type { Id } from "../schema/id.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { backupPrefix } from "../store/backup.ts";
import type { Fact } from "../store/records/facts.ts";
import { inputsName } from "./block-inputs.ts";
import { proveBlock } from "./evidence.ts";
import { planForgetting, type ForgetOptions } from "./forget-plan.ts";
import { nodesOver } from "./gather.ts";
import { nodePrefix } from "./learn.ts";
import { sweepModels } from "./marked-models.ts";
import { refusedWithin } from "./refused.ts";
import { summaryName } from "./returning.ts";
import type { Ports } from "./ports.ts";
import { turn } from "./turn.ts";

/** Before the name of a forgetting that is under way. */
const underWay = "forgetting.";

/** Takes the messages about some assets, by name, from the broker: from its file unless it is at work. */
export type MessagesGo = (assets: readonly string[]) => Promise<unknown>;

/** What forgetting took away, and what it could not reach. */
export interface Forgotten {
  readonly plan: Forgetting;
  /** Line of the ledger. */
  readonly line: number;
  readonly samples: number;
  /** Backups that were made before, as far as this site knows, and files set aside as unreadable: they still hold it. */
  readonly elsewhere: readonly string[];
}

/**
 * Forgets: afterwards the site's files hold nothing of it, and what is learnt from then on is, byte for byte,
 * what a site learns that never saw it.
 *
 * First one transaction takes the facts away, notes what else has to go, and writes the ledger's line, which keeps
 * digests and a pseudonym. Then samples, model files, messages and the records' own traces go; a process
 * that is killed goes on with this at its next start. Models that had learnt from it are marked by the line;
 * a turn makes new ones.
 * Throws what `planForgetting` throws.
 */
export async function forget(asked: ForgetWhat, options: ForgetOptions, ports: Ports, messagesGo: MessagesGo = fromFile(ports)): Promise<Forgotten> {
  const plan = await planForgetting(asked, options, ports);
  const refused = await refusedWithin([...plan.blocks, ...plan.spans], ports);
  await ports.store.records.write([...factsOf(plan), ...refused.map((name): Fact => ({ drop: "setting", name })), ...inflowsGone(asked, plan)]);
  return await finish(plan, ports, messagesGo);
}

/** That a connector, or anything, has fed what goes; of other stretches it stays known to the hour, and tells nothing that was measured. */
function inflowsGone(asked: ForgetWhat, { spans }: Forgetting): Fact[] {
  if (asked.what === "connector") return [{ drop: "inflows", connector: asked.connector }];
  return asked.what === "source" ? spans.flatMap(({ keys }) => keys.map((key): Fact => ({ drop: "inflows", key }))) : [];
}

/** Goes on with what was being forgotten when the site was left. */
export async function resumeForgetting(ports: Ports): Promise<void> {
  const { records } = ports.store;
  for (const { text } of await records.settings(underWay)) await finish(Forgetting.parse(JSON.parse(text)), ports, fromFile(ports));
}

const fromFile = ({ store }: Ports): MessagesGo => async (assets) => forgetMessages(store.directory, assets);

function factsOf(plan: Forgetting): Fact[] {
  const { id, site, at, what, reason, wheels, blocks, spans, labels, baselines, pseudonym, models, inForce, meanwhile } = plan;
  const moved = meanwhile === "out" ? inForce : [];
  return [
    ...blocks.map(({ block }): Fact => ({ drop: "block", name: block })),
    ...blocks.flatMap(({ block }) => wheels.map((wheel): Fact => ({ drop: "setting", name: inputsName({ id: wheel }, block) }))),
    ...[...blocks, ...spans].map(({ asset, start, end }): Fact => ({ drop: "found", asset, start, end })),
    ...models.map(({ model }): Fact => ({ drop: "setting", name: summaryName(model) })),
    ...labels.map(({ label, revision }): Fact => ({ drop: "label", name: label, revision })),
    ...baselines.map((name): Fact => ({ drop: "baseline", name })),
    ...(pseudonym === null ? [] : [{ drop: "person", name: pseudonym } as const]),
    ...moved.map(({ wheel, instead }): Fact => ({ put: "champion", value: { wheel, model: instead, at, turn: null, reason: "the model in force had learnt from what was forgotten" } })),
    {
      append: "ledger",
      value: {
        kind: "forget",
        site,
        at,
        forgetting: id,
        what,
        content: digest(canonicalJson({ blocks, spans, labels, baselines })),
        blocks: blocks.length,
        labels: labels.map(({ label, revision }) => ({ label, revision })),
        models: models.map(({ model }) => model),
        outOfForce: moved.map(({ wheel, instead }) => ({ wheel, champion: instead })),
        pseudonym,
        reason,
      },
    },
    { put: "setting", value: { name: `${underWay}${id}`, text: JSON.stringify(plan) } },
  ];
}

/** Everything after the transaction; each step may be done again. */
async function finish(plan: Forgetting, ports: Ports, messagesGo: MessagesGo): Promise<Forgotten> {
  const { records, telemetry } = ports.store;
  const samples = plan.spans.length === 0 ? 0 : await telemetry.forget(plan.spans);
  await dropDerived(plan, ports);
  await sweepModels(ports);
  const assets = await assetsOf(plan, ports);
  if (assets.length > 0) await messagesGo(assets);
  await records.purge();
  await records.write([{ drop: "setting", name: `${underWay}${plan.id}` }]);
  const line = (await records.ledger({ kinds: ["forget"] })).find((one) => one.kind === "forget" && one.forgetting === plan.id)?.number ?? 0;
  return { plan, line, samples, elsewhere: await elsewhere(plan, ports) };
}

/** Sums by answers that are gone, the nodes above what is gone, and losses by these answers, which are made anew. */
async function dropDerived({ reached, wheels: ids }: Forgetting, ports: Ports): Promise<void> {
  const { records } = ports.store;
  const wheels = (await records.wheels()).filter(({ id }) => ids.includes(id));
  await records.write(reached.map(({ block }): Fact => ({ drop: "sums", block })));
  for (const wheel of wheels) await records.write(await touchedNodes(wheel, ports));
  for (const { wheel: id, block: name } of reached) {
    const [wheel, block] = [await records.wheel(id), await records.block(name)];
    if (wheel !== null && block !== null) await proveBlock(wheel, block, ports);
  }
}

/**
 * The nodes of a wheel's tree that may hold something of what is gone: all but those that stand over nothing
 * but sums that are there. A node's name is made of the names below it, so no other can be among these.
 */
async function touchedNodes(wheel: Wheel, { store: { records } }: Ports): Promise<Fact[]> {
  const clean = new Set<string>();
  for (const map of new Set((await records.models(wheel.id)).map(({ mapDigest }) => mapDigest))) {
    const newest = new Map((await records.sumNames(wheel.id, map)).map((sum) => [sum.block, sum]));
    const blocks = new Map((await records.blocks({ asset: wheel.asset })).map(({ id, start }) => [id, start]));
    const leaves = [...newest.values()].flatMap(({ name, block }) => (blocks.has(block) ? [{ name, block, start: blocks.get(block) as number }] : []));
    for (const name of nodesOver(leaves)) clean.add(nodePrefix(wheel) + name);
  }
  return (await records.nodeNames(nodePrefix(wheel))).filter((name) => !clean.has(name)).map((name): Fact => ({ drop: "node", name }));
}

/** The turn that offers models that never saw what was forgotten. */
export async function turnAnew(wheel: Wheel, ports: Ports): Promise<Turn> {
  const turned = await turn(wheel, "hand", ports);
  await sweepModels(ports);
  return turned;
}

/** Assets about which the broker must keep no messages, by name. */
async function assetsOf({ spans }: Forgetting, { store: { records } }: Ports): Promise<string[]> {
  const gone = new Set<Id>(spans.map(({ asset }) => asset));
  return (await records.assets()).filter(({ id }) => gone.has(id)).map(({ name }) => name);
}

async function elsewhere({ at, spans, blocks, labels }: Forgetting, { store }: Ports): Promise<string[]> {
  const backups = (await store.records.settings(backupPrefix)).map(({ text }) => BackupMade.parse(JSON.parse(text)));
  const held = backups.filter((one) => one.at < at).map((one) => `${one.target}, a backup of ${new Date(one.at / 1000).toISOString()}`);
  const aside = spans.length + blocks.length + labels.length === 0 ? [] : readdirSync(join(store.directory, "set-aside")).map((file) => `set-aside/${file}, which could not be read`);
  return [...held, ...aside];
}

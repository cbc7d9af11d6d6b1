import { canonicalJson, digest } from "../digest.ts";
import type { Block } from "../schema/block.ts";
import type { Digest } from "../schema/id.ts";
import { MillraceError } from "../errors.ts";
import type { LedgerDraft, TurnLine } from "../schema/ledger-entry.ts";
import type { Model } from "../schema/model.ts";
import type { Micros } from "../schema/time.ts";
import type { Making, Trigger, Turn } from "../schema/turn.ts";
import type { Verdict } from "../schema/verdict.ts";
import type { Wheel } from "../schema/wheel.ts";
import { turnContent } from "../store/records/chain.ts";
import type { Fact } from "../store/records/facts.ts";
import { aboutOf } from "./about.ts";
import { inputShifts, shiftsText } from "./block-inputs.ts";
import { thisBuild } from "./build.ts";
import { joulesBetween, readEnergyJoules } from "./energy.ts";
import { labelsDigest } from "./names.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { isLet, requireLet } from "./recipes-of.ts";
import { rememberSummary } from "./returning.ts";
import { promotionWatched, takenBack, watchEnded } from "./watch.ts";

/** A turn under way, and what had been used before it began. */
export interface StartedTurn {
  readonly turn: Turn;
  readonly cpuSeconds: number;
  readonly joules: number | null;
  /** How far the ledger went. */
  readonly line: number;
}

export interface Outcome {
  readonly verdict: Verdict;
}

/** What a turn comes to. */
export interface TurnResult extends Outcome {
  readonly blocks: readonly Block[];
  readonly models: readonly Model[];
  /** The block whose warm-up alone taught. */
  readonly warmUp?: Block;
}

/** Notes that a turn has started; one that was cut off before is taken up under its own number. */
export async function beginTurn(wheel: Wheel, trigger: Trigger, ports: Ports): Promise<StartedTurn> {
  const { records } = ports.store;
  const turns = await records.turns(wheel.id);
  const cutOff = turns.find(({ state }) => state === "started");
  const turn: Turn = cutOff ?? {
    id: ports.newId(),
    site: wheel.site,
    wheel: wheel.id,
    number: (turns.at(-1)?.number ?? 0) + 1,
    trigger,
    state: "started",
    startedAt: ports.now(),
    finishedAt: null,
    blocks: [],
    labels: 0,
    challengers: [],
    verdict: null,
  };
  const again = { ...turn, startedAt: ports.now() };
  await records.write([{ put: "turn", value: again }]);
  return { turn: again, cpuSeconds: await cpuSeconds(ports), joules: readEnergyJoules(), line: (await records.lastLedger())?.number ?? 0 };
}

/** Deploys and records: champion pointer, turn and ledger line in one transaction. */
export async function closeTurn(wheel: Wheel, { turn, cpuSeconds: before, joules, line }: StartedTurn, { verdict: decided, blocks, models, warmUp }: TurnResult, ports: Ports): Promise<Turn> {
  const { records } = ports.store;
  const finishedAt = ports.now();
  const labels = await records.labels({ asset: wheel.asset, about: aboutOf(wheel) });
  const champion = (await records.champion(wheel.id))?.model ?? null;
  const shifts = await inputShifts(wheel, ports);
  const verdict = shifts.length === 0 ? decided : { ...decided, reasons: [...decided.reasons, await shiftsText(wheel, shifts, ports)] };
  const most = Math.max(0, ...models.map(({ generated }) => generated?.weight ?? 0));
  const generated = most > 0 ? { generated: most } : {};
  const promoted = verdict.decision === "promote" || verdict.decision === "rollback" ? verdict.challenger : null;
  const closed: Turn = {
    ...turn,
    ...(shifts.length > 0 && { inputShifts: shifts }),
    state: "recorded",
    finishedAt,
    blocks: blocks.map(({ id }) => id),
    labels: labels.length,
    challengers: models.map((model) => model.digest),
    ...generated,
    verdict,
    making: await makingOf(wheel, warmUp === undefined ? blocks : [warmUp], { from: line, warmUp: warmUp?.id ?? null }, ports),
  };
  const entry: LedgerDraft = {
    site: wheel.site,
    kind: "turn",
    at: finishedAt,
    wheel: wheel.id,
    turn: turn.id,
    inputs: { blocks: inputsDigest(blocks, labelsDigest(labels)), blockCount: blocks.length, labelCount: labels.length, champion },
    outputs: { models: models.map((model) => model.digest), champion: promoted ?? champion },
    decision: verdict.decision,
    reason: verdict.reasons[0] ?? "",
    gain: verdict.figures.gain,
    ...generated,
    durationSeconds: (finishedAt - turn.startedAt) / 1e6,
    cpuSeconds: Math.max(0, (await cpuSeconds(ports)) - before),
    energyJoules: joulesBetween(joules, readEnergyJoules()),
    content: turnContent(closed, models),
  };
  const facts: Fact[] = [{ put: "turn", value: closed }, { append: "ledger", value: entry }];
  const newInForce = promoted === null ? null : await records.model(promoted);
  if (newInForce !== null) facts.push(...(await rememberSummary(wheel, newInForce, ports)));
  if (promoted !== null) facts.push({ put: "champion", value: championFact(wheel, promoted, finishedAt, turn.id, verdict.reasons[0]) });
  if (verdict.decision === "promote") facts.push(...(await promotionWatched(wheel, champion, finishedAt, ports)));
  if (verdict.decision === "rollback") facts.push(takenBack(wheel, finishedAt));
  await records.write(facts);
  return closed;
}

/**
 * Puts an earlier model back in force, and records who did and why: the one named, or the one before.
 *
 * Its bytes are read first: what cannot be run is not put in force.
 * Throws `wheel.unknown-model` when the model is not one of the wheel's, `wheel.no-model-before` when no other
 * has been in force, `wheel.generated-not-let` for one taught by what may not teach, and what the store throws of a file that is not whole.
 */
export async function rollBack(wheel: Wheel, to: Digest | null, reason: string, ports: Ports): Promise<Model> {
  const model = await modelToRestore(wheel, to, ports);
  requireLet(wheel, model);
  ports.store.models.read(model.digest);
  await putInForce(wheel, model, { kind: "rollback", decision: "rollback", reason }, ports);
  return model;
}

async function modelToRestore({ id, name }: Wheel, to: Digest | null, { store: { records } }: Ports): Promise<Model> {
  const champions = await records.champions(id);
  const digest = to ?? champions.findLast(({ model }) => model !== null && model !== champions.at(-1)?.model)?.model ?? null;
  const model = digest === null ? null : await records.model(digest);
  if (model?.wheel === id) return model;
  if (to !== null) throw new MillraceError("wheel.unknown-model", `Cannot roll ${name} back: it has no model ${to.slice(0, 64)}`, { hint: "List them with `millrace models --all`." });
  throw new MillraceError("wheel.no-model-before", `Cannot roll ${name} back: no other model has been in force`, { hint: "List the models with `millrace models`, and name one." });
}

/** What waits for a person's word: the last verdict that asked, while what it was held against is still in force. */
export async function proposalOf(wheel: Wheel, ports: Pick<Ports, "store">): Promise<Verdict | null> {
  const { records } = ports.store;
  const verdict = (await records.turns(wheel.id)).findLast((one) => one.verdict?.decision === "ask")?.verdict ?? null;
  if (verdict === null || verdict.champion !== ((await records.champion(wheel.id))?.model ?? null)) return null;
  const waiting = await records.model(verdict.challenger ?? "");
  return waiting === null || !isLet(wheel, waiting.recipe) || (await markedModels(ports)).has(waiting.digest) ? null : verdict;
}

/**
 * Puts the model in force that is proven and waits for a person's word, and records it.
 *
 * Throws `wheel.not-proven` when none waits, or another than the one named does.
 */
export async function promote(wheel: Wheel, model: Digest | null, reason: string, ports: Ports): Promise<Model> {
  const waiting = (await proposalOf(wheel, ports))?.challenger ?? null;
  const proven = waiting === null || (model !== null && model !== waiting) ? null : await ports.store.records.model(waiting);
  if (proven === null) {
    throw new MillraceError("wheel.not-proven", `Cannot put ${model === null ? "a model" : `model ${model.slice(0, 12)}`} of ${wheel.name} in force: ${waiting === null ? "none is proven and waits for your word" : `the one that is proven is ${waiting.slice(0, 12)}`}`, {
      hint: "Only a proven model goes into force; one that has been in force before comes back with `millrace rollback`.",
    });
  }
  await putInForce(wheel, proven, { kind: "promotion", decision: "promote", reason }, ports);
  return proven;
}

async function putInForce(wheel: Wheel, to: Model, how: Pick<TurnLine, "kind" | "decision" | "reason">, ports: Ports): Promise<void> {
  await ports.store.records.write(await forceFacts(wheel, to, how, ports));
}

/** What is to be written when a model is put in force by hand, or nothing is left in force. */
export async function forceFacts(wheel: Wheel, to: Model | null, { kind, decision, reason }: Pick<TurnLine, "kind" | "decision" | "reason">, ports: Ports): Promise<Fact[]> {
  const { records } = ports.store;
  const at = ports.now();
  const champion = (await records.champion(wheel.id))?.model ?? null;
  const entry: LedgerDraft = {
    site: wheel.site,
    kind,
    at,
    wheel: wheel.id,
    turn: null,
    inputs: { blocks: digest(""), blockCount: 0, labelCount: 0, champion },
    outputs: { models: [], champion: to?.digest ?? null },
    decision,
    reason,
    gain: null,
    durationSeconds: 0,
    cpuSeconds: 0,
    energyJoules: null,
  };
  const watched = kind === "promotion" ? await promotionWatched(wheel, champion, at, ports, to?.digest) : await watchEnded(wheel, at, ports);
  return [{ append: "ledger", value: entry }, { put: "champion", value: championFact(wheel, to?.digest ?? null, at, null, reason) }, ...watched, ...(to === null ? [] : await rememberSummary(wheel, to, ports))];
}

function championFact(wheel: Wheel, model: Digest | null, at: Micros, turn: string | null, reason = "") {
  return { wheel: wheel.id, model, at, turn, reason };
}

async function makingOf(wheel: Wheel, blocks: readonly Block[], { from, warmUp }: { from: number; warmUp: string | null }, { store: { records } }: Ports): Promise<Making> {
  const read = [...blocks, ...(await records.signals(wheel.asset))].filter(({ revision }) => revision > 1);
  return {
    wheelRevision: wheel.revision,
    ledger: { from, to: (await records.lastLedger())?.number ?? 0 },
    revisions: Object.fromEntries(read.map(({ id, revision }) => [id, revision])),
    warmUp,
    build: thisBuild(),
  };
}

function inputsDigest(blocks: readonly Block[], labels: Digest): Digest {
  return digest(canonicalJson({ blocks: blocks.map(({ id, revision }) => ({ id, revision })), labels }));
}

/** Processor seconds of this process with its workers, and of those that score and learn. */
async function cpuSeconds({ learning, scoring }: Ports): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + (await learning.cpuSeconds()) + ((await scoring?.cpuSeconds()) ?? 0);
}

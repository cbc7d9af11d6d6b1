import { availableParallelism } from "node:os";
import { ulid } from "ulid";
import type { Column, Recording } from "./capture/recording.ts";
import { scoringEngine } from "./engine/scoring-engine.ts";
import { MillraceError } from "./errors.ts";
import type { Lineage } from "./measure/lineage.ts";
import { mlBom } from "./measure/ml-bom.ts";
import { cardHtml, cardMarkdown } from "./measure/model-card.ts";
import { provJson } from "./measure/prov-json.ts";
import { answerTo, labelOf, revise, withdraw, type Author, type Said } from "./review/answer.ts";
import type { OrderPlan } from "./review/work-orders.ts";
import type { Asset } from "./schema/asset.ts";
import type { Forgetting, ForgetWhat } from "./schema/forgetting.ts";
import type { Digest, Id } from "./schema/id.ts";
import type { InputShift } from "./schema/input-shift.ts";
import type { Label } from "./schema/label.ts";
import type { Model } from "./schema/model.ts";
import type { Refused } from "./schema/refused.ts";
import type { Limits, Signal } from "./schema/signal.ts";
import { day, type Interval, type Micros } from "./schema/time.ts";
import type { Trigger, Turn } from "./schema/turn.ts";
import type { WheelRequest } from "./schema/wheel-request.ts";
import type { Wheel } from "./schema/wheel.ts";
import { openStore, type Store } from "./store/store.ts";
import { allowGenerated } from "./wheel/allow-generated.ts";
import type { Arrival } from "./wheel/arrive.ts";
import { takeIn, type Intake, type IntakeOptions } from "./wheel/intake.ts";
import { proveLabelled, writeLabels } from "./wheel/labels.ts";
import { learningProcess } from "./wheel/learning-process.ts";
import { makeWheel } from "./wheel/make-wheel.ts";
import type { Ports } from "./wheel/ports.ts";
import { forget, resumeForgetting, turnAnew, type Forgotten } from "./wheel/forget.ts";
import { planForgetting, type ForgetOptions } from "./wheel/forget-plan.ts";
import { inputShifts } from "./wheel/block-inputs.ts";
import { knownInflows, type KnownInflow } from "./wheel/inflows.ts";
import { inForceAt, lineageOf, type InForceAt } from "./wheel/lineage.ts";
import { sweepModels } from "./wheel/marked-models.ts";
import { missedBy, type Missed } from "./wheel/missed.ts";
import { modelsOf, type ModelsOf } from "./wheel/models-of.ts";
import { promote, rollBack } from "./wheel/record.ts";
import { recover } from "./wheel/recover.ts";
import { refusedByOrigin } from "./wheel/refused.ts";
import { reproduce, type Reproduction } from "./wheel/reproduce.ts";
import { limitSignal } from "./wheel/revise-signal.ts";
import { turn } from "./wheel/turn.ts";
import { labelByTruth } from "./wheel/truth-labels.ts";
import { welcome } from "./wheel/welcome.ts";
import { wheelNamed } from "./wheel/wheel-named.ts";
import { takeOrders, type TakeOrders } from "./wheel/work-orders.ts";

/** Scoring processes at most: wheels that tick together are scored side by side, and a core is left for the rest. */
const mostScoring = 2;

/** How a model's lineage is written: a card for people, W3C PROV-JSON, a CycloneDX ML-BOM. */
const renderers = {
  md: cardMarkdown,
  html: cardHtml,
  prov: (lineage: Lineage) => `${JSON.stringify(provJson(lineage), null, 1)}\n`,
  mlbom: (lineage: Lineage) => `${JSON.stringify(mlBom(lineage), null, 1)}\n`,
} as const;
export type LineageForm = keyof typeof renderers;
export const lineageForms = Object.keys(renderers) as LineageForm[];

export interface SiteOptions {
  /** Makes the site when the directory is none. */
  readonly create?: boolean;
  readonly name?: string;
  readonly memoryLimitMiB?: number;
  /** Leaves what a crash left to whoever opens it: a site that stays up makes up for it while it is up. */
  readonly recovers?: boolean;
  readonly now?: () => number;
  /** A store of this directory that is being opened already, in place of opening it here. */
  readonly store?: Promise<Store>;
}

/** A site that is open: the parts, joined, and what a person can ask of them. */
export interface Site {
  readonly store: Store;
  readonly ports: Ports;
  /** Takes a recording in and judges each of its blocks by the model in force. */
  import(recording: Recording, options: IntakeOptions): Promise<{ intake: Intake; arrivals: Arrival[] }>;
  /** Labels a stretch of an asset. */
  label(asset: Pick<Asset, "id" | "site">, interval: Interval, said: Said, author: Author): Promise<Label>;
  /** Answers the question that an event is. */
  answer(event: Id, said: Said, author: string): Promise<Label>;
  revise(label: Label, said: Said): Promise<Label>;
  withdraw(label: Label): Promise<Label>;
  /** Labels a recording's rows by the truth recorded with it, once; returns the labels that are new. */
  labelByTruth(recording: Recording, intake: Pick<Intake, "asset" | "movedBy">, targets?: readonly Column[]): Promise<Label[]>;
  /** Takes a table of work orders or recorded truth in as labels; taking it in again adds nothing. Throws what `readWorkOrders` throws. */
  takeOrders(content: string | Uint8Array, options: TakeOrders): Promise<OrderPlan>;
  /** Every sample stream that is known: which connector has sent which signals, in which hours. */
  inflows(): Promise<KnownInflow[]>;
  /** What neither teaches nor proves because of who made it, oldest first. */
  refused(): Promise<Refused[]>;
  /** A label that was written elsewhere makes losses known, or known anew. */
  proveLabel(label: Label): Promise<void>;
  /** Makes a wheel of a target. Throws what `makeWheel` throws. */
  makeWheel(request: WheelRequest): Promise<Wheel>;
  /** Lets what models and simulators made teach a wheel, up to so much of what is real, or no longer (`null`): see `allowGenerated`. */
  allowGenerated(wheel: Wheel, atMost: number | null): Promise<Wheel>;
  turn(wheel: Wheel, trigger: Trigger): Promise<Turn>;
  /** Says what a signal can read at all; `null` takes that back. Throws what `limitSignal` throws. */
  limitSignal(signal: Id, limits: Limits | null): Promise<Signal>;
  /** How much a wheel misses, as the audits since a time say; those of the last 30 days unless said. */
  missed(wheel: Wheel, since?: Micros): Promise<Missed>;
  rollBack(wheel: Wheel, to: Digest | null, reason: string): Promise<Model>;
  /** What forgetting would take away; nothing is changed. Throws `wheel.nothing-to-forget`. */
  planForgetting(asked: ForgetWhat, options: ForgetOptions): Promise<Forgetting>;
  /** Forgets, and turns each wheel whose model has to be learnt anew. Throws `wheel.nothing-to-forget`. */
  forget(asked: ForgetWhat, options: ForgetOptions): Promise<Forgotten & { readonly turns: readonly Turn[] }>;
  /** Puts the model in force that is proven and waits for a person's word; `null` for whichever it is. Throws `wheel.not-proven`. */
  promote(wheel: Wheel, model: Digest | null, reason: string): Promise<Model>;
  /** Makes a past turn's models again and compares them. Throws `wheel.not-reproducible`. */
  reproduce(turn: Turn): Promise<Reproduction>;
  /** Where a model comes from, what it is worth and what it does not know, in one of the forms. */
  card(model: Model, form: LineageForm): Promise<string>;
  /** What was in force at a moment, for each wheel. */
  inForceAt(at: Micros): Promise<InForceAt[]>;
  /** Signals of a wheel whose recent blocks are unlike those before: a warning. */
  inputShifts(wheel: Wheel): Promise<InputShift[]>;
  /** A wheel's models, oldest first. */
  modelsOf(wheel: Pick<Wheel, "id">): Promise<ModelsOf>;
  /** The bytes of a model, as proven. */
  exportModel(digest: Digest): Uint8Array;
  /** A wheel by name or id, or the only one. Throws `wheel.unknown`. */
  wheel(name?: string): Promise<Wheel>;
  /** Seals the days that are over, if samples were taken in, and closes everything. */
  close(): Promise<void>;
}

/**
 * Opens a site: store, scoring and learning processes, joined. Blocks whose samples changed just
 * before a crash are revised. A turn that was cut off has changed nothing: it is taken up, under its own
 * number, by the next turn, so that opening never waits for learning.
 *
 * Throws what `openStore` throws.
 */
export async function openSite(directory: string, options: SiteOptions = {}): Promise<Site> {
  const { create = false, name = "site", now = () => Date.now() * 1000 } = options;
  const store = await (options.store ?? openStore(directory, { ...options, create }));
  const engine = scoringEngine({ processes: Math.min(mostScoring, availableParallelism()) });
  const { learning, close: stopLearning } = learningProcess();
  const ports: Ports = { store, engine, scoring: engine, learning, now, newId: () => ulid() };
  let hasNewSamples = false;
  const close = async () => {
    try {
      if (hasNewSamples) await store.telemetry.seal(now() - day);
    } finally {
      stopLearning();
      await engine.close();
      await store.close();
    }
  };
  try {
    if ((await store.records.site()) === null) await store.records.write([{ put: "site", value: { id: ulid(), name, createdAt: now() } }]);
    await resumeForgetting(ports);
    if (options.recovers !== false) await recover(ports);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...operations(ports, () => (hasNewSamples = true)), store, ports, close };
}

function operations(ports: Ports, onSamples: () => void): Omit<Site, "store" | "ports" | "close"> {
  const { store } = ports;
  const { records } = store;
  const writeLabel = async (label: Label) => {
    const [written] = await writeLabels([label], ports);
    return written;
  };
  return {
    ...proving(ports),
    async import(recording, intakeOptions) {
      const intake = await takeIn(recording, intakeOptions, ports);
      onSamples();
      const arrivals: Arrival[] = [];
      const others = (await records.wheels()).filter(({ id, asset }) => asset === intake.asset.id && id !== intake.wheel.id);
      for (const block of intake.blocks) {
        arrivals.push(await welcome(intake.wheel, block, ports));
        for (const wheel of others) await welcome(wheel, block, ports);
      }
      return { intake, arrivals };
    },
    label: (asset, interval, said, author) => writeLabel(labelOf(asset, interval, said, author, ports.now(), ports.newId())),
    async answer(eventId, said, author) {
      const event = await records.event(eventId);
      if (event === null) throw unknown("review.unknown-event", `label event ${JSON.stringify(eventId.slice(0, 80))}`, "List the events with `millrace events`.");
      return await writeLabel(answerTo(event, said, author, ports.now(), ports.newId()));
    },
    revise: (label, said) => writeLabel(revise(label, said, ports.now())),
    withdraw: (label) => writeLabel(withdraw(label, ports.now())),
    labelByTruth: (recording, intake, targets) => labelByTruth(recording, intake, ports, targets),
    takeOrders: (content, given) => takeOrders(content, given, ports),
    inflows: () => knownInflows(ports),
    refused: () => refusedByOrigin(ports),
    proveLabel: (label) => proveLabelled([label], ports),
    makeWheel: (request) => makeWheel(request, ports),
    allowGenerated: (wheel, atMost) => allowGenerated(wheel, atMost, ports),
    limitSignal: (signal, limits) => limitSignal(signal, limits, ports),
    missed: (wheel, since) => missedBy(wheel, since, ports),
    rollBack: (wheel, to, reason) => rollBack(wheel, to, reason, ports),
    promote: (wheel, model, reason) => promote(wheel, model, reason, ports),
    card: async (model, form) => renderers[form](await lineageOf(model, ports)),
    inForceAt: async (at) => await inForceAt(at, await records.wheels(), ports),
    exportModel: (digest) => store.models.read(digest),
    wheel: async (name) => wheelNamed(name, await records.wheels()),
    inputShifts: async (wheel) => await inputShifts(wheel, ports),
    modelsOf: async (wheel) => await modelsOf(wheel, ports),
  };
}

/** Turns, and what is asked of past ones. */
function proving(ports: Ports): Pick<Site, "turn" | "planForgetting" | "forget" | "reproduce"> {
  return {
    async turn(wheel, trigger) {
      const turned = await turn(wheel, trigger, ports);
      await sweepModels(ports);
      return turned;
    },
    planForgetting: (asked, how) => planForgetting(asked, how, ports),
    async forget(asked, how) {
      const forgotten = await forget(asked, how, ports);
      const turns: Turn[] = [];
      for (const id of forgotten.plan.wheels) {
        const wheel = await ports.store.records.wheel(id);
        if (wheel !== null) turns.push(await turnAnew(wheel, ports));
      }
      return { ...forgotten, turns };
    },
    reproduce: (past) => reproduce(past, ports),
  };
}

function unknown(code: string, action: string, hint: string): MillraceError {
  return new MillraceError(code, `Cannot ${action}: there is none such`, { hint });
}

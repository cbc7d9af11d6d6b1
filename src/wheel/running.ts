import { readFileSync } from "node:fs";
import { openDoors, type Doors } from "../capture/doors.ts";
import { Inlet, type FirstSight, type KnownSignal } from "../capture/inlet.ts";
import type { StoredBatch } from "../capture/inlet-rows.ts";
import { Alarms, type Outlet } from "../deploy/alarms.ts";
import { livePrefix, restored } from "../deploy/live-settings.ts";
import { LiveFleet } from "../deploy/live-fleet.ts";
import { AnswerOutlet } from "../deploy/outlets/answers.ts";
import { MqttOutlet } from "../deploy/outlets/mqtt.ts";
import { Webhook } from "../deploy/outlets/webhook.ts";
import type { ScoredRow } from "../deploy/scored-row.ts";
import { asking, type Asking } from "../review/asking.ts";
import type { Happening, SiteStatus } from "../schema/happening.ts";
import type { Id } from "../schema/id.ts";
import { Origin } from "../schema/origin.ts";
import { AskingPolicy, type Question } from "../schema/question.ts";
import type { Event } from "../schema/event.ts";
import type { Settings } from "../schema/settings.ts";
import type { Signal } from "../schema/signal.ts";
import { day, second } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { doorsState, type DoorsState } from "./doors-state.ts";
import { Feed } from "./feed.ts";
import { LiveScores } from "./live-scores.ts";
import { LiveWheels } from "./live-wheels.ts";
import { accessOf, type Access } from "../store/access.ts";
import { mqttAccessOf } from "./mqtt-access.ts";
import { idFor } from "./names.ts";
import { sweepModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { noteLook } from "./recover.ts";
import { SignalBook } from "./signal-book.ts";
import { Troubles } from "./troubles.ts";
import { Turning } from "./turning.ts";
import { shadowsOf } from "./shadowed.ts";
import { lifeFrom, wheelSetup } from "./wheel-setup.ts";
import { RequestedWheels } from "./requested-wheels.ts";

export interface RunningOptions {
  readonly settings: Settings;
  /** Hears in words what a person should know and nobody asked for. */
  readonly onNotice: (text: string) => void;
  /** Imports a whole file that was dropped into a watched folder. */
  readonly importFile: (path: string, folder: Settings["folders"][number]) => Promise<void>;
}

/** Happenings that a listener may miss and still hear. */
const remembered = 5000;

/**
 * A site at work: its doors, live scores, blocks, alarms, questions and turns, joined.
 *
 * Samples come in through the doors into the inlet; once durable they go to the blocks under way and
 * to the fleet that scores them. Its events raise alarms and questions; blocks that are over and answers
 * call for turns; what a turn promotes is put in force.
 */
export class Running {
  readonly feed: Feed<Happening["what"]>;
  readonly scores = new LiveScores();
  readonly book: SignalBook;
  readonly fleet: LiveFleet;
  readonly wheels: LiveWheels;
  readonly turning: Turning;
  readonly alarms: Alarms;
  readonly people: Asking;
  readonly inlet: Inlet;
  readonly startedAt: number;
  /** Who may use the site from elsewhere; who is removed is sent away at once. */
  readonly access: Access;
  /** Assets of which a simulator has sent samples since the start. */
  readonly simulated = new Set<Id>();
  readonly #ports: Ports;
  readonly #options: RunningOptions;
  readonly #troubles: Troubles;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #outlets: Outlet[] = [];
  readonly #before: ReturnType<typeof restored>;
  #webhook: Webhook | null = null;
  #hasResumed = false;
  #mqttOutlet: MqttOutlet | null = null;
  #answers: AnswerOutlet | null = null;
  #doors: Doors | null = null;
  #notices: readonly string[];
  readonly #requested: RequestedWheels;

  private constructor(ports: Ports, options: RunningOptions, book: SignalBook, site: string, before: ReturnType<typeof restored>) {
    this.#ports = ports;
    this.#options = options;
    this.#before = before;
    this.#notices = ports.store.notices;
    this.book = book;
    this.startedAt = ports.now();
    this.access = accessOf(ports.store.records);
    this.access.onChange(({ what, name, isGone }) => what === "user" && (isGone ? this.#doors?.userRemoved(name) : this.#doors?.userAdded()));
    this.feed = new Feed(remembered, ports.now);
    this.#troubles = new Troubles((text) => this.#tellStatus([text]));
    ports.scoring?.onChange(() => this.#tellStatus(ports.scoring?.reasons ?? []));
    const { settings } = options;
    const { store, now } = ports;
    this.people = asking({ store, now, nameFor: idFor, policy: askingPolicyOf(settings) });
    this.turning = new Turning(ports, { firstBlocks: settings.wheels.firstBlocks, onTurn: (wheel, turned) => this.#onTurn(wheel, turned), onFailed: (wheel, error) => this.trouble(`turn wheel ${wheel.name}`, error) });
    this.wheels = new LiveWheels(ports, {
      settings: settings.wheels,
      book,
      turning: this.turning,
      onWheel: (wheel) => this.#watch(wheel),
      onFiled: (wheel, open, lasting) => this.fleet.liveWheel(wheel.id)?.fileUnder(open, lasting),
      onBlock: (_wheel, { block }) => this.feed.tell({ type: "block", block }),
      onFailed: (what, error) => this.trouble(what, error),
    });
    this.fleet = new LiveFleet({
      site,
      engine: ports.engine,
      models: store.models,
      idFor,
      now,
      blockAt: (wheel, { time }) => this.wheels.blockAt(wheel, time),
      watch: before.watch,
      listeners: {
        rows: (wheel, rows) => this.#onRows(wheel, rows),
        events: (changes) => void this.alarms.take(changes),
        late: ({ wheel, first }) => this.wheels.cameLate(wheel, first),
        failed: (wheel, error) => this.trouble(wheel === null ? "score" : scoring(wheel), error),
      },
    });
    this.#requested = new RequestedWheels(settings.wheels, ports, (wheel) => this.adopt(wheel));
    this.alarms = new Alarms({
      records: store.records,
      now,
      idFor,
      outlets: this.#outlets,
      onChange: ({ alarm, event }) => this.feed.tell({ type: "alarm", alarm, event }),
      onEvent: ({ event }) => this.#onEvent(event),
      onTrouble: (error) => this.trouble("store alarms", error),
    });
    this.inlet = new Inlet({
      find: (path) => book.find(path),
      create: (first) => this.#create(first),
      count: () => book.count, now,
      inflows: (fresh) => store.records.write(fresh.map((value) => ({ put: "inflow", value }))),
      append: (batch) => store.telemetry.append(batch),
      onStored: (batch) => this.#onStored(batch),
      onUnit: (_signal, path, unit, differs) => this.#onUnit(path, unit, differs),
    });
  }

  /** Brings the parts up, in the order in which they need each other. Throws what opening a door throws. */
  static async open(ports: Ports, options: RunningOptions): Promise<Running> {
    const { records } = ports.store;
    const site = (await records.site())?.id ?? "";
    const running = new Running(ports, options, await SignalBook.open(ports), site, restored(await records.settings(livePrefix)));
    try {
      await running.#start();
    } catch (error) {
      await running.close();
      throw error;
    }
    return running;
  }

  get status(): SiteStatus {
    return { ready: true, reasons: [...this.#notices, ...(this.#ports.scoring?.reasons ?? []), ...this.#troubles.reasons], startedAt: this.startedAt };
  }

  get settings(): Settings {
    return this.#options.settings;
  }

  get doors(): Doors | null {
    return this.#doors;
  }

  /** How samples come in and alarms go out, as of now. */
  get doorsState(): DoorsState {
    return doorsState(this.#doors, this.#webhook, this.#mqttOutlet);
  }

  /** Something that nobody asked for went wrong: told once, and the site goes on. */
  trouble(what: string, error: unknown): void {
    this.#troubles.add(what, error);
  }

  #over(what: string): void {
    if (this.#troubles.over(what)) this.#tellStatus([]);
  }

  /** A label was given, changed or taken back: questions and turns may follow. */
  async labelled(assets: readonly string[], questions: readonly Question[]): Promise<void> {
    this.#tellQuestions(questions);
    for (const wheel of this.wheels.wheels.filter(({ asset, kind }) => kind === "remaining-life" && assets.includes(asset))) {
      const { lifeFrom: ended } = await lifeFrom(wheel, this.#ports);
      if (ended !== undefined) this.fleet.liveWheel(wheel.id)?.endLife(ended);
    }
    for (const wheel of this.wheels.wheels) if (assets.includes(wheel.asset)) await this.turning.consider(wheel);
  }

  /** The model that the records name is put in force, and those in shadow beside it. */
  async putInForce(wheel: Wheel): Promise<void> {
    const model = (await this.#ports.store.records.champion(wheel.id))?.model ?? null;
    const before = this.fleet.liveWheel(wheel.id)?.champion?.digest ?? null;
    if (before !== model) await this.fleet.promote(wheel.id, model);
    if (before !== model && model !== null) this.feed.tell({ type: "champion", wheel: wheel.id, model });
    await this.fleet.shadow(wheel.id, (await shadowsOf(wheel, this.#ports)).map((shadowed) => shadowed.model));
  }

  /** Something was forgotten: nothing here goes on remembering it, and wheels that had learnt from it turn anew. */
  async forgot(wheels: readonly Id[]): Promise<void> {
    this.inlet.forget();
    await this.alarms.reload();
    for (const wheel of this.wheels.wheels.filter(({ id }) => wheels.includes(id))) {
      await this.putInForce(wheel);
      void this.turning.ask(wheel, "hand").catch(() => {}); // heard where turns that fail are
    }
  }

  /** Files were imported: their signals and wheels are watched from now on. */
  async adopt(wheel: Wheel): Promise<void> {
    for (const asset of await this.#ports.store.records.assets()) this.book.adopt(asset);
    for (const signal of await this.#ports.store.records.signals(wheel.asset)) this.book.revise(signal);
    this.inlet.forget();
    if (!this.wheels.wheels.some(({ id }) => id === wheel.id)) await this.wheels.adopt(wheel);
    await this.putInForce(wheel);
    if ((wheel.target ?? null) !== null) await this.turning.consider(wheel); // its labels may be older than it
  }

  /** A signal was revised: it is watched by what is known of it now. */
  revised(signal: Signal): void {
    this.book.revise(signal);
    this.#followSignals();
    this.feed.tell({ type: "signals", asset: signal.asset });
  }

  /** Takes nothing more in, finishes what is acknowledged, and keeps what must be known tomorrow. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#doors?.close();
    await this.inlet.close();
    await this.fleet.close();
    await this.wheels.close();
    await this.turning.close();
    await this.#ports.store.records.write(this.fleet.facts(true));
    if (!this.wheels.hasLate) await noteLook(this.#ports);
    this.#answers?.close();
    await this.#webhook?.close();
  }

  async #start(): Promise<void> {
    const { settings, importFile } = this.#options;
    const { store, now } = this.#ports;
    this.wheels.recover();
    await this.wheels.resume();
    this.#hasResumed = true;
    this.#followSignals();
    await this.#openWebhook();
    await this.alarms.open();
    await this.fleet.settled();
    await this.alarms.endAllBut(this.fleet.standing());
    this.#doors = await openDoors(settings, {
      directory: store.directory,
      inlet: this.inlet,
      access: mqttAccessOf(this.access),
      now,
      random: Math.random,
      takeFile: (file, folder) => importFile(file.path, folder),
      onProblem: (text) => this.trouble("keep a door open", new Error(text)),
    });
    const { broker } = this.#doors;
    if (broker !== null && settings.alarms.mqtt) {
      const outlet = new MqttOutlet({ publish: (topic, payload, how) => broker.publish(topic, payload, how), namesOf: (event) => this.#namesOf(event) });
      for (const change of this.alarms.current) outlet.tell(change);
      this.#outlets.push(outlet);
      this.#mqttOutlet = outlet;
      this.#answers = new AnswerOutlet((topic, payload, how) => broker.publish(topic, payload, how));
    }
    this.fleet.start();
    this.#every(1, "look at wheels", () => this.wheels.tick());
    if (settings.wheels.make.length > 0) this.#every(2, "make the wheels of the settings", () => this.#requested.tick());
    this.#every(1, "keep live state", () => store.records.write(this.fleet.facts()));
    this.#every(1, "look at alarms", () => this.alarms.tick());
    this.#every(10, "ask questions", async () => this.#tellQuestions(await this.people.tick()));
    this.#every(5, "look at the store", async () => void (this.#notices = await store.noticesNow()));
    this.#every(600, "seal days", async () => void (await store.telemetry.seal(now() - day)));
  }

  async #openWebhook(): Promise<void> {
    const { webhooks, allow } = this.#options.settings.alarms;
    if (webhooks.length === 0) return;
    const { store, now } = this.#ports;
    const targets = webhooks.map(({ url, secretFile }) => ({ url, secret: readFileSync(secretFile, "utf8").trim() }));
    this.#webhook = new Webhook({ targets, allow, namesOf: (event) => this.#namesOf(event), records: store.records, now });
    await this.#webhook.open();
    this.#outlets.push(this.#webhook);
  }

  #every(seconds: number, what: string, work: () => Promise<void>): void {
    let isBusy = false;
    const run = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await work();
        this.#over(what);
      } catch (error) {
        this.trouble(what, error);
      } finally {
        isBusy = false;
      }
    };
    this.#timers.push(setInterval(() => void run(), seconds * 1000));
  }

  async #watch(wheel: Wheel): Promise<void> {
    await this.fleet.addWheel(await wheelSetup(wheel, this.book, this.#before.wheels.get(wheel.id) ?? null, this.#ports));
    if (this.#hasResumed) this.#followSignals(); // at the start once for all
    this.feed.tell({ type: "signals", asset: wheel.asset });
  }

  async #create(first: readonly FirstSight[]): Promise<ReadonlyMap<string, KnownSignal>> {
    const made = await this.book.create(first);
    const signals = Array.from(made.values(), ({ key }) => this.book.byKey(key)).filter((signal): signal is Signal => signal !== undefined);
    for (const signal of signals) this.wheels.appeared(signal);
    this.#followSignals();
    for (const asset of new Set(signals.map((signal) => signal.asset))) this.feed.tell({ type: "signals", asset });
    return made;
  }

  #followSignals(): void {
    const holds = new Map(this.wheels.wheels.flatMap(({ signals, grid }) => signals.map((id) => [id, grid.hold] as const)));
    this.fleet.follow(Array.from(this.book.signals(), ({ limits, ...signal }) => ({ ...signal, hold: holds.get(signal.id) ?? 0, ...(limits && { limits: { low: limits.low ?? -Infinity, high: limits.high ?? Infinity } }) })), this.book.assets());
  }

  #onStored(batch: StoredBatch): void {
    this.wheels.onStored(batch);
    const { keys, times, values, qualities, origins } = batch.mixed;
    for (let row = 0; row < keys.length; row++) if (origins[row] === simulator) this.simulated.add(this.book.byKey(keys[row])?.asset ?? "");
    // The inlet fills its columns anew while the fleet still reads them.
    void this.fleet.onStored({ mixed: { keys: keys.slice(), times: times.slice(), values: values.slice(), qualities: qualities.slice() }, texts: batch.texts });
  }

  #onRows(wheel: Wheel, rows: readonly ScoredRow[]): void {
    this.scores.add(wheel.id, rows);
    const last = rows[rows.length - 1];
    if (!Number.isNaN(last.score)) this.#over(scoring(wheel));
    this.feed.tell({ type: "rows", wheel: wheel.id, time: last.time, values: Array.from(last.values, known), score: known(last.score), state: last.state, ...(last.answer !== undefined && { answer: last.answer }) });
    this.#answers?.tell(wheel, this.#assetName(wheel.asset), last);
    this.wheels.passed(wheel.id, last.time);
  }

  #assetName(id: Id): string {
    const asset = this.book.asset(id);
    return asset === undefined ? id : this.book.assetPath(asset);
  }

  #onEvent(event: Event): void {
    this.feed.tell({ type: "event", event });
    this.people.event(event).then(
      (questions) => this.#tellQuestions(questions),
      (error: unknown) => this.trouble("ask about an event", error),
    );
  }

  async #onTurn(wheel: Wheel, turned: Turn): Promise<void> {
    await this.putInForce(wheel);
    await sweepModels(this.#ports);
    const entry = await this.#ports.store.records.turnLine(turned.id);
    this.feed.tell({ type: "turn", turn: turned });
    if (entry !== null) this.feed.tell({ type: "ledger", entry });
  }

  /** The site stands otherwise than before; `notices` are for whoever looks after it. */
  #tellStatus(notices: readonly string[]): void {
    for (const text of notices) this.#options.onNotice(text);
    this.feed.tell({ type: "status", status: this.status });
  }

  #tellQuestions(questions: readonly Question[]): void {
    for (const question of questions) this.feed.tell({ type: "question", question });
  }

  #onUnit(path: string, unit: string, differs: boolean): void {
    if (differs) this.trouble(`take samples of ${JSON.stringify(path.slice(0, 80))} in`, new Error(`they are in ${unit.slice(0, 40)} now and were not before, and are refused until somebody says what that means`));
  }

  #namesOf(event: Event) {
    const wheel = this.wheels.wheels.find(({ id }) => id === event.wheel);
    const signals = new Map(Array.from(this.book.signals(), ({ id, name }) => [id, name]));
    return { asset: this.#assetName(event.asset), wheel: wheel?.name ?? null, signal: (id: string) => signals.get(id) ?? id };
  }
}

const scoring = ({ name }: Wheel): string => `score wheel ${name}`;

const simulator = Origin.options.indexOf("simulator");

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

const askingPolicyOf = ({ questions: { perShift, auditsPerShift, burstGap } }: Settings): AskingPolicy => AskingPolicy.parse({ budget: perShift, audits: auditsPerShift, burstGap: Math.round(burstGap * second) });

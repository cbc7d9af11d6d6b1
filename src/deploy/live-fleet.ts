import { digest } from "../digest.ts";
import type { WheelState } from "../schema/happening.ts";
import type { Digest, Id } from "../schema/id.ts";
import { Quality } from "../schema/quality.ts";
import { second, type Micros } from "../schema/time.ts";
import type { Fact } from "../store/records/facts.ts";
import type { FleetCounts, FleetPorts, LateSamples, StoredSamples, WheelSetup } from "./fleet-ports.ts";
import { Histogram } from "./histogram.ts";
import { LiveGrid, type ClosedTick } from "./live-grid.ts";
import type { LiveMember } from "./live-member.ts";
import { memberOf } from "./members.ts";
import type { Scored } from "./scored-row.ts";
import { openModel, type ScoringModel } from "./scoring-model.ts";
import type { WatchedSignal } from "./signal-health.ts";
import { standingSetting, watchSetting, wheelSetting } from "./live-settings.ts";
import { SignalWatch } from "./signal-watch.ts";

/** A wheel at work. */
interface Member {
  readonly live: LiveMember;
  readonly grid: LiveGrid;
  isReady: boolean;
  isScoring: boolean;
  state: WheelState;
}

/** Work on the main thread between two pauses, milliseconds. */
const mostAtOnce = 3;
/** Samples taken in between two looks at the clock. */
const samplesAtOnce = 1024;
/** Runs that may be under way: enough that no scoring process waits for this thread. */
const mostRuns = 12;
/** The longest wait between two ticks, milliseconds. */
const longestWait = 100;
/** Wheels whose snapshot is made at once; and signals of which the habits are stored in one setting. */
const wheelsAtOnce = 20;
const watchPart = 500;
/** Rows that are scored after a restart at most. */
const mostCaughtUp = 4096;

/**
 * All wheels of a site at work: durable samples in; scored rows, events and late samples out.
 *
 * Samples go to the grids of the wheels that read them and to the watch on the signals. When a tick
 * closes it is scored by the engine, champions before challengers, and a long piece of work is
 * cut so that the thread stays free for others. What a wheel knows is given as facts to be stored now
 * and then; after a restart it goes on from there with the rows in between.
 */
export class LiveFleet {
  /** From when a row could be closed to when its score was here, seconds. */
  readonly latency = new Histogram();
  readonly watch: SignalWatch;
  readonly #ports: FleetPorts & Required<Pick<FleetPorts, "steady">>;
  readonly #members = new Map<Id, Member>();
  readonly #byKey = new Map<number, Member[]>();
  /** Those with rows to score, and with challengers to run, in the order in which their turn comes. */
  readonly #line = new Set<Member>();
  readonly #shadowLine = new Set<Member>();
  #inbox: Promise<void> = Promise.resolve();
  #ticking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #sweptAt = -Infinity;
  readonly #told = new Map<string, string>();
  #wheelTurn = 0;
  #watchTurn = 0;
  #runs = 0;
  #rows = 0;
  #failures = 0;

  constructor(ports: FleetPorts) {
    this.#ports = { steady: () => performance.now() * 1000, ...ports };
    this.watch = new SignalWatch(ports);
    for (const part of ports.watch ?? []) this.watch.restore(part);
  }

  get counts(): FleetCounts {
    const members = [...this.#members.values()];
    const sum = (of: (member: Member) => number) => members.reduce((total, member) => total + of(member), 0);
    return {
      wheels: members.length,
      rows: this.#rows,
      waiting: sum(({ live }) => live.waiting),
      skipped: sum(({ live }) => live.skipped),
      late: sum(({ grid }) => grid.counts.late),
      overflowed: sum(({ grid }) => grid.counts.overflowed),
      failures: this.#failures,
    };
  }

  /** How a wheel stands after its last row; `unknown` for one that is not here. */
  stateOf(wheel: Id): WheelState {
    const member = this.#members.get(wheel);
    if (member === undefined) return "unknown";
    return member.live.champion === null && member.state === "unknown" ? "learning" : member.state;
  }

  /** The live wheel: its shadows' scores, its block. */
  liveWheel(wheel: Id): LiveMember | undefined {
    return this.#members.get(wheel)?.live;
  }

  /** Watches these signals, or by what is newly known of them. */
  follow(signals: Iterable<WatchedSignal>, assets: Iterable<{ readonly id: Id; readonly parent: Id | null }>): void {
    this.watch.follow(signals, assets);
  }

  /**
   * Puts a wheel to work, or a new revision in place of the one before. Samples that arrive meanwhile are
   * kept for it. When its model cannot be loaded it works without one, and that is told.
   */
  async addWheel(setup: WheelSetup): Promise<void> {
    const { wheel, keys, whenKey, mark, champion, shadows = [], snapshot = null, held = [] } = setup;
    const columns = whenKey === undefined || keys.includes(whenKey) ? keys : [...keys, whenKey];
    const live = memberOf(setup, this.#ports.idFor);
    const member: Member = { live, grid: new LiveGrid({ keys: columns, mark, ...wheel.grid }), isReady: false, isScoring: false, state: "unknown" };
    await this.removeWheel(wheel.id);
    this.#members.set(wheel.id, member);
    for (const key of new Set([...columns, ...(mark === undefined ? [] : [mark])])) this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), member]);
    if (champion !== null) await this.promote(wheel.id, champion).catch((error: unknown) => this.#fail(live, error));
    await this.shadow(wheel.id, shadows);
    const isKnown = snapshot !== null && live.restore(snapshot);
    const isUnderWay = live.block === null && this.#takeUpBlock(live);
    const closed = isKnown || isUnderWay ? await this.#catchUp(member, isKnown ? setup : { ...setup, snapshot: null }) : null;
    member.grid.resume(closed, held);
    member.isReady = true;
    this.#pump();
  }

  /** Takes a wheel away; an event that stands ends with its last row. */
  async removeWheel(wheel: Id): Promise<void> {
    const member = this.#members.get(wheel);
    if (member === undefined) return;
    await this.#dismiss(member);
    const ended = member.live.endEvent();
    if (ended !== null) this.#ports.listeners.events([ended]);
  }

  /** Puts a model in force from the next row on: loaded first, then swapped. Throws when it cannot be loaded; then the one before goes on. */
  async promote(wheel: Id, model: Digest | null): Promise<void> {
    const live = this.#member(wheel).live;
    await live.promote(model === null ? null : await this.#load(model));
  }

  /** Which challengers score beside the champion. One that cannot be loaded is left out: it must not matter. */
  async shadow(wheel: Id, models: readonly Digest[]): Promise<void> {
    const { live } = this.#member(wheel);
    const known = new Map(live.shadows.map(({ model }) => [model.digest, model]));
    const loaded = await Promise.all(models.map(async (model) => known.get(model) ?? (await this.#load(model).catch(() => null))));
    await live.shadow(loaded.filter((model) => model !== null));
  }

  /** Ids of all events that stand, of wheels and of signals. */
  standing(): Set<Id> {
    const ofWheels = Array.from(this.#members.values(), ({ live }) => live.event?.id ?? null).filter((id) => id !== null);
    return new Set([...ofWheels, ...this.watch.standing.map(({ id }) => id)]);
  }

  /**
   * Takes durable samples in, in the order of their storing: a part at once, a large batch over several
   * turns of the event loop. Resolves once all are taken in.
   */
  onStored(samples: StoredSamples): Promise<void> {
    const steady = this.#ports.steady();
    this.#inbox = this.#inbox.then(() => this.#takeIn(samples, steady)).catch((error: unknown) => this.#fail(null, error));
    return this.#inbox;
  }

  /** Closes what is due and has it scored. One at a time: called while it works, it gives the same promise. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tickOnce()
      .catch((error: unknown) => this.#fail(null, error))
      .finally(() => (this.#ticking = null));
    return this.#ticking;
  }

  /** Ticks by itself from now on, each time something is due. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const again = () => {
      if (!this.#isRunning) return;
      const { now, steady } = this.#ports;
      const [wall, still] = [now(), steady()];
      let due = Infinity;
      for (const { grid, isReady } of this.#members.values()) if (isReady) due = Math.min(due, grid.nextDue(wall, still));
      this.#timer = setTimeout(() => void this.tick().then(again), Math.min(longestWait, Math.max(2, (due - still) / 1000)));
    };
    again();
  }

  /** Waits until all that was closed is scored: for tests and for closing. */
  async settled(): Promise<void> {
    await this.#inbox;
    await this.#ticking;
    this.#pump();
    while (this.#runs > 0 || [...this.#members.values()].some(({ live, isReady }) => isReady && live.waiting > 0)) await nextTurn();
  }

  /**
   * What must be known after a restart and has changed, as settings to be stored about once a second:
   * each time of some wheels and of a part of the watch, in turn, so that none of it takes long; of all
   * when asked. An older snapshot only means more rows to score again.
   */
  facts(all = false): Fact[] {
    const texts = new Map([[standingSetting, JSON.stringify(this.watch.snapshot(0, 0))]]);
    const members = [...this.#members.values()].filter(({ isReady }) => isReady);
    const turn = (count: number, atOnce: number, at: number) => Array.from({ length: all ? count : Math.min(atOnce, count) }, (_, next) => (at + next) % count);
    for (const at of turn(members.length, wheelsAtOnce, this.#wheelTurn)) texts.set(wheelSetting(members[at].live.wheel.id), JSON.stringify(members[at].live.snapshot()));
    for (const part of turn(Math.ceil(this.watch.size / watchPart), 1, this.#watchTurn)) {
      texts.set(watchSetting(part), JSON.stringify({ ...this.watch.snapshot(part * watchPart, watchPart), standing: [] }));
    }
    this.#wheelTurn += wheelsAtOnce;
    this.#watchTurn++;
    const facts = [...texts].filter(([name, text]) => this.#told.get(name) !== digest(text)).map(([name, text]): Fact => ({ put: "setting", value: { name, text } }));
    for (const [name, text] of texts) this.#told.set(name, digest(text));
    return facts;
  }

  /** Stops ticking, finishes what is under way and closes all sessions. */
  async close(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    await this.settled();
    for (const member of [...this.#members.values()]) await this.#dismiss(member);
  }

  #member(wheel: Id): Member {
    const member = this.#members.get(wheel);
    if (member === undefined) throw new RangeError(`Cannot change wheel ${wheel}: it is not at work`);
    return member;
  }

  async #load(model: Digest): Promise<ScoringModel> {
    return await openModel(model, () => this.#ports.models.read(model), this.#ports.engine);
  }

  async #dismiss(member: Member): Promise<void> {
    this.#members.delete(member.live.wheel.id);
    for (const line of [this.#line, this.#shadowLine]) line.delete(member);
    for (const [key, members] of this.#byKey) if (members.includes(member)) this.#byKey.set(key, members.filter((one) => one !== member));
    await member.live.close();
  }

  #fail(live: LiveMember | null, error: unknown): void {
    this.#failures++;
    this.#ports.listeners.failed(live?.wheel ?? null, error instanceof Error ? error : new Error(String(error)));
  }

  /** A block that brings its own baseline and of which no snapshot tells, as it has only just begun: its rows are read from its start. */
  #takeUpBlock(live: LiveMember): boolean {
    const { blockAt, now } = this.#ports;
    if (!live.wantsWholeBlocks || blockAt === undefined) return false;
    const block = blockAt(live.wheel, { time: now(), values: new Float64Array(), mark: null, due: 0 });
    live.startBlock(block);
    return block !== null;
  }

  /** Rows from before the snapshot make its windows whole, those after it are scored. Returns the last row's time. */
  async #catchUp(member: Member, { wheel, snapshot, rowsSince }: WheelSetup): Promise<Micros | null> {
    const { live } = member;
    const { period, lateness } = wheel.grid;
    const time = snapshot?.time ?? -Infinity; // nothing was judged yet, but a warm-up may have begun
    const from = live.rowsFrom();
    if (from === null || rowsSince === undefined) return snapshot?.time ?? null;
    const to = this.#ports.now() - lateness;
    const rows = await rowsSince(Math.max(from, to - mostCaughtUp * period), to);
    live.prime(rows.filter((row) => row.time <= time));
    const since = rows.filter((row) => row.time > time);
    const heard = since.findIndex(({ isSilent }) => isSilent !== true);
    const after = time === -Infinity ? since.slice(heard === -1 ? since.length : heard) : since; // the first row of all is one that is heard
    const due = this.#ports.steady();
    this.#push(member, after.map((tick) => ({ ...tick, due })));
    return after.at(-1)?.time ?? snapshot?.time ?? null;
  }

  async #takeIn({ mixed, texts = [] }: StoredSamples, steady: Micros): Promise<void> {
    const late: LateSpans = new Map();
    const breathe = breather();
    for (const { key, times, texts: values, quality } of texts) {
      for (let row = 0; row < times.length; row++) {
        this.watch.heard(key, times[row], null, quality, steady);
        for (const member of this.#byKey.get(key) ?? []) if (member.grid.addText(key, times[row], values[row], quality, steady) === "late") note(late, member, times[row]);
        if (row % samplesAtOnce === 0) await breathe();
      }
    }
    if (mixed !== undefined) {
      const { keys, times, values, qualities } = mixed;
      for (let row = 0; row < keys.length; row++) {
        const quality = Quality.options[qualities[row]];
        this.watch.heard(keys[row], times[row], values[row], quality, steady);
        for (const member of this.#byKey.get(keys[row]) ?? []) if (member.grid.add(keys[row], times[row], values[row], quality, steady) === "late") note(late, member, times[row]);
        if (row % samplesAtOnce === samplesAtOnce - 1) await breathe();
      }
    }
    for (const [{ live, isReady }, span] of late) if (isReady) this.#ports.listeners.late({ wheel: live.wheel, ...span });
  }

  async #tickOnce(): Promise<void> {
    await this.#inbox; // a row is not closed while samples of it are at the door
    const { now, steady } = this.#ports;
    const breathe = breather();
    for (const member of this.#members.values()) {
      if (!member.isReady) continue;
      while (member.grid.hasDue(now(), steady())) {
        this.#push(member, member.grid.close(now(), steady(), 256));
        this.#pump();
        const pause = breathe();
        if (pause === undefined) continue;
        await pause;
        await this.#inbox; // others may have begun to take samples in meanwhile
      }
    }
    this.#pump();
    if (steady() - this.#sweptAt >= second) this.#sweep();
  }

  #push(member: Member, ticks: readonly ClosedTick[]): void {
    const { live } = member;
    const { blockAt } = this.#ports;
    this.#line.add(member);
    if (blockAt === undefined) return live.push(ticks);
    for (const tick of ticks) {
      live.startBlock(blockAt(live.wheel, tick), tick.time);
      live.push([tick]);
    }
  }

  #sweep(): void {
    const { now, steady, listeners } = this.#ports;
    this.#sweptAt = steady();
    const changes = this.watch.sweep(now(), this.#sweptAt);
    for (const { live } of this.#members.values()) live.isDoubtful = live.wheel.signals.some((signal) => this.watch.isDoubtful(signal));
    if (changes.length > 0) listeners.events(changes);
  }

  /** Keeps the engine busy: champions first, challengers in the time they leave. */
  #pump(): void {
    for (const member of this.#line) {
      if (this.#runs >= mostRuns) return;
      if (member.isScoring || !member.isReady) continue;
      this.#line.delete(member);
      void this.#run(member, async () => this.#conclude(member, await member.live.score()));
    }
    const [shadowed] = this.#shadowLine;
    if (this.#runs > 0 || shadowed === undefined) return;
    this.#shadowLine.delete(shadowed);
    void this.#run(shadowed, async () => void (await shadowed.live.scoreShadows()));
  }

  async #run(member: Member, work: () => Promise<void>): Promise<void> {
    member.isScoring = true;
    this.#runs++;
    try {
      await work();
    } catch (error) {
      this.#fail(member.live, error);
    } finally {
      member.isScoring = false;
      this.#runs--;
      const { live } = member;
      if (this.#members.get(live.wheel.id) === member) {
        if (live.waiting > 0) this.#line.add(member);
        if (live.shadows.some(({ waiting }) => waiting > 0)) this.#shadowLine.add(member);
      }
      this.#pump();
    }
  }

  #conclude(member: Member, { rows, changes, failure }: Scored): void {
    const { steady, listeners } = this.#ports;
    const { wheel } = member.live;
    const at = steady();
    this.#rows += rows.length;
    for (const { due, score } of rows) if (!Number.isNaN(score)) this.latency.add((at - due) / second);
    member.state = rows.at(-1)?.state ?? member.state;
    if (failure !== null) this.#fail(member.live, failure);
    if (changes.length > 0) listeners.events(changes);
    if (rows.length > 0) listeners.rows(wheel, rows);
  }
}

type LateSpans = Map<Member, Omit<LateSamples, "wheel">>;

function note(late: LateSpans, member: Member, time: Micros): void {
  const { first, last, samples } = late.get(member) ?? { first: time, last: time, samples: 0 };
  late.set(member, { first: Math.min(first, time), last: Math.max(last, time), samples: samples + 1 });
}

/** Gives the thread to others once work has taken it for `mostAtOnce`. */
function breather(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < mostAtOnce) return undefined;
    return nextTurn().then(() => void (began = performance.now()));
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

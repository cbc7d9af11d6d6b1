import type { StoredBatch } from "../capture/inlet-rows.ts";
import { Quality } from "../schema/quality.ts";
import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Signal } from "../schema/signal.ts";
import type { Settings } from "../schema/settings.ts";
import { day, hour, second, type Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { arrive, type Arrival } from "./arrive.ts";
import { closeBlock, openBlockId } from "./close-block.ts";
import { foundWheel } from "./found.ts";
import { reviseBlock } from "./intake.ts";
import { LiveBlocks } from "./live-blocks.ts";
import type { Ports } from "./ports.ts";
import type { SignalBook } from "./signal-book.ts";
import type { Turning } from "./turning.ts";
import { recover } from "./recover.ts";
import { welcome } from "./welcome.ts";

export interface LiveWheelsOptions {
  readonly settings: Settings["wheels"];
  readonly book: SignalBook;
  readonly turning: Turning;
  /** Hears of each wheel that is watched from now on. */
  readonly onWheel: (wheel: Wheel) => Promise<void>;
  /** A block that was under way has got its lasting id. */
  readonly onFiled: (wheel: Wheel, open: Id, lasting: Id) => void;
  readonly onBlock: (wheel: Wheel, arrival: Arrival) => Promise<void> | void;
  readonly onFailed: (what: string, error: unknown) => void;
}

/** A live wheel with the stretch it is in. */
interface Watched {
  readonly wheel: Wheel;
  readonly blocks: LiveBlocks;
  /** Key of the signal whose changes cut blocks; `null` for other rules, and until it has appeared. */
  markKey: number | null;
  readonly keys: ReadonlySet<number>;
}

const bad = [Quality.options.indexOf("bad"), Quality.options.indexOf("bad-clock")];
/** Samples that are late are gathered for this long before the block they belong to is judged anew. */
const lateFor = 10 * second;
/** Wheels of which the store is asked at once when a site goes on. */
const resumedAtOnce = 8;

/**
 * The wheels of a site that is up: made for assets that appear, their blocks cut as time passes, each
 * judged when it is over, and turned when their policy says so.
 *
 * What is done about blocks is done one after the other, off the path of samples.
 */
export class LiveWheels {
  readonly #ports: Ports;
  readonly #options: LiveWheelsOptions;
  readonly #watched = new Map<Id, Watched>();
  readonly #byKey = new Map<number, Watched[]>();
  readonly #byAsset = new Map<Id, readonly Watched[]>();
  /** When an asset without a wheel last gained a signal. */
  readonly #newcomers = new Map<Id, Micros>();
  readonly #late = new Map<Id, Micros>(); // block -> when first noticed
  #work: Promise<void> = Promise.resolve();

  constructor(ports: Ports, options: LiveWheelsOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Goes on where the site was left: stretches that ended while it was down become blocks. */
  async resume(): Promise<void> {
    const { records } = this.#ports.store;
    const wheels = await records.wheels();
    for (let from = 0; from < wheels.length; from += resumedAtOnce) {
      const some = wheels.slice(from, from + resumedAtOnce);
      for (const watched of await Promise.all(some.map((wheel) => this.#caughtUp(wheel)))) this.#watch(watched);
      await Promise.all(some.map((wheel) => this.#options.onWheel(wheel)));
    }
    const withWheel = new Set(wheels.filter(({ kind }) => kind === "condition").map(({ asset }) => asset));
    for (const { asset } of this.#options.book.signals()) if (!withWheel.has(asset)) this.#newcomers.set(asset, this.#ports.now());
  }

  /** Whether late samples wait to be judged. */
  get hasLate(): boolean {
    return this.#late.size > 0;
  }

  /** Makes up for what a crash left, before any block of this life is judged. */
  recover(): void {
    this.#then("make up for a crash", () => recover(this.#ports));
  }

  get wheels(): Wheel[] {
    return [...this.#watched.values()].map(({ wheel }) => wheel);
  }

  /** The block under way at `time`, under the name it has until it is over; `null` between blocks. */
  blockAt(wheel: Wheel, time: Micros): { id: Id; start: Micros } | null {
    const start = this.#ofAsset(wheel.asset).at(0)?.blocks.startAt(time) ?? null;
    return start === null ? null : { id: openBlockId(wheel.asset, start), start };
  }

  /** A signal appeared: once its asset has had no other for a while, it gets a wheel; it may be the one that cuts blocks. */
  appeared({ asset, name, key }: Pick<Signal, "asset" | "name" | "key">): void {
    const there = this.#ofAsset(asset);
    if (there.every(({ wheel }) => wheel.kind !== "condition")) this.#newcomers.set(asset, this.#ports.now());
    for (const watched of there.slice(0, 1)) {
      const { blockRule } = watched.wheel;
      if (blockRule.by !== "change" || blockRule.signal !== name) continue;
      watched.markKey = key;
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), watched]);
    }
  }

  /** Samples are durable: the stretches they belong to grow. */
  onStored({ mixed, texts }: StoredBatch): void {
    for (const { key, times, texts: values } of texts) for (const watched of this.#byKey.get(key) ?? []) this.#marks(watched, key, times, values);
    const spans = new Map<Watched, { first: Micros; last: Micros }>();
    const { keys, times, values, qualities } = mixed;
    for (let row = 0; row < keys.length; row++) {
      const of = this.#byKey.get(keys[row]);
      if (of === undefined || bad.includes(qualities[row])) continue;
      for (const watched of of) {
        if (watched.markKey === keys[row]) this.#marks(watched, keys[row], [times[row]], [String(values[row])]);
        if (!watched.keys.has(keys[row])) continue;
        const span = spans.get(watched);
        if (span === undefined) spans.set(watched, { first: times[row], last: times[row] });
        else {
          if (times[row] < span.first) span.first = times[row];
          if (times[row] > span.last) span.last = times[row];
        }
      }
    }
    for (const [watched, { first, last }] of spans) watched.blocks.samples(first, last);
  }

  /** The grid of a wheel has closed `time`: stretches that ended before it are blocks now. */
  passed(wheel: Id, time: Micros): void {
    const watched = this.#watched.get(wheel);
    if (watched === undefined || this.#ofAsset(watched.wheel.asset)[0] !== watched) return;
    for (const stretch of watched.blocks.over(time)) {
      this.#then("close a block", async () => {
        const asset = this.#options.book.asset(watched.wheel.asset);
        const block = asset === undefined ? null : await closeBlock(watched.wheel, asset, stretch, this.#ports);
        if (block === null) return;
        for (const { wheel: own } of this.#ofAsset(watched.wheel.asset)) {
          this.#options.onFiled(own, openBlockId(own.asset, stretch.start), block.id);
          await this.#arrived(own, await welcome(own, block, this.#ports, "live"));
        }
      });
    }
  }

  /** Samples came for a time whose row is closed: the block they reach into is judged anew, a little later. */
  cameLate(wheel: Wheel, time: Micros): void {
    this.#then("look for a block", async () => {
      const block = (await this.#ports.store.records.blocksOver({ asset: wheel.asset, start: time, end: time + 1 })).findLast(({ excluded }) => excluded === null);
      if (block !== undefined && !this.#late.has(block.id)) this.#late.set(block.id, this.#ports.now());
    });
  }

  /** Watches a wheel from now on. */
  async adopt(wheel: Wheel): Promise<void> {
    if (wheel.kind === "condition") this.#newcomers.delete(wheel.asset);
    this.#watch(await this.#caughtUp(wheel));
    await this.#options.onWheel(wheel);
  }

  /** Called now and then: makes wheels that are due, judges late blocks, turns by the clock. */
  async tick(): Promise<void> {
    const now = this.#ports.now();
    for (const [asset, since] of this.#newcomers) if (this.#options.settings.auto && now - since >= this.#options.settings.settle * second) this.#then("make a wheel", () => this.#found(asset));
    for (const [block, since] of this.#late) if (now - since >= lateFor) this.#then("judge late samples", () => this.#rejudge(block));
    for (const { wheel } of this.#watched.values()) if (wheel.policy.every !== null) await this.#options.turning.consider(wheel);
  }

  async close(): Promise<void> {
    await this.#work;
  }

  async #found(assetId: Id): Promise<void> {
    if (!this.#newcomers.delete(assetId)) return;
    const { book, settings } = this.#options;
    const asset = book.asset(assetId);
    const signals = [...book.signals()].filter((signal) => signal.asset === assetId);
    const made = asset === undefined ? null : await foundWheel(asset, signals, settings, this.#ports);
    if (made === null) return void this.#newcomers.set(assetId, this.#ports.now());
    for (const signal of made.revised) book.revise(signal);
    await this.adopt(made.wheel);
  }

  /** The wheels of an asset, the oldest first: by its rule and its signals the asset's production is cut into blocks, for all of them. */
  #ofAsset(asset: Id): readonly Watched[] {
    return this.#byAsset.get(asset) ?? [];
  }

  /** A wheel, with the stretch it is in as the store has it. */
  async #caughtUp(wheel: Wheel): Promise<Watched> {
    const { book } = this.#options;
    const signals = [...book.signals()].filter(({ asset }) => asset === wheel.asset);
    const { blockRule } = wheel;
    const markKey = blockRule.by === "change" ? (signals.find(({ name }) => name === blockRule.signal)?.key ?? null) : null;
    const keys = new Set(signals.filter(({ id }) => wheel.signals.includes(id)).map(({ key }) => key));
    const watched: Watched = { wheel, blocks: new LiveBlocks(wheel.blockRule, wheel.grid.period), markKey, keys };
    await this.#catchUp(watched);
    return watched;
  }

  #watch(watched: Watched): void {
    const { wheel, markKey, keys } = watched;
    this.#watched.set(wheel.id, watched);
    const others = this.#ofAsset(wheel.asset).filter((other) => other.wheel.id !== wheel.id);
    this.#byAsset.set(wheel.asset, [...others, watched].toSorted((a, b) => (a.wheel.id < b.wheel.id ? -1 : 1)));
    if (this.#ofAsset(wheel.asset)[0] !== watched) return; // it cuts no blocks
    for (const key of markKey === null ? keys : [...keys, markKey]) this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), watched]);
  }

  /** What came after the last block is looked at again, so that the stretch under way is known and nothing is left out. */
  async #catchUp({ wheel, blocks, keys, markKey }: Watched): Promise<void> {
    const { records, telemetry } = this.#ports.store;
    const { blockRule } = wheel;
    if (blockRule.by === "file" || keys.size === 0) return;
    const known = (await records.blocks({ asset: wheel.asset })).filter(({ excluded }) => excluded === null);
    const start = known.length > 0 ? Math.max(...known.map((block) => block.end)) : ((await telemetry.span([...keys]))?.start ?? latest);
    const asked = { start, end: latest };
    if (blockRule.by === "gap") {
      const [key] = keys; // one signal tells where samples pause
      for (const time of (await telemetry.series({ key, ...asked })).times) blocks.samples(time, time);
      return;
    }
    const marks = markKey === null ? [] : await marksSince(markKey, start, telemetry);
    for (const { time, text } of marks) blocks.mark(time, text);
    // Between two marks it is enough to know the first and the last sample; and in a span of the clock.
    const cuts = [start, ...marks.map(({ time }) => time).filter((time) => time > start), latest];
    const width = blockRule.by === "duration" ? blockRule.length : latest;
    for (const [at, from] of cuts.slice(0, -1).entries()) {
      for (const { first, last } of await telemetry.extents({ keys: [...keys], start: from, end: cuts[at + 1], width })) blocks.samples(first, last);
    }
  }

  #marks(watched: Watched, key: number, times: ArrayLike<Micros>, values: readonly string[]): void {
    if (watched.markKey !== key) return;
    for (let at = 0; at < times.length; at++) watched.blocks.mark(times[at], values[at]);
  }

  async #rejudge(id: Id): Promise<void> {
    if (!this.#late.delete(id)) return;
    const { records, telemetry } = this.#ports.store;
    const block = await records.block(id);
    const of = block === null ? [] : this.#ofAsset(block.asset);
    const [leader] = of;
    if (block === null || leader === undefined) return;
    const keys = [...new Set(of.flatMap((watched) => [...watched.keys]))];
    const sequence = await telemetry.highestSequence({ keys, start: block.start, end: block.end });
    if (sequence <= block.sequence) return;
    const revised: Block = await reviseBlock(block, leader.wheel, sequence, this.#ports);
    for (const { wheel } of of) await this.#arrived(wheel, await arrive(wheel, revised, this.#ports, "live"));
  }

  async #arrived(wheel: Wheel, arrival: Arrival): Promise<void> {
    await this.#options.onBlock(wheel, arrival);
    await this.#options.turning.consider(wheel);
  }

  #then(what: string, work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => this.#options.onFailed(what, error));
  }
}

/** After everything that is ever measured. */
const latest = 2 ** 53 - 1;

/** How far back the mark in force is looked for, step by step: the newest samples are found soonest. */
const looksBack = [hour, day, Infinity];

/** What the signal that cuts blocks changed to from `start` on, and what was in force then. */
async function marksSince(key: number, start: Micros, telemetry: Ports["store"]["telemetry"]): Promise<{ time: Micros; text: string }[]> {
  const marks: { time: Micros; text: string }[] = [];
  for (const back of looksBack) {
    marks.push(...(await telemetry.last([key], start, Number.isFinite(back) ? start - back : undefined)).map(({ time, value }) => ({ time, text: String(value) })));
    if (marks.length > 0) break;
  }
  const { times, texts } = await telemetry.texts({ key, start, end: latest });
  const numbers = await telemetry.series({ key, start, end: latest });
  const said = [...texts.map((text, at) => ({ time: times[at], text })), ...Array.from(numbers.times, (time, at) => ({ time, text: String(numbers.values[at]) }))];
  const all = [...marks, ...said.toSorted((a, b) => a.time - b.time)];
  return all.filter(({ text }, at) => at === 0 || text !== all[at - 1].text);
}

import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { tickAtOrAfter, type ClosedTick } from "./live-grid.ts";
import { RowRing } from "./row-ring.ts";
import { RunningGate } from "./running-gate.ts";
import type { LiveBlock, Scored } from "./scored-row.ts";
import type { ScoringModel } from "./scoring-model.ts";
import { ShadowScores } from "./shadow-scores.ts";

/** A row that waits for the model in force. */
export interface Queued<Block extends LiveBlock> {
  readonly tick: ClosedTick;
  readonly number: number; // in the ring
  readonly block: Block | null;
  /** Number of the first row that it has a past in: -Infinity where windows go on over blocks, Infinity where there is none. */
  from: number;
}

/** Rows scored in one run: bounds what a backlog costs at a time. */
const rowsAtOnce = 256;
/** Rows that may wait to be scored; older ones are passed over as unknown. */
export const mostWaiting = 4096;

/**
 * The rows of one wheel as it runs, whatever it asks: closed ticks in, each in its block; batches of rows
 * with one past out to the model in force, and after it to those in shadow.
 *
 * The model in force is changed between two rows, and no row is lost. The columns of a tick are the
 * wheel's signals, and after them the signal of `when` if it is not one.
 */
export abstract class LiveRows<Block extends LiveBlock> {
  readonly wheel: Wheel;
  /** Whether an input is stale, missing or otherwise not to be believed: then nothing is told as if it were. */
  isDoubtful = false;
  protected readonly gate: RunningGate;
  protected readonly gateColumn: number;
  protected readonly ring: RowRing;
  protected readonly queue: Queued<Block>[] = [];
  /** Of the row that was judged last, and when the row pushed last was. */
  protected last: { readonly time: Micros; readonly block: Block | null } | null = null;
  protected pushed: Micros | null = null;
  /** From which tick on rows belong to which block: the one of the rows pushed last, and those to come. */
  readonly #blocks: { readonly from: Micros; readonly block: Block | null }[] = [];
  #champion: ScoringModel | null = null;
  #shadows: readonly ShadowScores[] = [];
  #working: Promise<unknown> = Promise.resolve();
  #skipped = 0;

  /** `most` rows are held at most. */
  constructor(wheel: Wheel, most: number) {
    this.wheel = wheel;
    this.gate = new RunningGate(wheel.when);
    const input = wheel.signals.indexOf(wheel.when?.signal ?? "");
    this.gateColumn = input === -1 ? wheel.signals.length : input;
    this.ring = new RowRing(wheel.signals.length, 128, most);
  }

  /** A block as its first row comes. */
  protected abstract opened(block: LiveBlock): Block;
  /** Where a row's past begins, as `Queued` has it; called once for each row, before it is laid down. */
  protected abstract pastOf(tick: ClosedTick, block: Block | null): number;
  /** Rows before one that a model may look at, and rows of a silence that are laid down as unknown. */
  protected abstract lookBack(): number;
  protected abstract mostMissing(): number;
  /** Judges rows that follow each other and have one past. Never rejects. */
  protected abstract judge(batch: readonly Queued<Block>[], model: ScoringModel | null): Promise<Scored>;

  get champion(): ScoringModel | null {
    return this.#champion;
  }

  get shadows(): readonly ShadowScores[] {
    return this.#shadows;
  }

  /** The block that was started last; `null` when rows belong to none. */
  get block(): Block | null {
    return this.#blocks.at(-1)?.block ?? null;
  }

  /** Rows that wait to be scored. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Rows passed over since the start because scoring could not keep up. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Puts a model in force from the next row on; `null` for none. Resolves once the one before is closed,
   * after the row it was on.
   */
  async promote(model: ScoringModel | null): Promise<void> {
    const before = this.#champion;
    this.#champion = model;
    if (before === null) return;
    await this.#working.catch(() => {});
    await before.session.close().catch(() => {});
  }

  /** The models that score beside the champion from now on; those that go on keep their scores. */
  async shadow(models: readonly ScoringModel[]): Promise<void> {
    const before = this.#shadows;
    const known = new Map(before.map((one) => [one.model.digest, one]));
    this.#shadows = models.map((model) => known.get(model.digest) ?? new ShadowScores(model, this.wheel.target?.unit ?? null));
    const gone = before.filter((one) => !this.#shadows.includes(one));
    await Promise.all(gone.map((one) => one.close()));
  }

  /**
   * Rows from the block's start on belong to it, those before still to the one before; `null` for no
   * block from `from` on. To be told before the first of these rows is pushed.
   */
  startBlock(block: LiveBlock | null, from: Micros = block?.start ?? (this.pushed ?? -Infinity) + 1): void {
    if (block?.id === this.block?.id) return;
    const first = tickAtOrAfter(from, this.wheel.grid.period);
    while ((this.#blocks.at(-1)?.from ?? -Infinity) >= first) this.#blocks.pop();
    this.#blocks.push({ from: first, block: block === null ? null : this.opened(block) });
  }

  /** Takes closed ticks in, oldest first. They are scored when `score` is called. */
  push(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) if (this.#isNew(tick)) this.queue.push(this.#keep(tick));
    if (this.queue.length > mostWaiting) this.#skipped += this.queue.splice(0, this.queue.length - mostWaiting).length;
  }

  /**
   * Takes rows in that were judged before, oldest first, so that windows reach back over a restart.
   * They are not scored again.
   */
  prime(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) {
      if (!this.#isNew(tick)) continue;
      const { block } = this.#keep(tick);
      if (this.last === null || tick.time > this.last.time) this.last = { time: tick.time, block };
    }
  }

  /** Scores up to `rowsAtOnce` of the rows that wait. Never rejects: a failing model makes unknown rows. */
  async score(): Promise<Scored> {
    const work = this.#working.then(() => this.#scoreNext());
    this.#working = work;
    return await work;
  }

  /** Has the models in shadow score what the champion has scored; never more than one run each. Never rejects. */
  async scoreShadows(): Promise<boolean> {
    const worked = await Promise.all(this.#shadows.map((shadow) => shadow.score(this.ring)));
    return worked.includes(true);
  }

  async close(): Promise<void> {
    await this.promote(null);
    await this.shadow([]);
  }

  /** The widest window of the models at work, in rows; 0 without any. */
  protected widest(): number {
    return Math.max(this.#champion?.window ?? 0, ...this.#shadows.map(({ model }) => model.window));
  }

  #isNew({ time }: ClosedTick): boolean {
    return this.pushed === null || time > this.pushed;
  }

  #blockOf({ time }: ClosedTick): Block | null {
    while (this.#blocks.length > 1 && this.#blocks[1].from <= time) this.#blocks.shift();
    const [current] = this.#blocks;
    return current !== undefined && current.from <= time ? current.block : null;
  }

  /** Lays a row down for the rows to come. */
  #keep(tick: ClosedTick): Queued<Block> {
    const { time, values } = tick;
    const block = this.#blockOf(tick);
    const keepFrom = (this.queue[0]?.number ?? this.ring.end) - this.lookBack();
    // Rows that were passed over in a silence are rows of unknowns.
    const missing = this.pushed === null ? 0 : Math.min((time - this.pushed) / this.wheel.grid.period - 1, this.mostMissing());
    for (let row = 0; row < missing; row++) this.ring.push(null, keepFrom);
    const from = this.pastOf(tick, block);
    this.ring.push(values, keepFrom);
    this.pushed = time;
    return { tick, number: this.ring.end - 1, block, from };
  }

  async #scoreNext(): Promise<Scored> {
    const [first] = this.queue;
    if (first === undefined) return { rows: [], changes: [], failure: null };
    let count = 1; // rows of one past that follow each other
    while (count < Math.min(rowsAtOnce, this.queue.length) && this.queue[count].from === first.from && this.queue[count].number === first.number + count) count++;
    return await this.judge(this.queue.splice(0, count), this.#champion);
  }
}

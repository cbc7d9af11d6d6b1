import type { Event } from "../schema/event.ts";
import type { WheelState } from "../schema/happening.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { AlarmMachine } from "./alarm-machine.ts";
import { EventTracker, type EventChange, type IdFor } from "./event-tracker.ts";
import { tickAtOrAfter, type ClosedTick } from "./live-grid.ts";
import type { LiveMember } from "./live-member.ts";
import { RowRing } from "./row-ring.ts";
import { RunningGate } from "./running-gate.ts";
import type { LiveBlock, Scored, ScoredRow, UnknownReason } from "./scored-row.ts";
import { scoreTail, type ScoringModel } from "./scoring-model.ts";
import { ShadowScores, type ShadowRow } from "./shadow-scores.ts";
import { WarmUp } from "./warm-up.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** A block as rows of it come. */
interface OpenBlock extends LiveBlock {
  readonly firstTick: Micros;
  /** `null` for wheels without. */
  warmUp: WarmUp | null;
}

interface Queued {
  readonly tick: ClosedTick;
  readonly number: number; // in the ring
  readonly block: OpenBlock | null;
}

/** Rows scored in one run: bounds what a backlog costs at a time. */
const rowsAtOnce = 256;
/** Rows that may wait to be scored; older ones are passed over as unknown. */
const mostWaiting = 4096;

/**
 * One wheel as it runs: closed ticks in; scores, states and events out, row by row, as `judge` and
 * `findEvents` give them for the whole block.
 *
 * With `warmUpRows`, each block is its own: its first rows make the baseline and are not judged, windows
 * lie within it, its events end with it. Without, windows and events go on from block to block.
 * The model in force is changed between two rows, and no row is lost. Challengers score beside it.
 *
 * The columns of a tick are the wheel's signals, and after them the signal of `when` if it is not one.
 */
export class LiveWheel implements LiveMember {
  readonly wheel: Wheel;
  readonly #machine: AlarmMachine;
  readonly #gate: RunningGate;
  readonly #gateColumn: number;
  readonly #tracker: EventTracker;
  readonly #ring: RowRing;
  readonly #queue: Queued[] = [];
  #champion: ScoringModel | null = null;
  #shadows: ShadowScores[] = [];
  /** From which tick on rows belong to which block: the one of the rows pushed last, and those to come. */
  readonly #blocks: { readonly from: Micros; readonly block: OpenBlock | null }[] = [];
  #last: { readonly time: Micros; readonly block: OpenBlock | null } | null = null; // judged
  #pushed: Micros | null = null;
  #isDoubtful = false;
  #scoring: Promise<unknown> = Promise.resolve();
  #skipped = 0;

  constructor(wheel: Wheel, idFor: IdFor) {
    this.wheel = wheel;
    this.#machine = new AlarmMachine({ threshold: 1, ...wheel.alarm });
    this.#gate = new RunningGate(wheel.when);
    const inputs = wheel.signals.indexOf(wheel.when?.signal ?? "");
    this.#gateColumn = inputs === -1 ? wheel.signals.length : inputs;
    this.#tracker = new EventTracker(wheel, idFor);
    this.#ring = new RowRing(wheel.signals.length, 128, 2 * mostWaiting);
  }

  get wantsWholeBlocks(): boolean {
    return this.wheel.warmUpRows > 0;
  }

  get champion(): ScoringModel | null {
    return this.#champion;
  }

  /** The block that was started last; `null` when rows belong to none. */
  get block(): LiveBlock | null {
    return this.#blocks.at(-1)?.block ?? null;
  }

  /** Rows that wait to be scored. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Rows passed over since the start because scoring could not keep up. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Whether an input is stale, missing or otherwise not to be believed: then nothing is called normal. */
  set isDoubtful(is: boolean) {
    this.#isDoubtful = is;
  }

  /**
   * Puts a model in force from the next row on; `null` for none. Resolves once the one before is closed,
   * after the row it was on.
   */
  async promote(model: ScoringModel | null): Promise<void> {
    const before = this.#champion;
    this.#champion = model;
    if (before === null) return;
    await this.#scoring.catch(() => {});
    await before.session.close().catch(() => {});
  }

  /** The challengers that score beside the champion from now on; those that go on keep their scores. */
  async shadow(models: readonly ScoringModel[]): Promise<void> {
    const before = this.#shadows;
    const known = new Map(before.map((one) => [one.model.digest, one]));
    this.#shadows = models.map((model) => known.get(model.digest) ?? new ShadowScores(model));
    const gone = before.filter((one) => !this.#shadows.includes(one));
    await Promise.all(gone.map((one) => one.close()));
  }

  get shadows(): readonly ShadowScores[] {
    return this.#shadows;
  }

  /**
   * Rows from the block's start on belong to it, those before still to the one before; `null` for no
   * block from `from` on. To be told before the first of these rows is pushed.
   */
  startBlock(block: LiveBlock | null, from: Micros = block?.start ?? (this.#pushed ?? -Infinity) + 1): void {
    if (block?.id === this.block?.id) return;
    const { warmUpRows, signals, grid } = this.wheel;
    const first = tickAtOrAfter(from, grid.period);
    while ((this.#blocks.at(-1)?.from ?? -Infinity) >= first) this.#blocks.pop();
    const warmUp = warmUpRows > 0 ? new WarmUp(signals.length, warmUpRows) : null;
    const firstTick = tickAtOrAfter(block?.start ?? from, grid.period);
    this.#blocks.push({ from: first, block: block === null ? null : { ...block, firstTick, warmUp } });
  }

  /** Takes closed ticks in, oldest first. They are scored when `score` is called. */
  push(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) {
      if (!this.#isNew(tick)) continue;
      const block = this.#blockOf(tick);
      this.#queue.push({ tick, number: this.#keep(tick, block), block });
    }
    if (this.#queue.length > mostWaiting) this.#skipped += this.#queue.splice(0, this.#queue.length - mostWaiting).length;
  }

  /**
   * Takes rows in that were judged before, oldest first, so that windows reach back over a restart.
   * They are not scored again.
   */
  prime(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) {
      if (!this.#isNew(tick)) continue;
      const block = this.#blockOf(tick);
      this.#keep(tick, block);
      if (this.#last === null || tick.time > this.#last.time) this.#last = { time: tick.time, block };
    }
  }

  /** Scores up to `rowsAtOnce` of the rows that wait. Never rejects: a failing model makes unknown rows. */
  async score(): Promise<Scored> {
    const work = this.#scoring.then(() => this.#scoreNext());
    this.#scoring = work;
    return await work;
  }

  /** Has the challengers score what the champion has scored; never more than one run each. Never rejects. */
  async scoreShadows(): Promise<boolean> {
    const worked = await Promise.all(this.#shadows.map((shadow) => shadow.score(this.#ring)));
    return worked.includes(true);
  }

  async close(): Promise<void> {
    await this.promote(null);
    await this.shadow([]);
  }

  /** The event that stands now; `null` when none does. */
  get event(): Event | null {
    return this.#tracker.open;
  }

  /** A block has got its lasting id: an event of it that goes on is filed under that from now on. */
  fileUnder(open: Id, lasting: Id): void {
    const event = this.#tracker.open;
    if (event?.block === open) this.#tracker.open = { ...event, block: lasting };
  }

  /** A machine behaves as it should before and after a life ends. */
  endLife(): void {}

  /** Ends the event that stands, if one does, after the last row judged. */
  endEvent(): EventChange | null {
    return this.#last === null ? null : this.#tracker.close(this.#last.time + this.wheel.grid.period);
  }

  /** What is needed to go on after a restart, as plain JSON: with rows from `rowsFrom` on, read from the store. */
  snapshot(): WheelSnapshot {
    const last = this.#last;
    const block = last === null ? (this.#blocks.at(-1)?.block ?? null) : last.block;
    const baseline = block?.warmUp?.baseline ?? null;
    const lists = baseline && { centre: [...baseline.centre], spread: [...baseline.spread], noise: [...baseline.noise] };
    return {
      version: 1,
      wheel: this.wheel.id,
      revision: this.wheel.revision,
      time: last?.time ?? null,
      block: block === null ? null : { id: block.id, start: block.start, baseline: lists ?? null },
      machine: this.#machine.state,
      aboveSince: this.#gate.aboveSince,
      event: this.#tracker.open,
    };
  }

  /**
   * Goes on from a snapshot: `false`, and nothing changed, when it is of another wheel or revision.
   * Then prime with the rows of [`rowsFrom`, its time], and push those after.
   */
  restore(snapshot: WheelSnapshot): boolean {
    const { version, wheel, revision, machine, aboveSince, event } = snapshot;
    if (version !== 1 || wheel !== this.wheel.id || revision !== this.wheel.revision) return false;
    if (snapshot.block !== null) {
      const { id, start, baseline } = snapshot.block;
      this.startBlock({ id, start });
      const known = (list: readonly (number | null)[]) => Float64Array.from(list, (value) => value ?? NaN);
      const block = this.#blocks.at(-1)?.block ?? null;
      if (baseline !== null && block !== null) {
        block.warmUp = WarmUp.over(this.wheel.signals.length, { centre: known(baseline.centre), spread: known(baseline.spread), noise: known(baseline.noise) });
      }
    }
    this.#last = snapshot.time === null ? null : { time: snapshot.time, block: this.#blocks.at(-1)?.block ?? null };
    if (machine !== null) this.#machine.state = machine;
    this.#gate.aboveSince = aboveSince;
    this.#tracker.open = event;
    return true;
  }

  /** From when rows are wanted to go on after the last judged one: a window of them, and a warm-up under way. */
  rowsFrom(window = this.#champion?.window ?? 1): Micros | null {
    if (this.#last === null) return this.wheel.warmUpRows === 0 ? null : (this.#blocks.at(-1)?.block?.firstTick ?? null);
    const { time, block } = this.#last;
    const back = time - (window - 1) * this.wheel.grid.period;
    if (block === null || block.warmUp === null) return back;
    return block.warmUp.baseline === null ? block.firstTick : Math.max(block.firstTick, back);
  }

  #isNew({ time }: ClosedTick): boolean {
    return this.#pushed === null || time > this.#pushed;
  }

  #blockOf({ time }: ClosedTick): OpenBlock | null {
    while (this.#blocks.length > 1 && this.#blocks[1].from <= time) this.#blocks.shift();
    const [current] = this.#blocks;
    return current !== undefined && current.from <= time ? current.block : null;
  }

  /** Lays a row down for the windows to come, and in its block's warm-up. */
  #keep({ time, values, isSilent = false }: ClosedTick, block: OpenBlock | null): number {
    const { period } = this.wheel.grid;
    const keepFrom = (this.#queue[0]?.number ?? this.#ring.end) - this.#longestWindow();
    // Rows that were passed over in a silence are rows of unknowns.
    const missing = this.#pushed === null ? 0 : Math.min((time - this.#pushed) / period - 1, this.#longestWindow());
    for (let row = 0; row < missing; row++) this.#ring.push(null, keepFrom);
    this.#ring.push(values, keepFrom);
    this.#pushed = time;
    block?.warmUp?.add((time - block.firstTick) / period, values, !isSilent);
    return this.#ring.end - 1;
  }

  #longestWindow(): number {
    return Math.max(64, this.#champion?.window ?? 0, ...this.#shadows.map(({ model }) => model.window));
  }

  async #scoreNext(): Promise<Scored> {
    const [first] = this.#queue;
    if (first === undefined) return { rows: [], changes: [], failure: null };
    let count = 1; // rows of one block that follow each other
    while (count < Math.min(rowsAtOnce, this.#queue.length) && this.#queue[count].block === first.block && this.#queue[count].number === first.number + count) count++;
    const batch = this.#queue.splice(0, count);
    const model = this.#champion;
    const judged = await this.#judge(batch, model);
    const changes: EventChange[] = [];
    const rows = batch.map((queued, row) => this.#conclude(queued, row, judged, model, changes));
    return { rows, changes, failure: judged.failure };
  }

  /** Scores of a batch, NaN where it cannot be judged, and why. */
  async #judge(batch: readonly Queued[], model: ScoringModel | null): Promise<JudgedBatch> {
    const { signals } = this.wheel;
    const judged: JudgedBatch = {
      scores: new Float32Array(batch.length).fill(NaN),
      contributions: new Float32Array(batch.length * signals.length).fill(NaN),
      reasons: batch.map((queued) => this.#whyNot(queued, model)),
      failure: null,
    };
    const from = judged.reasons.indexOf(null); // those that can be judged are the last ones
    if (from === -1 || model === null) return judged;
    const { block, number } = batch[from];
    try {
      const stretch = this.#ring.rows(number - model.window + 1, number + batch.length - from);
      const { scores, contributions } = await scoreTail(model, stretch, block?.warmUp?.baseline ?? null);
      judged.scores.set(scores, from);
      judged.contributions.set(contributions, from * signals.length);
    } catch (error) {
      judged.failure = error instanceof Error ? error : new Error(String(error));
      judged.reasons.fill("failed", from);
    }
    for (let row = from; row < batch.length; row++) if (Number.isNaN(judged.scores[row])) judged.reasons[row] ??= "signal";
    return judged;
  }

  /** Why a row cannot be given to the model; takes the baseline once the warm-up is whole. */
  #whyNot({ tick, number, block }: Queued, model: ScoringModel | null): UnknownReason | null {
    const { warmUpRows, grid } = this.wheel;
    if (model === null) return "failed"; // the state says `learning`
    if (warmUpRows > 0) {
      if (block === null) return "no-block";
      const row = (tick.time - block.firstTick) / grid.period;
      if (block.warmUp?.holds(row)) return "warm-up";
      if (row < model.window - 1) return "window";
    } else if (model.wantsBaseline) return "warm-up"; // which never ends
    return number - model.window + 1 < this.#ring.first ? "window" : null;
  }

  /** State and event of a row, now that its score is known. */
  #conclude({ tick, number, block }: Queued, row: number, judged: JudgedBatch, model: ScoringModel | null, changes: EventChange[]): ScoredRow {
    const { time, values, mark, due } = tick;
    const { signals, warmUpRows } = this.wheel;
    const tell = (change: EventChange | null) => change !== null && changes.push(change);
    if (warmUpRows > 0 && this.#last !== null && this.#last.block !== block) {
      tell(this.#tracker.close(this.#last.time + this.wheel.grid.period));
      this.#machine.reset();
    }
    this.#last = { time, block };

    const running = this.#gate.next(time, values[this.#gateColumn]);
    const score = running === true ? judged.scores[row] : NaN;
    let code = 0;
    if (running === false) {
      tell(this.#tracker.close(time));
      this.#machine.reset();
    } else {
      code = this.#machine.next(score);
      const contributions = judged.contributions.subarray(row * signals.length, (row + 1) * signals.length);
      if (model !== null || code !== 1) tell(this.#tracker.next({ time, score, code, contributions, model: model?.digest ?? "", block: block?.id ?? null }));
    }
    if (model !== null) for (const shadow of this.#shadows) shadow.offer(this.#shadowRow(tick, number, block, running));
    const state = this.#stateOf(model, running, code);
    const reason = running === null ? "signal" : (judged.reasons[row] ?? "doubtful-signal");
    return { time, values: values.subarray(0, signals.length), mark, score, state, reason: state === "unknown" ? reason : null, block: block?.id ?? null, due };
  }

  #stateOf(model: ScoringModel | null, running: boolean | null, code: number): WheelState {
    if (code === 1) return "alarm";
    if (running === false) return "not-running";
    if (model === null) return "learning";
    return code === 2 || running === null || this.#isDoubtful ? "unknown" : "normal";
  }

  #shadowRow({ time }: ClosedTick, number: number, block: OpenBlock | null, running: boolean | null): ShadowRow {
    const { warmUpRows, grid } = this.wheel;
    const place = block === null ? -1 : (time - block.firstTick) / grid.period;
    const isOutside = running !== true || (warmUpRows > 0 && (block?.warmUp?.holds(place) ?? true));
    return { time, number, baseline: block?.warmUp?.baseline ?? null, rowsBefore: warmUpRows > 0 ? place : Infinity, isOutside };
  }
}

interface JudgedBatch {
  readonly scores: Float32Array;
  readonly contributions: Float32Array; // rows × signals
  /** Why a row has no score; `null` when it has. */
  readonly reasons: (UnknownReason | null)[];
  failure: Error | null;
}

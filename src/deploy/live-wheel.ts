import type { Event } from "../schema/event.ts";
import type { WheelState } from "../schema/happening.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { AlarmMachine } from "./alarm-machine.ts";
import { EventTracker, type EventChange, type IdFor } from "./event-tracker.ts";
import { tickAtOrAfter, type ClosedTick } from "./live-grid.ts";
import type { LiveMember } from "./live-member.ts";
import { LiveRows, mostWaiting, type Queued } from "./live-rows.ts";
import type { LiveBlock, Scored, ScoredRow, UnknownReason } from "./scored-row.ts";
import { scoreTail, type ScoringModel } from "./scoring-model.ts";
import { WarmUp } from "./warm-up.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** A block as rows of it come. */
interface OpenBlock extends LiveBlock {
  readonly firstTick: Micros;
  /** `null` for wheels without. */
  warmUp: WarmUp | null;
}

/**
 * One wheel as it runs: closed ticks in; scores, states and events out, row by row, as `judge` and
 * `findEvents` give them for the whole block.
 *
 * With `warmUpRows`, each block is its own: its first rows make the baseline and are not judged, windows
 * lie within it, its events end with it. Without, windows and events go on from block to block.
 */
export class LiveWheel extends LiveRows<OpenBlock> implements LiveMember {
  readonly #machine: AlarmMachine;
  readonly #tracker: EventTracker;

  constructor(wheel: Wheel, idFor: IdFor) {
    super(wheel, 2 * mostWaiting);
    this.#machine = new AlarmMachine({ threshold: 1, ...wheel.alarm });
    this.#tracker = new EventTracker(wheel, idFor);
  }

  get wantsWholeBlocks(): boolean {
    return this.wheel.warmUpRows > 0;
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
    return this.last === null ? null : this.#tracker.close(this.last.time + this.wheel.grid.period);
  }

  /** What is needed to go on after a restart, as plain JSON: with rows from `rowsFrom` on, read from the store. */
  snapshot(): WheelSnapshot {
    const last = this.last;
    const block = last === null ? this.block : last.block;
    const baseline = block?.warmUp?.baseline ?? null;
    const lists = baseline && { centre: [...baseline.centre], spread: [...baseline.spread], noise: [...baseline.noise] };
    return {
      version: 1,
      wheel: this.wheel.id,
      revision: this.wheel.revision,
      time: last?.time ?? null,
      block: block === null ? null : { id: block.id, start: block.start, baseline: lists ?? null },
      machine: this.#machine.state,
      aboveSince: this.gate.aboveSince,
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
      const block = this.block;
      if (baseline !== null && block !== null) {
        block.warmUp = WarmUp.over(this.wheel.signals.length, { centre: known(baseline.centre), spread: known(baseline.spread), noise: known(baseline.noise) });
      }
    }
    this.last = snapshot.time === null ? null : { time: snapshot.time, block: this.block };
    if (machine !== null) this.#machine.state = machine;
    this.gate.aboveSince = aboveSince;
    this.#tracker.open = event;
    return true;
  }

  /** From when rows are wanted to go on after the last judged one: a window of them, and a warm-up under way. */
  rowsFrom(window = Math.max(1, this.widest())): Micros | null {
    if (this.last === null) return this.wheel.warmUpRows === 0 ? null : (this.block?.firstTick ?? null);
    const { time, block } = this.last;
    const back = time - (window - 1) * this.wheel.grid.period;
    if (block === null || block.warmUp === null) return back;
    return block.warmUp.baseline === null ? block.firstTick : Math.max(block.firstTick, back);
  }

  protected opened(block: LiveBlock): OpenBlock {
    const { warmUpRows, signals, grid } = this.wheel;
    return { ...block, firstTick: tickAtOrAfter(block.start, grid.period), warmUp: warmUpRows > 0 ? new WarmUp(signals.length, warmUpRows) : null };
  }

  /** Windows lie in a block that is its own; its first rows go into its warm-up. */
  protected pastOf({ time, values, isSilent = false }: ClosedTick, block: OpenBlock | null): number {
    if (this.wheel.warmUpRows === 0) return -Infinity;
    if (block === null) return Infinity;
    const place = (time - block.firstTick) / this.wheel.grid.period;
    block.warmUp?.add(place, values, !isSilent);
    return this.ring.end - place;
  }

  protected lookBack(): number {
    return Math.max(64, this.widest());
  }

  protected mostMissing(): number {
    return this.lookBack();
  }

  protected async judge(batch: readonly Queued<OpenBlock>[], model: ScoringModel | null): Promise<Scored> {
    const judged = await this.#scored(batch, model);
    const changes: EventChange[] = [];
    const rows = batch.map((queued, row) => this.#conclude(queued, row, judged, model, changes));
    return { rows, changes, failure: judged.failure };
  }

  /** Scores of a batch, NaN where it cannot be judged, and why. */
  async #scored(batch: readonly Queued<OpenBlock>[], model: ScoringModel | null): Promise<JudgedBatch> {
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
      const stretch = this.ring.rows(number - model.window + 1, number + batch.length - from);
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

  /** Why a row cannot be given to the model. */
  #whyNot({ tick, number, block, from }: Queued<OpenBlock>, model: ScoringModel | null): UnknownReason | null {
    if (model === null) return "failed"; // the state says `learning`
    if (this.wheel.warmUpRows > 0) {
      if (block === null) return "no-block";
      if (this.#isWarmUp(tick, block)) return "warm-up";
      if (number - from < model.window - 1) return "window";
    } else if (model.wantsBaseline) return "warm-up"; // which never ends
    return number - model.window + 1 < this.ring.first ? "window" : null;
  }

  #isWarmUp({ time }: ClosedTick, { firstTick, warmUp }: OpenBlock): boolean {
    return warmUp?.holds((time - firstTick) / this.wheel.grid.period) ?? false;
  }

  /** State and event of a row, now that its score is known. */
  #conclude({ tick, number, block, from }: Queued<OpenBlock>, row: number, judged: JudgedBatch, model: ScoringModel | null, changes: EventChange[]): ScoredRow {
    const { time, values, mark, due } = tick;
    const { signals, warmUpRows } = this.wheel;
    const tell = (change: EventChange | null) => change !== null && changes.push(change);
    if (warmUpRows > 0 && this.last !== null && this.last.block !== block) {
      tell(this.#tracker.close(this.last.time + this.wheel.grid.period));
      this.#machine.reset();
    }
    this.last = { time, block };

    const running = this.gate.next(time, values[this.gateColumn]);
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
    const isOutside = running !== true || (warmUpRows > 0 && (block === null || this.#isWarmUp(tick, block)));
    if (model !== null) for (const shadow of this.shadows) shadow.offer({ time, number, from, baseline: block?.warmUp?.baseline ?? null, isOutside });
    const state = this.#stateOf(model, running, code);
    const reason = running === null ? "signal" : (judged.reasons[row] ?? "doubtful-signal");
    return { time, values: values.subarray(0, signals.length), mark, score, state, reason: state === "unknown" ? reason : null, block: block?.id ?? null, due };
  }

  #stateOf(model: ScoringModel | null, running: boolean | null, code: number): WheelState {
    if (code === 1) return "alarm";
    if (running === false) return "not-running";
    if (model === null) return "learning";
    return code === 2 || running === null || this.isDoubtful ? "unknown" : "normal";
  }
}

interface JudgedBatch {
  readonly scores: Float32Array;
  readonly contributions: Float32Array; // rows × signals
  /** Why a row has no score; `null` when it has. */
  readonly reasons: (UnknownReason | null)[];
  failure: Error | null;
}

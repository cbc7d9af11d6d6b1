import type { WheelState } from "../schema/happening.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { tickAtOrAfter, type ClosedTick } from "./live-grid.ts";
import type { LiveMember } from "./live-member.ts";
import { LiveRows, mostWaiting, type Queued } from "./live-rows.ts";
import type { LiveBlock, Scored, ScoredRow, UnknownReason } from "./scored-row.ts";
import type { ScoringModel } from "./scoring-model.ts";
import { judgeTarget, type TargetSaid } from "./target-judge.ts";
import { answerAt, scoreOf } from "./target-answers.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** Rows of a block that a model which must know its start can be given. */
const longestStretch = 8192;

/**
 * One wheel of a target as it runs: closed ticks in; answers out, row by row, as `judgeTarget` gives them
 * for the whole block.
 *
 * A row's past lies in its own block, and after the last end of a life, as it did when the model was
 * taught. It raises no alarms.
 */
export class LiveTarget extends LiveRows<LiveBlock> implements LiveMember {
  readonly event = null;
  readonly wantsWholeBlocks = true;
  #stretch = 0; // that of the row pushed last
  #lifeFrom = -Infinity;
  #of: LiveBlock | null = null; // the block of the row pushed last
  #answer: TargetAnswer | null = null;

  constructor(wheel: Wheel) {
    super(wheel, longestStretch + mostWaiting);
  }

  /** A life ended at `time`: rows after it begin anew. Over a silence the rows are told apart to about their number. */
  endLife(time: Micros): void {
    this.#lifeFrom = Math.max(this.#lifeFrom, time);
    if (this.pushed === null || time > this.pushed) return;
    const after = Math.floor((this.pushed - time) / this.wheel.grid.period); // rows that are of the new life
    this.#stretch = Math.max(this.#stretch, this.ring.end - after);
    for (const queued of this.queue) if (queued.number >= this.ring.end - after) queued.from = this.#stretch;
  }

  fileUnder(): void {}

  endEvent(): null {
    return null;
  }

  snapshot(): WheelSnapshot {
    const block = this.last === null ? this.block : this.last.block;
    return {
      version: 1,
      wheel: this.wheel.id,
      revision: this.wheel.revision,
      time: this.last?.time ?? null,
      block: block === null ? null : { id: block.id, start: block.start, baseline: null },
      machine: null,
      aboveSince: this.gate.aboveSince,
      event: null,
      answer: this.#answer,
    };
  }

  restore({ version, wheel, revision, time, block, aboveSince, answer = null }: WheelSnapshot): boolean {
    if (version !== 1 || wheel !== this.wheel.id || revision !== this.wheel.revision) return false;
    if (block !== null) this.startBlock({ id: block.id, start: block.start });
    this.last = time === null ? null : { time, block: this.block };
    this.gate.aboveSince = aboveSince;
    this.#answer = answer;
    return true;
  }

  /** From when rows are wanted to go on: from the start of the block or as far as the model looks back. */
  rowsFrom(): Micros | null {
    const block = this.last?.block ?? this.block;
    const start = block === null ? null : tickAtOrAfter(block.start, this.wheel.grid.period);
    if (this.last === null) return start;
    const back = this.last.time - this.lookBack() * this.wheel.grid.period;
    return start === null ? back : Math.max(start, back);
  }

  protected opened(block: LiveBlock): LiveBlock {
    return block;
  }

  /** Where its block or its life began. */
  protected pastOf({ time }: ClosedTick, block: LiveBlock | null): number {
    if (block?.id !== this.#of?.id || (this.pushed !== null && this.pushed <= this.#lifeFrom && time > this.#lifeFrom)) this.#stretch = this.ring.end;
    this.#of = block;
    return this.#stretch;
  }

  protected lookBack(): number {
    return Math.min(Math.max(0, this.widest() - 1), longestStretch);
  }

  protected mostMissing(): number {
    return longestStretch;
  }

  protected async judge(batch: readonly Queued<LiveBlock>[], model: ScoringModel | null): Promise<Scored> {
    const [first] = batch;
    const reach = (model?.window ?? 1) - 1;
    const start = Math.max(first.from, first.number - reach);
    const reason = this.#whyNot(model, start, first);
    const all = (said: TargetSaid | null, otherwise: UnknownReason) => batch.map((queued, at) => this.#conclude(queued, model, said, first.number - start + at, otherwise));
    if (model === null || reason !== null) return { rows: all(null, reason ?? "failed"), changes: [], failure: null };
    try {
      const stretch = this.ring.rows(start, first.number + batch.length);
      const said = await judgeTarget({ session: model.session, reach, classes: model.classes ?? [] }, stretch, [{ start: 0, end: stretch.rows }], null);
      return { rows: all(said, "signal"), changes: [], failure: null };
    } catch (error) {
      return { rows: all(null, "failed"), changes: [], failure: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  #whyNot(model: ScoringModel | null, start: number, first: Queued<LiveBlock>): UnknownReason | null {
    if (model === null) return "failed"; // the state says `learning`
    if (model.window === Infinity && first.block === null) return "no-block";
    return start < this.ring.first ? "window" : null;
  }

  #conclude({ tick, number, block, from }: Queued<LiveBlock>, model: ScoringModel | null, said: TargetSaid | null, row: number, reason: UnknownReason): ScoredRow {
    const { time, values, mark, due } = tick;
    const running = this.gate.next(time, values[this.gateColumn]);
    this.last = { time, block };
    const known = said === null || running !== true || this.isDoubtful ? null : answerAt(said, row, model?.classes ?? [], { time, unit: this.wheel.target?.unit ?? null, before: this.#answer });
    this.#answer = known;
    const state: WheelState = running === false ? "not-running" : model === null ? "learning" : known === null ? "unknown" : "answering";
    const why = running === null ? "signal" : this.isDoubtful && said !== null && !Number.isNaN(said.values[row]) ? "doubtful-signal" : reason;
    const isOutside = running !== true || this.isDoubtful;
    if (model !== null) for (const shadow of this.shadows) shadow.offer({ time, number, from: block === null && shadow.model.window === Infinity ? Infinity : from, baseline: null, isOutside });
    return { time, values: values.subarray(0, this.wheel.signals.length), mark, score: scoreOf(known), state, reason: state === "unknown" ? why : null, block: block?.id ?? null, due, answer: known };
  }
}

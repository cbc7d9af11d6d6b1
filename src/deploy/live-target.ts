import type { WheelState } from "../schema/happening.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { tickAtOrAfter, type ClosedTick } from "./live-grid.ts";
import type { LiveMember } from "./live-member.ts";
import { RowRing } from "./row-ring.ts";
import { RunningGate } from "./running-gate.ts";
import type { LiveBlock, Scored, ScoredRow, UnknownReason } from "./scored-row.ts";
import type { ScoringModel } from "./scoring-model.ts";
import { judgeTarget, type TargetSaid } from "./target-judge.ts";
import { answerAt } from "./target-answers.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

interface Queued {
  readonly tick: ClosedTick;
  readonly number: number; // in the ring
  readonly block: LiveBlock | null;
  /** Number of the first row of its block, or of its life. */
  stretch: number;
}

/** Rows answered in one run, and rows that may wait; older ones are passed over as unknown. */
const rowsAtOnce = 256;
const mostWaiting = 4096;
/** Rows of a block that a model which must know its start can be given. */
const longestStretch = 8192;

/**
 * One wheel of a target as it runs: closed ticks in; answers out, row by row, as `judgeTarget` gives them
 * for the whole block.
 *
 * A row's past lies in its own block, and after the last end of a life, as it did when the model was
 * taught. It raises no alarms. The model in force is changed between two rows, and no row is lost.
 */
export class LiveTarget implements LiveMember {
  readonly wheel: Wheel;
  readonly shadows = [];
  readonly event = null;
  readonly wantsWholeBlocks = true;
  isDoubtful = false;
  readonly #gate: RunningGate;
  readonly #gateColumn: number;
  readonly #ring: RowRing;
  readonly #queue: Queued[] = [];
  readonly #blocks: { readonly from: Micros; readonly block: LiveBlock | null }[] = [];
  #champion: ScoringModel | null = null;
  #stretch = 0; // that of the row pushed last
  #lifeFrom = -Infinity;
  #of: LiveBlock | null = null; // the block of the row pushed last
  #pushed: Micros | null = null;
  #last: { readonly time: Micros; readonly block: LiveBlock | null } | null = null; // answered
  #answer: TargetAnswer | null = null;
  #working: Promise<unknown> = Promise.resolve();
  #skipped = 0;

  constructor(wheel: Wheel) {
    this.wheel = wheel;
    this.#gate = new RunningGate(wheel.when);
    const input = wheel.signals.indexOf(wheel.when?.signal ?? "");
    this.#gateColumn = input === -1 ? wheel.signals.length : input;
    this.#ring = new RowRing(wheel.signals.length, 128, longestStretch + mostWaiting);
  }

  get champion(): ScoringModel | null {
    return this.#champion;
  }

  get block(): LiveBlock | null {
    return this.#blocks.at(-1)?.block ?? null;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Puts a model in force from the next row on; `null` for none. Resolves once the one before is closed. */
  async promote(model: ScoringModel | null): Promise<void> {
    const before = this.#champion;
    this.#champion = model;
    if (before === null) return;
    await this.#working.catch(() => {});
    await before.session.close().catch(() => {});
  }

  /** Challengers of a target are proven on blocks as they arrive, not beside the champion: these are closed at once. */
  async shadow(models: readonly ScoringModel[]): Promise<void> {
    await Promise.all(models.map(({ session }) => session.close().catch(() => {})));
  }

  startBlock(block: LiveBlock | null, from: Micros = block?.start ?? (this.#pushed ?? -Infinity) + 1): void {
    if (block?.id === this.block?.id) return;
    const first = tickAtOrAfter(from, this.wheel.grid.period);
    while ((this.#blocks.at(-1)?.from ?? -Infinity) >= first) this.#blocks.pop();
    this.#blocks.push({ from: first, block });
  }

  /** A life ended at `time`: rows after it begin anew. Over a silence the rows are told apart to about their number. */
  endLife(time: Micros): void {
    this.#lifeFrom = Math.max(this.#lifeFrom, time);
    if (this.#pushed === null || time > this.#pushed) return;
    const after = Math.floor((this.#pushed - time) / this.wheel.grid.period); // rows that are of the new life
    this.#stretch = Math.max(this.#stretch, this.#ring.end - after);
    for (const queued of this.#queue) if (queued.number >= this.#ring.end - after) queued.stretch = this.#stretch;
  }

  push(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) if (this.#isNew(tick)) this.#queue.push({ tick, ...this.#keep(tick) });
    if (this.#queue.length > mostWaiting) this.#skipped += this.#queue.splice(0, this.#queue.length - mostWaiting).length;
  }

  prime(ticks: readonly ClosedTick[]): void {
    for (const tick of ticks) {
      if (!this.#isNew(tick)) continue;
      const { block } = this.#keep(tick);
      if (this.#last === null || tick.time > this.#last.time) this.#last = { time: tick.time, block };
    }
  }

  /** Answers up to `rowsAtOnce` of the rows that wait. Never rejects: a failing model makes unknown rows. */
  async score(): Promise<Scored> {
    const work = this.#working.then(() => this.#answerNext());
    this.#working = work;
    return await work;
  }

  async scoreShadows(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    await this.promote(null);
  }

  fileUnder(): void {}

  endEvent(): null {
    return null;
  }

  snapshot(): WheelSnapshot {
    const block = this.#last === null ? this.block : this.#last.block;
    return {
      version: 1,
      wheel: this.wheel.id,
      revision: this.wheel.revision,
      time: this.#last?.time ?? null,
      block: block === null ? null : { id: block.id, start: block.start, baseline: null },
      machine: null,
      aboveSince: this.#gate.aboveSince,
      event: null,
      answer: this.#answer,
    };
  }

  restore({ version, wheel, revision, time, block, aboveSince, answer = null }: WheelSnapshot): boolean {
    if (version !== 1 || wheel !== this.wheel.id || revision !== this.wheel.revision) return false;
    if (block !== null) this.startBlock({ id: block.id, start: block.start });
    this.#last = time === null ? null : { time, block: this.block };
    this.#gate.aboveSince = aboveSince;
    this.#answer = answer;
    return true;
  }

  /** From when rows are wanted to go on: from the start of the block or as far as the model looks back. */
  rowsFrom(): Micros | null {
    const block = this.#last?.block ?? this.block;
    const start = block === null ? null : tickAtOrAfter(block.start, this.wheel.grid.period);
    if (this.#last === null) return start;
    const back = this.#last.time - Math.min(this.#reach(), longestStretch) * this.wheel.grid.period;
    return start === null ? back : Math.max(start, back);
  }

  #reach(): number {
    return (this.#champion?.window ?? 1) - 1;
  }

  #isNew({ time }: ClosedTick): boolean {
    return this.#pushed === null || time > this.#pushed;
  }

  /** Lays a row down, and notes where its block or its life began. */
  #keep({ time, values }: ClosedTick): Omit<Queued, "tick"> {
    while (this.#blocks.length > 1 && this.#blocks[1].from <= time) this.#blocks.shift();
    const [current] = this.#blocks;
    const block = current !== undefined && current.from <= time ? current.block : null;
    const { period } = this.wheel.grid;
    const keepFrom = (this.#queue[0]?.number ?? this.#ring.end) - Math.min(this.#reach(), longestStretch);
    // Rows that were passed over in a silence are rows of unknowns.
    const missing = this.#pushed === null ? 0 : Math.min((time - this.#pushed) / period - 1, longestStretch);
    for (let row = 0; row < missing; row++) this.#ring.push(null, keepFrom);
    if (block?.id !== this.#of?.id || (this.#pushed !== null && this.#pushed <= this.#lifeFrom && time > this.#lifeFrom)) this.#stretch = this.#ring.end;
    this.#ring.push(values, keepFrom);
    this.#pushed = time;
    this.#of = block;
    return { number: this.#ring.end - 1, block, stretch: this.#stretch };
  }

  async #answerNext(): Promise<Scored> {
    const [first] = this.#queue;
    if (first === undefined) return { rows: [], changes: [], failure: null };
    let count = 1; // rows of one stretch that follow each other
    while (count < Math.min(rowsAtOnce, this.#queue.length) && this.#queue[count].stretch === first.stretch && this.#queue[count].number === first.number + count) count++;
    const batch = this.#queue.splice(0, count);
    const model = this.#champion;
    const start = Math.max(first.stretch, first.number - this.#reach());
    const reason = this.#whyNot(model, start, first);
    if (model === null || reason !== null) return { rows: batch.map((queued) => this.#conclude(queued, model, null, 0, reason ?? "failed")), changes: [], failure: null };
    try {
      const stretch = this.#ring.rows(start, first.number + count);
      const said = await judgeTarget({ session: model.session, reach: this.#reach(), classes: model.classes ?? [] }, stretch, [{ start: 0, end: stretch.rows }], null);
      return { rows: batch.map((queued, at) => this.#conclude(queued, model, said, first.number - start + at, "signal")), changes: [], failure: null };
    } catch (error) {
      return { rows: batch.map((queued) => this.#conclude(queued, model, null, 0, "failed")), changes: [], failure: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  #whyNot(model: ScoringModel | null, start: number, first: Queued): UnknownReason | null {
    if (model === null) return "failed"; // the state says `learning`
    if (this.#reach() === Infinity && first.block === null) return "no-block";
    return start < this.#ring.first ? "window" : null;
  }

  #conclude({ tick, block }: Queued, model: ScoringModel | null, said: TargetSaid | null, row: number, reason: UnknownReason): ScoredRow {
    const { time, values, mark, due } = tick;
    const running = this.#gate.next(time, values[this.#gateColumn]);
    this.#last = { time, block };
    const known = said === null || running !== true || this.isDoubtful ? null : answerAt(said, row, model?.classes ?? [], { time, unit: this.wheel.target?.unit ?? null, before: this.#answer });
    this.#answer = known;
    const state: WheelState = running === false ? "not-running" : model === null ? "learning" : known === null ? "unknown" : "answering";
    const why = running === null ? "signal" : this.isDoubtful && said !== null && !Number.isNaN(said.values[row]) ? "doubtful-signal" : reason;
    const score = known === null ? NaN : known.what === "value" ? known.value : known.probability;
    return { time, values: values.subarray(0, this.wheel.signals.length), mark, score, state, reason: state === "unknown" ? why : null, block: block?.id ?? null, due, answer: known };
  }
}

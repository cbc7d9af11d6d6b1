import type { BaselineValues } from "../learn/maps/window-map.ts";
import type { Matrix } from "../learn/matrix.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { RowRing } from "./row-ring.ts";
import { scoreTail, type ScoringModel } from "./scoring-model.ts";
import { answerAt, scoreOf } from "./target-answers.ts";
import { judgeTarget } from "./target-judge.ts";

/** A row that the champion has judged, for a model in shadow to judge too. */
export interface ShadowRow {
  readonly time: Micros;
  readonly number: number; // in the ring
  readonly baseline: BaselineValues | null;
  /** Number of the first row of its past; -Infinity when windows may cross blocks, Infinity for none. */
  readonly from: number;
  /** Where nothing is judged: in a warm-up, outside a block, while the asset does not run. */
  readonly isOutside: boolean;
}

/** Rows that may wait for a model in shadow: it only ever has what time the champions leave. */
const mostWaiting = 512;
/** Scores that are kept. */
const mostKept = 8192;

/**
 * A model in shadow beside the champion, on the very rows: its scores are kept for comparison and do nothing
 * else. When it fails or falls behind, that is counted, and nobody waits for it.
 *
 * Of a target a score is what the champion's is: the value, or the probability of the likeliest class.
 */
export class ShadowScores {
  readonly model: ScoringModel;
  readonly #unit: string | null;
  readonly #waiting: ShadowRow[] = [];
  readonly #times: Micros[] = [];
  readonly #scores: number[] = [];
  #answer: TargetAnswer | null = null;
  #skipped = 0;
  #failures = 0;
  #running: Promise<boolean> | null = null;

  /** `unit` is that of the wheel's target. */
  constructor(model: ScoringModel, unit: string | null = null) {
    this.model = model;
    this.#unit = unit;
  }

  /** Rows that wait for it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Rows it fell behind by and left out, and runs that failed. */
  get counts(): { readonly skipped: number; readonly failures: number } {
    return { skipped: this.#skipped, failures: this.#failures };
  }

  /** What it says of the last row, of a target; `null` where it can say nothing, and of a condition. */
  get answer(): TargetAnswer | null {
    return this.#answer;
  }

  /** Its newest scores, oldest first: one a row judged, NaN for unknown. */
  recent(): { times: Float64Array; scores: Float32Array } {
    return { times: Float64Array.from(this.#times), scores: Float32Array.from(this.#scores) };
  }

  offer(row: ShadowRow): void {
    this.#waiting.push(row);
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift();
      this.#skipped++;
    }
  }

  /** Scores the rows that wait, as far as they follow each other; whether there were any. Never rejects. */
  async score(ring: RowRing): Promise<boolean> {
    this.#running ??= this.#scoreNext(ring).finally(() => (this.#running = null));
    return await this.#running;
  }

  async close(): Promise<void> {
    await this.#running;
    await this.model.session.close().catch(() => {});
  }

  async #scoreNext(ring: RowRing): Promise<boolean> {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    const start = this.#startOf(first, ring);
    if (start === null) {
      this.#waiting.shift();
      this.#keep(first.time, null);
      return true;
    }
    const goesOn = (row: ShadowRow, count: number) => row.number === first.number + count && row.from === first.from && row.baseline === first.baseline && this.#startOf(row, ring) !== null;
    let count = 1;
    while (count < this.#waiting.length && goesOn(this.#waiting[count], count)) count++;
    const batch = this.#waiting.splice(0, count);
    try {
      await this.#judge(batch, ring.rows(start, first.number + count));
    } catch {
      this.#failures++;
      for (const { time } of batch) this.#keep(time, null);
    }
    return true;
  }

  /** From which row on the model is given rows to judge this one; `null` where it cannot. */
  #startOf({ number, from, baseline, isOutside }: ShadowRow, ring: RowRing): number | null {
    if (isOutside) return null;
    const { window, wantsBaseline, classes } = this.model;
    const back = number - window + 1;
    const start = classes === undefined ? back : Math.max(from, back); // a target is told from what there is
    const isThere = start >= ring.first && start >= from && start <= number;
    return isThere && (!wantsBaseline || baseline !== null) ? start : null;
  }

  async #judge(batch: readonly ShadowRow[], stretch: Matrix): Promise<void> {
    const { session, window, classes } = this.model;
    if (classes === undefined) {
      const { scores } = await scoreTail(this.model, stretch, batch[0].baseline);
      batch.forEach(({ time }, row) => this.#keep(time, scores[row]));
      return;
    }
    const said = await judgeTarget({ session, reach: window - 1, classes }, stretch, [{ start: 0, end: stretch.rows }], null);
    for (const [at, { time }] of batch.entries()) {
      const answer = answerAt(said, stretch.rows - batch.length + at, classes, { time, unit: this.#unit, before: this.#answer });
      this.#keep(time, scoreOf(answer), answer);
    }
  }

  #keep(time: Micros, score: number | null, answer: TargetAnswer | null = null): void {
    this.#times.push(time);
    this.#scores.push(score ?? NaN);
    this.#answer = answer;
    if (this.#times.length > 2 * mostKept) for (const column of [this.#times, this.#scores]) column.splice(0, column.length - mostKept);
  }
}

import type { BaselineValues } from "../learn/maps/window-map.ts";
import type { Micros } from "../schema/time.ts";
import type { RowRing } from "./row-ring.ts";
import { scoreTail, type ScoringModel } from "./scoring-model.ts";

/** A row that the champion has judged, for a challenger to judge too. */
export interface ShadowRow {
  readonly time: Micros;
  readonly number: number; // in the ring
  readonly baseline: BaselineValues | null;
  /** Rows of its block before it; `Infinity` when windows may cross blocks. */
  readonly rowsBefore: number;
  /** Where nothing is judged: in a warm-up, outside a block, while the asset does not run. */
  readonly isOutside: boolean;
}

/** Rows that may wait for a challenger: it only ever has what time the champions leave. */
const mostWaiting = 512;
/** Scores that are kept. */
const mostKept = 8192;

/**
 * A challenger beside the champion, on the very rows: its scores are kept for comparison and do nothing
 * else. When it fails or falls behind, that is counted, and nobody waits for it.
 */
export class ShadowScores {
  readonly model: ScoringModel;
  readonly #waiting: ShadowRow[] = [];
  readonly #times: Micros[] = [];
  readonly #scores: number[] = [];
  #skipped = 0;
  #failures = 0;
  #running: Promise<boolean> | null = null;

  constructor(model: ScoringModel) {
    this.model = model;
  }

  /** Rows that wait for it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Rows it fell behind by and left out, and runs that failed. */
  get counts(): { readonly skipped: number; readonly failures: number } {
    return { skipped: this.#skipped, failures: this.#failures };
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
    const { window, wantsBaseline } = this.model;
    const canJudge = ({ number, rowsBefore, isOutside, baseline }: ShadowRow) =>
      !isOutside && rowsBefore >= window - 1 && number - window + 1 >= ring.first && (!wantsBaseline || baseline !== null);
    if (!canJudge(first)) {
      this.#waiting.shift();
      this.#keep(first.time, NaN);
      return true;
    }
    let count = 1;
    while (count < this.#waiting.length && canJudge(this.#waiting[count]) && this.#waiting[count].number === first.number + count && this.#waiting[count].baseline === first.baseline) count++;
    const batch = this.#waiting.splice(0, count);
    try {
      const { scores } = await scoreTail(this.model, ring.rows(first.number - window + 1, first.number + count), first.baseline);
      batch.forEach(({ time }, row) => this.#keep(time, scores[row]));
    } catch {
      this.#failures++;
      for (const { time } of batch) this.#keep(time, NaN);
    }
    return true;
  }

  #keep(time: Micros, score: number): void {
    this.#times.push(time);
    this.#scores.push(score);
    if (this.#times.length > 2 * mostKept) for (const column of [this.#times, this.#scores]) column.splice(0, column.length - mostKept);
  }
}

import type { Micros } from "../schema/time.ts";

/** Rows that are remembered: two hours at one a second. */
const most = 7200;

/** The newest scores of a wheel as they were given, in memory: what a chart shows of a block that is not over. */
export class ScoreTrail {
  readonly #times = new Float64Array(most);
  readonly #scores = new Float32Array(most);
  #count = 0;

  add(time: Micros, score: number): void {
    const at = this.#count++ % most;
    this.#times[at] = time;
    this.#scores[at] = score;
  }

  /** Rows with start <= time < end, oldest first. */
  within(start: Micros, end: Micros): { times: number[]; scores: number[] } {
    const times: number[] = [];
    const scores: number[] = [];
    for (let row = Math.max(0, this.#count - most); row < this.#count; row++) {
      const time = this.#times[row % most];
      if (time < start || time >= end) continue;
      times.push(time);
      scores.push(this.#scores[row % most]);
    }
    return { times, scores };
  }
}

/** Scores over [start, end) in at most `points` buckets: the lowest and highest of each, NaN where nothing is known. */
export function scoreCourse(rows: Iterable<readonly [time: Micros, score: number]>, start: Micros, end: Micros, points: number): { times: Float64Array; low: Float64Array; high: Float64Array } {
  const width = Math.max(1, Math.ceil((end - start) / points));
  const buckets = Math.max(0, Math.ceil((end - start) / width));
  const low = new Float64Array(buckets).fill(NaN);
  const high = new Float64Array(buckets).fill(NaN);
  for (const [time, score] of rows) {
    const bucket = Math.floor((time - start) / width);
    if (bucket < 0 || bucket >= buckets || Number.isNaN(score)) continue;
    if (!(low[bucket] <= score)) low[bucket] = score;
    if (!(high[bucket] >= score)) high[bucket] = score;
  }
  return { times: Float64Array.from({ length: buckets }, (_, bucket) => start + bucket * width), low, high };
}

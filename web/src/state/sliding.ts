/**
 * One signal's course for a chart: buckets of time with the lowest and highest value in each, NaN for a gap.
 * The newest `capacity` buckets are kept, in order and in one piece, so that a chart reads them without a copy:
 * the arrays are twice as long, filled from the left, and moved back once when the right end is reached.
 * Times are seconds since 1970. Cost of a push: constant, on average.
 */
export class SlidingCourse {
  readonly capacity: number;
  #times: Float64Array;
  #low: Float64Array;
  #high: Float64Array;
  #start = 0;
  #end = 0;
  #bucket = 1;
  #gap = Infinity;

  constructor(capacity: number) {
    if (!(capacity >= 2)) throw new RangeError(`A course of ${capacity} buckets: needs at least 2`);
    this.capacity = capacity;
    this.#times = new Float64Array(2 * capacity);
    this.#low = new Float64Array(2 * capacity);
    this.#high = new Float64Array(2 * capacity);
  }

  /** Empties it. Values less than `bucket` seconds apart share a bucket; over `gap` seconds apart lies a gap. */
  reset(bucket: number, gap: number): void {
    this.#start = 0;
    this.#end = 0;
    this.#bucket = bucket;
    this.#gap = gap;
  }

  get times(): Float64Array {
    return this.#times.subarray(this.#start, this.#end);
  }
  get low(): Float64Array {
    return this.#low.subarray(this.#start, this.#end);
  }
  get high(): Float64Array {
    return this.#high.subarray(this.#start, this.#end);
  }
  get length(): number {
    return this.#end - this.#start;
  }
  get lastTime(): number {
    return this.length === 0 ? -Infinity : (this.#times[this.#end - 1] ?? -Infinity);
  }

  /** A value, newer than those before it; older ones are passed over. NaN is "unknown": a gap. */
  push(time: number, value: number): void {
    this.pushBucket(time, value, value);
  }

  pushBucket(time: number, low: number, high: number): void {
    const last = this.#end - 1;
    const lastTime = this.lastTime;
    if (!(time >= lastTime)) return;
    if (time < lastTime + this.#bucket * 0.999 && this.length > 0) return this.#widen(last, low, high);
    if (Number.isFinite(lastTime)) {
      if (time - lastTime > this.#gap) this.#append(lastTime + this.#bucket, Number.NaN, Number.NaN);
      // Live values fall in step with the buckets of the history before them.
      else time = lastTime + Math.floor((time - lastTime) / this.#bucket + 0.001) * this.#bucket;
    }
    this.#append(time, low, high);
  }

  #widen(at: number, low: number, high: number): void {
    const [lowest, highest] = [this.#low[at], this.#high[at]];
    if (!(lowest <= low)) this.#low[at] = Number.isNaN(low) ? lowest : low;
    if (!(highest >= high)) this.#high[at] = Number.isNaN(high) ? highest : high;
  }

  #append(time: number, low: number, high: number): void {
    if (this.#end === this.#times.length) {
      for (const column of [this.#times, this.#low, this.#high]) column.copyWithin(0, this.#end - this.capacity + 1, this.#end);
      this.#start = 0;
      this.#end = this.capacity - 1;
    }
    this.#times[this.#end] = time;
    this.#low[this.#end] = low;
    this.#high[this.#end] = high;
    this.#end += 1;
    if (this.length > this.capacity) this.#start += 1;
  }

  /** The value in force at `time`: of the last bucket that starts no later, unless that is too long ago, `slack` given. NaN: unknown. */
  at(time: number, slack = 0): number {
    let [from, to] = [this.#start, this.#end];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#times[middle] ?? 0) <= time) from = middle + 1;
      else to = middle;
    }
    if (from === this.#start) return Number.NaN;
    const at = from - 1;
    const tooOld = time - (this.#times[at] ?? 0) > Math.max(this.#gap, this.#bucket) + slack;
    return tooOld ? Number.NaN : ((this.#low[at] ?? Number.NaN) + (this.#high[at] ?? Number.NaN)) / 2;
  }
}

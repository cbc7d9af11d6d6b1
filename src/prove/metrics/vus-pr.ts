import { randomFrom } from "../../learn/random.ts";

export interface VusOptions {
  /** Widest soft border in rows (W). */
  readonly buffer?: number;
  /** Number of thresholds taken from the sorted scores (M). */
  readonly thresholds?: number;
}

/**
 * Volume under the precision-recall surface: how well scores rank the rows of faults, without a
 * threshold and forgiving of labels that start or end some rows off.
 *
 * The area under precision and recall is taken for every soft border from 0 to `buffer` rows about
 * each fault, and averaged. Its chance level depends on the share of fault rows: always print
 * `chanceVusPr` beside it.
 *
 * Input:    `scores`, higher is more abnormal, on any monotone scale; `truth`, 1 in a fault, else 0;
 *           both one a row, oldest first. A row without a score must be cut off, or be given as
 *           -Infinity, which flags it last.
 * Returns:  0 to 1, higher is better; `NaN` without rows or without a fault row.
 * Cost:     O(n log n + W (E W + M)) for E faults; O(n) memory. 8,000 rows with 16 faults: 5 ms.
 * Throws:   RangeError for a `NaN` score, unequal lengths, or options that are no counts.
 * Source:   Paparrizos et al., "Volume Under the Surface: A New Accuracy Evaluation Measure for
 *           Time-Series Anomaly Detection", PVLDB 15(11), 2022, as computed by TSB-AD, whose
 *           choices (border of half the width a side, existence reward, truncated thresholds) it
 *           keeps. Departs from it: rows are ranked once and thresholds read off the ranks.
 */
export function vusPr(scores: Float64Array, truth: Uint8Array, options: VusOptions = {}): number {
  const { buffer = 100, thresholds = 250 } = options;
  check(scores, truth, buffer, thresholds);
  const faults = faultRanges(truth);
  if (faults.length === 0) return NaN;

  const ranked = rank(scores, truth, thresholds);
  const borders = new Borders(faults, truth, ranked.rung);
  let volume = 0;
  for (let width = 0; width <= buffer; width++) {
    borders.widen(width);
    volume += averagePrecision(ranked, borders);
  }
  return volume / (buffer + 1);
}

/** The mean `vusPr` of `repeats` series of seeded random scores: what knowing nothing would get. */
export function chanceVusPr(truth: Uint8Array, seed: number, repeats = 5, options: VusOptions = {}): number {
  if (!(Number.isInteger(repeats) && repeats >= 1)) {
    throw new RangeError(`Cannot draw random scores ${repeats} times: at least once is needed`);
  }
  const random = randomFrom(seed);
  let sum = 0;
  for (let repeat = 0; repeat < repeats; repeat++) sum += vusPr(Float64Array.from(truth, random), truth, options);
  return sum / repeats;
}

interface Ranked {
  /** First threshold, counted from the strictest, at which each row is flagged. */
  readonly rung: Uint32Array;
  /** Rows flagged at each threshold, and fault rows among them. */
  readonly flagged: Float64Array;
  readonly hits: Float64Array;
  readonly faultRows: number;
}

function rank(scores: Float64Array, truth: Uint8Array, thresholds: number): Ranked {
  const n = scores.length;
  const ascending = Float64Array.from(scores).sort();
  const level = thresholdLevels(ascending, thresholds);
  const rung = new Uint32Array(n);
  const flagged = new Float64Array(thresholds);
  const hits = new Float64Array(thresholds);
  let faultRows = 0;
  for (let row = 0; row < n; row++) {
    const first = firstAtMost(level, scores[row]);
    rung[row] = first;
    flagged[first]++;
    if (truth[row] === 1) {
      hits[first]++;
      faultRows++;
    }
  }
  accumulate(flagged);
  accumulate(hits);
  return { rung, flagged, hits, faultRows };
}

/** Scores at evenly spaced ranks, falling. The product is rounded as numpy's linspace rounds it. */
function thresholdLevels(ascending: Float64Array, thresholds: number): Float64Array {
  const last = ascending.length - 1;
  const step = last / (thresholds - 1);
  return Float64Array.from({ length: thresholds }, (_, j) => {
    const position = j === thresholds - 1 ? last : Math.floor(j * step);
    return ascending[last - position];
  });
}

/** Index of the first of the falling `level` that is no greater than `score`. */
function firstAtMost(level: Float64Array, score: number): number {
  let low = 0;
  let high = level.length - 1; // the last level is the lowest score, so one is always found
  while (low < high) {
    const middle = (low + high) >> 1;
    if (level[middle] <= score) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The soft borders of all faults at one width, as amounts by the rung at which they are reached. */
class Borders {
  /** Soft label of the normal rows that are flagged at each threshold, summed. */
  readonly soft: Float64Array;
  /** Faults with their borders, merged where they touch: how many have a flagged row. */
  readonly found: Float64Array;
  segments = 0;

  readonly #faults: readonly Range[];
  readonly #truth: Uint8Array;
  readonly #rung: Uint32Array;
  readonly #best: Uint32Array; // lowest rung within each fault and its border
  readonly #label: Float64Array; // soft label by row, cleared after use
  #reach = 0; // rows of border on each side

  constructor(faults: readonly Range[], truth: Uint8Array, rung: Uint32Array) {
    const rungs = rung.reduce((highest, at) => Math.max(highest, at), 0) + 1;
    this.soft = new Float64Array(rungs);
    this.found = new Float64Array(rungs);
    this.#faults = faults;
    this.#truth = truth;
    this.#rung = rung;
    this.#label = new Float64Array(rung.length);
    this.#best = Uint32Array.from(faults, ({ first, last }) => {
      let best = rungs;
      for (let row = first; row <= last; row++) best = Math.min(best, rung[row]);
      return best;
    });
  }

  /** Moves on to `width`; widths must rise by one from 0. */
  widen(width: number): void {
    const reach = width >> 1;
    if (reach > this.#reach) this.#reachOut(reach);
    this.#reach = reach;
    this.#countFound();
    this.#sumSoft(width);
  }

  #reachOut(reach: number): void {
    this.#faults.forEach(({ first, last }, fault) => {
      const before = first - reach;
      const after = last + reach;
      if (before >= 0) this.#best[fault] = Math.min(this.#best[fault], this.#rung[before]);
      if (after < this.#rung.length) this.#best[fault] = Math.min(this.#best[fault], this.#rung[after]);
    });
  }

  #countFound(): void {
    this.found.fill(0);
    this.segments = 0;
    let best = Infinity;
    this.#faults.forEach(({ last }, fault) => {
      best = Math.min(best, this.#best[fault]);
      const next = this.#faults[fault + 1];
      if (next !== undefined && last + this.#reach >= next.first - this.#reach) return;
      this.found[best]++;
      this.segments++;
      best = Infinity;
    });
    accumulate(this.found);
  }

  #sumSoft(width: number): void {
    this.soft.fill(0);
    for (let distance = 1; distance <= this.#reach; distance++) {
      const label = Math.sqrt(1 - distance / width);
      for (const { first, last } of this.#faults) {
        this.#add(first - distance, label);
        this.#add(last + distance, label);
      }
    }
    for (const { first, last } of this.#faults) {
      for (let distance = 1; distance <= this.#reach; distance++) {
        this.#clear(first - distance);
        this.#clear(last + distance);
      }
    }
    accumulate(this.soft);
  }

  /** Adds what is left of the soft label up to 1, where borders of two faults meet. */
  #add(row: number, label: number): void {
    if (row < 0 || row >= this.#truth.length || this.#truth[row] === 1) return;
    const before = this.#label[row];
    const after = Math.min(1, before + label);
    this.#label[row] = after;
    this.soft[this.#rung[row]] += after - before;
  }

  #clear(row: number): void {
    if (row >= 0 && row < this.#label.length) this.#label[row] = 0;
  }
}

function averagePrecision({ flagged, hits, faultRows }: Ranked, { soft, found, segments }: Borders): number {
  let area = 0;
  let before = 0;
  for (let j = 0; j < flagged.length; j++) {
    const rung = Math.min(j, soft.length - 1);
    const truePositive = hits[j] + soft[rung];
    // Fault rows count whether flagged or not, border rows only where flagged.
    const positive = (faultRows + (faultRows + soft[rung])) / 2;
    const recall = Math.min(truePositive / positive, 1) * (found[rung] / segments);
    area += (recall - before) * (truePositive / flagged[j]);
    before = recall;
  }
  return area;
}

interface Range {
  readonly first: number;
  readonly last: number; // included, as in the definition
}

function faultRanges(truth: Uint8Array): Range[] {
  const ranges: Range[] = [];
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] !== 1) continue;
    const first = row;
    while (row + 1 < truth.length && truth[row + 1] === 1) row++;
    ranges.push({ first, last: row });
  }
  return ranges;
}

function accumulate(values: Float64Array): void {
  for (let at = 1; at < values.length; at++) values[at] += values[at - 1];
}

function check(scores: Float64Array, truth: Uint8Array, buffer: number, thresholds: number): void {
  if (scores.length !== truth.length) {
    throw new RangeError(`Cannot rank ${scores.length} scores against ${truth.length} rows of truth: one a row is needed`);
  }
  if (!(Number.isInteger(buffer) && buffer >= 0)) {
    throw new RangeError(`Cannot border faults by ${buffer} rows: a whole number from 0 is needed`);
  }
  if (!(Number.isInteger(thresholds) && thresholds >= 2)) {
    throw new RangeError(`Cannot take ${thresholds} thresholds: at least 2 are needed`);
  }
  const unknown = scores.findIndex(Number.isNaN);
  if (unknown >= 0) {
    throw new RangeError(`Cannot rank the score of row ${unknown}: NaN; cut the row off or give it as -Infinity`);
  }
  const odd = truth.findIndex((value) => value > 1);
  if (odd >= 0) throw new RangeError(`Cannot rank row ${odd}: its truth is ${truth[odd]}, 0 or 1 is needed`);
}

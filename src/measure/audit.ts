import type { Answer } from "../schema/label.ts";
import type { Interval, Micros } from "../schema/time.ts";

/** A quiet stretch that was picked by chance and asked about. */
export interface AuditedStretch {
  /** With which chance it was picked, above 0 to 1. */
  readonly probability: number;
  /** `null` when nobody answered. */
  readonly answer: Answer | null;
}

/** An event of a wheel, and what was answered about it. */
export interface AskedEvent extends Interval {
  readonly answer: Answer | null;
}

export interface AuditInput {
  readonly audits: readonly AuditedStretch[];
  readonly events: readonly AskedEvent[];
  /** Length of a stretch, microseconds. */
  readonly stretch: Micros;
  /** Level of the intervals, two-sided. @default 0.95 */
  readonly level?: number;
  /** Width of the interval of `share` from which on there are enough audits. @default 0.1 */
  readonly width?: number;
}

/** A figure with the interval that holds it; all three `null` when nothing is known. */
export interface Bounded {
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface MissedFaults {
  /** Share of quiet stretches with a fault in them that no event marked, 0 to 1. */
  readonly share: Bounded;
  /** The same as a number of stretches, of `quiet` in all. */
  readonly missed: Bounded;
  /** Of all stretches with a fault in them, the share that no event marked, 0 to 1. */
  readonly missedOfFaults: Bounded;
  /** How many quiet stretches there were, as the chances say. */
  readonly quiet: number;
  /** Stretches that an event answered as a fault touches. */
  readonly found: number;
  /** Stretches that only events without an answer touch. */
  readonly unanswered: number;
  /** Audits that were answered as fault or normal, and about how many it takes. */
  readonly have: number;
  readonly need: number;
  readonly isEnough: boolean;
  /** In a sentence. */
  readonly text: string;
}

const nothing: Bounded = { estimate: null, low: null, high: null };

/**
 * Missed faults: what the model in force says nothing about, measured by asking about quiet stretches
 * picked by chance.
 *
 * Each answered audit stands for 1 / probability quiet stretches. Their sum is the Horvitz-Thompson
 * total, carried over to the audits that nobody answered or whose answer was "unsure", which assumes
 * that these are like the others. Events are asked about without chance, so they count as themselves;
 * for those without an answer the interval takes in both that all and that none were faults.
 *
 * Assumes:  stretches are answered rightly, and picked independently of each other and of the score.
 *           The interval of `missed` is that of `share`, times `quiet` as estimated.
 * Cost:     O(audits + stretches touched by events).
 * Throws:   RangeError for a probability outside (0, 1], or a stretch that is not above 0.
 * Source:   Horvitz and Thompson, "A generalization of sampling without replacement from a finite
 *           universe", JASA 47(260), 1952. Interval: Clopper and Pearson, Biometrika 26(4), 1934, on
 *           the effective number of audits, after Korn and Graubard, "Confidence intervals for
 *           proportions with small expected number of positive counts estimated from survey data",
 *           Survey Methodology 24(2), 1998; with one chance for all it is Clopper and Pearson's own.
 *           Never below 0 or above 1.
 */
export function missedFaults({ audits, events, stretch, level = 0.95, width = 0.1 }: AuditInput): MissedFaults {
  const odd = audits.find(({ probability }) => !(probability > 0 && probability <= 1));
  if (odd !== undefined) throw new RangeError(`Cannot weigh an audit of probability ${odd.probability}: above 0 to 1 is needed`);
  if (!(stretch > 0)) throw new RangeError(`Cannot count stretches of ${stretch} microseconds: above 0 is needed`);

  const answered = audits.filter(({ answer }) => answer === "fault" || answer === "normal");
  const share = shareOf(answered, level);
  const quiet = sum(audits.map(({ probability }) => 1 / probability));
  const { found, normal, unanswered } = touchedBy(events, stretch);
  const have = answered.length;
  const need = auditsNeeded(share.estimate ?? 0, level, width);
  const missed = have === 0 ? nothing : scaled(share, quiet);
  const missedOfFaults = have === 0 ? nothing : ofFaults(missed, { found, normal, unanswered });
  const isEnough = have >= need;
  const text = isEnough
    ? `About ${percent(share.estimate)} of quiet stretches held a fault that no event marked (${percent(share.low)} to ${percent(share.high)}), from ${have} audits.`
    : `Not enough audits: have ${have}, need about ${need}.`;
  return { share, missed, missedOfFaults, quiet, found, unanswered, have, need, isEnough, text };
}

function shareOf(answered: readonly AuditedStretch[], level: number): Bounded {
  if (answered.length === 0) return nothing;
  const weights = answered.map(({ probability }) => 1 / probability);
  const total = sum(weights);
  const faulty = sum(weights.filter((_, at) => answered[at].answer === "fault"));
  const effective = total ** 2 / sum(weights.map((weight) => weight ** 2));
  const estimate = faulty / total;
  const { low, high } = binomialBounds(estimate * effective, effective, level);
  return { estimate, low, high };
}

const scaled = ({ estimate, low, high }: Bounded, by: number): Bounded => ({ estimate: times(estimate, by), low: times(low, by), high: times(high, by) });
const times = (value: number | null, by: number): number | null => (value === null ? null : value * by);

/** Stretches of the clock by the events that touch them; one that a fault touches counts as found, whatever else does. */
function touchedBy(events: readonly AskedEvent[], stretch: Micros): { found: number; normal: number; unanswered: number } {
  const slots = (answers: readonly (Answer | null)[]) => {
    const touched = new Set<number>();
    for (const { start, end, answer } of events) {
      if (!answers.includes(answer)) continue;
      for (let slot = Math.floor(start / stretch); slot * stretch < end; slot++) touched.add(slot);
    }
    return touched;
  };
  const found = slots(["fault"]);
  const known = slots(["fault", "normal"]).size;
  const all = slots(["fault", "normal", "unsure", null]).size;
  return { found: found.size, normal: known - found.size, unanswered: all - known };
}

function ofFaults(missed: Bounded, { found, normal, unanswered }: { readonly found: number; readonly normal: number; readonly unanswered: number }): Bounded {
  const share = found + normal === 0 ? 1 : found / (found + normal);
  return {
    estimate: partOf(missed.estimate ?? 0, found + unanswered * share),
    low: partOf(missed.low ?? 0, found + unanswered),
    high: partOf(missed.high ?? 0, found),
  };
}

/** Without any fault, missed or found, there is no share to speak of. */
const partOf = (part: number, rest: number): number | null => (part + rest > 0 ? part / (part + rest) : null);

/** The fewest audits whose interval is no wider than asked for, with a share such as was seen. At most a million. */
export function auditsNeeded(share: number, level: number, width: number): number {
  const isEnough = (count: number): boolean => {
    const { low, high } = binomialBounds(share * count, count, level);
    return high - low <= width;
  };
  let [few, many] = [0, 1];
  while (many < 1_000_000 && !isEnough(many)) [few, many] = [many, many * 2];
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (isEnough(middle)) many = middle;
    else few = middle;
  }
  return many;
}

/**
 * Clopper-Pearson bounds of a share, from `hits` of `count`; either may be a fraction.
 *
 * Returns: 0 to 1; all of it when `count` is 0.
 * Source:  Clopper and Pearson, Biometrika 26(4), 1934, by quantiles of the beta distribution.
 */
export function binomialBounds(hits: number, count: number, level: number): { low: number; high: number } {
  const tail = (1 - level) / 2;
  const low = hits > 0 ? betaQuantile(tail, hits, count - hits + 1) : 0;
  const high = count - hits > 0 ? betaQuantile(1 - tail, hits + 1, count - hits) : 1;
  return { low, high };
}

/** By halving: the distribution function only ever rises. To 1e-12. */
function betaQuantile(probability: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (betaShare(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function; Lentz's continued fraction (Press et al., "Numerical Recipes", 6.4). */
function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const apart = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return fraction;
}

/** Lanczos' approximation with g = 7 and nine terms, for arguments above 0; 15 digits. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = lanczos.reduce((total, term, at) => total + (at === 0 ? term : term / (x - 1 + at)), 0);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
];

const percent = (share: number | null): string => (share === null ? "an unknown share" : `${(100 * share).toFixed(1)} %`);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

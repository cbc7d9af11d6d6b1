import { originWords, qualityWords } from "../schema/codes.ts";
import type { Origin } from "../schema/origin.ts";
import type { Quality } from "../schema/quality.ts";

/** Samples that arrived together. Equal signal and time may repeat: the last one counts. */
export interface Batch {
  readonly received: number; // UTC microseconds
  readonly series?: readonly NumberSeries[];
  readonly mixed?: MixedSamples;
  readonly texts?: readonly TextSeries[];
}

export interface NumberSeries {
  readonly key: number;
  readonly times: Float64Array; // UTC microseconds, any order
  readonly values: Float64Array; // NaN: the source said nothing, not stored
  readonly quality: Quality;
  readonly origin: Origin;
}

/** Numbers of many signals in the order they arrived: one row a sample, columns of one length. */
export interface MixedSamples {
  readonly keys: Int32Array;
  readonly times: Float64Array; // UTC microseconds, any order
  readonly values: Float64Array; // NaN: the source said nothing, not stored
  readonly qualities: Uint8Array; // as qualityCode
  readonly origins: Uint8Array; // as originCode
}

export interface TextSeries {
  readonly key: number;
  readonly times: Float64Array;
  readonly texts: readonly string[];
  readonly quality: Quality;
  readonly origin: Origin;
}

/**
 * What became of a batch. Its samples have the sequence numbers `firstSequence` to `sequence`:
 * those of the series first, then the mixed ones, then the texts, each in the order given.
 */
export interface Appended {
  readonly accepted: number;
  /** NaN values, which are not stored. */
  readonly unknown: number;
  readonly firstSequence: number;
  readonly sequence: number;
  /** Accepted samples of days that were sealed already; the next seal merges them in. */
  readonly late: number;
}

/** The number that stands for a quality or an origin in the open table and in mixed samples: its place in the schema. */
export const qualityCode = (quality: Quality): number => qualityWords.indexOf(quality);
export const originCode = (origin: Origin): number => originWords.indexOf(origin);

/** Samples of a batch that would be stored, and NaN values that would not. */
export interface Counts {
  readonly numbers: number;
  readonly texts: number;
  readonly unknown: number;
}

/** Counts a batch. Throws RangeError or TypeError when it is malformed. */
export function inspect(batch: Batch): Counts {
  const checked = new Set<Float64Array>(); // series of one file share their times
  requireTimes(Float64Array.of(batch.received), checked);
  let given = 0;
  let unknown = 0;
  let texts = 0;
  for (const series of batch.series ?? []) {
    requireSeries(series, series.values.length, checked);
    given += series.values.length;
    unknown += countNaN(series.values);
  }
  if (batch.mixed !== undefined) {
    requireMixed(batch.mixed, checked);
    given += batch.mixed.values.length;
    unknown += countNaN(batch.mixed.values);
  }
  for (const series of batch.texts ?? []) {
    requireSeries(series, series.texts.length, checked);
    if (!series.texts.every((text) => typeof text === "string")) throw new TypeError(`Cannot store texts of key ${series.key}: one is not a string`);
    texts += series.texts.length;
  }
  return { numbers: given - unknown, texts, unknown };
}

function requireSeries({ key, times, quality, origin }: Omit<TextSeries, "texts">, values: number, checked: Set<Float64Array>): void {
  if (!Number.isInteger(key) || key < 0 || key > 0x7fff_ffff) throw new RangeError(`Cannot store samples under key ${key}: whole, 0 to 2147483647`);
  if (times.length !== values) throw new RangeError(`Cannot store samples of key ${key}: ${times.length} times for ${values} values`);
  if (qualityCode(quality) < 0 || originCode(origin) < 0) throw new RangeError(`Cannot store samples of key ${key}: unknown quality or origin`);
  requireTimes(times, checked);
}

function requireMixed({ keys, times, values, qualities, origins }: MixedSamples, checked: Set<Float64Array>): void {
  const types = [keys instanceof Int32Array, times instanceof Float64Array, values instanceof Float64Array, qualities instanceof Uint8Array, origins instanceof Uint8Array];
  if (types.includes(false)) throw new TypeError("Cannot store mixed samples: a column is not an array of its type");
  const lengths = [keys, times, values, qualities, origins].map(({ length }) => length);
  if (new Set(lengths).size > 1) throw new RangeError(`Cannot store mixed samples: columns of ${lengths.join(", ")} rows, one length is needed`);
  for (let row = 0; row < keys.length; row++) {
    if (keys[row] < 0) throw new RangeError(`Cannot store samples under key ${keys[row]}: whole, 0 to 2147483647`);
    if (qualities[row] >= qualityWords.length || origins[row] >= originWords.length) {
      throw new RangeError(`Cannot store samples of key ${keys[row]}: unknown quality or origin`);
    }
  }
  requireTimes(times, checked);
}

function requireTimes(times: Float64Array, checked: Set<Float64Array>): void {
  if (checked.has(times)) return;
  for (let index = 0; index < times.length; index++) {
    if (!Number.isSafeInteger(times[index])) throw new RangeError(`Cannot store a sample at ${times[index]}: only whole microseconds`);
  }
  checked.add(times);
}

function countNaN(values: Float64Array): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) count++;
  return count;
}

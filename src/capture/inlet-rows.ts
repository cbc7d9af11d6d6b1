import type { Origin } from "../schema/origin.ts";
import type { Quality } from "../schema/quality.ts";
import type { Micros } from "../schema/time.ts";

/** Readings as the store takes them: numbers of many signals as columns, texts by signal. */
export interface StoredBatch {
  readonly received: Micros;
  readonly mixed: StoredColumns;
  readonly texts: readonly StoredTexts[];
}

/** One row a number; flags are 0 and 1. Columns of one length. */
export interface StoredColumns {
  readonly keys: Int32Array;
  readonly times: Float64Array; // UTC microseconds, in order of arrival
  readonly values: Float64Array; // finite
  readonly qualities: Uint8Array; // place in Quality.options
  readonly origins: Uint8Array; // place in Origin.options
}

export interface StoredTexts {
  readonly key: number;
  readonly times: Float64Array;
  readonly texts: readonly string[];
  readonly quality: Quality;
  readonly origin: Origin;
}

/** What a waiting row costs: five columns and a share of the columns' spare room. */
export const rowBytes = 34;
export const textBytes = (text: string): number => 2 * text.length + 64;

/** Rows on their way into one commit, in columns that grow and are used again. */
export class Rows<Ticket> {
  /** Who is to be told, and how many rows are theirs. */
  readonly tickets: Ticket[] = [];
  readonly shares: number[] = [];
  textBytes = 0;
  #numbers = 0;
  #keys = new Int32Array(1024);
  #times = new Float64Array(1024);
  #values = new Float64Array(1024);
  #qualities = new Uint8Array(1024);
  #origins = new Uint8Array(1024);
  readonly #texts = new Map<string, { key: number; times: number[]; texts: string[]; quality: Quality; origin: Origin }>();
  #textCount = 0;

  get size(): number {
    return this.#numbers + this.#textCount;
  }

  number(key: number, time: Micros, value: number, quality: number, origin: number): void {
    const row = this.#numbers++;
    if (row === this.#keys.length) this.#grow();
    this.#keys[row] = key;
    this.#times[row] = time;
    this.#values[row] = value;
    this.#qualities[row] = quality;
    this.#origins[row] = origin;
  }

  text(key: number, time: Micros, text: string, quality: Quality, origin: Origin): void {
    const name = `${key} ${quality} ${origin}`;
    let series = this.#texts.get(name);
    if (series === undefined) this.#texts.set(name, (series = { key, times: [], texts: [], quality, origin }));
    series.times.push(time);
    series.texts.push(text);
    this.#textCount++;
    this.textBytes += textBytes(text);
  }

  /** The rows so far, in columns of their own: a clone to another thread copies no spare room. */
  batch(received: Micros): StoredBatch {
    const end = this.#numbers;
    const mixed: StoredColumns = {
      keys: this.#keys.slice(0, end),
      times: this.#times.slice(0, end),
      values: this.#values.slice(0, end),
      qualities: this.#qualities.slice(0, end),
      origins: this.#origins.slice(0, end),
    };
    return { received, mixed, texts: [...this.#texts.values()].map((series) => ({ ...series, times: Float64Array.from(series.times) })) };
  }

  clear(): void {
    this.tickets.length = 0;
    this.shares.length = 0;
    this.#texts.clear();
    this.#textCount = 0;
    this.textBytes = 0;
    this.#numbers = 0;
  }

  #grow(): void {
    const length = this.#keys.length * 2;
    const grown = <A extends Int32Array | Float64Array | Uint8Array>(into: A, from: A): A => {
      into.set(from);
      return into;
    };
    this.#keys = grown(new Int32Array(length), this.#keys);
    this.#times = grown(new Float64Array(length), this.#times);
    this.#values = grown(new Float64Array(length), this.#values);
    this.#qualities = grown(new Uint8Array(length), this.#qualities);
    this.#origins = grown(new Uint8Array(length), this.#origins);
  }
}

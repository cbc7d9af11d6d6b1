import { digest } from "../src/digest.ts";
import type { Column, Recording } from "../src/capture/recording.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { hour, second, type Interval, type Micros } from "../src/schema/time.ts";

/** A made-up machine: a few slow causes that all signals follow, noise of their own, and faults that shift some signals. */
export interface Plant {
  readonly signals: number;
  readonly seed: number;
  /** Time of its first row; whole hours keep blocks of an hour whole. */
  readonly start: Micros;
}

/** One row a second. */
export const plantPeriod = second;
const causes = 4;
/** Seconds in which a cause forgets where it was. */
const memory = 900;
/** Every hour holds a fault of ten minutes, in one signal of five, of three times the usual spread. */
const fault = { from: 1500, rows: 600, everySignal: 5, size: 6 };

/** Whether a row of a plant, counted from its start, lies in a fault. */
export function isFaulty(row: number): boolean {
  const within = row % 3600;
  return within >= fault.from && within < fault.from + fault.rows;
}

/** The fault of an hour of a plant. */
export function faultIn(plant: Plant, hourOf: number): Interval {
  const first = hourOf * 3600 + fault.from;
  return { start: plant.start + first * plantPeriod, end: plant.start + (first + fault.rows) * plantPeriod };
}

/** Draws a plant's rows one stretch after the other, as recordings; the same plant gives the same rows. */
export class PlantRecorder {
  readonly #plant: Plant;
  readonly #random: () => number;
  readonly #weights: Float64Array; // signals × causes
  readonly #state = new Float64Array(causes);
  #row = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#random = randomFrom(plant.seed);
    this.#weights = Float64Array.from({ length: plant.signals * causes }, () => normalFrom(this.#random));
  }

  /** The next rows; `rows` of them. */
  next(rows: number): Recording {
    const { signals, start, seed } = this.#plant;
    const first = this.#row;
    const times = Float64Array.from({ length: rows }, (_, at) => start + (first + at) * plantPeriod);
    const values = Array.from({ length: signals }, () => new Float64Array(rows));
    for (let at = 0; at < rows; at++) this.#fill(values, at);
    const columns = values.map((column, signal): Column => ({ name: `signal ${signal + 1}`, valueType: "number", unit: null, role: "measured", period: plantPeriod, values: column, texts: null, guessed: { unit: true, role: true } }));
    return {
      file: { name: `rows-${first}`, digest: digest(`plant ${seed} ${signals} ${start} ${first} ${rows}`), bytes: rows * signals * 8 },
      times,
      columns,
      label: null,
      grid: { period: plantPeriod, hold: 5 * plantPeriod, lateness: 0 },
      blockRule: { by: "file" },
      dialect: { delimiter: ",", decimal: ".", header: true, encoding: "utf-8", gzip: false, time: null, zone: "UTC", dateOrder: null },
      rows,
      remarks: [],
    };
  }

  #fill(values: readonly Float64Array[], at: number): void {
    const keep = 1 - 1 / memory;
    for (let cause = 0; cause < causes; cause++) this.#state[cause] = keep * this.#state[cause] + Math.sqrt(1 - keep * keep) * normalFrom(this.#random);
    const faulty = isFaulty(this.#row++);
    for (const [signal, column] of values.entries()) {
      let value = 100 + 0.5 * normalFrom(this.#random);
      for (let cause = 0; cause < causes; cause++) value += this.#weights[signal * causes + cause] * this.#state[cause];
      column[at] = value + (faulty && signal % fault.everySignal === 0 ? fault.size : 0);
    }
  }
}

/** A time from which whole hours are whole blocks. */
export const plantStart: Micros = Math.floor(Date.UTC(2026, 2, 2) * 1000 / hour) * hour;

/** What a generator is to send. */
export type Load = HttpLoad | MqttLoad;

interface Times {
  /** Counted. */
  readonly seconds: number;
  /** Before that, not counted: signals appear, code gets warm. */
  readonly warmUpSeconds: number;
}

export interface HttpLoad extends Times {
  readonly door: "http";
  readonly connections: number;
  /** Rows of each of the 100 assets in a batch; 10 values a row. */
  readonly rowsPerBatch: number;
}

export interface MqttLoad extends Times {
  readonly door: "mqtt";
  readonly connections: number;
  /** Messages of a connection that wait for their PUBACK. */
  readonly inFlight: number;
  readonly valuesPerMessage: number;
}

/** What came of it. Values unless named otherwise. */
export interface LoadResult {
  readonly valuesPerSecond: number;
  readonly messagesPerSecond: number;
  /** From sending a batch or message to its acknowledgement, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the first to the last, warm-up included: what must be found again. */
  readonly acknowledged: number;
  readonly sent: number;
  /** Batches that were put off by the site. */
  readonly refused: number;
  /** Processor time of the generator over its wall time. */
  readonly busy: number;
}

/** Times that only rise, in UTC microseconds: no two rows are the same. */
export function risingTimes(): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, Date.now() * 1000));
}

/** Counts acknowledgements, and times those after the warm-up. */
export class Tally {
  readonly #times: Times;
  readonly #start = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #latencies: number[] = [];
  #countedValues = 0;
  #acknowledged = 0;
  #sent = 0;
  #refused = 0;

  constructor(times: Times) {
    this.#times = times;
  }

  get isOver(): boolean {
    return this.#elapsed() >= this.#times.warmUpSeconds + this.#times.seconds;
  }

  send(values: number): void {
    this.#sent += values;
  }

  refuse(): void {
    this.#refused++;
  }

  /** `sentAt` by `performance.now()`. */
  acknowledge(values: number, sentAt: number): void {
    this.#acknowledged += values;
    if (this.#elapsed() < this.#times.warmUpSeconds || this.isOver) return;
    this.#countedValues += values;
    this.#latencies.push(performance.now() - sentAt);
  }

  result(): LoadResult {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      valuesPerSecond: this.#countedValues / this.#times.seconds,
      messagesPerSecond: sorted.length / this.#times.seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      acknowledged: this.#acknowledged,
      sent: this.#sent,
      refused: this.#refused,
      busy: (user + system) / 1e6 / this.#elapsed(),
    };
  }

  #elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }
}

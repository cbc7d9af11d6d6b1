import { Device, messageOf } from "./device.ts";
import type { Episode } from "./faults.ts";
import { requireRate, type FaultOrder, type PlantNews, type PlantOptions } from "./messages.ts";
import { answerOpen, type TrueFault } from "./operator.ts";
import { Simulator } from "./simulator.ts";

/** A plant that runs and publishes in this process. */
export interface BegunPlant {
  fault(order: FaultOrder): void;
  stop(): Promise<void>;
}

/** A clock that is off by more than this is followed at once, milliseconds: after a sleep or a correction. */
const longestLag = 2000;
const pollEvery = 2000;
/** True faults that are remembered, for answers. */
const mostFaults = 100;

/**
 * Runs the plant in step with the wall clock and publishes a message a period, stamped with its moment.
 *
 * A process that was held up catches up; one that slept goes on from now and leaves a gap.
 * Throws RangeError for a rate outside of 0.1 to 50 a second.
 */
export function begin(options: PlantOptions, tell: (news: PlantNews) => void): BegunPlant {
  const { mqttUrl, seed = 1, rate = 5, firstKind, faults: byThemselves = true } = options;
  requireRate(rate);
  const period = 1000 / rate; // ms
  const simulator = new Simulator({ seed, ...(byThemselves ? {} : { pace: null }), ...(firstKind !== undefined && { firstKind }) });
  const device = new Device(mqttUrl, tell);
  const truth = new Truth(tell);
  let wall = Math.ceil(Date.now() / period) * period; // of the next message, ms
  let timer: NodeJS.Timeout;

  const onTime = () => {
    const behind = Date.now() - wall;
    if (Math.abs(behind) > Math.max(longestLag, 2 * period)) wall = Math.ceil(Date.now() / period) * period;
    for (; wall <= Date.now(); wall += period) {
      const readings = simulator.advance(period / 1000);
      truth.note(simulator.episodes, wall * 1000 - simulator.time * 1e6);
      device.publish(messageOf(readings, Math.round(wall * 1000)));
    }
    timer = setTimeout(onTime, Math.max(1, wall - Date.now()));
  };
  timer = setTimeout(onTime, Math.max(1, wall - Date.now()));
  const leave = options.answer === true && options.apiUrl !== undefined ? attend(options.apiUrl, options.token ?? null, truth, tell) : () => {};
  return {
    fault: ({ kind, seconds = 25, severity }) => void simulator.start(kind, seconds, severity),
    async stop() {
      clearTimeout(timer);
      leave();
      await device.close();
    },
  };
}

/** Which faults there really were, by the wall clock. */
class Truth {
  readonly #tell: (news: PlantNews) => void;
  readonly #known = new WeakSet<Episode>();
  #faults: readonly TrueFault[] = [];

  constructor(tell: (news: PlantNews) => void) {
    this.#tell = tell;
  }

  get faults(): readonly TrueFault[] {
    return this.#faults;
  }

  /** `origin`: the plant's time 0, in UTC microseconds. */
  note(episodes: readonly Episode[], origin: number): void {
    for (const episode of episodes) {
      if (this.#known.has(episode)) continue;
      this.#known.add(episode);
      const [start, end] = [Math.round(origin + episode.start * 1e6), Math.round(origin + episode.end * 1e6)];
      this.#faults = [...this.#faults, { kind: episode.kind, start, end }].slice(-mostFaults);
      const signal = episode.kind.startsWith("sensor-") ? episode.signal : null;
      this.#tell({ type: "fault", kind: episode.kind, start, end, severity: episode.severity, signal });
    }
  }
}

/** Looks every two seconds whether there is something to answer, one look at a time. */
function attend(apiUrl: string, token: string | null, truth: Truth, tell: (news: PlantNews) => void): () => void {
  const now = () => Date.now() * 1000;
  const watchedFrom = now();
  const onAnswer = (question: string, said: { answer: "fault" | "normal"; kind?: TrueFault["kind"] }) => tell({ type: "answered", question, answer: said.answer, kind: said.kind ?? null });
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void answerOpen({ apiUrl, token, faults: () => truth.faults, now, onAnswer }, watchedFrom).finally(() => (isLooking = false));
  }, pollEvery);
  return () => clearInterval(timer);
}

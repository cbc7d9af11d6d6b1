import { effectsAt, healthy, type Episode, type FaultKind } from "./faults.ts";
import { randomFrom, type Random } from "./noise.ts";
import { longestStep, runningAt, settled, stepped, type PlantState, type SetPoints } from "./plant.ts";
import { demoPace, episodeOf, episodes, setPointsAt, usualDuty, type Pace } from "./schedule.ts";
import { followed, sensors, shownBy, type SensorState, type SignalName } from "./sensors.ts";

export interface SimulatorOptions {
  readonly seed: number;
  /** When faults come by themselves; `null` for never. @default the demo's */
  readonly pace?: Pace | null;
  /** Which kind comes first; the others follow in their order. */
  readonly firstKind?: FaultKind;
  /** What the loop is asked to do at a time. @default the demo's round of duties */
  readonly setPoints?: (time: number) => SetPoints;
}

/** The sensors' readings at one moment, in their units. */
export type Readings = Readonly<Record<SignalName, number>>;

/** Seconds that an episode is remembered after its end: repair, and answers about it. */
const remembered = 900;

/**
 * The water loop as its sensors show it: set-points, faults, physics and measurement in one.
 *
 * Time starts at 0 and goes on by `advance` alone; the same seed and the same steps give the same
 * readings. Cost: about 12 µs a step of 20 ms.
 */
export class Simulator {
  readonly #random: Random;
  readonly #setPoints: (time: number) => SetPoints;
  readonly #coming: Iterator<Episode> | null;
  #state: PlantState;
  #sensors: readonly SensorState[];
  #next: Episode | null;
  #episodes: readonly Episode[] = [];

  constructor({ seed, pace = demoPace, firstKind, setPoints = setPointsAt }: SimulatorOptions) {
    this.#random = randomFrom(seed);
    this.#setPoints = setPoints;
    this.#coming = pace === null ? null : episodes(pace, randomFrom(seed ^ 0x5bd1e995), firstKind);
    this.#next = this.#coming?.next().value ?? null;
    this.#state = settled(usualDuty, healthy);
    const { truth } = runningAt(this.#state, healthy);
    this.#sensors = sensors.map(({ name }) => ({ lagged: truth[name], shown: truth[name] }));
  }

  /** Seconds since the start. */
  get time(): number {
    return this.#state.time;
  }

  /** What has gone wrong of late, and what will next: oldest first. */
  get episodes(): readonly Episode[] {
    return this.#episodes;
  }

  /** Starts a fault by hand, now. What would have come by itself in its time comes after it. */
  start(kind: FaultKind, lasts: number, severity?: number): Episode {
    const episode = episodeOf(kind, this.time, lasts, this.#random, severity);
    this.#episodes = [...this.#episodes, episode];
    if (this.#next !== null) {
      const late = Math.max(0, episode.end + 30 - this.#next.start);
      this.#next = { ...this.#next, start: this.#next.start + late, end: this.#next.end + late };
    }
    return episode;
  }

  /** Goes on by some seconds and reads the sensors. */
  advance(seconds: number): Readings {
    const steps = Math.max(1, Math.ceil(seconds / longestStep - 1e-9));
    for (let step = 0; step < steps; step++) this.#step(seconds / steps);
    const { drift, stuck } = effectsAt(this.#episodes, this.time);
    this.#sensors = this.#sensors.map((state, at) => {
      const { name } = sensors[at];
      return { ...state, shown: shownBy(sensors[at], state, { drift: drift.get(name) ?? 0, stuck: stuck.has(name) }, this.#random) };
    });
    return Object.fromEntries(sensors.map(({ name }, at) => [name, this.#sensors[at].shown])) as Record<SignalName, number>;
  }

  #step(seconds: number): void {
    if (this.#next !== null && this.time >= this.#next.start) {
      this.#episodes = [...this.#episodes.filter(({ end }) => end > this.time - remembered), this.#next];
      this.#next = this.#coming?.next().value ?? null;
    }
    const effects = effectsAt(this.#episodes, this.time);
    this.#state = stepped(this.#state, this.#setPoints(this.time), effects, seconds, this.#random);
    const { truth } = runningAt(this.#state, effects);
    this.#sensors = this.#sensors.map((state, at) => followed(sensors[at], state, truth[sensors[at].name], seconds));
  }
}

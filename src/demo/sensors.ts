import { lagged, normalFrom, type Random } from "./noise.ts";

/** A sensor: what it shows, how slowly, how finely and with how much noise. */
export interface Sensor {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  /** Time constant of its first-order lag, seconds. */
  readonly lag: number;
  /** Standard deviation of its noise: this much in its unit, and this share of the reading. */
  readonly noise: number;
  readonly relativeNoise: number;
  /** Least step between two readings, in its unit. */
  readonly step: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The eight sensors, named as those of a public pump test bed: vibration of the pump's bearing and of the
 * motor, motor current, discharge pressure above the air, bearing temperature, water temperature, mains
 * voltage, flow back to the tank.
 *
 * An RMS taken over a fifth of a second of broadband noise scatters by some percent by itself.
 */
export const sensors = [
  { name: "Accelerometer1RMS", unit: "[g]", lag: 0.15, noise: 0.0005, relativeNoise: 0.03, step: 1e-5, lowest: 0, highest: 8 },
  { name: "Accelerometer2RMS", unit: "[g]", lag: 0.15, noise: 0.0005, relativeNoise: 0.03, step: 1e-5, lowest: 0, highest: 8 },
  { name: "Current", unit: "A", lag: 0.2, noise: 0.03, relativeNoise: 0, step: 0.001, lowest: 0, highest: 50 },
  { name: "Pressure", unit: "bar", lag: 0.1, noise: 0.01, relativeNoise: 0, step: 0.001, lowest: -1, highest: 6 },
  { name: "Temperature", unit: "Cel", lag: 2, noise: 0.06, relativeNoise: 0, step: 0.01, lowest: -40, highest: 200 },
  { name: "Thermocouple", unit: "Cel", lag: 1, noise: 0.05, relativeNoise: 0, step: 0.01, lowest: -40, highest: 400 },
  { name: "Voltage", unit: "V", lag: 0.05, noise: 0.5, relativeNoise: 0, step: 0.01, lowest: 0, highest: 400 },
  { name: "Volume Flow RateRMS", unit: "l/min", lag: 0.6, noise: 0.4, relativeNoise: 0.004, step: 0.01, lowest: 0, highest: 400 },
] as const satisfies readonly Sensor[];

export type SignalName = (typeof sensors)[number]["name"];

/** What is true at each sensor, in its unit. */
export type Truth = Readonly<Record<SignalName, number>>;

/** A sensor's memory: its lagged value, and its last reading, which a stuck one repeats. */
export interface SensorState {
  readonly lagged: number;
  readonly shown: number;
}

/** One step of a sensor's lag towards the truth. */
export function followed(sensor: Sensor, state: SensorState, truth: number, seconds: number): SensorState {
  return { ...state, lagged: lagged(state.lagged, truth, sensor.lag, seconds) };
}

/**
 * A reading: the lagged truth, off by a drift, with noise, in steps, within the sensor's range.
 *
 * `drift` is a share of the reading; a stuck sensor shows what it showed before.
 */
export function shownBy(sensor: Sensor, state: SensorState, { drift, stuck }: { drift: number; stuck: boolean }, random: Random): number {
  const scatter = Math.hypot(sensor.noise, sensor.relativeNoise * state.lagged) * normalFrom(random); // drawn also when stuck: faults change no other draw
  if (stuck) return state.shown;
  const reading = state.lagged * (1 + drift) + scatter;
  const held = Math.min(sensor.highest, Math.max(sensor.lowest, reading));
  return Number((Math.round(held / sensor.step) * sensor.step).toFixed(5));
}

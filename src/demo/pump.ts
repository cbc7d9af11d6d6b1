/** Standard acceleration of free fall, m/s². */
export const gravity = 9.80665;
/** Density of water at 25 °C, kg/m³; its change by a few kelvin is left out. */
export const density = 997;

/**
 * A centrifugal pump by the four numbers of its data sheet, at rated speed.
 *
 * Speeds enter everywhere as a ratio to the rated one. By the affinity laws flow goes with that ratio,
 * head with its square and power with its cube.
 * Source: Gülich, "Centrifugal Pumps", Springer, 4th edition 2020, chapters 2 to 4 and 6.
 */
export interface Pump {
  /** Rated speed, revolutions a minute. */
  readonly speed: number;
  /** Head without flow, m. */
  readonly shutOffHead: number;
  /** Flow of best efficiency, m³/s, the head there, m, and that efficiency, 0 to 1. */
  readonly bestFlow: number;
  readonly bestHead: number;
  readonly bestEfficiency: number;
  /** Net positive suction head at which the head has dropped by 3 % at best flow, m. */
  readonly npsh3: number;
}

/** A small single-stage pump as on a test bed: 126 l/min at 18 m. */
export const smallPump: Pump = { speed: 2850, shutOffHead: 24, bestFlow: 2.1e-3, bestHead: 18, bestEfficiency: 0.55, npsh3: 2.6 };

/** How steeply the head falls with the square of the flow, m/(m³/s)². */
export function steepness({ shutOffHead, bestHead, bestFlow }: Pump): number {
  return (shutOffHead - bestHead) / bestFlow ** 2;
}

/** Head in m at a flow in m³/s: H0 n² - a Q², the parabola that obeys the affinity laws exactly. */
export function headOf(pump: Pump, flow: number, ratio: number): number {
  return pump.shutOffHead * ratio ** 2 - steepness(pump) * flow ** 2;
}

/** Below this share of its rated speed a pump stands. */
export const standing = 1e-3;

/** Flow over the flow of best efficiency at this speed; 0 when the pump stands. */
export function loadOf({ bestFlow }: Pump, flow: number, ratio: number): number {
  return ratio > standing ? flow / (ratio * bestFlow) : 0;
}

/** A parabola would reach no efficiency at twice the best flow and turn negative past it; far overload stays at this load. */
const largestLoad = 1.8;

/** Efficiency, 0 to 1: a parabola through no flow and the best point. */
export function efficiencyOf(pump: Pump, flow: number, ratio: number): number {
  const load = Math.min(loadOf(pump, flow, ratio), largestLoad);
  return pump.bestEfficiency * load * (2 - load);
}

/** Power given to the water, W. */
export const hydraulicPower = (flow: number, head: number): number => density * gravity * flow * head;

/**
 * Power at the impeller, W: hydraulic power over efficiency, with the flow cancelled out so that it
 * also holds at a closed valve, where both are 0.
 */
export function impellerPower(pump: Pump, flow: number, ratio: number): number {
  const load = loadOf(pump, flow, ratio);
  const held = Math.min(load, largestLoad);
  const overload = load > held ? load / held : 1;
  const head = Math.max(0, headOf(pump, flow, ratio));
  return (hydraulicPower(ratio * pump.bestFlow, head) * overload) / (pump.bestEfficiency * (2 - held));
}

/** NPSH3 at another flow and speed, m: rises with the square of the flow, and by affinity with that of the speed. */
export function npsh3Of(pump: Pump, flow: number, ratio: number): number {
  return pump.npsh3 * (0.5 * ratio ** 2 + 0.5 * (flow / pump.bestFlow) ** 2);
}

/**
 * What cavitation does at a margin NPSH available / NPSH3: `noise`, 0 to 1, of imploding bubbles, and
 * `headLoss`, the share of head lost.
 *
 * Bubbles are heard long before the head drops: from about twice NPSH3 on; at NPSH3 itself 3 % of the
 * head is gone, by definition, and below it the rest goes fast (Gülich, section 6.2).
 */
export function cavitationAt(margin: number): { noise: number; headLoss: number } {
  const noise = Math.min(1, Math.max(0, (2.3 - margin) / 1.3)) ** 1.5;
  return { noise, headLoss: Math.min(0.8, 0.03 * Math.exp(8 * (1 - margin))) };
}

/**
 * Vapour pressure of water as a head, m, at a temperature in °C.
 *
 * Source: Magnus formula with the coefficients of Sonntag, Z. Meteorologie 40, 1990; within 0.5 % from 0 to 60 °C.
 */
export function vapourHead(celsius: number): number {
  return (611.2 * Math.exp((17.62 * celsius) / (243.12 + celsius))) / (density * gravity);
}

import { gravity } from "./pump.ts";

/** What shakes the machine. */
export interface Shaking {
  /** Speed over rated speed. */
  readonly ratio: number;
  /** Residual unbalance over that of the balanced impeller, at least 1. */
  readonly unbalance: number;
  /** Flow over the best flow at this speed. */
  readonly load: number;
  /** Noise of cavitation, 0 to 1. */
  readonly cavitation: number;
}

/** RMS acceleration, in units of the standard gravity, at the pump's bearing and at the motor. */
export interface Vibration {
  readonly pump: number;
  readonly motor: number;
}

/** RMS acceleration at rated speed of each source at the pump, in g. */
const sources = { unbalance: 0.035, hydraulic: 0.05, cavitation: 0.55, floor: 0.015 };
/** How much of each reaches the motor, and what the motor's own field adds there, in g. */
const reached = { unbalance: 0.75, hydraulic: 0.5, cavitation: 0.4, field: 0.06 };

/**
 * Vibration as the power sum of independent sources.
 *
 * Unbalance goes with the square of the speed (a turning force m e ω²); flow excitation too, and it
 * grows away from best flow (Gülich, chapter 10); cavitation is broadband. With 0.035 g at 2850 rpm the
 * balanced pump runs at 1.1 mm/s, zone A of ISO 10816-7; six times that is 6.9 mm/s, past zone C's 6.5.
 */
export function vibrationOf({ ratio, unbalance, load, cavitation }: Shaking): Vibration {
  const speed = ratio ** 2;
  const turning = sources.unbalance * unbalance * speed;
  const flow = sources.hydraulic * speed * (1 + 0.8 * (load - 1) ** 2);
  const bubbles = sources.cavitation * speed * cavitation;
  return {
    pump: Math.hypot(turning, flow, bubbles, sources.floor),
    motor: Math.hypot(reached.unbalance * turning, reached.hydraulic * flow, reached.cavitation * bubbles, ratio > 0 ? reached.field : 0, sources.floor),
  };
}

/** RMS velocity in mm/s of the share that turns with the shaft, as ISO 10816 judges it. */
export function unbalanceVelocity(unbalance: number, ratio: number, ratedSpeed: number): number {
  if (ratio <= 0) return 0;
  const turning = (2 * Math.PI * ratedSpeed * ratio) / 60; // rad/s
  return (1000 * sources.unbalance * unbalance * ratio ** 2 * gravity) / turning;
}

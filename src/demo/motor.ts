/** A single-phase induction motor by its equivalent: what it needs to magnetise, and where it loses. */
export interface Motor {
  /** Reactive power that magnetises it, var; it hardly depends on the load. */
  readonly magnetising: number;
  /** Lost in iron and fan at rated speed, W. */
  readonly idleLoss: number;
  /** Resistance of the winding, ohm. */
  readonly resistance: number;
}

export const smallMotor: Motor = { magnetising: 560, idleLoss: 60, resistance: 3.2 };

/** What a motor takes from the mains. */
export interface MotorLoad {
  /** RMS current, A; power factor, 0 to 1; power taken and power lost, W. */
  readonly current: number;
  readonly powerFactor: number;
  readonly taken: number;
  readonly lost: number;
}

/**
 * What a motor takes to turn a shaft: P = shaft + idle + R I² with I² = (P² + Q²) / V², solved for P.
 *
 * `shaft` in W, `voltage` in V, RMS. A motor asked for more than the mains can give takes the most they do.
 * Source: Chapman, "Electric Machinery Fundamentals", 5th edition, chapter 6 (power flow of an induction motor).
 */
export function motorLoad({ magnetising, idleLoss, resistance }: Motor, shaft: number, voltage: number, ratio: number): MotorLoad {
  const idle = idleLoss * ratio;
  const perWatt = resistance / voltage ** 2;
  const fixed = shaft + idle + perWatt * magnetising ** 2;
  const taken = (1 - Math.sqrt(Math.max(0, 1 - 4 * perWatt * fixed))) / (2 * perWatt);
  const apparent = Math.hypot(taken, ratio > 0 ? magnetising : 0);
  const current = apparent / voltage;
  return { current, powerFactor: apparent > 0 ? taken / apparent : 0, taken, lost: Math.max(0, taken - shaft) };
}

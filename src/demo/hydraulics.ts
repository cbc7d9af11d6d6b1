import { density, gravity, headOf, standing, steepness, type Pump } from "./pump.ts";

/** The piping around the pump: out of an open tank, through a control valve and back in from above. */
export interface Piping {
  /** Loss of the suction line with a clean strainer, and of the return line without its valve, m/(m³/s)². */
  readonly suction: number;
  readonly pipe: number;
  /** Flow through the wide open valve at 1 bar, m³/h, and over that through the just closed one. */
  readonly kvs: number;
  readonly rangeability: number;
  /** How high the return ends above the pump, m. */
  readonly lift: number;
}

export const loopPiping: Piping = { suction: 1.1e5, pipe: 1.4e6, kvs: 16, rangeability: 30, lift: 1.8 };

/** What decides where the loop runs. */
export interface HydraulicInputs {
  /** Speed over rated speed. */
  readonly ratio: number;
  /** Valve opening, 0 to 1. */
  readonly opening: number;
  /** Loss of the suction line over that with a clean strainer, at least 1. */
  readonly clogging: number;
  /** Open area of a leak between pump and flow meter, m². */
  readonly leak: number;
  /** Water over the pump in the tank, m. */
  readonly level: number;
  /** Share of the pump's head that is left by cavitation, 0 to 1. */
  readonly headLeft: number;
}

/** Where the loop runs: flows in m³/s, heads in m. */
export interface OperatingPoint {
  /** Through the pump; what returns to the tank and what leaks out add up to it. */
  readonly flow: number;
  readonly returned: number;
  readonly leaked: number;
  /** Added by the pump, and above the air at its discharge. */
  readonly head: number;
  readonly discharge: number;
  /** Lost in the suction line. */
  readonly suctionLoss: number;
}

/**
 * Loss of an equal-percentage valve, m/(m³/s)²: each step of opening widens it by the same share.
 *
 * Source: IEC 60534-2-4 for the characteristic, IEC 60534-2-1 for Kv (m³/h of water at 1 bar).
 */
export function valveLoss({ kvs, rangeability }: Piping, opening: number): number {
  const kv = kvs * rangeability ** (Math.min(1, Math.max(0, opening)) - 1);
  return (3600 / kv) ** 2 * (1e5 / (density * gravity));
}

/** Flow out of a leak under a head, m³/s (Torricelli, with a sharp edge's contraction). */
export const leakFlow = (area: number, head: number): number => 0.61 * area * Math.sqrt(2 * gravity * Math.max(0, head));

const widest = 1e-12; // m of head: far below any sensor

/**
 * Solves the loop: the discharge head at which the pump gives what the return line and the leak take.
 *
 * What the pump gives falls with that head and what is taken rises, so there is one solution; Newton
 * steps, halved into the bracket where they would leave it. A check valve keeps water from running back.
 */
export function operatingPoint(pump: Pump, piping: Piping, { ratio, opening, clogging, leak, level, headLeft }: HydraulicInputs): OperatingPoint {
  const highest = Math.max(0, level + headLeft * pump.shutOffHead * ratio ** 2);
  const inner = headLeft * steepness(pump) + piping.suction * clogging;
  const outer = piping.pipe + valveLoss(piping, opening);
  const given = (head: number) => Math.sqrt(Math.max(0, highest - head) / inner);
  const returned = (head: number) => Math.sqrt(Math.max(0, head - piping.lift) / outer);
  const surplus = (head: number) => given(head) - returned(head) - leakFlow(leak, head);

  if (ratio <= standing) return { flow: 0, returned: 0, leaked: 0, head: 0, discharge: Math.min(level, piping.lift), suctionLoss: 0 };
  const discharge = rootOf(surplus, 0, highest);
  const [flow, back, leaked] = [given(discharge), returned(discharge), leakFlow(leak, discharge)];
  return { flow, returned: back, leaked, head: headLeft * headOf(pump, flow, ratio), discharge, suctionLoss: piping.suction * clogging * flow ** 2 };
}

/** The root of a falling function between two bounds: Newton with a numeric slope inside a shrinking bracket. */
function rootOf(falling: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high];
  let x = (from + to) / 2;
  for (let step = 0; step < 60 && to - from > widest; step++) {
    const value = falling(x);
    if (value === 0) return x;
    if (value > 0) from = x;
    else to = x;
    const nudge = Math.max(1e-7, 1e-7 * Math.abs(x));
    const slope = (falling(x + nudge) - falling(x - nudge)) / (2 * nudge);
    const next = x - value / slope;
    x = next > from && next < to ? next : (from + to) / 2;
  }
  return x;
}

import type { WindowMap } from "../src/learn/maps/window-map.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import type { TeachingBlock } from "../src/learn/teach.ts";

/** Kinds of fault of the toy machine, each with the signal that it is in. */
export const toyFaults = { shift: 1, shake: 2, drop: 0 } as const;
export type ToyFault = keyof typeof toyFaults;

/** How a block of the toy machine is made. */
export interface ToyPlan {
  readonly seed: number;
  readonly fault?: ToyFault;
  /** Whether somebody has said of each row what it is. */
  readonly judged?: boolean;
  /** Share of readings that are missing. */
  readonly gaps?: number;
}

export const toyRows = 140;
export const toyWarmUp = 40;
/** Where a fault stands, first row and the row after its last. */
export const toyFaultRows = { from: 80, to: 120 } as const;

/** A small map for toy blocks: every kind of feature, quickly made. */
export const toyMap: WindowMap = { name: "window", version: 1, signals: 3, window: 10, memories: [0, 3, 8], random: { count: 24, seed: 5 }, baseline: null };

/**
 * A block of a machine with three signals, of which the first two follow a wandering load: `shift`
 * raises the second, `shake` makes the third scatter, `drop` lowers the first.
 */
export function toyBlock({ seed, fault, judged = true, gaps = 0 }: ToyPlan): TeachingBlock {
  const random = randomFrom(seed);
  const values = new Float64Array(toyRows * 3);
  const truth = new Uint8Array(toyRows).fill(judged ? 0 : 2);
  let load = 0;
  for (let row = 0; row < toyRows; row++) {
    load = 0.9 * load + 0.3 * normalFrom(random);
    const isFault = fault !== undefined && row >= toyFaultRows.from && row < toyFaultRows.to;
    if (isFault && judged) truth[row] = 1;
    const now = isFault ? fault : undefined;
    const [a, b, c] = [normalFrom(random), normalFrom(random), normalFrom(random)];
    values[row * 3] = 10 + load + 0.3 * a - (now === "drop" ? 5 : 0);
    values[row * 3 + 1] = 20 + 0.5 * load + 0.3 * b + (now === "shift" ? 4 : 0);
    values[row * 3 + 2] = 1000 + 2 * c * (now === "shake" ? 8 : 1);
    for (let at = row * 3; at < row * 3 + 3; at++) if (random() < gaps) values[at] = NaN;
  }
  return { rows: { rows: toyRows, columns: 3, values }, warmUpRows: toyWarmUp, truth, running: null };
}

/** Plans of several blocks, seeds from `first` on. */
export const toyPlans = (count: number, first: number, plan: Omit<ToyPlan, "seed"> = {}): ToyPlan[] => Array.from({ length: count }, (_, at) => ({ ...plan, seed: first + at }));

/** What a bench is held to: a figure, and the bound it must keep. */
export interface Goal {
  /** The figure by its path, for example `wheel.late.f1`. */
  readonly figure: string;
  /** `null` when it could not be measured, which counts as a miss. */
  readonly got: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Why it is missed, where that is known. */
  readonly cause?: string;
}

/** A goal that was not met. */
export interface Miss {
  readonly figure: string;
  readonly goal: string;
  readonly got: number | null;
  readonly cause: string;
}

/** What one run of a bench comes to. */
export interface Outcome {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
  readonly notes: readonly string[];
  /** Variants of defaults that were tried against these data while developing. */
  readonly variantsTried: number;
}

/** A result file, as `bench/main.ts` keeps it. */
export interface Result {
  readonly bench: string;
  readonly at: string;
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly node: string; readonly load?: number };
  readonly seconds: number;
  readonly variantsTried: number;
  readonly figures: unknown;
  /** All goals of the run; results from before goals were kept have none. */
  readonly goals?: readonly { readonly figure: string; readonly goal: string }[];
  readonly misses: readonly Miss[];
  readonly notes: readonly string[];
}

/** What stands at a path of keys and places, joined by dots; `undefined` where there is nothing. */
export function valueAt(figures: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], figures);
}

/** What a bench is handed: which parts to run, and where to say how far it is. */
export interface Run {
  /** Whether a part is to be run: all of them unless one was named. */
  readonly wants: (part: string) => boolean;
  readonly say: (text: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  readonly needs: string;
  /** How long it takes on 2 cores, in words. */
  readonly takes: string;
  readonly parts: readonly string[];
  run(run: Run): Promise<Outcome>;
}

/** The goals that were not met. */
export function missesOf(goals: readonly Goal[]): Miss[] {
  return goals
    .filter(({ got, atLeast = -Infinity, atMost = Infinity }) => got === null || !(got >= atLeast && got <= atMost))
    .map(({ figure, got, atLeast, atMost, cause = "not known" }) => ({ figure, goal: boundText(atLeast, atMost), got, cause }));
}

/** All goals in words, met or not. */
export function goalsText(goals: readonly Goal[]): { figure: string; goal: string }[] {
  return goals.map(({ figure, atLeast, atMost }) => ({ figure, goal: boundText(atLeast, atMost) }));
}

function boundText(atLeast?: number, atMost?: number): string {
  return [atLeast === undefined ? "" : `>= ${atLeast}`, atMost === undefined ? "" : `<= ${atMost}`].filter((text) => text !== "").join(" and ");
}

/** JSON with six significant digits a number; what JSON has no word for is null. */
export function resultJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, plain, indent);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

/** The middle of some figures; `NaN` of none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const mean = (figures: readonly number[]): number => figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

import type { Grid } from "../schema/grid.ts";
import type { Role, ValueType } from "../schema/signal.ts";
import { hour, minute, second } from "../schema/time.ts";
import { isBinary, type ColumnFacts } from "./column-facts.ts";
import { words } from "./name.ts";

/**
 * The role of a signal, by its name and by how it behaves.
 *
 * Energy meters and counters must never fall; a set point needs the word; a state is a flag, a text,
 * or whole numbers that are few and dwell. All else is measured.
 */
export function roleOf(name: string, valueType: ValueType, unit: string | null, facts: ColumnFacts): Role {
  const parts = words(name);
  const has = (set: ReadonlySet<string>) => parts.some((part) => set.has(part)) || pairsOf(parts).some((pair) => set.has(pair));
  if (valueType !== "number") return "state";
  if (facts.rising && (energyUnits.has(unit ?? "") || has(energyWords))) return "energy-meter";
  if (facts.numbering || (facts.rising && facts.whole && has(counterWords))) return "counter";
  if (has(setPointWords)) return "set-point";
  return has(stateWords) && facts.whole && facts.distinct !== null ? "state" : dwells(facts) ? "state" : "measured";
}

/** Few whole numbers, each kept for long: a machine's mode, not a reading that was rounded. */
function dwells({ known, whole, distinct, changes }: ColumnFacts): boolean {
  if (!whole || distinct === null || distinct.length < 2 || distinct.length > 8 || known < 100) return false;
  return distinct[0] >= 0 && distinct[distinct.length - 1] < 16 && changes < 0.05 * known;
}

const pairsOf = (parts: readonly string[]) => parts.slice(1).map((part, i) => `${parts[i]} ${part}`);

const energyUnits = new Set(["W.h", "kW.h", "MW.h", "J", "kJ", "MJ", "GJ"]);
const energyWords = new Set(["energy", "energie", "kwh", "mwh"]);
const counterWords = new Set([
  "count", "counter", "counts", "cnt", "total", "totalizer", "pieces", "parts", "cycles", "cycle", "strokes", "index", "row", "id", "no",
  "zähler", "zaehler", "anzahl", "stück", "stueck", "stückzahl", "nr", "number", "hours", "odometer", "betriebsstunden",
]);
const setPointWords = new Set([
  "sp", "setpoint", "set point", "set value", "setvalue", "soll", "sollwert", "target", "target value", "command", "commanded", "cmd",
  "reference", "demand", "setting", "vorgabe",
]);
const stateWords = new Set([
  "state", "status", "mode", "phase", "step", "program", "programme", "recipe", "shift", "sequence", "flag", "running", "active", "enable",
  "enabled", "alarm", "warning", "zustand", "betriebsart", "schritt", "programm", "rezept", "schicht", "changepoint", "on", "off",
]);

/**
 * How sure a name is that its column is recorded truth: 0 surest, `null` not at all.
 * `changepoint` is no truth about rows: it marks the edges of one.
 */
export function labelRank(name: string): number | null {
  const parts = words(name);
  const ranks = parts.flatMap((part) => {
    const rank = labelWords.findIndex((set) => set.includes(part));
    return rank < 0 ? [] : [rank];
  });
  return ranks.length === 0 ? null : Math.min(...ranks);
}

const labelWords: readonly (readonly string[])[] = [
  ["label", "labels", "anomaly", "anomalies", "anomalous", "outlier"],
  ["fault", "faults", "faulty", "failure", "failures", "failed", "defect", "defective", "störung", "stoerung", "ausfall"],
];

/** A label is 0 where normal and 1 where not: columns of other values are signals, whatever their name. */
export const maybeLabel = (name: string, facts: ColumnFacts): boolean => labelRank(name) !== null && isBinary(facts, false);

const mostSteps = 20_000;

/**
 * The usual time between the known values of a column, in microseconds; `null` with fewer than two.
 *
 * The median of the steps forward in file order (of up to 20,000, evenly picked), rounded to two
 * digits of its unit when that is within half a percent, so that jitter does not make odd periods.
 */
export function medianStep(times: Float64Array, values?: Float64Array): number | null {
  const known = (row: number) => values === undefined || !Number.isNaN(values[row]);
  const whole = values === undefined || !values.some((value) => Number.isNaN(value));
  const steps = whole ? pickedSteps(times) : allSteps(times, known);
  if (steps.length === 0) return null;
  return evened(Float64Array.from(steps).sort()[steps.length >> 1]);
}

/** Steps of a column without gaps, without walking all of it. */
function pickedSteps(times: Float64Array): number[] {
  const stride = Math.max(1, Math.floor(times.length / mostSteps));
  const steps: number[] = [];
  for (let row = 1; row < times.length; row += stride) {
    const step = times[row] - times[row - 1];
    if (step > 0) steps.push(step);
  }
  return steps;
}

function allSteps(times: Float64Array, known: (row: number) => boolean): number[] {
  const steps: number[] = [];
  let previous = Number.NaN;
  for (let row = 0; row < times.length && steps.length < mostSteps; row++) {
    if (!known(row)) continue;
    const step = times[row] - previous;
    if (step > 0) steps.push(step);
    previous = times[row];
  }
  return steps;
}

function evened(step: number): number {
  const unit = [hour, minute, second, 1000, 1].find((unit) => step >= 0.995 * unit) ?? 1;
  const scale = unit * 10 ** Math.max(0, Math.floor(Math.log10(step / unit)) - 1);
  const even = Math.round(step / scale) * scale;
  return Math.abs(even - step) <= 0.005 * step ? even : Math.round(step);
}

/**
 * The grid of a recording: its own step, values held for five steps of its slowest measured signal,
 * rows closed one step late but at least a second and at most a minute.
 */
export function gridOf(step: number | null, slowest: number | null): Grid {
  const period = Math.max(1, step ?? second);
  return { period, hold: 5 * Math.max(period, slowest ?? 0), lateness: Math.min(minute, Math.max(second, period)) };
}

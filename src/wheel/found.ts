import { factsOf } from "../capture/column-facts.ts";
import { gridOf, medianStep, roleOf } from "../capture/guess.ts";
import type { Asset } from "../schema/asset.ts";
import type { BlockRule } from "../schema/block.ts";
import { Cost } from "../schema/cost.ts";
import type { Settings } from "../schema/settings.ts";
import type { Signal } from "../schema/signal.ts";
import { second } from "../schema/time.ts";
import { AlarmDelays, Policy, type Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Ports } from "./ports.ts";
import { condition } from "./kinds/condition.ts";

/** A signal that gave fewer readings says too little to be watched. */
const fewestReadings = 5;
/** Signals whose readings are looked at together. */
const metAtOnce = 20;

/** What is known of a live signal after a while: what it is for, and how often it speaks. */
interface Met {
  readonly signal: Signal;
  readonly step: number | null;
  readonly readings: number;
}

/**
 * Makes the condition wheel of an asset that appeared by itself, from what it sent so far: measured and
 * set-point numbers are watched, on a grid as fast as most of them, blocks cut as the settings say.
 * What its signals are for is judged anew from their values, and kept.
 *
 * Returns: `null` while no measured signal has sent enough.
 */
export async function foundWheel(asset: Asset, signals: readonly Signal[], settings: Settings["wheels"], ports: Ports): Promise<{ wheel: Wheel; revised: Signal[] } | null> {
  const met = await meet(signals.filter(({ valueType }) => valueType !== "text"), ports);
  const watched = met.filter(({ signal, readings }) => readings >= fewestReadings && signal.valueType === "number" && (signal.role === "measured" || signal.role === "set-point"));
  const measured = watched.filter(({ signal, step }) => signal.role === "measured" && step !== null);
  if (measured.length === 0) return null;

  const steps = measured.map(({ step }) => step as number).toSorted((a, b) => a - b);
  const usual = settings.period === undefined ? steps[steps.length >> 1] : Math.round(settings.period * second);
  const { store, now, newId } = ports;
  const there = (await store.records.wheels()).find((other) => other.asset === asset.id);
  const wheel: Wheel = {
    id: newId(),
    site: asset.site,
    asset: asset.id,
    revision: 1,
    name: await freeName(asset.name, ports),
    kind: "condition",
    signals: watched.map(({ signal }) => signal.id),
    grid: gridOf(usual, steps[steps.length - 1]),
    blockRule: there?.blockRule ?? blockRuleOf(settings), // an asset is cut into blocks one way
    warmUpRows: settings.warmUpRows,
    when: null,
    alarm: AlarmDelays.parse({}),
    cost: Cost.parse({}),
    policy: Policy.parse({ promotion: settings.promotion, ...(settings.generated !== undefined && { generated: settings.generated }) }),
    recipes: [...condition.recipes(0, 0)],
    createdAt: now(),
  };
  const revised = met.map(({ signal }) => signal).filter(({ id, revision }) => revision > (signals.find((before) => before.id === id)?.revision ?? 0));
  await store.records.write([...revised.map((value): Fact => ({ put: "signal", value })), { put: "wheel", value: wheel }]);
  return { wheel, revised };
}

export const blockRuleOf = ({ blockBy, block }: Settings["wheels"]): BlockRule =>
  blockBy === undefined ? { by: "duration", length: Math.round(block * second) } : { by: "change", signal: blockBy };

/** Some at once, so that a machine of many signals is met in a few looks at the store, and none takes much memory. */
async function meet(signals: readonly Signal[], { store }: Ports): Promise<Met[]> {
  const span = await store.telemetry.span(signals.map(({ key }) => key));
  if (span === null) return signals.map((signal) => ({ signal, step: null, readings: 0 }));
  const met: Met[] = [];
  for (let from = 0; from < signals.length; from += metAtOnce) {
    const some = signals.slice(from, from + metAtOnce);
    const series = await store.telemetry.seriesOf({ keys: some.map(({ key }) => key), start: span.start, end: span.end + 1 });
    met.push(...some.map((signal, at) => metBy(signal, series[at])));
  }
  return met;
}

function metBy(signal: Signal, { times, values }: { readonly times: Float64Array; readonly values: Float64Array }): Met {
  if (times.length === 0) return { signal, step: null, readings: 0 };
  const step = medianStep(times);
  const role = roleOf(signal.name, signal.valueType, signal.unit, factsOf(values));
  const changed = role !== signal.role || step !== signal.period;
  return { signal: changed ? { ...signal, revision: signal.revision + 1, role, period: step } : signal, step, readings: times.length };
}

/** Wheels are named after their asset; the second of a name gets a number. */
async function freeName(name: string, { store }: Ports): Promise<string> {
  const taken = new Set((await store.records.wheels()).map((wheel) => wheel.name));
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name} ${number}`)) return `${name} ${number}`;
}

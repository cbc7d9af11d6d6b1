import { longSilence, type ClosedTick, type Held } from "../deploy/live-grid.ts";
import type { WheelSetup } from "../deploy/fleet-ports.ts";
import type { WheelSnapshot } from "../deploy/wheel-snapshot.ts";
import { endsOf } from "../review/target-truth.ts";
import type { Signal } from "../schema/signal.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { trueLabels } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { shadowsOf } from "./shadowed.ts";
import type { SignalBook } from "./signal-book.ts";

/** Everything that live scoring needs to know of a wheel; `snapshot` is what it knew before a restart. */
export async function wheelSetup(wheel: Wheel, book: SignalBook, snapshot: WheelSnapshot | null, ports: Ports): Promise<WheelSetup> {
  const { records } = ports.store;
  const signals = new Map<string, Signal>();
  for (const signal of book.signals()) if (signal.asset === wheel.asset) signals.set(signal.id, signal);
  const keys = wheel.signals.map((id) => signals.get(id)?.key ?? missing(wheel, id));
  const { blockRule } = wheel;
  const mark = blockRule.by === "change" ? [...signals.values()].find(({ name }) => name === blockRule.signal)?.key : undefined;
  const whenKey = wheel.when === null ? undefined : signals.get(wheel.when.signal)?.key;
  // As in the live grid: the signal of `when` comes last, unless it is one of the inputs.
  const columns = whenKey === undefined || keys.includes(whenKey) ? keys : [...keys, whenKey];
  return {
    wheel,
    keys,
    whenKey,
    mark,
    champion: (await records.champion(wheel.id))?.model ?? null,
    shadows: (await shadowsOf(wheel, ports)).map(({ model }) => model),
    snapshot,
    rowsSince: (from, to) => rowsBetween(wheel, columns, from, to, ports),
    held: await slowSignals(wheel, [...signals.values()], ports),
    ...(await lifeFrom(wheel, ports)),
  };
}

/** When the last life of a wheel's target ended, if it asks for one. */
export async function lifeFrom({ asset, kind, target = null }: Wheel, { store }: Ports): Promise<{ lifeFrom?: Micros }> {
  if (kind !== "remaining-life" || target === null) return {};
  const last = endsOf(await trueLabels({ asset, about: { target: target.name } }, { store })).at(-1);
  return last === undefined ? {} : { lifeFrom: last.end };
}

/** The rows of [from, until). The silence of a site that was down is passed over as a live one is: after its first rows. */
export async function rowsBetween({ grid }: Pick<Wheel, "grid">, keys: readonly number[], from: Micros, until: Micros, { store }: Ports): Promise<ClosedTick[]> {
  const start = Math.ceil(from / grid.period) * grid.period;
  if (until <= start) return [];
  const extents = await store.telemetry.extents({ keys, start: start - grid.hold, end: until, width: until });
  const last = extents.reduce((newest, extent) => Math.max(newest, extent.last), start);
  const to = Math.min(until, last + grid.hold + longSilence * grid.period);
  const { times, values } = await store.telemetry.rows({ keys: [...keys], period: grid.period, hold: grid.hold, start, end: to });
  const { times: spoken } = await store.telemetry.series({ key: keys[0], start: start - grid.period, end: to });
  const spokenTicks = new Set(Array.from(spoken, (time) => Math.ceil(time / grid.period) * grid.period));
  return Array.from(times, (time, row) => ({ time, isSilent: !spokenTicks.has(time), values: values.slice(row * keys.length, (row + 1) * keys.length), mark: null, due: 0 }));
}

/** The last samples of signals that speak seldom: until they speak again, their value is held. */
async function slowSignals({ grid, signals }: Wheel, all: readonly Signal[], { store, now }: Ports): Promise<Held[]> {
  const slow = all.filter(({ id, period }) => signals.includes(id) && period !== null && period > 2 * grid.period).map(({ key }) => key);
  if (slow.length === 0) return [];
  const known = await store.telemetry.seriesOf({ keys: slow, start: now() - grid.hold, end: now() + 1 });
  return known.flatMap(({ times, values }, at) => (times.length === 0 ? [] : [{ key: slow[at], time: times[times.length - 1], value: values[values.length - 1] }]));
}

function missing(wheel: Wheel, id: string): never {
  throw new RangeError(`Cannot watch wheel ${wheel.name}: its signal ${id} is not one of its asset`);
}

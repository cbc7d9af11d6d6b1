import type { Column, Recording } from "../capture/recording.ts";
import { MillraceError } from "../errors.ts";
import type { Asset } from "../schema/asset.ts";
import type { Block, BlockRule } from "../schema/block.ts";
import { Cost } from "../schema/cost.ts";
import { connectorName, hourOf, joinedHours } from "../schema/inflow.ts";
import type { Origin } from "../schema/origin.ts";
import type { Signal } from "../schema/signal.ts";
import type { Interval, Micros } from "../schema/time.ts";
import { AlarmDelays, Policy, type Wheel } from "../schema/wheel.ts";
import { softwareVersion } from "../version.ts";
import { cutBlocks } from "./cut.ts";
import { useOf } from "./choose.ts";
import { condition } from "./kinds/condition.ts";
import { idFor } from "./names.ts";
import { originOf, originsOf } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { readBlock } from "./rows.ts";

export interface IntakeOptions {
  /** The machine that the recording is of. */
  readonly asset: string;
  /** How blocks are cut; the recording's own guess, one block a file, unless given. */
  readonly blockRule?: BlockRule;
  /** Recorded rows at the head of each block that are its own baseline; 0 for none. */
  readonly warmUpRows: number;
  /** Who made its readings. @default "sensor" */
  readonly origin?: Origin;
  /** Through what it came. @default "import" */
  readonly connector?: string;
  /** Moves the recording so that its first row has this time. */
  readonly startAt?: Micros;
}

/** What became of a recording. */
export interface Intake {
  readonly asset: Asset;
  readonly wheel: Wheel;
  /** Blocks that are new, or revised by samples that came late, in id order. */
  readonly blocks: readonly Block[];
  readonly samples: number;
  /** Moved by this much, in microseconds. */
  readonly movedBy: number;
}

/**
 * Takes a recording into the site: its machine, signals and wheel when they are new, its samples, then
 * its blocks. Samples are durable before anything is said about them; doing it again changes nothing.
 *
 * Throws `capture.unit-changed` when a known signal comes with another unit.
 */
export async function takeIn(recording: Recording, options: IntakeOptions, ports: Ports): Promise<Intake> {
  const { records, telemetry } = ports.store;
  const first = recording.times.reduce((least, time) => Math.min(least, time), Infinity);
  const movedBy = options.startAt === undefined ? 0 : options.startAt - first;
  const times = recording.times.map((time) => time + movedBy);
  const { asset, signals, wheel } = await prepare(recording, options, ports);

  const cut = cutBlocks(times, recording, wheel).map((block) => ({ ...block, id: idFor(block.interval.start, { asset: asset.name, ...block.interval }) }));
  const known = await taken(cut, recording, ports);
  if (known !== null) return { asset, wheel, blocks: known, samples: 0, movedBy };

  const { origin = "sensor", connector = connectorName("import") } = options;
  const numbers = recording.columns.filter(({ texts }) => texts === null);
  const inflow = { connector, origins: [origin], hours: joinedHours([...new Set(times.map((time) => hourOf(time).start))].map(hourOf)), software: [{ version: softwareVersion, since: ports.now() }] };
  await records.write(recording.columns.map(({ name }) => ({ put: "inflow", value: { ...inflow, key: keyOf(signals, name) } })));
  const appended = await telemetry.append({
    received: ports.now(),
    series: numbers.map(({ name, values }) => ({ key: keyOf(signals, name), times, values, quality: "good", origin })),
    texts: recording.columns.flatMap((column) => textSeries(column, times, signals, origin)),
  });
  const late = await reviseOverlapped(asset, wheel, cut, appended.sequence, ports);
  const before = await records.blocks({ asset: asset.id });
  const made = await originsOf(asset.id, numbers.map(({ name }) => keyOf(signals, name)), cut, ports);
  const fresh: Block[] = [];
  for (const { id, interval, warmUpEnd, rows } of cut) {
    // What an existing block holds already is part of that block, now revised, and makes none of its own.
    if (before.some((block) => block.excluded === null && block.start <= interval.start && block.end >= interval.end)) continue;
    fresh.push({
      id,
      site: asset.site,
      asset: asset.id,
      revision: 1,
      ...interval,
      warmUpEnd,
      rows,
      sequence: appended.sequence,
      ...(made.get(id) as Pick<Block, "origin" | "excluded" | "connectors">),
      context: { parts: [], product: null, recipe: null, tool: null, shift: null, file: { name: recording.file.name, digest: recording.file.digest, recordedAt: interval.start - movedBy } },
      use: useOf(id, before.length + fresh.length, wheel.policy),
      createdAt: ports.now(),
      software: softwareVersion,
    });
  }
  await records.write(fresh.map((value) => ({ put: "block", value })));
  const blocks = [...late, ...fresh].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { asset, wheel, blocks, samples: appended.accepted, movedBy };
}

/** The machine, signals and wheel that a recording tells of; made when they are new. No sample is stored. */
export async function prepare(recording: Recording, options: IntakeOptions, ports: Ports): Promise<{ asset: Asset; signals: ReadonlyMap<string, Signal>; wheel: Wheel }> {
  const asset = await assetNamed(options.asset, ports);
  const signals = await signalsOf(recording, asset, ports);
  return { asset, signals, wheel: await wheelOf(recording, asset, signals, options, ports) };
}

/** The blocks of a file that has been taken in before, as they are; `null` when any is missing or of another file. */
async function taken(cut: readonly { readonly id: string }[], recording: Recording, { store }: Ports): Promise<Block[] | null> {
  const blocks: Block[] = [];
  for (const { id } of cut) {
    const block = await store.records.block(id);
    if (block?.context.file?.digest !== recording.file.digest) return null;
    blocks.push(block);
  }
  return blocks;
}

/** Samples newer than a block has seen make a new revision of it, which is judged and taught again. */
export async function reviseBlock(block: Block, wheel: Wheel, sequence: number, ports: Ports): Promise<Block> {
  const { times } = await readBlock(wheel, block, ports);
  const keys = (await ports.store.records.signals(block.asset)).filter(({ id }) => wheel.signals.includes(id)).map(({ key }) => key);
  const { origin, excluded, connectors } = await originOf(block.asset, keys, block, ports);
  const value: Block = { ...block, revision: block.revision + 1, sequence, rows: times.length, origin, excluded: block.excluded ?? excluded, connectors, software: softwareVersion };
  await ports.store.records.write([{ put: "block", value }]);
  return value;
}

/**
 * Blocks into which the new samples reach are revised. One that lies wholly within a longer new block
 * is left out from now on: its rows are in that one, and must not teach twice.
 */
async function reviseOverlapped(asset: Asset, wheel: Wheel, cut: readonly { readonly id: string; readonly interval: Interval }[], sequence: number, ports: Ports): Promise<Block[]> {
  const before = (await ports.store.records.blocks({ asset: asset.id })).filter(({ excluded }) => excluded === null);
  const revised: Block[] = [];
  for (const block of before) {
    const over = cut.filter(({ interval }) => block.start < interval.end && block.end > interval.start);
    if (over.length === 0) continue;
    const longer = over.find(({ id, interval }) => id !== block.id && interval.start <= block.start && interval.end >= block.end);
    if (longer === undefined) revised.push(await reviseBlock(block, wheel, sequence, ports));
    else await ports.store.records.write([{ put: "block", value: { ...block, revision: block.revision + 1, sequence, excluded: `its rows are part of block ${longer.id}`, software: softwareVersion } }]);
  }
  return revised;
}

async function assetNamed(name: string, { store, now, newId }: Ports): Promise<Asset> {
  const known = (await store.records.assets()).find((asset) => asset.name === name);
  if (known !== undefined) return known;
  const site = await store.records.site();
  if (site === null) throw new RangeError("Cannot add an asset: the site has no record of itself");
  const asset: Asset = { id: newId(), site: site.id, parent: null, name, createdAt: now() };
  await store.records.write([{ put: "asset", value: asset }]);
  return asset;
}

async function signalsOf(recording: Recording, asset: Asset, { store, now, newId }: Ports): Promise<Map<string, Signal>> {
  const known = new Map((await store.records.signals(asset.id)).map((signal) => [signal.name, signal]));
  let key = await store.records.nextSignalKey();
  const fresh: Signal[] = [];
  for (const column of recording.columns) {
    const before = known.get(column.name);
    if (before !== undefined) requireSameUnit(before, column);
    else {
      const { name, valueType, role, unit, period } = column;
      const signal: Signal = { id: newId(), site: asset.site, asset: asset.id, key: key++, name, revision: 1, valueType, role, unit, period, createdAt: now() };
      known.set(name, signal);
      fresh.push(signal);
    }
  }
  await store.records.write(fresh.map((value) => ({ put: "signal", value })));
  return known;
}

function requireSameUnit({ name, unit }: Signal, column: Column): void {
  if (unit === null || column.unit === null || unit === column.unit) return;
  throw new MillraceError("capture.unit-changed", `Cannot import signal ${JSON.stringify(name)}: its unit is ${column.unit} in this file, ${unit} before`, {
    hint: "Give the unit with --unit, or import it as a signal of another asset.",
  });
}

/** The asset's condition wheel; made from the recording when it has none. */
async function wheelOf(recording: Recording, asset: Asset, signals: ReadonlyMap<string, Signal>, options: IntakeOptions, { store, now, newId }: Ports): Promise<Wheel> {
  const there = (await store.records.wheels()).filter((wheel) => wheel.asset === asset.id);
  const known = there.find(({ kind }) => kind === "condition");
  if (known !== undefined) return known;
  const inputs = recording.columns.filter(({ role, valueType }) => valueType === "number" && (role === "measured" || role === "set-point"));
  if (inputs.length === 0) {
    throw new MillraceError("wheel.no-signals", `Cannot watch ${JSON.stringify(asset.name)}: the recording has no measured signal`, {
      hint: "Say which columns are measured with --role NAME=measured.",
    });
  }
  const wheel: Wheel = {
    id: newId(),
    site: asset.site,
    asset: asset.id,
    revision: 1,
    name: asset.name,
    kind: "condition",
    signals: inputs.map(({ name }) => (signals.get(name) as Signal).id),
    grid: recording.grid,
    blockRule: options.blockRule ?? there.at(0)?.blockRule ?? recording.blockRule, // an asset is cut into blocks one way
    warmUpRows: options.warmUpRows,
    when: null,
    alarm: AlarmDelays.parse({}),
    cost: Cost.parse({}),
    policy: Policy.parse({}),
    recipes: [...condition.recipes(0, 0)],
    createdAt: now(),
  };
  await store.records.write([{ put: "wheel", value: wheel }]);
  return wheel;
}

const keyOf = (signals: ReadonlyMap<string, Signal>, name: string): number => (signals.get(name) as Signal).key;

function textSeries({ name, texts, values }: Column, times: Float64Array, signals: ReadonlyMap<string, Signal>, origin: Origin) {
  if (texts === null) return [];
  const known = Array.from(values.keys()).filter((row) => !Number.isNaN(values[row]));
  return [
    {
      key: keyOf(signals, name),
      times: Float64Array.from(known, (row) => times[row]),
      texts: known.map((row) => texts[values[row]]),
      quality: "good" as const,
      origin,
    },
  ];
}

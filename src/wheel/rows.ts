import { runningRows, type RunningRows } from "../deploy/running-gate.ts";
import type { Matrix } from "../learn/matrix.ts";
import { truthOf } from "../review/truth.ts";
import type { Block } from "../schema/block.ts";
import type { Label } from "../schema/label.ts";
import { minute, type Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Store } from "../store/store.ts";
import { trueLabels } from "./origin.ts";
import type { Ports } from "./ports.ts";

/** A block on the wheel's grid. */
export interface BlockRows {
  readonly times: Float64Array;
  readonly rows: Matrix;
  /** Rows at the head that are the block's own baseline. */
  readonly warmUpRows: number;
  /** Where the asset runs; `null` for a wheel that always judges. */
  readonly running: RunningRows | null;
}

/**
 * Rows that are remembered for each store: a block that arrives is judged, taught and, in an exam, judged
 * again and again. So many bytes at most, and none that nobody has asked for in a while: a site that
 * has been up for a day holds no more than one that has been up for an hour.
 */
const mostRemembered = 64 * 2 ** 20;
const longestRemembered = 10 * minute;

interface Remembered {
  readonly rows: BlockRows;
  readonly usedAt: Micros;
}

const remembered = new WeakMap<Store, Map<string, Remembered>>();

/** Reads a block from the store as rows of the wheel's signals. A revision of a block never changes, so the rows read last are kept. */
export async function readBlock(wheel: Wheel, block: Block, { store, now }: Pick<Ports, "store" | "now">): Promise<BlockRows> {
  const known = remembered.get(store) ?? new Map<string, Remembered>();
  remembered.set(store, known);
  const name = [wheel.id, wheel.revision, block.id, block.revision, block.sequence].join(" ");
  const rows = known.get(name)?.rows ?? (await readRows(wheel, block, store));
  known.delete(name);
  known.set(name, { rows, usedAt: now() }); // the newest last
  forgetOld(known, now());
  return rows;
}

function forgetOld(known: Map<string, Remembered>, now: Micros): void {
  const bytesOf = ({ rows }: Remembered): number => rows.rows.values.byteLength;
  let bytes = [...known.values()].reduce((sum, one) => sum + bytesOf(one), 0);
  for (const [oldest, one] of known) {
    if (bytes <= mostRemembered && now - one.usedAt <= longestRemembered) break;
    known.delete(oldest);
    bytes -= bytesOf(one);
  }
}

async function readRows(wheel: Wheel, block: Block, store: Store): Promise<BlockRows> {
  const keys = await signalKeys(wheel, store);
  const { period, hold } = wheel.grid;
  const { times, values } = await store.telemetry.rows({ keys, period, hold, start: block.start, end: block.end });
  const warmUpRows = block.warmUpEnd === null ? 0 : Math.ceil((block.warmUpEnd - block.start) / period);
  const running = await readRunning(wheel, block, times, store);
  return { times, rows: { rows: times.length, columns: keys.length, values }, warmUpRows, running };
}

/** Spans of the condition that are read before a block, so that an asset that ran on is running at its first row. */
const spansBefore = 2;

/**
 * Where a block's asset runs, by the wheel's `when`; `null` for a wheel without one.
 *
 * Rows before the block tell since when it has, as they do live; after a longer silence it has to show
 * anew that it runs.
 */
async function readRunning({ when, asset, grid }: Wheel, block: Block, times: Float64Array, store: Store): Promise<RunningRows | null> {
  if (when === null) return null;
  const key = (await store.records.signals(asset)).find(({ id }) => id === when.signal)?.key;
  if (key === undefined) return new Uint8Array(times.length).fill(2);
  const start = block.start - Math.ceil((spansBefore * when.for + grid.hold) / grid.period) * grid.period;
  const { times: ticks, values } = await store.telemetry.rows({ keys: [key], period: grid.period, hold: grid.hold, start, end: block.end });
  const running = runningRows(when, ticks, values);
  return running.subarray(running.length - times.length);
}

/** The labels of real origin that reach into a block, and what they say of each of its rows. */
export async function readTruth(block: Block, times: Float64Array, { store }: Ports): Promise<{ labels: Label[]; truth: Uint8Array }> {
  const labels = await trueLabels({ asset: block.asset, start: block.start, end: block.end }, { store });
  return { labels, truth: truthOf(times, labels) };
}

async function signalKeys(wheel: Wheel, store: Store): Promise<number[]> {
  const known = new Map((await store.records.signals(wheel.asset)).map(({ id, key }) => [id, key]));
  return wheel.signals.map((id) => {
    const key = known.get(id);
    if (key === undefined) throw new RangeError(`Cannot read wheel ${wheel.name}: its signal ${id} is not one of its asset`);
    return key;
  });
}

import type { Matrix } from "../learn/matrix.ts";
import { truthOf } from "../review/truth.ts";
import type { Block } from "../schema/block.ts";
import type { Label } from "../schema/label.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";

/** A block on the wheel's grid. */
export interface BlockRows {
  readonly times: Float64Array;
  readonly rows: Matrix;
  /** Rows at the head that are the block's own baseline. */
  readonly warmUpRows: number;
}

/** Reads a block from the store as rows of the wheel's signals. */
export async function readBlock(wheel: Wheel, block: Block, { store }: Ports): Promise<BlockRows> {
  const keys = await signalKeys(wheel, store);
  const { period, hold } = wheel.grid;
  const { times, values } = await store.telemetry.rows({ keys, period, hold, start: block.start, end: block.end });
  const warmUpRows = block.warmUpEnd === null ? 0 : Math.ceil((block.warmUpEnd - block.start) / period);
  return { times, rows: { rows: times.length, columns: keys.length, values }, warmUpRows };
}

/** The labels that reach into a block, and what they say of each of its rows. */
export async function readTruth(block: Block, times: Float64Array, { store }: Ports): Promise<{ labels: Label[]; truth: Uint8Array }> {
  const labels = await store.records.labels({ asset: block.asset, start: block.start, end: block.end });
  return { labels, truth: truthOf(times, labels) };
}

async function signalKeys(wheel: Wheel, store: Ports["store"]): Promise<number[]> {
  const known = new Map((await store.records.signals(wheel.asset)).map(({ id, key }) => [id, key]));
  return wheel.signals.map((id) => {
    const key = known.get(id);
    if (key === undefined) throw new RangeError(`Cannot read wheel ${wheel.name}: its signal ${id} is not one of its asset`);
    return key;
  });
}

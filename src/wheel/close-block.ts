import type { Asset } from "../schema/asset.ts";
import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { softwareVersion } from "../version.ts";
import type { Fact } from "../store/records/facts.ts";
import { useOf } from "./choose.ts";
import type { Stretch } from "./live-blocks.ts";
import { idFor } from "./names.ts";
import { originOf } from "./origin.ts";
import type { Ports } from "./ports.ts";

/** What a block is called while it lasts: its own id also says where it ended. */
export const openBlockId = (asset: Id, start: Micros): Id => idFor(start, { asset, start });

/**
 * Records a stretch that is over as a block, under the id that importing it would give, and files the
 * events found while it lasted under that id. The warm-up ends where a recording of the same samples
 * would end it: after that many times at which the wheel's signals spoke.
 *
 * It begins with the first tick of the grid, so that its rows are those that were scored live.
 *
 * Returns: `null` when the store holds none of its samples, or when the block is there already.
 */
export async function closeBlock(wheel: Wheel, asset: Asset, { start: begun, end, mark }: Stretch, ports: Ports): Promise<Block | null> {
  const { records, telemetry } = ports.store;
  const start = Math.ceil(begun / wheel.grid.period) * wheel.grid.period;
  if (start >= end) return null;
  const id = idFor(start, { asset: asset.name, start, end });
  if ((await records.block(id)) !== null) return null;
  const known = (await records.signals(asset.id)).filter((signal) => wheel.signals.includes(signal.id));
  const keys = known.map(({ key }) => key);
  const sequence = await telemetry.highestSequence({ keys, start, end });
  if (sequence === 0) return null;

  let times = new Float64Array();
  for (const key of keys) {
    const series = await telemetry.series({ key, start, end });
    if (series.times.length > times.length) times = Float64Array.from(series.times);
    if (times.length >= (end - start) / wheel.grid.period) break; // a row for each tick: no signal speaks more often
  }
  const warmUpEnd = wheel.warmUpRows === 0 ? null : (times[wheel.warmUpRows] ?? end);
  const before = await records.countBlocks(asset.id);
  const block: Block = {
    id,
    site: asset.site,
    asset: asset.id,
    revision: 1,
    start,
    end,
    rows: times.length,
    warmUpEnd,
    sequence,
    ...(await originOf(asset.id, keys, { start, end }, ports)),
    context: { parts: mark === null ? [] : [mark.slice(0, 200)], product: null, recipe: null, tool: null, shift: null, file: null },
    use: useOf(id, before, wheel.policy),
    createdAt: ports.now(),
    software: softwareVersion,
  };
  const events = await records.events({ block: openBlockId(asset.id, begun) });
  await records.write([{ put: "block", value: block }, ...events.map((event): Fact => ({ put: "event", value: { ...event, block: id } }))]);
  return block;
}

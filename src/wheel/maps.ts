import { canonicalJson, digest } from "../digest.ts";
import { baselineOf } from "../learn/baseline.ts";
import { mapOf, seriesMapOf } from "../learn/maps/maps.ts";
import type { SeriesMap } from "../learn/maps/series-map.ts";
import type { BaselineValues, WindowMap } from "../learn/maps/window-map.ts";
import type { Matrix } from "../learn/matrix.ts";
import type { Baseline } from "../schema/baseline.ts";
import type { Block } from "../schema/block.ts";
import type { Digest } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import { byOrigin } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { readBlock, readTruth } from "./rows.ts";

/** A wheel's feature map under its digest: what frozen means. */
export interface FrozenMap<M = WindowMap | SeriesMap> {
  readonly map: M;
  readonly digest: Digest;
}

/** Rows from which an asset's first baseline is taken, and blocks it may come from. */
const baselineRows = 20_000;

/**
 * The feature map of a recipe for a wheel. Without warm-ups the asset's baseline is frozen into it:
 * made once, from its first blocks, without rows that somebody has called a fault and those in which it stands still.
 */
export async function freezeMap(wheel: Wheel, mapName: string, ports: Ports): Promise<FrozenMap<WindowMap> | null> {
  const baseline = wheel.warmUpRows > 0 ? null : await assetBaseline(wheel, ports);
  if (wheel.warmUpRows === 0 && baseline === null) return null;
  const map = mapOf(mapName, wheel.signals.length, baseline);
  return { map, digest: digest(canonicalJson(map)) };
}

/** The series map of a recipe, its columns scaled by the asset's baseline; `null` while there is no block to take one from. */
export async function freezeSeries(wheel: Wheel, mapName: string, ports: Ports): Promise<FrozenMap<SeriesMap> | null> {
  const baseline = await assetBaseline(wheel, ports);
  if (baseline === null) return null;
  const names = new Map((await ports.store.records.signals(wheel.asset)).map(({ id, name }) => [id, name]));
  const columns = wheel.signals.map((id, at) => ({ name: names.get(id) ?? id, centre: baseline.centre[at], spread: baseline.spread[at] > 0 ? baseline.spread[at] : 1, still: false }));
  const map = seriesMapOf(mapName, columns);
  return { map, digest: digest(canonicalJson(map)) };
}

async function assetBaseline(wheel: Wheel, ports: Ports): Promise<BaselineValues | null> {
  const { records } = ports.store;
  const covers = ({ regime, signals }: Baseline) => regime === wheel.id && canonicalJson(signals) === canonicalJson(wheel.signals);
  const known = (await records.baselines(wheel.asset)).find(covers);
  if (known !== undefined) return { centre: Float64Array.from(known.centre), spread: Float64Array.from(known.spread), noise: Float64Array.from(known.noise) };

  const { admitted } = await byOrigin(wheel.asset, await records.blocks({ asset: wheel.asset }), "threshold", ports);
  const blocks = admitted.filter(({ excluded }) => excluded === null);
  const { rows, span } = await firstRows(wheel, blocks, ports);
  if (span === null) return null;
  const values = baselineOf(rows);
  const plain = (column: Float64Array, unknown: number) => Array.from(column, (value) => (Number.isFinite(value) ? value : unknown));
  const [centre, spread, noise] = [plain(values.centre, 0), plain(values.spread, 1), plain(values.noise, 1)];
  await records.write([
    { put: "baseline", value: { id: ports.newId(), asset: wheel.asset, regime: wheel.id, revision: 1, span, signals: wheel.signals, centre, spread, noise } },
  ]);
  return { centre: Float64Array.from(centre), spread: Float64Array.from(spread), noise: Float64Array.from(noise) };
}

async function firstRows(wheel: Wheel, blocks: readonly Block[], ports: Ports): Promise<{ rows: Matrix; span: { start: number; end: number } | null }> {
  const columns = wheel.signals.length;
  const kept: number[] = [];
  const used: Block[] = [];
  for (const block of blocks) {
    if (kept.length >= baselineRows * columns) break;
    const { times, rows, running } = await readBlock(wheel, block, ports);
    const { truth } = await readTruth(block, times, ports);
    for (let row = 0; row < times.length; row++) {
      if (truth[row] === 1 || (running !== null && running[row] !== 1)) continue;
      for (let at = row * columns; at < (row + 1) * columns; at++) kept.push(rows.values[at]);
    }
    used.push(block);
  }
  const [first, last] = [used[0], used.at(-1)];
  const span = first === undefined || last === undefined || kept.length === 0 ? null : { start: first.start, end: last.end };
  return { rows: { rows: kept.length / columns, columns, values: Float64Array.from(kept) }, span };
}

import type { Id } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import { arrive } from "./arrive.ts";
import { reviseBlock } from "./intake.ts";
import type { Ports } from "./ports.ts";
import { welcome } from "./welcome.ts";

/** The number of the last sample that blocks were compared with. */
const lookedAt = "site.looked-at-sequence";

/**
 * Makes up for what a crash may have left between samples and the facts about them: blocks into which
 * newer samples reach are revised and judged anew, first turns are made.
 *
 * Only what was stored since the last look is read: a site starts as fast after ten years as on its
 * first day.
 */
export async function recover(ports: Ports): Promise<void> {
  const { records, telemetry } = ports.store;
  const stored = await telemetry.sequence();
  const above = Number((await records.setting(lookedAt)) ?? (await records.highestBlockSequence()));
  const wheels = stored > above ? await records.wheels() : [];
  for (const [asset, own] of Map.groupBy(wheels, (wheel) => wheel.asset)) await recoverAsset(asset, own, above, ports);
  if (stored > above) await noteLook(ports);
  for (const { wheel: id, trigger } of await records.unfinishedTurns()) {
    const wheel = await records.wheel(id);
    if (wheel === null || trigger !== "first") continue;
    for (const block of await records.blocks({ asset: wheel.asset })) await welcome(wheel, block, ports);
  }
}

/** Blocks of an asset into which samples above a number reach are revised once, and judged anew by each of its wheels. */
async function recoverAsset(asset: Id, wheels: readonly Wheel[], above: number, ports: Ports): Promise<void> {
  const { records, telemetry } = ports.store;
  const inputs = new Set(wheels.flatMap(({ signals }) => signals));
  const keys = (await records.signals(asset)).filter(({ id }) => inputs.has(id)).map(({ key }) => key);
  const blocks = await records.blocks({ asset });
  const touched = await telemetry.touched({ keys, above, intervals: blocks.map(({ start, end }) => ({ start, end })) });
  for (const [at, block] of blocks.entries()) {
    if (touched[at] <= block.sequence) continue;
    const revised = await reviseBlock(block, wheels[0], touched[at], ports);
    for (const wheel of wheels) await arrive(wheel, revised, ports, block.context.file === null ? "live" : "now");
  }
}

/** Every block knows of the samples stored so far: called when that is so. */
export async function noteLook({ store: { records, telemetry } }: Ports): Promise<void> {
  await records.write([{ put: "setting", value: { name: lookedAt, text: String(await telemetry.sequence()) } }]);
}

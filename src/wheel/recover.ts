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
  for (const wheel of stored > above ? await records.wheels() : []) {
    const keys = (await records.signals(wheel.asset)).filter(({ id }) => wheel.signals.includes(id)).map(({ key }) => key);
    const blocks = await records.blocks({ asset: wheel.asset });
    const touched = await telemetry.touched({ keys, above, intervals: blocks.map(({ start, end }) => ({ start, end })) });
    for (const [at, block] of blocks.entries()) {
      if (touched[at] <= block.sequence) continue;
      await arrive(wheel, await reviseBlock(block, wheel, touched[at], ports), ports, block.context.file === null ? "live" : "now");
    }
  }
  if (stored > above) await noteLook(ports);
  for (const { wheel: id, trigger } of await records.unfinishedTurns()) {
    const wheel = await records.wheel(id);
    if (wheel === null || trigger !== "first") continue;
    for (const block of await records.blocks({ asset: wheel.asset })) await welcome(wheel, block, ports);
  }
}

/** Every block knows of the samples stored so far: called when that is so. */
export async function noteLook({ store: { records, telemetry } }: Ports): Promise<void> {
  await records.write([{ put: "setting", value: { name: lookedAt, text: String(await telemetry.sequence()) } }]);
}

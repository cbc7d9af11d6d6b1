import assert from "node:assert/strict";
import { test } from "node:test";
import type { Site } from "../src/site.ts";
import { WheelRequest } from "../src/schema/wheel-request.ts";
import { madeRun, madeTable, requests, told } from "./made-kinds.ts";
import { onSite } from "./on-site.ts";

/** Does something on a site with a wheel of this kind, which has these runs and their labels. */
const onTold = async <T>(kind: keyof typeof requests, numbers: readonly number[], work: (site: Site) => Promise<T>): Promise<T> =>
  await onSite(async (site) => {
    const runs = numbers.map((number) => madeRun(number, 40));
    for (const { recording } of runs) await site.import(recording, { asset: "machine", warmUpRows: 0 });
    const wheel = await site.makeWheel(WheelRequest.parse(requests[kind]));
    await site.store.records.write([{ put: "wheel", value: { ...wheel, revision: wheel.revision + 1, recipes: wheel.recipes.filter(({ learner }) => !learner.endsWith("boosted-trees")) } }]);
    await site.takeOrders(madeTable(runs, told[kind]), { origin: "measurement" });
    return await work(site);
  });

async function turned(site: Site, kind: keyof typeof requests): Promise<Map<string, Uint8Array>> {
  const wheel = (await site.store.records.wheels()).find((one) => one.kind === kind) ?? assert.fail();
  const turn = await site.turn(wheel, "hand");
  assert.deepEqual([(await site.reproduce(turn)).identical, turn.challengers.length > 1], [true, true]);
  return new Map(await Promise.all(turn.challengers.map(async (name) => [(await site.store.records.model(name))?.recipe.name ?? "", site.exportModel(name)] as const)));
}

for (const kind of Object.keys(requests) as (keyof typeof requests)[]) {
  test(`a wheel of kind ${kind} is made again to the byte, and forgets to the byte`, async () => {
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const never = await onTold(kind, numbers.toSpliced(3, 1), (site) => turned(site, kind));
    await onTold(kind, numbers, async (site) => {
      const before = await turned(site, kind);
      const [asset] = await site.store.records.assets();
      const block = (await site.store.records.blocks({ asset: asset.id }))[3];
      await site.forget({ what: "block", block: block.id }, { meanwhile: "keep", reason: "" });
      const after = await turned(site, kind);
      assert.deepEqual(after, never);
      assert.notDeepEqual(after, before);
    });
  });
}

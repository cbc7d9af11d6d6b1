import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../src/schema/block.ts";
import type { Digest } from "../src/schema/id.ts";
import type { Label } from "../src/schema/label.ts";
import type { Origin } from "../src/schema/origin.ts";
import type { Says } from "../src/schema/target.ts";
import { second } from "../src/schema/time.ts";
import { WheelRequest } from "../src/schema/wheel-request.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import type { Site } from "../src/site.ts";
import { examPairs, proveBlock } from "../src/wheel/evidence.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { madeRun, madeTable, requests, runEvery, told } from "./made-kinds.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const kinds = ["condition", "estimate", "classify", "remaining-life"] as const;
type Kind = (typeof kinds)[number];

const bound = 0.5;
/** Runs that people told of, one that nobody did, and one that a simulator made. */
const plan = { told: 8, untold: 8, simulated: 9 };

interface Plant {
  readonly site: Site;
  readonly wheel: Wheel;
  /** The block of the run that nobody told of. */
  readonly untold: Block;
}

/** A plant with real runs and a wheel that nothing generated may teach yet. */
async function onPlant<T>(kind: Kind, work: (plant: Plant) => Promise<T>): Promise<T> {
  return await onSite(async (site) => {
    const wheel = kind === "condition" ? await conditionPlant(site) : await targetPlant(kind, site);
    const untold = (await site.store.records.blocks({ asset: wheel.asset })).at(plan.untold) ?? assert.fail();
    return await work({ site, wheel, untold });
  });
}

const hourly = (seed: number) => ({ ...usualRun(seed), at: Date.UTC(2026, 2, 9, 10 + seed) * 1000 });

async function conditionPlant(site: Site): Promise<Wheel> {
  for (let seed = 0; seed < plan.told + 1; seed++) {
    const recording = recordingOf(hourly(seed));
    const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 0 });
    if (seed < plan.told) await site.labelByTruth(recording, intake);
  }
  return await site.wheel();
}

/** Boosting takes long, and nothing here hangs on it. */
async function targetPlant(kind: Exclude<Kind, "condition">, site: Site): Promise<Wheel> {
  const runs = Array.from({ length: plan.told + 1 }, (_, at) => madeRun(at, 40));
  for (const { recording } of runs) await site.import(recording, { asset: "machine", warmUpRows: 0 });
  const wheel = await site.makeWheel(WheelRequest.parse(requests[kind]));
  const lean = { ...wheel, revision: wheel.revision + 1, recipes: wheel.recipes.filter(({ learner }) => !learner.endsWith("boosted-trees")) };
  await site.store.records.write([{ put: "wheel", value: lean }]);
  await site.takeOrders(madeTable(runs.slice(0, plan.told), told[kind]), { origin: "measurement" });
  return lean;
}

/** A run that a simulator made, after all others. */
async function simulate(kind: Kind, site: Site): Promise<Block> {
  const recording = kind === "condition" ? recordingOf(hourly(plan.simulated)) : madeRun(plan.simulated, 40).recording;
  const { intake } = await site.import(recording, { asset: kind === "condition" ? "pump" : "machine", warmUpRows: 0, origin: "simulator" });
  return intake.blocks.at(0) ?? assert.fail();
}

/** What somebody says of all of a block, in the words of the kind. */
async function say({ site, wheel }: Pick<Plant, "site" | "wheel">, block: Block, origin: Origin): Promise<Label[]> {
  const { start, end, site: of } = block;
  const author = { name: `a ${origin}`, origin, scoreShown: false };
  const asset = { id: wheel.asset, site: of };
  if (wheel.kind === "condition") return [await site.label(asset, { start, end }, { answer: "normal", faultKind: null, certainty: 1 }, author)];
  const target = wheel.target?.name ?? "";
  const speak = async (from: number, to: number, says: Says): Promise<Label> => await site.label(asset, { start: from, end: to }, { answer: "unsure", faultKind: null, certainty: 1, target, says }, author);
  const run = madeRun(Math.round((start - madeRun(0).start) / runEvery), 40);
  if (wheel.kind === "classify") return [await speak(start, end, { what: "class", class: run.product })];
  if (wheel.kind === "remaining-life") return [await speak(end - second, end - second + 1, { what: "end-of-life" })];
  return [await speak(start + 20 * second, start + 20 * second + 1, { what: "value", value: run.value[20], unit: null })];
}

async function turned({ site, wheel }: Pick<Plant, "site" | "wheel">) {
  const now = (await site.store.records.wheel(wheel.id)) ?? wheel;
  const turn = await site.turn(now, "hand");
  const models = (await Promise.all(turn.challengers.map((name) => site.store.records.model(name)))).map((model) => model ?? assert.fail());
  const bytesOf = (some: typeof models) => new Map(some.map(({ recipe, digest }) => [recipe.name, Buffer.from(site.exportModel(digest))] as const));
  return { turn, models, real: bytesOf(models.filter(({ recipe }) => recipe.generated === undefined)), generated: models.filter(({ recipe }) => recipe.generated !== undefined) };
}

const lossesOn = async ({ site, wheel }: Pick<Plant, "site" | "wheel">, { id }: Block) =>
  (await Promise.all((["recipe", "model"] as const).map((evidence) => site.store.records.losses({ wheel: wheel.id, evidence })))).flat().filter(({ block }) => block === id);

for (const kind of kinds) {
  test(`${kind}: what models and simulators made teaches only where it is let, calibrates and proves nothing, and leaves no trace when it is let no more`, { timeout: 300_000 }, async () => {
    const never = await onPlant(kind, async (plant) => (await turned(plant)).real);

    await onPlant(kind, async (plant) => {
      const { site, wheel, untold } = plant;
      await assert.rejects(say(plant, untold, "model"), { code: "prove.model-made" }, "not let yet");
      const let1 = await site.allowGenerated(wheel, bound);
      assert.deepEqual([let1.policy.generated, let1.revision], [bound, wheel.revision + 1]);
      const labels = await say(plant, untold, "model");
      assert.equal(labels[0]?.origin, "model");
      const simulated = await simulate(kind, site);
      await say(plant, simulated, "simulator");

      const on = await turned(plant);
      assert.ok((await site.reproduce(on.turn)).identical, "the turn is made again to the byte");
      assert.deepEqual(on.real, never, "models of the real recipes are those of a site that never saw it");
      assert.ok(on.generated.length > 0);
      const realBlocks = on.models.find(({ recipe }) => recipe.generated === undefined)?.blocks ?? [];
      for (const { recipe, generated, blocks, digest } of on.generated) {
        assert.deepEqual([recipe.generated, recipe.name.endsWith(`+generated-${bound}`)], [bound, true]);
        assert.ok(generated !== undefined && generated.weight > 0 && generated.weight <= bound, JSON.stringify(generated));
        assert.deepEqual(generated.blocks.filter((id) => id !== untold.id && id !== simulated.id), []);
        assert.ok(realBlocks.every((id) => blocks.includes(id)), "no real block is dropped");
        assert.notDeepEqual(Buffer.from(site.exportModel(digest)), on.real.get(recipe.name.replace(/\+.*/, "")));
      }
      assert.deepEqual(new Set(on.generated.flatMap(({ generated }) => generated?.blocks ?? [])), new Set([untold.id, simulated.id]), "labels and samples both teach");
      await shown(plant, on);

      await site.allowGenerated(let1, null);
      const off = await turned(plant);
      assert.deepEqual(off.real, never);
      assert.deepEqual([off.generated, off.turn.generated], [[], undefined]);
      await site.allowGenerated((await site.store.records.wheel(wheel.id)) ?? wheel, bound);
      await provesNothing(plant, on.models.map(({ digest }) => digest), simulated);
      assert.deepEqual((await verifySite(site.store)).findings, []);
    });
  });
}

/** The share stands in the turn, its line of the ledger, its words, and the card. */
async function shown({ site }: Plant, { turn, generated }: Awaited<ReturnType<typeof turned>>): Promise<void> {
  const most = Math.max(...generated.map((model) => model.generated?.weight ?? 0));
  assert.equal(turn.generated, most);
  const line = await site.store.records.turnLine(turn.id);
  assert.equal(line?.generated, most);
  assert.match(turn.verdict?.reasons.join(" ") ?? "", /was taught by \d blocks? of which models or simulators made .* weigh 0\.\d\d of what is real, at most 0\.5 is allowed/);
  const [model] = generated;
  assert.match(await site.card(model, "md"), /made by models or simulators \| the samples or labels of \d of the blocks; they weigh 0\.\d\d of what is real, of each class at most 0\.5/);
}

/** No loss, no exam and no verdict knows of it, wherever else it may have been put past the doors. */
async function provesNothing({ site, wheel, untold }: Plant, models: readonly Digest[], simulated: Block): Promise<void> {
  const { records } = site.store;
  const now = (await records.wheel(wheel.id)) ?? assert.fail();
  for (const block of [untold, simulated]) assert.deepEqual(await lossesOn({ site, wheel }, block), []);
  const [ours, theirs] = (await Promise.all(models.slice(0, 2).map((name) => records.model(name)))).map((model) => model ?? assert.fail());
  const bare = (model: typeof ours) => ({ ...model, blocks: [] });
  for (const block of [untold, simulated]) {
    const smuggled: Block = { ...((await records.block(block.id)) ?? block), excluded: null, use: "exam" };
    const put = { ...smuggled, revision: smuggled.revision + 1 };
    await records.write([{ put: "block", value: put }]);
    const pairs = await examPairs(now, bare(ours), bare(theirs), site.ports);
    assert.ok(!pairs.some(({ block: id }) => id === block.id));
    await proveBlock(now, put, site.ports);
    assert.deepEqual(await lossesOn({ site, wheel }, block), []);
  }
}

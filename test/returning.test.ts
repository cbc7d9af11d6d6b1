import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../src/schema/block.ts";
import type { Model } from "../src/schema/model.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import type { Site } from "../src/site.ts";
import type { Fact } from "../src/store/records/facts.ts";
import { inputsName } from "../src/wheel/block-inputs.ts";
import { labelsDigest } from "../src/wheel/names.ts";
import { returning, summaryName } from "../src/wheel/returning.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const hour = 3_600_000_000;

/** A site whose model in force learnt from blocks about level `newer`, and the one before it from blocks about 0, which is where the newest lie. */
async function onceInForce(newer: number, work: (made: { site: Site; wheel: Wheel; old: Model; champion: Model }) => Promise<void>): Promise<void> {
  await onSite(async (site) => {
    const { records } = site.store;
    for (let run = 0; run < 2; run++) {
      const recording = recordingOf(usualRun(run + 1));
      const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + run * hour });
      await site.labelByTruth(recording, intake);
      await site.turn(intake.wheel, "answers");
    }
    const wheel = await site.wheel();
    const models = (await records.models(wheel.id)).filter(({ recipe }) => recipe.name === "condition");
    const [old, champion] = [models[0], models.at(-1) ?? assert.fail()];
    assert.notEqual(old.digest, champion.digest);
    const summary = (level: number) => JSON.stringify({ levels: wheel.signals.map(() => level), spreads: wheel.signals.map(() => 1) });
    const at = ((await records.champion(wheel.id))?.at ?? 0) + 1;
    const inputs = JSON.stringify({ signals: wheel.signals, levels: wheel.signals.map((_, signal) => signal / 10), spreads: wheel.signals.map(() => 0) });
    await records.write([
      { put: "champion", value: { wheel: wheel.id, model: champion.digest, at, turn: null, reason: "made up" } },
      { put: "setting", value: { name: summaryName(old.digest), text: summary(0) } },
      { put: "setting", value: { name: summaryName(champion.digest), text: summary(newer) } },
      ...Array.from({ length: 5 }, (): Fact => ({ put: "setting", value: { name: inputsName(wheel, site.ports.newId()), text: inputs } })),
    ]);
    await work({ site, wheel, old, champion });
  });
}

/** So many blocks that nobody said anything about, on which the model in force lost `ours` and the one before it would have lost `theirs`. */
async function blocksSince({ store, ports }: Site, wheel: Wheel, { champion, old }: { champion: Model; old: Model }, count: number, [ours, theirs]: readonly [number, number]): Promise<void> {
  const [block] = await store.records.blocks({ asset: wheel.asset });
  for (let at = 0; at < count; at++) {
    const made: Block = { ...block, id: ports.newId(), start: block.start + (10 + at) * hour, end: block.start + (10 + at) * hour + 1000 * wheel.grid.period };
    const of = ({ digest, recipe }: Model, loss: number): Fact => ({
      put: "loss", value: { block: made.id, blockRevision: made.revision, labelsDigest: labelsDigest([]), wheel: wheel.id, model: digest, recipe: recipe.name, evidence: "model", loss, faults: 1, found: 1, missed: 0, falseAlarms: 0, delayHours: null, judgedHours: 1, counts: { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 0 } },
    });
    const judged: Fact = { put: "judged", value: { wheel: wheel.id, block: made.id, blockRevision: made.revision, model: champion.digest, recipe: champion.recipe.name, role: "champion", start: made.start, period: 1, scores: new Float32Array(1), at: made.end } };
    await store.records.write([{ put: "block", value: made }, judged, of(champion, ours), of(old, theirs)]);
  }
}

test("a regime that comes back brings its model back, by evidence from the blocks after it began to fit", () =>
  onceInForce(10, async ({ site, wheel, old, champion }) => {
    const { records } = site.store;
    await blocksSince(site, wheel, { champion, old }, 14, [0.6, 0.1]);
    const [before] = await returning(wheel, site.ports);
    assert.deepEqual([before.model.digest, before.pairs.length], [old.digest, 0], "what called it does not prove it");
    await blocksSince(site, wheel, { champion, old }, 14, [0.6, 0.1]);
    const turn = await site.turn(wheel, "hand");
    const { verdict, challengers } = turn;
    assert.deepEqual([verdict?.decision, verdict?.challenger], ["promote", old.digest], verdict?.reasons.join("\n"));
    assert.match(verdict?.reasons[0] ?? "", /of \d{4}-\d{2}-\d{2}" loses less than "condition\/1": 0\.100 against 0\.600/);
    assert.match(verdict?.reasons.join(" ") ?? "", /has been in force before: the newest blocks are more like those that it learnt from/);
    assert.equal((await records.champion(wheel.id))?.model, old.digest);
    assert.ok(!challengers.includes(old.digest), "it was not learnt anew");
    const { identical, models } = await site.reproduce(turn);
    assert.deepEqual([identical, models.map(({ recorded }) => recorded)], [true, challengers], "what was learnt beside it can be made again");
  }));

test("a model that was in force once stays out where it does no better, where its blocks fit no better, once it has been rolled back, and once something is forgotten that it learnt from", async () => {
  await onceInForce(10, async ({ site, wheel, old, champion }) => {
    await returning(wheel, site.ports);
    await blocksSince(site, wheel, { champion, old }, 14, [0.3, 0.3]);
    const [{ pairs }] = await returning(wheel, site.ports);
    assert.equal(pairs.length, 14);
    await site.turn(wheel, "hand");
    assert.notEqual((await site.store.records.champion(wheel.id))?.model, old.digest);
  });
  await onceInForce(0.1, async ({ site, wheel }) => assert.deepEqual(await returning(wheel, site.ports), []));
  await onceInForce(10, async ({ site, wheel, old, champion }) => {
    await site.rollBack(wheel, old.digest, "back");
    await site.rollBack(wheel, champion.digest, "and forth");
    assert.deepEqual(await returning(wheel, site.ports), []);
  });
  await onceInForce(10, async ({ site, wheel, old, champion }) => {
    const { records } = site.store;
    assert.deepEqual((await returning(wheel, site.ports)).map(({ model }) => model.digest), [old.digest]);
    const summaries = (await records.settings("inputs-of/")).filter(({ name }) => [summaryName(old.digest), summaryName(champion.digest)].includes(name));
    const [{ id: block }] = await records.blocks({ asset: wheel.asset }); // both began with its head
    await site.forget({ what: "block", block }, { meanwhile: "keep", reason: "" });
    assert.equal(await records.setting(summaryName(old.digest)), null, "what its blocks were like is forgotten with one of them");
    await records.write(summaries.map((value) => ({ put: "setting", value })));
    assert.deepEqual(await returning(wheel, site.ports), [], "nor would it come back if it were known");
  });
});

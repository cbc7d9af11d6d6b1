import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../src/schema/block.ts";
import type { TurnLine } from "../src/schema/ledger-entry.ts";
import type { Model } from "../src/schema/model.ts";
import type { Question } from "../src/schema/question.ts";
import type { Turn } from "../src/schema/turn.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import type { Site } from "../src/site.ts";
import type { Fact } from "../src/store/records/facts.ts";
import { auditChance } from "../src/wheel/audit-chance.ts";
import { proveBlock, recipePairs, unansweredBlocks } from "../src/wheel/evidence.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { lookBack, watchedOf } from "../src/wheel/watch.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const options = { asset: "pump", warmUpRows: 120 };
const hour = 3_600_000_000;

/** Takes a run in, answers it by its truth and turns. */
async function live(site: Site, at: number): Promise<Turn> {
  const recording = recordingOf(usualRun(at + 1));
  const { intake } = await site.import(recording, { ...options, startAt: (recording.times[0] ?? 0) + at * hour });
  await site.labelByTruth(recording, intake);
  return await site.turn(intake.wheel, "answers");
}

async function setToAsk(site: Site): Promise<Wheel> {
  const wheel = await site.wheel();
  const asking: Wheel = { ...wheel, revision: wheel.revision + 1, policy: { ...wheel.policy, promotion: "ask" } };
  await site.store.records.write([{ put: "wheel", value: asking }]);
  return asking;
}

const questionOn = (wheel: Wheel, block: Block): Question => ({
  id: block.id, site: wheel.site, asset: wheel.asset, wheel: wheel.id, revision: 1, interval: { start: block.start, end: block.start + 1 }, reason: "event", event: null, events: [], peak: null, blamed: null, probability: 1, blind: false, state: "open", askedAt: block.end, label: null, others: [],
});

test("a wheel that is set to ask leaves its model in force until a person puts the proven one there", () =>
  onSite(async (site) => {
    const { records } = site.store;
    await live(site, 0);
    const wheel = await setToAsk(site);
    const before = (await records.champion(wheel.id))?.model;
    await assert.rejects(site.promote(wheel, null, "why not"), { code: "wheel.not-proven" });
    let asked: Turn | undefined;
    for (let run = 1; run < 8 && asked === undefined; run++) {
      const turned = await live(site, run);
      if (turned.verdict?.decision === "ask") asked = turned;
    }
    const proven = asked?.verdict?.challenger ?? "";
    assert.match(asked?.verdict?.reasons.at(-1) ?? "", /waits for a person's word/);
    assert.equal((await records.champion(wheel.id))?.model, before, "nothing has moved");

    await assert.rejects(site.promote(wheel, before ?? "", "the wrong one"), { code: "wheel.not-proven", message: /the one that is proven is / });
    assert.equal((await site.promote(wheel, proven, "agreed in the morning meeting")).digest, proven);
    assert.equal((await records.champion(wheel.id))?.model, proven);
    const line = (await records.lastLedger()) as TurnLine;
    assert.deepEqual([line.kind, line.decision, line.inputs.champion, line.outputs.champion, line.reason], ["promotion", "promote", before, proven, "agreed in the morning meeting"]);
    assert.deepEqual((await verifySite(site.store)).findings, []);
    assert.deepEqual((await watchedOf(wheel, site))?.former, before, "what was in force looks on");
    await assert.rejects(site.promote(wheel, null, "once more"), { code: "wheel.not-proven" });
  }));

test("the model that was in force before judges the blocks that come, and is never shown to anybody", () =>
  onSite(async (site) => {
    const { records } = site.store;
    for (let run = 0; run < 8; run++) await live(site, run);
    const wheel = await site.wheel();
    const watched = await watchedOf(wheel, site);
    const judged = await records.judged({ wheel: wheel.id, role: "former" });
    assert.ok(judged.length > 0, "a promotion was followed by blocks");
    assert.ok(judged.every(({ model }) => model === watched?.former));
    const shown = await records.events({ wheel: wheel.id });
    assert.ok(shown.every(({ model, block }) => judged.every((one) => one.block !== block) || model !== watched?.former));
    const back = await lookBack(wheel, site);
    assert.equal(back?.blocks, judged.length);
  }));

test("a block that was asked about and is not answered is waited for, and stands against the challenger once nobody will", () =>
  onSite(async (site) => {
    const { records } = site.store;
    for (let run = 0; run < 7; run++) await live(site, run);
    const wheel = await site.wheel();
    const models = await records.models(wheel.id);
    const [condition, novelty] = ["condition", "novelty"].map((name) => models.findLast(({ recipe }) => recipe.name === name) as Model);
    const block = (await records.blocks({ asset: wheel.asset })).at(-1) as Block;
    const question = questionOn(wheel, block);
    await records.write([{ put: "question", value: question }]);
    const judged = await records.judged({ wheel: wheel.id, block: block.id, role: "recipe" });
    const alarms = judged.map(({ scores }) => scores.map((score) => (score >= 1 ? 1 : 0)).join(""));
    const least = new Set(alarms).size === 1 ? 0 : -1;
    assert.deepEqual(await unansweredBlocks(wheel, condition, novelty, new Set(), site.ports), [{ block: block.id, least, isLate: false }]);
    await records.write([{ put: "question", value: { ...question, revision: 2, state: "expired" } }]);
    assert.deepEqual(await unansweredBlocks(wheel, condition, novelty, new Set(), site.ports), [{ block: block.id, least, isLate: true }]);
    assert.deepEqual(await unansweredBlocks(wheel, condition, novelty, new Set([block.id]), site.ports), [], "an answered block is evidence by itself");
  }));

test("what an audit told counts by one over its chance, what was told anyhow counts once", () =>
  onSite(async (site) => {
    const { records } = site.store;
    for (let run = 0; run < 7; run++) await live(site, run);
    const wheel = await site.wheel();
    assert.equal(await auditChance(wheel, site), 1, "nobody was asked: all is told");
    const block = (await records.blocks({ asset: wheel.asset })).at(-1) as Block;
    const losses = async () => (await records.losses({ wheel: wheel.id, evidence: "recipe" })).filter((loss) => loss.block === block.id);
    const before = await losses();
    assert.ok(before.length >= 2 && before.every(({ audited }) => audited === undefined));

    const [told] = await records.labels({ asset: wheel.asset, start: block.start, end: block.end });
    const question = questionOn(wheel, block);
    await records.write([{ put: "question", value: question }]);
    assert.equal(await auditChance(wheel, site), null, "alarms alone are asked about");
    await records.write([{ put: "question", value: { ...question, revision: 2, reason: "audit", probability: 0.05, blind: true, state: "answered", label: told.id } }]);
    assert.equal(await auditChance(wheel, site), 0.05);
    await proveBlock(wheel, block, site.ports);
    const after = await losses();
    assert.deepEqual(after.map(({ recipe, loss }) => [recipe, loss]), before.map(({ recipe, loss }) => [recipe, loss]), "the loss by all that is known is as it was");
    for (const { audited } of after) assert.equal(audited?.chance, 0.05);
    const models = await records.models(wheel.id);
    const [condition, novelty] = ["condition", "novelty"].map((name) => models.findLast(({ recipe }) => recipe.name === name) as Model);
    const pair = (await recipePairs(wheel, condition, novelty, site.ports)).find((one) => one.block === block.id);
    const [ours, theirs] = [condition, novelty].map(({ recipe }) => after.find((one) => one.recipe === recipe.name)?.audited);
    const wanted = (ours?.sure ?? 0) - (theirs?.sure ?? 0) + ((ours?.loss ?? 0) - (theirs?.loss ?? 0)) / 0.05;
    assert.ok(Math.abs((pair?.gain ?? NaN) - wanted) < 1e-9, `${pair?.gain} ${wanted}`);
  }));

/** A wheel whose model in force lost `ours` on so many blocks since its promotion, and the one before `theirs`. */
async function promoted(site: Site, blocks: number, ours: number, theirs: number): Promise<{ wheel: Wheel; former: Model; champion: Model }> {
  const { records } = site.store;
  await live(site, 0);
  const wheel = await site.wheel();
  const base = (await records.models(wheel.id))[0];
  const former: Model = { ...base, digest: "f".repeat(64), blocks: [] };
  const champion: Model = { ...base, digest: "c".repeat(64), blocks: [] };
  const [block] = await records.blocks({ asset: wheel.asset });
  const since = ((await records.champion(wheel.id))?.at ?? 0) + 1;
  const facts = Array.from({ length: blocks }, (_, at): Fact[] => {
    const id = `${block.id.slice(0, -2)}${String(at).padStart(2, "0")}`;
    const of = ({ digest, recipe }: Model, role: "champion" | "former", loss: number): Fact[] => [
      { put: "judged", value: { wheel: wheel.id, block: id, blockRevision: 1, model: digest, recipe: recipe.name, role, start: 0, period: 1, scores: new Float32Array(1), at: since + 1 + at } },
      { put: "loss", value: { block: id, blockRevision: 1, labelsDigest: "0".repeat(64), wheel: wheel.id, model: digest, recipe: recipe.name, evidence: "model", loss, faults: 1, found: 1, missed: 0, falseAlarms: 0, delayHours: null, judgedHours: 1, counts: { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 0 } } },
    ];
    return [...of(champion, "champion", ours), ...of(former, "former", theirs)];
  });
  await records.write([
    { put: "model", value: former },
    { put: "model", value: champion },
    { put: "champion", value: { wheel: wheel.id, model: champion.digest, at: since, turn: null, reason: "made up" } },
    { put: "setting", value: { name: `watch/${wheel.id}`, text: JSON.stringify({ former: former.digest, since, heldSince: null }) } },
    ...facts.flat(),
  ]);
  return { wheel, former, champion };
}

test("a promotion that turns out badly is taken back by evidence, and what is learnt next has to show anew that it is no worse", () =>
  onSite(async (site) => {
    const { records } = site.store;
    const { wheel, former } = await promoted(site, 14, 0.6, 0.1);
    const turned = await site.turn(wheel, "hand");
    assert.equal(turned.verdict?.decision, "rollback");
    assert.match(turned.verdict?.reasons[0] ?? "", /^The model in force before was better: over 14 blocks since then it would have lost 0\.100 a block, and what was in force lost 0\.600\. The evidence that this is no chance is \d+, and 10 is needed\.$/);
    assert.equal((await records.champion(wheel.id))?.model, former.digest);
    const watched = await watchedOf(wheel, site);
    assert.deepEqual([watched?.former, typeof watched?.heldSince], [null, "number"]);
    const next = await site.turn(wheel, "hand");
    assert.equal(next.verdict?.decision, "not-enough-events", "older evidence does not count for a newer model any more");
    assert.equal((await records.champion(wheel.id))?.model, former.digest);
  }));

test("a wheel that is set to ask asks before it takes a promotion back", () =>
  onSite(async (site) => {
    const { wheel, former, champion } = await promoted(site, 14, 0.6, 0.1);
    await setToAsk(site);
    const turned = await site.turn((await site.store.records.wheel(wheel.id)) as Wheel, "hand");
    assert.deepEqual([turned.verdict?.decision, turned.verdict?.challenger], ["ask", former.digest]);
    assert.equal((await site.store.records.champion(wheel.id))?.model, champion.digest);
    await site.promote(wheel, former.digest, "it was better");
    assert.equal((await site.store.records.champion(wheel.id))?.model, former.digest);
    assert.equal(typeof (await watchedOf(wheel, site))?.heldSince, "number");
  }));

test("a few bad blocks take nothing back, and a change that has shown itself good is no longer watched", () =>
  onSite(async (site) => {
    const few = await promoted(site, 3, 0.6, 0.1);
    assert.equal((await lookBack(few.wheel, site))?.seen.state, "watching");
    assert.equal((await watchedOf(few.wheel, site))?.former, few.former.digest);
  }).then(() =>
    onSite(async (site) => {
      const good = await promoted(site, 14, 0.1, 0.6);
      assert.equal((await lookBack(good.wheel, site))?.seen.state, "worse", "the one before is");
      assert.equal((await watchedOf(good.wheel, site))?.former, null);
    }),
  ));

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../src/schema/block.ts";
import type { Label } from "../src/schema/label.ts";
import type { Origin } from "../src/schema/origin.ts";
import type { Site } from "../src/site.ts";
import { choose } from "../src/wheel/choose.ts";
import { closeBlock } from "../src/wheel/close-block.ts";
import { proveBlock } from "../src/wheel/evidence.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const options = { asset: "pump", warmUpRows: 120 };
const hour = 3_600_000_000;
const said = { answer: "normal", faultKind: null, certainty: 1 } as const;

/** Takes a run in, so many hours after the first. */
async function takeIn(site: Site, seed: number, at: number, origin: Origin) {
  const recording = recordingOf(usualRun(seed));
  const { intake } = await site.import(recording, { ...options, origin, startAt: (recording.times[0] ?? 0) + at * hour });
  const [block] = intake.blocks;
  assert.ok(block !== undefined);
  return { recording, intake, block };
}

const losses = async (site: Site, { id }: Block, wheel: string) => (await site.store.records.losses({ wheel, evidence: "model" })).filter(({ block }) => block === id);

test("a simulated recording among a plant's is filed with its reason, teaches nothing and proves nothing", () =>
  onSite(async (site) => {
    await takeIn(site, 1, 0, "sensor");
    const { recording, intake, block } = await takeIn(site, 2, 1, "simulator");
    assert.equal(block.origin, "simulator");
    assert.match(block.excluded ?? "", /^prove\.simulated: /);
    await site.labelByTruth(recording, intake);
    assert.deepEqual(await losses(site, block, intake.wheel.id), []);
    const turn = await site.turn(intake.wheel, "hand");
    assert.ok(!turn.blocks.includes(block.id));
    assert.match(turn.verdict?.reasons.join(" ") ?? "", /1 block was left out .*prove\.simulated/);
  }));

test("nor does one whose record says otherwise: who made it is looked at again whenever it is to teach, to prove or to sit in the exam", () =>
  onSite(async (site) => {
    await takeIn(site, 1, 0, "sensor");
    const { recording, intake, block } = await takeIn(site, 2, 1, "simulator");
    await site.labelByTruth(recording, intake);
    const smuggled: Block = { ...block, revision: block.revision + 1, excluded: null, use: "exam" };
    await site.store.records.write([{ put: "block", value: smuggled }]);
    await proveBlock(intake.wheel, smuggled, site.ports);
    assert.deepEqual(await losses(site, block, intake.wheel.id), []);
    assert.ok(!(await choose(intake.wheel, site.ports)).some(({ id }) => id === block.id));
  }));

test("what a model made is refused whatever the asset is, and so are a model's answers", () =>
  onSite(async (site) => {
    const { block, intake } = await takeIn(site, 1, 0, "model");
    assert.match(block.excluded ?? "", /^prove\.model-made: /);
    assert.equal(await site.store.records.champion(intake.wheel.id), null, "its warm-up made no model");
    const plain = await takeIn(site, 2, 1, "sensor");
    await assert.rejects(site.label(plain.intake.asset, plain.block, said, { name: "a model", origin: "model", scoreShown: false }), { code: "prove.model-made" });
    await assert.rejects(site.label(plain.intake.asset, plain.block, said, { name: "a simulator", origin: "simulator", scoreShown: false }), { code: "prove.simulated" });
    const refused = await site.refused();
    assert.deepEqual(new Set(refused.map(({ what, origin, code }) => `${what} ${origin} ${code}`)), new Set(["answer model prove.model-made", "answer simulator prove.simulated", "block model prove.model-made"]));
    assert.equal(refused.length, 3);
    assert.ok(refused.some(({ id }) => id === block.id));
    assert.ok(!JSON.stringify(refused).includes("a simulator\"") && refused.every((one) => !("author" in one)), "no name is kept");
  }));

test("a table of a model's answers is refused whole and listed with their number; what is listed of a stretch goes when that is forgotten", () =>
  onSite(async (site) => {
    const { block } = await takeIn(site, 1, 0, "sensor");
    const later = await takeIn(site, 2, 1, "sensor");
    const lines = (at: number) => Array.from({ length: 3 }, (_, line) => ["pump", ...[line * 10, line * 10 + 5].map((seconds) => new Date(at / 1000 + seconds * 1000).toISOString()), "fault", "GPT"].join(","));
    const offer = (at: number) => site.takeOrders(["asset,start,end,answer,author", ...lines(at)].join("\n"), { origin: "model" });
    await assert.rejects(offer(block.start), { code: "prove.model-made", message: /^Cannot take 3 answers, the first of "GPT": / });
    await assert.rejects(offer(later.block.start), { code: "prove.model-made" });
    const listed = async () => (await site.refused()).map(({ what, count, start, end, code }) => [what, count, start, end, code]);
    const [first, second] = [block, later.block].map(({ start }) => ["answer", 3, start, start + 25e6, "prove.model-made"]);
    assert.deepEqual(await listed(), [first, second]);
    assert.deepEqual(await site.store.records.labels({ asset: block.asset }), []);
    await site.forget({ what: "block", block: block.id }, { meanwhile: "keep", reason: "" });
    assert.deepEqual(await listed(), [second]);
  }));

test("an answer that was written past the door counts for nothing", () =>
  onSite(async (site) => {
    const { block, intake } = await takeIn(site, 1, 0, "sensor");
    for (const origin of ["model", "simulator"] as const) {
      const forged: Label = { id: site.ports.newId(), site: intake.asset.site, asset: intake.asset.id, event: null, start: block.start, end: block.end, ...said, author: origin, knownAt: block.end, revision: 1, origin, scoreShown: false, withdrawn: false };
      await site.store.records.write([{ put: "label", value: forged }]);
      await site.proveLabel(forged);
      assert.deepEqual(await losses(site, block, intake.wheel.id), [], origin);
    }
  }));

test("samples of a simulator that come late into a plant's block take the block out of the evidence", () =>
  onSite(async (site) => {
    await takeIn(site, 1, 0, "sensor");
    const { block, intake } = await takeIn(site, 2, 1, "sensor");
    await site.label(intake.asset, block, said, { name: "Ada", origin: "person", scoreShown: false });
    assert.equal((await losses(site, block, intake.wheel.id)).length, 1);
    const recording = recordingOf(usualRun(3));
    await site.import({ ...recording, times: recording.times.slice(0, 50), columns: recording.columns.map((column) => ({ ...column, values: column.values.slice(0, 50) })), label: null, rows: 50 }, { ...options, origin: "simulator", startAt: block.start + 1000 });
    const revised = await site.store.records.block(block.id);
    assert.equal(revised?.origin, "simulator");
    assert.match(revised?.excluded ?? "", /^prove\.simulated: /);
    assert.deepEqual(await losses(site, block, intake.wheel.id), []);
  }));

test("a simulated plant teaches and proves its own wheel, live too and after a restart, and a plant's recording does not get in", () =>
  onSite(async (site) => {
    const { recording, intake, block } = await takeIn(site, 1, 0, "simulator");
    assert.equal(block.excluded, null);
    await site.labelByTruth(recording, intake);
    assert.equal((await losses(site, block, intake.wheel.id)).length, 1);
    const live = await site.store.records.signals(intake.asset.id);
    const start = block.end + hour;
    await site.store.telemetry.append({ received: start, series: live.map(({ key }) => ({ key, times: Float64Array.from({ length: 200 }, (_, row) => start + row * 1e6), values: new Float64Array(200).fill(1), quality: "good", origin: "simulator" })), texts: [] });
    const closed = await closeBlock(intake.wheel, intake.asset, { start, end: start + 200e6, mark: null }, site.ports);
    assert.deepEqual([closed?.origin, closed?.excluded], ["simulator", null]);
    assert.match((await takeIn(site, 4, 9, "sensor")).block.excluded ?? "", /^prove\.not-simulated: /);
  }));

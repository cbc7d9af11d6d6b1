import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectAsync } from "mqtt";
import { openLive } from "../src/live.ts";
import { Settings } from "../src/schema/settings.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { recordingOf, temporaryDirectory, usualRun } from "./synthetic.ts";

test("a site that is up forgets too: nothing goes on remembering it, and the wheel learns anew", { timeout: 120_000 }, async () => {
  const { path, remove } = temporaryDirectory();
  const settings = Settings.parse({ mqtt: { port: 0 } });
  const directory = join(path, "site");
  const site = await openLive(directory, { create: true, settings });
  const { records } = site.store;
  const imported = await site.import(recordingOf(usualRun(1)), { asset: "pump", warmUpRows: 120 });
  const { wheel, blocks: [block], asset } = imported.intake;
  await site.label(asset, { start: block.start, end: block.end }, { answer: "normal", faultKind: null, certainty: 1 }, { name: "Ada", origin: "person", scoreShown: false });
  const device = await connectAsync(site.mqttUrl ?? "");
  for (const topic of ["hall/pump/note", "hall/fan/note"]) await device.publishAsync(topic, "turned off", { qos: 1, retain: true });
  await device.endAsync();
  const before = (await records.champion(wheel.id))?.model;
  assert.ok(before !== undefined);
  const { plan, elsewhere, turns } = await site.forget({ what: "source", asset: "pump" }, { meanwhile: "out", reason: "" });
  assert.deepEqual([plan.blocks.length, plan.inForce, turns], [1, [{ wheel: wheel.id, model: before, instead: null }], []]);
  assert.deepEqual([elsewhere, site.doors().broker?.retained], [[], 1], "what the broker keeps of the pump is gone at once, of the fan it stays");
  assert.ok(!readFileSync(join(directory, "broker.sqlite")).includes("hall/pump"));
  assert.equal(await records.champion(wheel.id), null);
  await site.turn(wheel, "hand"); // the one that forgetting asked for is before it
  assert.equal(site.store.models.has(before), false);
  assert.deepEqual((await verifySite(site.store)).findings, []);
  await site.import(recordingOf({ ...usualRun(2), at: Date.UTC(2026, 2, 11) * 1000 }), { asset: "pump", warmUpRows: 120 });
  assert.notEqual((await records.champion(wheel.id))?.model ?? before, before);
  await site.close();
  remove();
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { connectAsync } from "mqtt";
import { openApi } from "../src/api/server.ts";
import { openLive } from "../src/live.ts";
import { Settings } from "../src/schema/settings.ts";
import { second } from "../src/schema/time.ts";
import { openSite, type Site } from "../src/site.ts";
import { closeBlock } from "../src/wheel/close-block.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, temporaryDirectory, usualRun } from "./synthetic.ts";

const at = (seed: number) => Date.UTC(2026, 2, 9, 10 + seed) * 1000;
const normal = { answer: "normal", faultKind: null, certainty: 1 } as const;
const byModel = { name: "a model", origin: "model", scoreShown: false } as const;

/** Runs of a pump whose truth is known, and one that nobody has told of. */
async function pumpOn(site: Site, runs: number) {
  for (let seed = 0; seed <= runs; seed++) {
    const recording = recordingOf({ ...usualRun(seed), at: at(seed) });
    const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 0 });
    if (seed < runs) await site.labelByTruth(recording, intake);
    else return { asset: intake.asset, wheel: intake.wheel, untold: intake.blocks.at(0) ?? assert.fail() };
  }
  return assert.fail();
}

test("what such a model is in force for ends with the leave, and no door brings it back", { timeout: 120_000 }, async () => await onSite(async (site) => {
  const { records } = site.store;
  const { asset, wheel, untold } = await pumpOn(site, 4);
  const inForce = async () => (await records.champion(wheel.id))?.model ?? null;
  const leave = await site.allowGenerated(wheel, 0.5);
  await site.label(asset, untold, normal, byModel);
  const turn = await site.turn(leave, "hand");
  assert.equal(turn.verdict?.decision, "promote");
  const [real] = turn.challengers;
  assert.equal(await inForce(), real, "the first in force is taught by what is real");
  const models = await records.models(wheel.id);
  const generated = models.find(({ recipe }) => recipe.generated !== undefined)?.digest ?? assert.fail();

  await site.rollBack(leave, generated, "somebody wants it"); // a person may, while it is let
  const off = await site.allowGenerated(leave, null);
  assert.equal(await inForce(), real, "with the leave goes what it taught");
  const line = await records.lastLedger();
  assert.ok(line?.kind === "rollback" && line.inputs.champion === generated && line.outputs.champion === real, JSON.stringify(line));
  await assert.rejects(site.rollBack(off, generated, "again"), { code: "wheel.generated-not-let" });
  await assert.rejects(site.promote(off, generated, "again"), { code: "wheel.not-proven" });
  await assert.rejects(site.label(asset, untold, normal, byModel), { code: "prove.model-made" }, "and its answers are turned away again");
  assert.equal((await site.allowGenerated(off, null)).revision, off.revision, "the same again changes nothing");
}));

test("where there is no other model, none is in force until a turn makes one of what is real", { timeout: 120_000 }, async () => await onSite(async (site) => {
  const { records } = site.store;
  const { asset, wheel, untold } = await pumpOn(site, 3);
  const leave = await site.allowGenerated(wheel, 0.5);
  await site.label(asset, untold, normal, byModel);
  await site.turn(leave, "hand");
  const generated = (await records.models(wheel.id)).find(({ recipe }) => recipe.generated !== undefined) ?? assert.fail();
  const champions = await records.champions(wheel.id);
  for (const { model } of champions) if (model !== null) site.store.models.remove(model); // its file is lost
  await site.rollBack(leave, generated.digest, "the only one left");
  const off = await site.allowGenerated(leave, null);
  assert.equal((await records.champion(wheel.id))?.model ?? null, null);
  const { verdict } = await site.turn(off, "hand");
  const inForce = await records.model((await records.champion(wheel.id))?.model ?? "");
  assert.deepEqual([verdict?.decision, inForce?.recipe.generated, inForce?.generated], ["promote", undefined, undefined]);
}));

test("over HTTP, MQTT and the command line: the leave is given and taken, and what comes in carries who made it", { timeout: 180_000 }, async () => {
  const { path, remove } = temporaryDirectory();
  const directory = join(path, "site");
  const site = await openLive(directory, { create: true, settings: Settings.parse({ mqtt: { port: 0 } }) });
  const api = await openApi(site, { port: 0, onFault: (error) => assert.fail(String(error)) });
  const { records, telemetry } = site.store;
  const { asset, wheel, untold } = await pumpOn(site, 3);
  const ask = async (method: string, address: string, body: unknown) => {
    const answer = await fetch(api.url + address, { method, headers: { "content-type": typeof body === "string" ? "text/csv" : "application/json" }, body: typeof body === "string" ? body : JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as { error?: { code: string }; policy?: { generated?: number } } };
  };
  const label = { asset: asset.id, start: untold.start, end: untold.end, answer: "normal", author: "a model", origin: "model" };
  const policy = `/api/v1/wheels/${wheel.id}/policy`;

  const table = `asset,start,end,answer,author\npump,${new Date(untold.start / 1000).toISOString()},${new Date(untold.end / 1000).toISOString()},normal,a model`;
  assert.equal((await ask("POST", "/api/v1/labels", label)).body.error?.code, "prove.model-made");
  assert.equal((await ask("POST", "/api/v1/labels/csv?origin=model", table)).body.error?.code, "prove.model-made");
  for (const generated of [0, 0.61, "0.5", -1]) assert.equal((await ask("PUT", policy, { generated })).status, 400, String(generated));
  assert.equal((await ask("PUT", policy, { generated: 0.4, margin: 1 })).status, 400, "nothing else of a policy is set here");
  assert.equal((await ask("PUT", policy, { generated: 0.4 })).body.policy?.generated, 0.4);
  assert.equal((await ask("POST", "/api/v1/labels", label)).status, 201);
  assert.equal((await ask("POST", "/api/v1/labels/csv?origin=model", table)).status, 200);
  assert.deepEqual(new Set((await records.labels({ asset: asset.id, start: untold.start, end: untold.end })).map(({ origin }) => origin)), new Set(["model"]));
  assert.deepEqual((await records.losses({ wheel: wheel.id, evidence: "model" })).filter(({ block }) => block === untold.id), []);

  const device = await connectAsync(site.mqttUrl ?? "");
  const from = at(9);
  const signals = await records.signals(asset.id);
  const samples = signals.flatMap(({ name }, signal) => Array.from({ length: 60 }, (_, row) => ({ name, time: from / 1000 + row * 1000, value: 10 * (signal + 1) })));
  for (const { name, ...sample } of samples) await device.publishAsync(`pump/${name}`, JSON.stringify({ ...sample, origin: "model" }), { qos: 1 });
  await device.endAsync();
  const made = { start: from, end: from + 60 * second };
  assert.deepEqual(await telemetry.origins({ keys: signals.map(({ key }) => key), ...made }), ["model"]);
  const block = (await closeBlock(wheel, asset, { ...made, mark: null }, site.ports)) ?? assert.fail();
  assert.deepEqual([block.origin, block.excluded?.split(":")[0]], ["model", "prove.model-made"]);

  const turn = await site.turn(wheel, "hand");
  const models = (await records.models(wheel.id)).filter((model) => turn.challengers.includes(model.digest));
  const taught = models.find(({ recipe }) => recipe.generated === 0.4)?.generated;
  assert.ok(taught?.blocks.some((id) => id === untold.id || id === block.id), JSON.stringify(models.map(({ recipe, generated }) => [recipe.name, generated])));
  assert.ok(models.filter(({ recipe }) => recipe.generated === undefined).every(({ blocks }) => !blocks.includes(block.id)));

  const command = (...words: string[]) => spawnSync(process.execPath, [join(import.meta.dirname, "../src/cli/main.ts"), ...words], { env: { ...process.env, MILLRACE_DATA: directory }, encoding: "utf8" });
  await api.close();
  await site.close();
  const list = command("models", "--all");
  assert.match(list.stdout, /condition\+generated-0\.4 .*generated weigh 0\.\d\d of real/, list.stderr);
  assert.match(command("wheels", "set", "--generated", "0.7").stderr, /A number above 0 and up to 0\.6/);
  assert.match(command("wheels", "set").stderr, /Cannot set nothing/);
  assert.match(command("wheels", "set", "--generated", "off").stdout, /learns from what is real alone/);
  const closed = await openSite(directory);
  assert.equal((await closed.store.records.wheel(wheel.id))?.policy.generated, undefined);
  await closed.close();
  remove();
});

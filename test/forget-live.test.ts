import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { openLive } from "../src/live.ts";
import { Settings } from "../src/schema/settings.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { hour, second } from "../src/schema/time.ts";
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

test("a site that is up forgets all that came through one user of its broker, keeps what came through others, and hears it again", { timeout: 120_000 }, async () => {
  const { path, remove } = temporaryDirectory();
  const directory = join(path, "site");
  const site = await openLive(directory, { create: true, settings: Settings.parse({ mqtt: { port: 0 }, wheels: { auto: false } }) });
  const { records, telemetry } = site.store;
  const start = Math.floor(Date.now() / 1000 - 7200) * second;
  const devices: MqttClient[] = [];
  for (const user of ["plc-1", "plc-2"]) {
    await site.access.addUser(user, "a long password", { publish: ["#"], subscribe: [] });
    devices.push(await connectAsync(site.mqttUrl ?? "", { username: user, password: "a long password", clientId: user, reconnectPeriod: 0 }));
  }
  const publish = async (device: number, topic: string, time: number, value: number) => await devices[device].publishAsync(topic, JSON.stringify({ value, timestamp: time / 1000 }), { qos: 1, retain: true });
  for (let at = 0; at < 20; at++) for (const [device, topic] of [[0, "fan/speed"], [1, "pump/speed"], [1, "fan/heat"]] as const) await publish(device, topic, start + at * second, at);
  const held = async () => await Promise.all((await records.signals()).map(async ({ name, asset, key }) => [`${asset === pump.id ? "pump" : "fan"}/${name}`, (await telemetry.span([key]))?.samples ?? 0]));
  const [pump] = (await records.assets()).filter(({ name }) => name === "pump");
  assert.deepEqual(Object.fromEntries(await held()), { "fan/speed": 20, "pump/speed": 20, "fan/heat": 20 });

  const { plan, samples } = await site.forget({ what: "connector", connector: "mqtt plc-1" }, { meanwhile: "keep", reason: "" });
  assert.deepEqual([samples, plan.spans.map(({ keys }) => keys.length)], [20, [1]]);
  assert.deepEqual(Object.fromEntries(await held()), { "fan/speed": 0, "pump/speed": 20, "fan/heat": 20 });
  assert.ok(!readFileSync(join(directory, "broker.sqlite")).includes("fan/speed"), "nor does the broker keep it");
  assert.deepEqual((await site.inflows()).map(({ connector, name }) => `${connector}: ${name}`).toSorted(), ["mqtt plc-2: heat", "mqtt plc-2: speed"]);
  assert.deepEqual((await verifySite(site.store)).findings, []);

  await publish(0, "fan/speed", start + hour, 7);
  assert.equal(Object.fromEntries(await held())["fan/speed"], 1, "who publishes again is heard again");
  assert.ok((await site.inflows()).some(({ connector, name }) => connector === "mqtt plc-1" && name === "speed"), "and known again, also within the same process");
  await publish(0, "fan/speed", start, 7);
  assert.equal((await site.planForgetting({ what: "connector", connector: "mqtt plc-1" }, { meanwhile: "keep", reason: "" })).spans.length, 1, "hours that touch are one");
  await Promise.all(devices.map((device) => device.endAsync()));
  await site.close();
  remove();
});

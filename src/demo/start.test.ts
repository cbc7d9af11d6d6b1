import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { Aedes } from "aedes";
import { sensors } from "./sensors.ts";
import { startPlant, type StartedPlant } from "./start.ts";
import type { PlantNews } from "./messages.ts";

interface Heard {
  readonly topic: string;
  readonly qos: number;
  readonly payload: string;
}

/** A broker on a free port, and a wait for its next messages. */
async function broker() {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  const heard: Heard[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  aedes.on("publish", (packet, client) => {
    if (client === null) return;
    heard.push({ topic: packet.topic, qos: packet.qos, payload: packet.payload.toString() });
    for (const one of waiting.filter(({ count }) => heard.length >= count)) one.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    more: (count: number) => new Promise<void>((resolve) => waiting.push({ count: heard.length + count, resolve })),
    close: () => new Promise<void>((resolve) => aedes.close(() => server.close(() => resolve()))),
  };
}

interface Message {
  readonly time: number;
  readonly origin: string;
  readonly [signal: string]: unknown;
}

test("startPlant() publishes all signals with units and origin, a fault by hand among them, comes back when killed and stops", { timeout: 60_000 }, async (t) => {
  const { url, heard, more, close } = await broker();
  const news: PlantNews[] = [];
  const plant: StartedPlant = startPlant({ mqttUrl: url, seed: 3, rate: 25, faults: false }, (one) => news.push(one));
  t.after(async () => {
    await plant.stop();
    await close();
  });
  await more(10);
  assert.deepEqual([...new Set(heard.map(({ topic, qos }) => `${topic} ${qos}`))], ["water/loop/pump 1"]);
  const messages = heard.map(({ payload }) => JSON.parse(payload) as Message);
  for (const { name, unit } of sensors) {
    const said = messages[0][name] as { value: number; unit: string };
    assert.ok(Number.isFinite(said.value) && said.unit === unit, name);
  }
  assert.ok(messages.every(({ origin }) => origin === "simulator"));
  const steps = messages.slice(1).map(({ time }, index) => time - messages[index].time);
  assert.ok(steps.every((step) => step === 40_000), steps.join(" "));
  assert.ok(Math.abs(messages[0].time / 1000 - Date.now()) < 10_000, "it is stamped with the wall clock");

  plant.fault({ kind: "unbalance", seconds: 5, severity: 1 });
  await more(25);
  assert.equal(news.find(({ type }) => type === "fault")?.type, "fault");

  const first = plant.pid;
  assert.ok(first !== undefined);
  process.kill(first, "SIGKILL");
  await more(5);
  assert.ok(news.some(({ type }) => type === "restarted"));
  assert.notEqual(plant.pid, first);

  await plant.stop();
  assert.equal(plant.pid, undefined);
  const count = heard.length;
  await plant.stop(); // again changes nothing
  assert.equal(heard.length, count);
});

test("startPlant() survives a broker that is not there yet, keeps no more than a little, and stops", { timeout: 30_000 }, async () => {
  const plant = startPlant({ mqttUrl: "mqtt://127.0.0.1:9", rate: 50 });
  assert.ok(plant.pid !== undefined);
  await plant.stop();
  assert.equal(plant.pid, undefined);
});

test("startPlant() refuses a rate that it cannot keep before it starts anything", () => {
  for (const rate of [0, -1, 51, NaN]) assert.throws(() => startPlant({ mqttUrl: "mqtt://127.0.0.1:9", rate }), RangeError);
});

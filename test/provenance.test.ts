import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { connectAsync } from "mqtt";
import type { InflowList } from "../src/api/inflows.ts";
import type { LabelList } from "../src/api/labels.ts";
import { openBroker } from "../src/capture/broker/broker.ts";
import type { Broker } from "../src/capture/broker/options.ts";
import type { Event } from "../src/schema/event.ts";
import type { Model } from "../src/schema/model.ts";
import { second } from "../src/schema/time.ts";
import { openSite } from "../src/site.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { recordingOf, temporaryDirectory, usualRun } from "./synthetic.ts";
import { until } from "./until.ts";

// Everything comes in by the doors that people and machines use, and is then asked where it comes from.

const root = join(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const { path: home, remove } = temporaryDirectory();
const [data, drop] = [join(home, "site"), join(home, "drop")];
let hall: Broker;
let up: ChildProcess;

/** The object that a command prints with --json. */
function said(...words: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "src/cli/main.ts"), ...words, "--data", data, "--json"], { cwd: home, encoding: "utf8" });
  assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** A run as a CSV file. */
function tableOf(seed: number): string {
  const { times, columns, label } = recordingOf({ ...usualRun(seed), at: Date.UTC(2026, 2, 9 + seed, 10) * 1000 });
  const rows = Array.from(times, (time, row) => [new Date(time / 1000).toISOString(), ...columns.map(({ values }) => values[row].toFixed(4)), label?.values[row]].join(","));
  return [`time,${columns.map(({ name }) => name).join(",")},fault`, ...rows].join("\n");
}

before(async () => {
  for (const folder of [data, drop]) mkdirSync(folder);
  hall = await openBroker({ host: "127.0.0.1", port: 0, directory: null, messages: { take: async () => {}, drop: () => {} } });
  const settings = { http: { port: 0 }, mqtt: { port: 0 }, brokers: [{ name: "hall", url: `mqtt://127.0.0.1:${hall.port}` }], folders: [{ path: drop, asset: "press", warmUpRows: 120 }], wheels: { settle: 0.3, period: 1, blockBy: "run", firstBlocks: 2 } };
  writeFileSync(join(data, "site.json"), JSON.stringify(settings));
});

after(async () => {
  if (up.exitCode === null && up.signalCode === null) {
    up.kill("SIGTERM");
    await once(up, "exit");
  }
  await hall.close();
  remove();
});

/** What comes in by the command line, on a site that is down; tells the event that was answered, and what opens the other doors. */
function fillByCommands() {
  writeFileSync(join(home, "run-1.csv"), tableOf(1));
  said("import", "run-1.csv", "--asset", "pump", "--warm-up", "120", "--truth");
  const { events } = said("events") as { events: Event[] };
  said("label", events[0].id, "fault", "--kind", "leak", "--by", "Ada");
  said("label", "--from", "2026-03-10T10:00:10Z", "--to", "2026-03-10T10:00:20Z", "normal", "--by", "Cem");
  writeFileSync(join(home, "orders.csv"), "asset,start,end,answer,kind,author,id\npump,2026-03-10T10:03:30Z,2026-03-10T10:04:00Z,fault,worn,Bob,7\n");
  said("label", "--csv", "orders.csv");
  const { token } = said("token", "add", "line 4") as { token: string };
  const { password } = said("user", "add", "plc-1", "--publish", "#") as { password: string };
  return { answered: events[0], token, password };
}

interface Known {
  readonly assets: readonly { id: string; name: string }[];
  readonly wheels: readonly { name: string; asset: string; champion: string | null }[];
}

/** Brings the site up; how to ask it over HTTP, and where it speaks MQTT. */
async function bringUp(token: string) {
  up = spawn(process.execPath, [join(root, "src/cli/main.ts"), "up", "--data", data, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(up.stdout as NonNullable<typeof up.stdout>), "line")) as [string];
  const urls = JSON.parse(line) as { http: string; mqtt: string };
  const ask = async <T>(path: string, body?: unknown, type = "application/json"): Promise<T> => {
    const answer = await fetch(`${urls.http}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}`, "content-type": type }, ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }) });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text) as T;
  };
  return { ask, mqtt: urls.mqtt };
}
type Ask = Awaited<ReturnType<typeof bringUp>>["ask"];

/** What comes in by HTTP, by MQTT to the broker inside, and by a watched folder. */
async function fillByDoors(ask: Ask, mqtt: string, password: string, start: number): Promise<void> {
  writeFileSync(join(drop, "run-2.part"), tableOf(2));
  renameSync(join(drop, "run-2.part"), join(drop, "run-2.csv"));
  const mill = async (seed: number, rows: number, from: number) => {
    const { columns } = recordingOf({ seed, rows });
    await ask("write", { path: "mill", columns: Object.fromEntries(columns.map(({ name, values }) => [name, [...values]])), times: Array.from({ length: rows }, (_, row) => from + row * second) });
  };
  await mill(19, 20, start - 20 * second);
  await until(() => ask<Known>("site"), ({ wheels }) => wheels.some(({ name }) => name === "mill"));
  for (const [at, mark] of ["a", "b", ""].entries()) {
    await ask("write", { readings: [{ path: "mill/run", time: start + at * 200 * second, value: mark }] });
    if (mark !== "") await mill(20 + at, 200, start + at * 200 * second);
  }
  await ask("write/line", "oven,unit=x heat=7", "text/plain");
  const device = await connectAsync(mqtt, { username: "plc-1", password, clientId: "plc" });
  await device.publishAsync("fan/speed", "12.5", { qos: 1 });
  await device.publishAsync("dummy/speed", JSON.stringify({ value: 3, origin: "simulator" }), { qos: 1 });
  await device.endAsync();
}

test("sample streams, blocks, labels and models say who made them and through what, when, by which software and beside which model, and whether blind", { timeout: 180_000 }, async () => {
  const { answered, token, password } = fillByCommands();
  const { ask, mqtt } = await bringUp(token);
  const start = Math.floor(Date.now() / 1000 - 600) * second;
  await fillByDoors(ask, mqtt, password, start);
  const inflows = await until(
    async () => {
      await hall.publish("saw/speed", "31");
      return (await ask<InflowList>("inflows")).inflows;
    },
    (seen) => ["broker hall", `folder ${drop}`].every((name) => seen.some(({ connector }) => connector === name)),
  );
  const { assets } = await until(() => ask<Known>("site"), (seen) => ["pump", "press", "mill"].every((name) => seen.wheels.some((wheel) => wheel.name === name && wheel.champion !== null)));
  const assetNamed = (name: string): string => assets.find((one) => one.name === name)?.id ?? "";
  await ask("labels", { asset: assetNamed("press"), start, target: "gloss", says: { what: "value", value: 3.5, unit: "1" }, author: "lab", origin: "measurement" });
  await ask("labels", { asset: assetNamed("mill"), start, end: start + 9 * second, answer: "normal", author: "Dan" });
  await ask("labels/csv?origin=measurement", "asset,start,end,answer,author\npress,2026-03-11T10:00:00Z,2026-03-11T10:00:09Z,normal,rig\n", "text/csv");

  const streams = new Map(inflows.map(({ connector, assetName, name, origins, software }) => [`${assetName}/${name}`, `${connector}: ${origins.join()} by ${software.map((one) => one.version).join()}`]));
  for (const [path, stream] of [
    ["pump/flow", "import: sensor"],
    ["press/flow", `folder ${drop}: sensor`],
    ["mill/flow", "http line 4: sensor"],
    ["oven/heat", "http line 4: sensor"],
    ["fan/speed", "mqtt plc-1: sensor"],
    ["dummy/speed", "mqtt plc-1: simulator"],
    ["saw/speed", "broker hall: sensor"],
  ]) assert.equal(streams.get(path), `${stream} by ${version}`, path);
  const now = Date.now() * 1000;
  assert.ok(inflows.every(({ hours, software }) => hours.length > 0 && software.every(({ since }) => since > now - 600 * second && since <= now)));
  assert.deepEqual((said("signals", "--inflows") as InflowList).inflows.filter(({ connector }) => connector !== "broker hall"), inflows.filter(({ connector }) => connector !== "broker hall"));

  const { labels } = await ask<LabelList>("labels");
  const facts = labels.map(({ author, origin, told, scoreShown, software, model, knownAt }) => {
    assert.ok(software === version && knownAt > now - 600 * second && knownAt <= now, author);
    return [author, origin, told, scoreShown ? "seen" : "blind", typeof model].join(" ");
  });
  assert.deepEqual([...new Set(facts)].toSorted(), [
    "Ada person operator seen string",
    "Bob person work-order blind string",
    "Cem person operator blind string",
    "Dan person operator blind string",
    "lab measurement laboratory blind object",
    "recorded truth measurement recorded-truth blind string",
    "rig measurement recorded-truth blind string",
  ]);
  assert.equal(labels.find(({ author }) => author === "Ada")?.model, answered.model, "the one whose score they saw");
  const models = (said("models", "--wheel", "mill") as { models: Model[] }).models;
  assert.ok(models.length > 0 && models.every(({ origin, software }) => origin === "sensor" && software === version));
  assert.ok(models.some(({ digest }) => digest === labels.find(({ author }) => author === "Dan")?.model), "the one in force, whose score they did not see");

  up.kill("SIGTERM");
  await once(up, "exit");
  assert.deepEqual((said("label", "--list", "--wheel", "mill") as LabelList).labels, labels.filter(({ asset }) => asset === assetNamed("mill")), "and so says the command line");
  await blocksAndModelsTell(assetNamed, now - 600 * second);
});

/** What the records of a site that is down say of blocks and models. */
async function blocksAndModelsTell(assetNamed: (name: string) => string, since: number): Promise<void> {
  const site = await openSite(data);
  const { records } = site.store;
  for (const [name, connector] of [["pump", "import"], ["press", `folder ${drop}`], ["mill", "http line 4"]]) {
    const blocks = await records.blocks({ asset: assetNamed(name) });
    assert.ok(blocks.length > 0, name);
    for (const { origin, connectors, software, createdAt } of blocks) assert.deepEqual([origin, connectors, software, createdAt > since], ["sensor", [connector], version, true], name);
    const wheel = await site.wheel(name);
    const turns = new Map((await records.turns(wheel.id)).map((turn) => [turn.id, turn]));
    for (const { turn, recipe, software } of await records.models(wheel.id)) {
      const { trigger, finishedAt, making } = turns.get(turn) ?? assert.fail();
      assert.ok(trigger === "first" || trigger === "answers", trigger);
      assert.ok(recipe.version !== undefined && software === version && finishedAt !== null && making?.build.version.startsWith(`Millrace ${version},`) === true);
    }
  }
  assert.deepEqual((await verifySite(site.store)).findings, []);
  await site.close();
}

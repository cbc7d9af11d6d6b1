import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { connectAsync } from "mqtt";
import { second } from "../src/schema/time.ts";
import { openStore } from "../src/store/store.ts";
import { madeRun, madeTable, runEvery, type MadeRun } from "./made-kinds.ts";
import { temporaryDirectory } from "./synthetic.ts";
import { until } from "./until.ts";

const main = join(import.meta.dirname, "../src/cli/main.ts");
const { path: home, remove } = temporaryDirectory();
const data = join(home, "site");
const rows = 40;
/** The last of them is under way now: a site that goes on reads what it was given lately. */
const first = Math.floor(Date.now() / 1000) * second - 16 * runEvery - 30 * second;
const runs: MadeRun[] = Array.from({ length: 16 }, (_, at) => madeRun(at, rows, first));
const lastRun = madeRun(16, 400, first);
/** Rows of it that have been by now. */
const rowsByNow = (): number => Math.floor((Date.now() * 1000 - lastRun.start) / second);
let up: ChildProcess;
let urls: { http: string; mqtt: string };

/** The three kinds, each asked for through another door: settings, HTTP, command line. */
const classify = { kind: "classify", asset: "machine", target: "product", inputs: ["heat", "flow", "noise"], rows: 8, policy: { answers: 100 } };
const estimate = { kind: "estimate", asset: "machine", target: "moisture", unit: "%", inputs: ["heat", "flow", "noise"], rows: 2, policy: { answers: 100 } };
const life = ["--kind", "remaining-life", "--asset", "machine", "--target", "tool", "--inputs", "wear,noise", "--rows", "8", "--cap", "30", "--answers", "100"];

async function start(): Promise<void> {
  up = spawn(process.execPath, [main, "up", "--data", data, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(up.stdout as NonNullable<typeof up.stdout>), "line")) as [string];
  urls = JSON.parse(line) as typeof urls;
}

async function kill(): Promise<void> {
  up.kill("SIGKILL");
  await once(up, "exit");
}

const millrace = (...words: string[]) => spawnSync(process.execPath, [main, ...words, "--data", data, "--json"], { cwd: home, encoding: "utf8" });

// oxlint-disable-next-line no-explicit-any -- answers of many routes, looked into by hand
async function ask(method: string, path: string, body?: unknown, type = "application/json"): Promise<{ status: number; body: any }> {
  const answer = await fetch(`${urls.http}${path}`, { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": type } }) });
  return { status: answer.status, body: await answer.json() };
}

/** Rows of a run as its devices send them, and the mark that a run is on, or over. */
async function send({ recording, start: begun }: MadeRun, at: number, from = 0, to = recording.rows): Promise<void> {
  const times = Array.from({ length: to - from }, (_, row) => begun + (from + row) * second);
  const columns = Object.fromEntries(recording.columns.map(({ name, values }) => [name, [...values.slice(from, to)]]));
  if (from === 0) await ask("POST", "/api/v1/write", { readings: [{ path: "machine/run", time: begun, value: `run ${at}` }] });
  assert.equal((await ask("POST", "/api/v1/write", { path: "machine", columns, times })).status, 200);
  if (to === recording.rows) await ask("POST", "/api/v1/write", { readings: [{ path: "machine/run", time: begun + rows * second, value: "" }] });
}

// oxlint-disable-next-line no-explicit-any -- as above
const wheelOf = async (target: string): Promise<any> => (await ask("GET", "/api/v1/site")).body.wheels.find((wheel: { target?: { name: string } | null }) => wheel.target?.name === target);
// oxlint-disable-next-line no-explicit-any -- as above
const answerOf = async (target: string): Promise<any> => (await ask("GET", `/api/v1/wheels/${(await wheelOf(target)).id}/answer`)).body;

before(async () => {
  mkdirSync(data, { recursive: true });
  const settings = { http: { port: 0 }, mqtt: { port: 0 }, wheels: { settle: 0.3, period: 1, blockBy: "run", firstBlocks: 100, make: [classify] } };
  writeFileSync(join(data, "site.json"), JSON.stringify(settings));
  await start();
});

after(async () => {
  if (up.exitCode === null && up.signalCode === null) {
    up.kill("SIGTERM");
    await once(up, "exit");
  }
  remove();
});

test("wheels of each kind are made by settings, by HTTP and by the command line of a site that is up", { timeout: 60_000 }, async () => {
  await send(runs[0], 0);
  await until(async () => (await ask("GET", "/api/v1/site")).body.wheels.length as number, (count) => count >= 2);
  const made = await ask("POST", "/api/v1/wheels", estimate);
  assert.deepEqual([made.status, made.body.kind, made.body.target.unit, made.body.state, made.body.answer, made.body.blockRule], [201, "estimate", "%", "learning", null, { by: "change", signal: "run" }], JSON.stringify(made.body));
  assert.equal((await ask("POST", "/api/v1/wheels", estimate)).body.id, made.body.id, "asked for again it is the same");
  const { status, stdout, stderr } = millrace("wheels", "add", ...life);
  assert.equal(status, 0, stdout + stderr);
  const listed = JSON.parse(millrace("wheels", "list").stdout) as { wheels: { kind: string }[] };
  assert.deepEqual(listed.wheels.map(({ kind }) => kind).toSorted(), ["classify", "condition", "estimate", "remaining-life"]);
});

test("bad requests and labels are refused through each door, with codes", { timeout: 60_000 }, async () => {
  for (const [more, status, code] of [
    [{ asset: "nobody", name: "x" }, 404, "wheel.unknown-asset"],
    [{ inputs: ["warmth"], name: "x" }, 404, "wheel.unknown-signal"],
    [{ worstError: 1 }, 409, "wheel.name-taken"],
    [{ name: "x", block: 60 }, 409, "wheel.other-blocks"],
    [{ name: "x", kind: "classify", unit: undefined }, 409, "wheel.target-taken"],
    [{ kind: "inspect" }, 400, "api.bad-request"],
    [{ colour: "red" }, 400, "api.bad-request"],
  ] as const) {
    const refused = await ask("POST", "/api/v1/wheels", { ...estimate, ...more });
    assert.deepEqual([refused.status, refused.body.error.code], [status, code], JSON.stringify(more));
  }
  for (const [words, code] of [[["--kind", "estimate"], "cli.usage"], [["--kind", "guess", "--asset", "machine", "--target", "x"], "cli.usage"], [["--kind", "estimate", "--asset", "nobody", "--target", "x"], "wheel.unknown-asset"]] as const) {
    const { status, stdout } = millrace("wheels", "add", ...words);
    assert.notEqual(status, 0);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, code);
  }
  const asset = (await ask("GET", "/api/v1/site")).body.assets[0].id;
  const label = await ask("POST", "/api/v1/labels", { asset, start: 1, target: "moisture", says: { what: "class", class: "B" }, author: "lab" });
  assert.deepEqual([label.status, label.body.error.code], [400, "review.wrong-answer"]);
  const table = await ask("POST", "/api/v1/labels/csv", "asset,start,target,value,author\nmachine,2026-03-09,product,3,lab\n", "text/csv");
  assert.match(table.body.error.message, /told by class, not by value/);
});

test("labels arrive, the wheels turn, and what beats no input goes into force; the ledger says so", { timeout: 240_000 }, async () => {
  for (const [at, run] of runs.entries()) if (at > 0) await send(run, at);
  const blocks = () => ask("GET", "/metrics").catch(() => null);
  await blocks();
  for (const what of ["value", "class", "end-of-life"] as const) {
    const taken = await ask("POST", "/api/v1/labels/csv?origin=measurement", madeTable(runs, what), "text/csv");
    assert.deepEqual([taken.status, taken.body.rejected], [200, []]);
  }
  for (const target of ["moisture", "product", "tool"]) {
    const { id } = await wheelOf(target);
    await ask("POST", `/api/v1/wheels/${id}/turn`);
    const [turn] = await until(async () => (await ask("GET", `/api/v1/wheels/${id}/turns`)).body.turns, (turns) => turns.at(-1)?.state === "recorded");
    assert.equal(turn.verdict.decision, "promote", `${target}: ${turn.verdict.reasons.join(" ")}`);
    assert.match(turn.verdict.reasons[0], /loses less than "no-input\/1"/);
    const { entries } = (await ask("GET", "/api/v1/ledger")).body;
    assert.ok(entries.some((line: { kind: string; wheel?: string; decision?: string }) => line.kind === "turn" && line.wheel === id && line.decision === "promote"), target);
  }
});

test("answers are live: over HTTP, in the stream and as retained MQTT messages, with how sure they are", { timeout: 60_000 }, async () => {
  const run = lastRun;
  const stream = await fetch(`${urls.http}/api/v1/stream`);
  const sent = rowsByNow();
  await send(run, 16, 0, sent);
  const at = run.start + (sent - 2) * second;
  const seen = await until(async () => await Promise.all(["moisture", "product", "tool"].map(answerOf)), (all) => all.every(({ answer }) => answer !== null && answer.time >= at));
  const [moisture, product, tool] = seen.map(({ answer }) => answer);
  const row = Math.min(sent - 1, Math.round((moisture.time - run.start) / second)); // a value is held for a while
  assert.ok(Math.abs(moisture.value - (run.value[row] ?? NaN)) < 2 && moisture.low < moisture.value && moisture.value < moisture.high && moisture.unit === "%", JSON.stringify(moisture));
  assert.ok(tool.value >= 0 && tool.value <= 30 && tool.low <= tool.value && tool.value <= tool.high && tool.since <= tool.time, JSON.stringify(tool));
  assert.equal(product.probabilities.length, 3);
  assert.ok(product.class === run.product || product.class === null, JSON.stringify(product));
  assert.deepEqual(seen.map(({ state }) => state), ["answering", "answering", "answering"]);

  const client = await connectAsync(urls.mqtt);
  const heard = new Map<string, { answer: { value?: number } | null; target: string }>();
  client.on("message", (topic, payload) => void heard.set(topic, JSON.parse(payload.toString()) as { answer: null; target: string }));
  await client.subscribeAsync("millrace/answers/#");
  await until(async () => heard.size, (size) => size === 3);
  assert.deepEqual([...heard.keys()].toSorted(), ["millrace/answers/machine/machine moisture", "millrace/answers/machine/machine product", "millrace/answers/machine/machine tool"]);
  await client.endAsync();

  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  while (!/"type":"rows".*"answer":\{"what":"value"/.test(text)) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
});

/** Puts a wheel's oldest model that learnt on watch, as a promotion would; the site must be down. */
async function putOnWatch(...wheels: readonly string[]): Promise<void> {
  const store = await openStore(data, { create: false });
  for (const wheel of wheels) {
    const inForce = (await store.records.champion(wheel))?.model;
    const former = (await store.records.models(wheel)).find(({ digest, recipe }) => digest !== inForce && recipe.name !== "no-input")?.digest;
    await store.records.write([{ put: "setting", value: { name: `watch/${wheel}`, text: JSON.stringify({ former, since: Date.now() * 1000, heldSince: null }) } }]);
  }
  await store.close();
}

// oxlint-disable-next-line no-explicit-any -- as above
const shadowOf = async (target: string): Promise<any> => {
  const { body } = await ask("GET", `/api/v1/wheels/${(await wheelOf(target)).id}/shadows?start=${lastRun.start}&end=${lastRun.start + 400 * second}`);
  assert.equal(body.shadows.length, 1, JSON.stringify(body));
  return body.shadows[0];
};

test("a site that was killed goes on with the models in force, those in shadow, and the past of the block under way", { timeout: 60_000 }, async () => {
  const targets = ["moisture", "product", "tool"];
  const ids = await Promise.all(targets.map(async (target) => (await wheelOf(target)).id as string));
  await kill();
  await putOnWatch(...ids);
  await start();
  const begun = rowsByNow();
  await until(async () => rowsByNow(), (now) => now > begun + 3);
  const sent = rowsByNow();
  await send(lastRun, 16, begun - 40, sent);
  const shadows = await until(async () => await Promise.all(targets.map(shadowOf)), (all) => all.every(({ answer }) => answer !== null));
  assert.deepEqual(shadows.map(({ role, isScoring, failures }) => [role, isScoring, failures]), targets.map(() => ["former", true, 0]));
  assert.ok(shadows.every(({ course }) => course.high.some((value: number | null) => value !== null)));
  const before = await answerOf("tool");
  await kill();
  await start();
  await until(async () => rowsByNow(), (now) => now > sent + 3);
  const known = rowsByNow();
  await send(lastRun, 16, sent, known);
  const [tool, moisture] = await until(async () => await Promise.all(["tool", "moisture"].map(answerOf)), (all) => all.every(({ answer }) => answer !== null && answer.time > before.answer.time));
  assert.equal(tool.model, before.model);
  const row = Math.min(known - 1, Math.round((moisture.answer.time - lastRun.start) / second));
  assert.ok(row >= sent && Math.abs(moisture.answer.value - (lastRun.value[row] ?? NaN)) < 2, `${moisture.answer.value} at row ${row} of ${sent} to ${known}`);
  const after = await until(async () => await Promise.all(targets.map(shadowOf)), (all) => all.every(({ answer }, at) => answer !== null && answer.time > shadows[at].answer.time));
  assert.deepEqual(after.map(({ model, role, recipe }) => ({ model, role, recipe })), shadows.map(({ model, role, recipe }) => ({ model, role, recipe })));
  const silent = await until(() => answerOf("moisture"), ({ answer }) => answer === null);
  assert.equal(silent.state, "unknown", "where inputs are missing nothing is said");
});

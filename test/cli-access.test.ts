import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { temporaryDirectory } from "./synthetic.ts";

const main = join(import.meta.dirname, "../src/cli/main.ts");
const { path: home, remove } = temporaryDirectory();
const data = join(home, "site");
let up: ChildProcess;
let mqttUrl: string;
let token: string;

const millrace = (words: readonly string[], input = "") => spawnSync(process.execPath, [main, ...words, "--data", data], { cwd: home, encoding: "utf8", input });

/** The object that a command prints with --json. */
function said(...words: string[]): Record<string, unknown> {
  const { status, stdout, stderr } = millrace([...words, "--json"]);
  assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A site beyond loopback, with a certificate nobody knows and that names no address of this machine; MQTT on loopback. */
before(async () => {
  mkdirSync(data, { recursive: true });
  const [cert, key] = [join(home, "cert.pem"), join(home, "key.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=millrace.plant.example", "-days", "1", "-keyout", key, "-out", cert], { stdio: "ignore" });
  writeFileSync(join(data, "site.json"), JSON.stringify({ http: { host: "0.0.0.0", port: 0, tls: { cert, key } }, mqtt: { port: 0 } }));
  token = said("token", "add", "first")["token"] as string;
  up = spawn(process.execPath, [main, "up", "--data", data, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(up.stdout as NonNullable<typeof up.stdout>), "line")) as [string];
  mqttUrl = (JSON.parse(line) as { mqtt: string }).mqtt;
});

after(async () => {
  if (up.exitCode === null) {
    up.kill("SIGTERM");
    await once(up, "exit");
  }
  assert.ok(!existsSync(join(data, "control")), "the key goes with its process");
  remove();
});

const closeOf = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once("close", () => resolve()));
const login = async (username?: string, password?: string): Promise<MqttClient> => await connectAsync(mqttUrl, { reconnectPeriod: 0, clientId: `device ${username ?? "nobody"}`, ...(username !== undefined && { username, password: password ?? "" }) });

test("tokens are made, listed and taken back while the site is up, for its owner only", async () => {
  assert.equal(statSync(join(data, "control")).mode & 0o777, 0o600);
  const { address } = JSON.parse(readFileSync(join(data, "control"), "utf8")) as { address: string };
  assert.match(address, /^https:\/\/127\.0\.0\.1:/);
  assert.match(said("token", "add", "control room 2")["token"] as string, /^mr_/);
  const tokens = said("token", "list")["tokens"] as { name: string }[];
  assert.deepEqual(tokens.map(({ name }) => name), ["first", "control room 2"]);
  assert.match(millrace(["token", "add", "first"]).stderr, /there is one of this name/);
  assert.deepEqual(said("token", "remove", "control room 2"), { removed: "control room 2" });
  assert.match(millrace(["token", "remove", "control room 2"]).stderr, /none of this name/);
  assert.ok(token.startsWith("mr_"));
});

test("limits of a signal hold at once; the first user shuts out who has none, a removed one is sent away, and both at once", async () => {
  const anybody = await login();
  await anybody.publishAsync("hall/pump/flow", "1", { qos: 1 });
  const sentAway = closeOf(anybody);
  const { password } = said("user", "add", "plc-1", "--publish", "hall/#") as { password: string };
  await sentAway;
  await assert.rejects(login(), /Not authorized|Bad username/i);
  await assert.rejects(login("plc-1", "wrong password"), /Not authorized|Bad username/i);
  const device = await login("plc-1", password);
  assert.equal(millrace(["user", "add", "panel", "--subscribe", "#", "--password-stdin"], "a password of mine\n").status, 0);
  const other = await login("panel", "a password of mine");
  await device.publishAsync("hall/pump/flow", "2", { qos: 1 });
  const { signal } = said("signals", "flow", "--asset", "pump", "--high", "10") as { signal: { limits: unknown; revision: number } };
  assert.deepEqual([signal.limits, signal.revision], [{ low: null, high: 10 }, 2], "limits are set while the site is up");
  const alarm = new Promise<string>((resolve) => other.on("message", (topic, payload) => topic.startsWith("millrace/alarms/") && resolve(payload.toString())));
  await other.subscribeAsync("millrace/alarms/#");
  for (const value of [11, 12, 13, 12]) await device.publishAsync("hall/pump/flow", String(value), { qos: 1 });
  assert.match(await alarm, /out-of-range.*reads 1[123], above its limit of 10/s);
  const closed = closeOf(device);
  assert.deepEqual(said("user", "remove", "plc-1"), { removed: "plc-1" });
  await closed;
  await assert.rejects(login("plc-1", password), /Not authorized|Bad username/i);
  assert.ok(other.connected, "the other user stays");
  await other.endAsync(true);
  const users = said("user", "list")["users"] as { name: string }[];
  assert.deepEqual(users.map(({ name }) => name), ["panel"]);
});

test("a backup needs no token of its owner, and what cannot be asked says so", async () => {
  assert.equal(millrace(["backup", join(home, "copy")]).status, 0);
  writeFileSync(join(data, "control"), JSON.stringify({ address: "https://127.0.0.1:1", key: "mo_x", certificate: null }));
  const { status, stderr } = millrace(["token", "list"]);
  assert.equal(status, 2);
  assert.match(stderr, /Cannot ask the site at https:\/\/127\.0\.0\.1:1 for its tokens/);
});

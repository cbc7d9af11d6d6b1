import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Alarm } from "../../schema/alarm.ts";
import type { Event } from "../../schema/event.ts";
import { Records } from "../../store/records.ts";
import type { AlarmChange } from "../alarms.ts";
import type { AlarmMessage } from "./message.ts";
import { signatureOf, Webhook, type WebhookOptions } from "./webhook.ts";

const id = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const event: Event = { id, site: id, asset: id, wheel: id, model: "0".repeat(64), block: id, kind: "condition", start: 0, end: null, peak: 2, peakAt: 0, contributions: [] };
const secret = "0123456789abcdef";

const changeOf = (number: number): AlarmChange => {
  const step = { at: number, did: "raised" as const, by: null };
  const alarm: Alarm = { id, site: id, event: id, state: "active", since: number, by: null, history: [step] };
  return { alarm, event, step, isFlood: false };
};

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, received: Received) => void;

/** A receiver on this machine, which answers as it is told to. */
async function receiver(t: TestContext, answer: Answer) {
  const received: Received[] = [];
  const state = { answer };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      state.answer(request, response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/alarms`, received, state };
}

/** Records of their own, and webhooks over them as a site would start them. */
function plant(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  const records = new Records(path);
  records.open();
  const hooks: Webhook[] = [];
  t.after(async () => {
    for (const hook of hooks) await hook.close();
    records.close();
    rmSync(path, { recursive: true, force: true });
  });
  const clock = { now: 1_700_000_000_000_000 };
  const start = async (url: string, more: Partial<WebhookOptions> = {}) => {
    const hook = new Webhook({
      targets: [{ url, secret }],
      allow: ["127.0.0.1"],
      namesOf: () => ({ asset: "pump", wheel: "pump", signal: (one) => one }),
      records: { write: (facts) => Promise.resolve(records.write(facts)), settings: (prefix) => Promise.resolve(records.settings(prefix)) },
      now: () => clock.now,
      timeout: 2000,
      wait: { first: 2, most: 10 },
      ...more,
    });
    hooks.push(hook);
    await hook.open();
    const tell = (change: AlarmChange) => {
      records.write(hook.facts(change));
      hook.tell(change);
    };
    return { hook, tell };
  };
  return { records, clock, start };
}

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; !is(); tries++) {
    assert.ok(tries < 2000, "it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const ok: Answer = (_request, response) => response.writeHead(204).end();
const numbers = (received: readonly Received[]): number[] => received.map(({ body }) => (JSON.parse(body) as AlarmMessage).step.at);

test("Webhook delivers messages in order, signed, and keeps none that were taken", async (t) => {
  const there = await receiver(t, ok);
  const { records, start, clock } = plant(t);
  const { hook, tell } = await start(there.url);
  for (const number of [1, 2, 3]) tell(changeOf(clock.now + number));
  assert.equal(records.settings("webhook message ").length, 3, "stored before they are sent");
  await until(() => hook.status[0].waiting === 0);
  assert.deepEqual(numbers(there.received), [1, 2, 3].map((number) => clock.now + number));
  const [{ headers, body }] = there.received;
  const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["millrace-signature"])) ?? [];
  assert.equal(signature, signatureOf(secret, Number(seconds), body));
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual([records.settings("webhook"), hook.undelivered], [[], []]);
});

test("Webhook tries again until the receiver is back, with the same delivery id, and says meanwhile why", async (t) => {
  let failures = 3;
  const there = await receiver(t, (request, response, received) => (failures-- > 0 ? response.writeHead(500).end() : ok(request, response, received)));
  const { start, clock } = plant(t);
  const { hook, tell } = await start(there.url);
  tell(changeOf(clock.now));
  tell(changeOf(clock.now + 1));
  await until(() => hook.status[0].attempts >= 2);
  assert.equal(hook.status[0].reason, "answered with status 500");
  await until(() => hook.status[0].waiting === 0);
  assert.equal(new Set(there.received.slice(0, 4).map(({ headers }) => headers["millrace-delivery"])).size, 1);
  assert.deepEqual([there.received.length, hook.status[0].reason], [5, null]);
});

test("Webhook goes on after a restart with what was not delivered", async (t) => {
  const there = await receiver(t, (_request, response) => response.writeHead(503).end());
  const { start, clock, records } = plant(t);
  const first = await start(there.url);
  for (const number of [1, 2, 3]) first.tell(changeOf(clock.now + number));
  await until(() => there.received.length > 1);
  await first.hook.close();
  there.state.answer = ok;
  there.received.length = 0;
  const { hook } = await start(there.url);
  await until(() => hook.status[0].waiting === 0);
  assert.deepEqual(numbers(there.received), [1, 2, 3].map((number) => clock.now + number));
  assert.deepEqual(records.settings("webhook"), []);
});

test("Webhook follows no redirect, and says so at once", async (t) => {
  const secretPlace = await receiver(t, ok);
  const there = await receiver(t, (_request, response) => response.writeHead(307, { location: secretPlace.url }).end());
  const { start, clock } = plant(t);
  const { hook, tell } = await start(there.url);
  tell(changeOf(clock.now));
  await until(() => hook.undelivered.length === 1);
  assert.match(hook.undelivered[0].reason, /redirect \(307\)/);
  assert.deepEqual([there.received.length, secretPlace.received.length, hook.status[0].waiting], [1, 0, 0]);
});

test("Webhook gives a slow or a dripping receiver up and tries again, without holding anything", async (t) => {
  const there = await receiver(t, () => {});
  const { start, clock } = plant(t);
  const { hook, tell } = await start(there.url, { timeout: 30 });
  tell(changeOf(clock.now));
  await until(() => hook.status[0].attempts >= 2);
  assert.equal(hook.status[0].reason, "no answer within 0.03 s");
  there.state.answer = (_request, response) => void response.writeHead(200).write("dripping");
  await until(() => hook.status[0].waiting === 0);
});

test("Webhook gives a message up when it is old, and remembers that over a restart", async (t) => {
  const there = await receiver(t, (_request, response) => response.writeHead(500).end());
  const { start, clock, records } = plant(t);
  const { hook, tell } = await start(there.url, { giveUpAfter: 1000 });
  tell(changeOf(clock.now));
  await until(() => hook.status[0].attempts >= 1);
  clock.now += 5000;
  await until(() => hook.undelivered.length === 1);
  assert.deepEqual(hook.undelivered.map(({ url, reason }) => [url, reason]), [[there.url, "answered with status 500"]]);
  assert.equal(records.settings("webhook message ").length, 0);
  const again = await start(there.url);
  assert.deepEqual(again.hook.undelivered, hook.undelivered);
});

test("Webhook goes nowhere that is not on the list: not by address, not by a name that leads inside", async (t) => {
  const there = await receiver(t, ok);
  const { start, clock } = plant(t);
  const cases: [string, string[], RegExp][] = [
    [there.url, ["hooks.example.com"], /is not on the allow-list/],
    [there.url, ["127.0.0.1:1"], /is not on the allow-list/],
    [`http://localhost:${there.port}/`, ["localhost"], /leads to (127\.0\.0\.1|::1), an inner address/],
  ];
  for (const [at, [url, allow, reason]] of cases.entries()) {
    const { hook, tell } = await start(url, { allow });
    tell(changeOf(clock.now + at));
    await until(() => hook.undelivered.some((one) => one.at === clock.now + at));
    assert.match(hook.undelivered.at(-1)?.reason ?? "", reason);
  }
  assert.equal(there.received.length, 0);
  const { hook, tell } = await start(`http://localhost:${there.port}/`, { allow: ["localhost", "127.0.0.1", "::1"] });
  tell(changeOf(clock.now + 9));
  await until(() => hook.status[0].waiting === 0);
  assert.equal(there.received.length, 1);
});

test("Webhook keeps at most a thousand messages for a receiver, the newest, and says which it gave up", async (t) => {
  const there = await receiver(t, () => {});
  const { start, clock, records } = plant(t);
  const { hook } = await start(there.url);
  for (let number = 0; number < 1005; number++) hook.tell(changeOf(clock.now + number));
  assert.equal(hook.status[0].waiting, 1000);
  await until(() => records.setting("webhook undelivered") !== null && hook.undelivered.length === 5);
  assert.deepEqual(hook.undelivered.map(({ at, reason }) => [at - clock.now, reason]), [1, 2, 3, 4, 5].map((at) => [at, "too many messages wait"]));
});

test("Webhook refuses settings that cannot be used, and repeats no password", () => {
  const options = { allow: [], namesOf: () => ({ asset: "", wheel: null, signal: String }), records: { write: () => Promise.resolve(), settings: () => Promise.resolve([]) }, now: () => 0 };
  for (const url of ["nonsense", "ftp://x.de/", "https://ann:hunter2@x.de/"]) {
    assert.throws(() => new Webhook({ ...options, targets: [{ url, secret }] }), (error: Error & { code?: string }) => error.code === "deploy.bad-webhook" && !error.message.includes("hunter2"));
  }
  assert.throws(() => new Webhook({ ...options, targets: [{ url: "https://x.de/", secret: "short" }] }), { code: "deploy.bad-webhook" });
});

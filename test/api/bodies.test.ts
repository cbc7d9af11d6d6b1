import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { openApi, type Api } from "../../src/api/server.ts";
import { openDouble, type Double } from "./site-double.ts";

let double: Double;
let api: Api;
/** The same site behind a server that waits for nobody. */
let hasty: Api;
const faults: unknown[] = [];

before(async () => {
  double = await openDouble();
  api = await openApi(double.site, { port: 0, onFault: (error) => faults.push(error) });
  hasty = await openApi(double.site, { port: 0, timeouts: { headers: 300, request: 600 }, onFault: (error) => faults.push(error) });
});
after(async () => {
  await hasty.close();
  await api.close();
  await double.close();
});

const line = "pump,line=2 flow=3.25,pressure=1.5 1700000000000000000\n";

async function post(address: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<{ status: number; body: { stored?: number; error?: { code: string } } }> {
  const response = await fetch(api.url + address, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as { stored?: number; error?: { code: string } } };
}

test("a body packed with gzip is unpacked, for lines, JSON and labels alike", async () => {
  const packed = { "content-encoding": "gzip" };
  assert.deepEqual((await post("/api/v1/write/line", gzipSync(line.repeat(1000)), packed)).body.stored, 2000);
  assert.deepEqual((await post("/api/v1/write", gzipSync('{"path":"a/b","points":[[1,2]]}'), packed)).body.stored, 1);
  const label = { asset: "01ARZ3NDEKTSV4RRFFQ69G5FAV", start: 1, end: 2, answer: "normal", author: "Ada" };
  assert.equal((await post("/api/v1/labels", gzipSync(JSON.stringify(label)), { ...packed, "content-type": "application/json" })).status, 404);
  assert.equal((await post("/api/v1/write/line", line, { "content-encoding": "identity" })).body.stored, 2);
});

test("a body that is packed wrongly, or in a way not taken, is refused", async () => {
  assert.equal((await post("/api/v1/write/line", "no gzip at all", { "content-encoding": "gzip" })).body.error?.code, "api.bad-request");
  assert.equal((await post("/api/v1/write/line", gzipSync(line.repeat(100)).subarray(0, 60), { "content-encoding": "gzip" })).body.error?.code, "api.bad-request");
  assert.equal((await post("/api/v1/write/line", brotliCompressSync(line), { "content-encoding": "br" })).body.error?.code, "api.wrong-type");
  assert.equal((await post("/api/v1/write/line", gzipSync(gzipSync(line)), { "content-encoding": "gzip, gzip" })).body.error?.code, "api.wrong-type");
  assert.equal((await post("/api/v1/labels", "asset=1", { "content-type": "application/x-www-form-urlencoded" })).body.error?.code, "api.wrong-type");
});

test("a body larger than ten megabytes is refused, as it comes and as it unpacks", async () => {
  const before = process.memoryUsage.rss();
  assert.equal((await post("/api/v1/write/line", "x".repeat(11_000_000))).body.error?.code, "api.too-large");
  const bomb = gzipSync(Buffer.alloc(400_000_000, "x"));
  assert.ok(bomb.length < 1_000_000);
  for (let i = 0; i < 3; i++) assert.deepEqual((await post("/api/v1/write/line", bomb, { "content-encoding": "gzip" })).body.error?.code, "api.too-large");
  assert.ok(process.memoryUsage.rss() - before < 500e6, "what was unpacked is not kept");
  const large = line.repeat(180_000);
  assert.ok(large.length > 9_500_000);
  assert.equal((await post("/api/v1/write/line", large)).body.stored, 360_000);
});

test("ten megabytes of lines hold up nobody else", async () => {
  const writing = post("/api/v1/write/line", line.repeat(180_000));
  let answers = 0;
  let written: Awaited<typeof writing> | null = null;
  const bystander = async (): Promise<void> => {
    await fetch(`${api.url}/healthz`).then((response) => response.text());
    if (written === null) answers++;
    if (written === null) await bystander();
  };
  const watching = bystander();
  written = await writing;
  await watching;
  assert.equal(written.body.stored, 360_000);
  // Taken in one go, the body would hold a bystander up for nearly all of the time that it takes: one answer before it, one after.
  assert.ok(answers >= 5, `a bystander was answered ${answers} times meanwhile`);
});

test("bodies that together would take too much are told to come again", async () => {
  const { port, host } = new URL(api.url);
  const held = Array.from({ length: 14 }, () => connect(Number(port), "127.0.0.1"));
  for (const socket of held) socket.on("error", () => {}).write(`POST /api/v1/write/line HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10000000\r\n\r\nm`);
  const [first] = (await Promise.race(held.map((socket) => once(socket, "data")))) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*"api\.busy"/i);
  assert.equal((await post("/api/v1/write/line", line)).body.stored, 2, "a small one is still taken");
  for (const socket of held) socket.destroy();
  for (const socket of held) if (!socket.closed) await once(socket, "close");
  let large = await post("/api/v1/write/line", line.repeat(180_000));
  for (const until = performance.now() + 5000; large.status === 503 && performance.now() < until; ) large = await post("/api/v1/write/line", line.repeat(180_000));
  assert.equal(large.status, 200, "and a large one once they are gone");
});

/** Opens a socket, sends, and waits for its end. */
async function dribble(parts: readonly string[], pause: number): Promise<{ text: string; milliseconds: number }> {
  const start = performance.now();
  const socket = connect(Number(new URL(hasty.url).port), "127.0.0.1");
  let text = "";
  let closed = false;
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.once("close", () => (closed = true));
  await once(socket, "connect");
  for (const part of parts) {
    if (closed) break;
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (!closed) await once(socket, "close");
  return { text, milliseconds: performance.now() - start };
}

test("a caller that sends its headers or its body too slowly is let go", async () => {
  const { host } = new URL(hasty.url);
  const headers = await dribble(["GET / HTTP/1.1\r\n", ...Array.from({ length: 40 }, (_, at) => `x-${at}: y\r\n`)], 100);
  const body = await dribble([`POST /api/v1/write/line HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\n`, ...Array.from({ length: 40 }, () => "m")], 100);
  for (const { text, milliseconds } of [headers, body]) {
    assert.match(text, /^HTTP\/1\.1 408 .*"api\.too-slow"/s);
    assert.ok(milliseconds < 4000, `${milliseconds} ms`);
  }
  const silent = await dribble([], 0);
  assert.ok(silent.milliseconds < 4000);
});

test("a thousand requests made of nonsense get an answer in our words, and the server lives", async () => {
  const paths = ["/", "/healthz", "/metrics", "/openapi.json", "/api/v1/site", "/api/v1/signals/%00/course", "/api/v1/wheels/", "/api/v1/models/../../x/file", "/api/v1/events?limit=", "/api/v1/alarms?state=", "/api/v1/questions?open=", "/api/v1/labels", "/api/v1/labels/csv", "/api/v1/ledger?from=", "/api/v1/write", "/api/v1/write/line?precision=", "/api/v2/write?", "/api/v1/wheels/01ARZ3NDEKTSV4RRFFQ69G5FAV/turn", "/api/v1/wheels/01ARZ3NDEKTSV4RRFFQ69G5FAV/rollback", "/api/v1/alarms/01ARZ3NDEKTSV4RRFFQ69G5FAV/shelve", "/api/v1/questions/01ARZ3NDEKTSV4RRFFQ69G5FAV/answer", "/%2e%2e/%2e%2e/etc/passwd", "/..\\..\\x"];
  const junk = fc.oneof(fc.constantFrom("", "null", "[]", "{}", '{"a":1}', '{"readings":[{}]}', '{"readings":[{"path":"a/b","value":1e999}]}', '{"__proto__":{"x":1}}', "[".repeat(9000), "m f=1", "m f=\0", "asset,start,end,answer,author\nx", '"'), fc.string({ maxLength: 60 }), fc.json({ maxDepth: 3 }));
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"),
    path: fc.constantFrom(...paths),
    tail: fc.oneof(fc.constant(""), fc.webQueryParameters({ size: "small" }), fc.constantFrom("%", "%00", "%ff", "&limit=1e9", "&start=NaN&end=Infinity", "?", "#", "\u{1f600}")),
    type: fc.constantFrom("application/json", "text/plain", "text/csv", "multipart/form-data", "application/x-json", "", "\x01"),
    encoding: fc.constantFrom("", "", "", "gzip", "deflate"),
    body: junk,
  });
  let answers = 0;
  for (const { method, path, tail, type, encoding, body } of fc.sample(request, { numRuns: 1000, seed: 20_261_122 })) {
    const bytes = Buffer.from(body);
    const headers = `Host: ${new URL(hasty.url).host}\r\nConnection: close\r\nContent-Type: ${type}\r\n${encoding === "" ? "" : `Content-Encoding: ${encoding}\r\n`}Content-Length: ${bytes.length}\r\n`;
    const { text } = await dribble([`${method} ${path}${tail} HTTP/1.1\r\n${headers}\r\n${bytes.toString("latin1")}`], 0);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
    assert.ok(status >= 200 && status !== 500, `${method} ${path}${tail} ${body}: ${text.slice(0, 400)}`);
    assert.doesNotMatch(text, /\n\s+at |node:internal|\/src\/|node_modules/, text);
    if (status >= 400 && method !== "HEAD") assert.match(text, /"error":\{"code":"[a-z]+\.[a-z-]+","message":"Cannot /, text);
    answers++;
  }
  assert.equal(answers, 1000);
  assert.deepEqual(faults, []);
  assert.equal((await fetch(`${api.url}/healthz`)).status, 200);
});

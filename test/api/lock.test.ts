import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as connectSecurely } from "node:tls";
import { openApi, type Api } from "../../src/api/server.ts";
import { accessOf } from "../../src/store/access.ts";
import { temporaryDirectory } from "../synthetic.ts";
import { openDouble, type Double } from "./site-double.ts";

let double: Double;
let api: Api;

before(async () => {
  double = await openDouble();
  api = await openApi(double.site, { port: 0 });
});
after(async () => {
  await api.close();
  await double.close();
});

/** Sends bytes over a socket of its own and gives all that came back once the other side closed. */
async function raw(bytes: string, base = api): Promise<string> {
  const socket = connect(Number(new URL(base.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

const asked = (headers: Record<string, string>, start = "GET /api/v1/site HTTP/1.1", base = api): Promise<string> =>
  raw(`${start}\r\n${Object.entries({ host: new URL(base.url).host, connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`, base);

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

test("on loopback the Host must be a name of this machine", async () => {
  const { port } = new URL(api.url);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "LOCALHOST", "127.0.0.1"]) assert.equal(statusOf(await asked({ host })), 200, host);
  for (const host of [`evil.example:${port}`, "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "10.0.0.5", "127.0.0.1@evil.example", "[::1", "0x7f.0.0.1", "2130706433", "localhost:80:80", "1270.0.0.1"]) {
    const answer = await asked({ host });
    assert.ok([400, 403].includes(statusOf(answer)), `${host}: ${answer.slice(0, 40)}`);
    assert.doesNotMatch(answer, /"assets"/);
  }
  for (const start of ["GET /healthz HTTP/1.1", "GET / HTTP/1.1", "GET /nothing HTTP/1.1", "GET /metrics HTTP/1.1", "GET /api/v1/stream HTTP/1.1", "POST /api/v1/write/line HTTP/1.1"]) {
    assert.match(await asked({ host: "evil.example" }, start), /api\.foreign-host/, start);
  }
});

test("a page of another origin is refused, by Origin and by what browsers say of themselves", async () => {
  const { host } = new URL(api.url);
  const own = `http://${host}`;
  assert.equal(statusOf(await asked({ origin: own })), 200);
  assert.equal(statusOf(await asked({ "sec-fetch-site": "same-origin" })), 200);
  assert.equal(statusOf(await asked({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })), 200, "a link may lead here");
  for (const start of ["GET /api/v1/site HTTP/1.1", "GET /api/v1/stream HTTP/1.1", "POST /api/v1/write HTTP/1.1", "PUT /api/v1/labels/x HTTP/1.1", "DELETE /api/v1/labels/x HTTP/1.1", "OPTIONS /api/v1/write HTTP/1.1"]) {
    for (const origin of ["https://evil.example", "null", "http://localhost:1", `${own}.evil.example`, "file://", "chrome-extension://abc", "://", `http://${host}@evil.example`]) {
      const answer = await asked({ origin }, start);
      assert.equal(statusOf(answer), 403, `${start} ${origin}`);
      assert.doesNotMatch(answer, /access-control-allow/i);
    }
  }
  for (const site of ["cross-site", "same-site"]) assert.equal(statusOf(await asked({ "sec-fetch-site": site, "sec-fetch-mode": "no-cors" })), 403);
});

test("security headers stand on every answer, errors of every kind included", async () => {
  const answers = [
    await asked({}),
    await asked({}, "GET /nothing HTTP/1.1"),
    await asked({}, "GET /% HTTP/1.1"),
    await asked({ host: "evil.example" }),
    await asked({}, "GET /api/v1/events?limit=x HTTP/1.1"),
    await asked({ "content-length": "99999999" }, "POST /api/v1/write/line HTTP/1.1"),
    await asked({}, "WRONG / HTTP/1.1"),
    await raw("what is this\r\n\r\n"),
    await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`),
  ];
  for (const answer of answers) {
    const head = answer.split("\r\n\r\n")[0] ?? "";
    assert.match(head, /content-security-policy: default-src 'none'; script-src 'self';(?!.*unsafe)/i, answer.slice(0, 60));
    for (const header of [/x-content-type-options: nosniff/i, /frame-ancestors 'none'/, /referrer-policy: no-referrer/i]) assert.match(head, header, answer.slice(0, 60));
    assert.doesNotMatch(answer, /\n\s+at |node:internal|\/src\//, "no inside");
  }
});

test("openApi() refuses to be reached from elsewhere without a token", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) await assert.rejects(openApi(double.site, { host, port: 0 }), { code: "api.no-token" });
  const taken = Number(new URL(api.url).port);
  await assert.rejects(openApi(double.site, { port: taken }), { code: "api.port-taken" });
});

test("beyond loopback every route but those that are open to all needs a token", async () => {
  const access = accessOf(double.site.store.records, { maxAge: 0 });
  const secret = await access.addToken("gateway");
  const open = await openApi(double.site, { host: "0.0.0.0", port: 0, access });
  try {
    const { paths } = (await (await fetch(`${open.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
    let shut = 0;
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const address = path.replaceAll(/\{id\}/g, "01ARZ3NDEKTSV4RRFFQ69G5FAV").replaceAll("{digest}", "0".repeat(64));
        const { status, headers } = await fetch(open.url + address, { method });
        if (["/healthz", "/readyz", "/openapi.json"].includes(path)) assert.equal(status, 200, path);
        else {
          assert.ok([401, 429].includes(status), `${method} ${path}: ${status}`);
          if (status === 401) assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
          shut++;
        }
      }
    }
    assert.ok(shut > 20);
    assert.equal((await fetch(`${open.url}/nothing`)).status, 401, "what is not there is not told either");
    const site = `${open.url}/api/v1/site`;
    for (const authorization of [`Bearer ${secret}`, `Token ${secret}`, `bearer  ${secret}`]) assert.equal((await fetch(site, { headers: { authorization } })).status, 200);
    for (const authorization of [`Bearer ${secret}x`, `Bearer ${secret.slice(0, -1)}`, "Bearer ", "Bearer mr_", `Basic ${secret}`, secret]) assert.equal((await fetch(site, { headers: { authorization } })).status, 401, authorization.slice(0, 8));
    assert.ok(((await access.tokens())[0]?.lastUsed ?? 0) > 0);
    assert.deepEqual(await (await fetch(`${open.url}/readyz`)).json(), { ready: true, reasons: [] });

    await access.removeToken("gateway");
    assert.equal((await fetch(site, { headers: { authorization: `Bearer ${secret}` } })).status, 401);
  } finally {
    await open.close();
  }
});

test("guessing tokens is slowed by address, and a known token is let in all the same", async () => {
  const access = accessOf(double.site.store.records, { maxAge: 0 });
  const secret = await access.addToken("operator");
  const open = await openApi(double.site, { host: "0.0.0.0", port: 0, access });
  const asking = async (token: string): Promise<number> => (await fetch(`${open.url}/api/v1/site`, { headers: { authorization: `Bearer ${token}` } })).status;
  const statuses: number[] = [];
  for (let i = 0; i < 15; i++) statuses.push(await asking(`mr_guess${i}`));
  assert.deepEqual(statuses, [...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);
  assert.equal(await asking(secret), 200);
  await access.removeToken("operator");
  await open.close();
});

test("a stream ends within seconds once its token is removed, and at once when the site itself removes it", { timeout: 20_000 }, async () => {
  const access = accessOf(double.site.store.records, { maxAge: 0 });
  const secret = await access.addToken("screen");
  const own = await openApi(double.site, { host: "0.0.0.0", port: 0 });
  const ends = await fetch(`${own.url}/api/v1/stream`, { headers: { authorization: `Bearer ${secret}` } });
  const stays = await fetch(`${own.url}/api/v1/stream`, { headers: { authorization: `Bearer ${own.ownerKey}` } });
  const heard = async (response: Response): Promise<string> => {
    let text = "";
    try {
      for await (const piece of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) text += piece;
    } catch {
      text += " cut off";
    }
    return text;
  };
  const [untilCut, untilStopped] = [heard(ends), heard(stays)];
  await double.site.access.removeToken("screen");
  const said = await untilCut;
  await own.close();
  assert.match(said, /retry.*cut off$/s);
  assert.ok(!said.includes("ping"), `it was not cut off at once: ${said}`);
  assert.doesNotMatch(await untilStopped, /cut off/, "another reader heard on until the site stopped");
});

test("a stream ends within seconds once another process has removed its token", async () => {
  const access = accessOf(double.site.store.records, { maxAge: 0 });
  const secret = await access.addToken("screen");
  const open = await openApi(double.site, { host: "0.0.0.0", port: 0, access });
  const response = await fetch(`${open.url}/api/v1/stream`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal(response.status, 200);
  await access.removeToken("screen");
  const before = performance.now();
  await response.text().catch(() => "");
  assert.ok(performance.now() - before < 6000);
  await open.close();
});

test("with a certificate the server speaks TLS, 1.2 at the least", async () => {
  const { path, remove } = temporaryDirectory();
  const [cert, key] = [join(path, "cert.pem"), join(path, "key.pem")];
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", cert], { stdio: "ignore" });
    const secure = await openApi(double.site, { port: 0, tls: { cert, key }, timeouts: { headers: 300, request: 600 } });
    assert.match(secure.url, /^https:/);
    const port = Number(new URL(secure.url).port);
    const status = await new Promise((resolve, reject) => {
      secureRequest({ host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false, agent: false }, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
    });
    assert.equal(status, 200);
    const old = await new Promise<string>((resolve) => {
      const socket = connectSecurely({ host: "127.0.0.1", port, rejectUnauthorized: false, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }, () => resolve("let in"));
      socket.on("error", () => resolve("refused"));
    });
    assert.equal(old, "refused");
    // HTTP in the clear, and a line on which nobody shakes hands: both are ended.
    for (const bytes of ["GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", ""]) assert.doesNotMatch(await raw(bytes, secure), /^HTTP\/1\.1 200/);
    await secure.close();
    await assert.rejects(openApi(double.site, { port: 0, tls: { cert, key: join(path, "none.pem") } }), { code: "api.bad-certificate" });
    await assert.rejects(openApi(double.site, { port: 0, tls: { cert, key: join(import.meta.dirname, "lock.test.ts") } }), { code: "api.bad-certificate" });
  } finally {
    remove();
  }
});

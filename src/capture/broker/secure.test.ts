import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectPlainly } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { connect as connectSecurely } from "node:tls";
import { connectAsync } from "mqtt";
import { openBroker } from "./broker.ts";
import { certificateOf } from "./certificate.ts";

interface Files {
  readonly directory: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for this machine that its own key signed. */
function filesFor(context: TestContext): Files {
  const directory = mkdtempSync(join(tmpdir(), "millrace-secure-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "1", "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { directory, cert, key };
}

test("with a certificate the broker speaks TLS 1.2 at the least, to clients that check whom they speak to", async (context) => {
  const files = filesFor(context);
  const taken: string[] = [];
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    directory: null,
    messages: { take: async (topic, payload) => void taken.push(`${topic} ${Buffer.from(payload).toString()}`), drop: () => {} },
    tls: certificateOf(files),
    limits: { loginTime: 300 },
  });
  context.after(() => broker.close());
  const { port } = broker;

  const ca = readFileSync(files.cert);
  const url = `mqtts://127.0.0.1:${port}`;
  const reader = await connectAsync(url, { ca, reconnectPeriod: 0, clientId: "reader" });
  await reader.subscribeAsync("plant/#", { qos: 2 });
  const arrived = new Promise<[string, Buffer]>((resolve) => reader.once("message", (topic, payload) => resolve([topic, payload])));
  const sender = await connectAsync(url, { ca, reconnectPeriod: 0, clientId: "sender" });
  await sender.publishAsync("plant/pump/pressure", "x".repeat(200_000), { qos: 1 }); // more than one TLS record
  const [topic, payload] = await arrived;
  assert.deepEqual([topic, payload.length, taken.length], ["plant/pump/pressure", 200_000, 1]);
  await Promise.all([reader.endAsync(), sender.endAsync()]);

  await assert.rejects(connectAsync(url, { reconnectPeriod: 0, clientId: "stranger" }, false), /self-signed certificate/, "nobody vouches for it");
  const old = await new Promise<string>((resolve) => {
    const socket = connectSecurely({ host: "127.0.0.1", port, rejectUnauthorized: false, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }, () => resolve("let in"));
    socket.on("error", () => resolve("refused"));
  });
  assert.equal(old, "refused");
  // A login in the clear, and a line on which nothing is said.
  for (const bytes of [Buffer.from("100d00044d5154540402003c000161", "hex"), Buffer.alloc(0)]) {
    const plain = connectPlainly(port, "127.0.0.1");
    const answers: Buffer[] = [];
    plain.on("data", (chunk: Buffer) => answers.push(chunk)).on("error", () => {});
    plain.write(bytes);
    await once(plain, "close");
    assert.ok(!Buffer.concat(answers).includes(Buffer.from("20020000", "hex")), "it was let in");
  }
  assert.equal(broker.stats().connections, 0);
});

test("files that are no certificate and key are said so before anything is opened", (context) => {
  const { directory, cert, key } = filesFor(context);
  const other = filesFor(context);
  const text = join(directory, "text.pem");
  writeFileSync(text, "no certificate");
  const wrong = [{ cert: join(directory, "none.pem"), key }, { cert: text, key }, { cert, key: text }, { cert, key: other.key }];
  for (const pair of wrong) assert.throws(() => certificateOf(pair), { code: "capture.bad-certificate" }, JSON.stringify(pair));
  assert.equal(certificateOf({ cert, key }).cert.toString(), readFileSync(cert, "utf8"));
});

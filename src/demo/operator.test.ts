import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { answerOpen, said, type TrueFault } from "./operator.ts";

const second = 1e6;
const at = (from: number, to: number) => ({ id: "q", interval: { start: from * second, end: to * second } });
const faults: readonly TrueFault[] = Object.freeze([
  { kind: "leak", start: 100 * second, end: 125 * second },
  { kind: "unbalance", start: 200 * second, end: 220 * second },
]);

test("said() calls a stretch that touches a fault by its kind, and one that touches none normal", () => {
  assert.deepEqual(said(at(101, 130), faults, 0, 170 * second), { answer: "fault", kind: "leak" });
  assert.deepEqual(said(at(201, 231), faults, 0, 300 * second), { answer: "fault", kind: "unbalance" });
  assert.deepEqual(said(at(150, 160), faults, 0, 190 * second), { answer: "normal" });
  assert.deepEqual(said(at(90, 99), faults, 0, 190 * second), { answer: "normal" });
});

test("said() counts the aftermath of a fault as the fault", () => {
  assert.deepEqual(said(at(126, 133), faults, 0, 170 * second), { answer: "fault", kind: "leak" });
});

test("said() waits until stretch and fault are over for a while, and is silent about what nobody watched", () => {
  assert.equal(said(at(101, 110), faults, 0, 120 * second), null);
  assert.equal(said(at(101, 131), faults, 0, 135 * second), null);
  assert.equal(said(at(150, 160), faults, 0, 165 * second), null);
  assert.equal(said(at(150, 160), faults, 0, 205 * second), null, "another fault is under way");
  assert.equal(said(at(101, 131), faults, 110 * second, 300 * second), null);
});

test("said() of a stretch over two faults names the one that it shares most time with", () => {
  assert.deepEqual(said(at(120, 240), faults, 0, 300 * second), { answer: "fault", kind: "unbalance" });
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

test("answerOpen() posts what a person would, and counts what the site took", async () => {
  const posted: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      if (request.method === "GET") return response.setHeader("content-type", "application/json").end(JSON.stringify({ questions: [{ ...at(101, 130), reason: "event" }, { ...at(150, 160), id: "refused" }, { ...at(290, 299), id: "early" }] }));
      posted.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(text) });
      response.statusCode = request.url?.includes("refused") === true ? 409 : 200;
      return response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const heard: unknown[] = [];
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const count = await answerOpen({ apiUrl, token: "mr_1", faults: () => faults, now: () => 300 * second, onAnswer: (question, own) => heard.push([question, own]) }, 0);
  server.close();
  assert.equal(count, 1);
  assert.deepEqual(posted.map(({ url }) => url), ["/api/v1/questions/q/answer", "/api/v1/questions/refused/answer"]);
  assert.deepEqual(posted[0].body, { answer: "fault", faultKind: "leak", certainty: 1, author: "demo operator", scoreShown: true, origin: "simulator" });
  assert.equal(posted[0].authorization, "Bearer mr_1");
  assert.deepEqual(heard, [["q", { answer: "fault", kind: "leak" }]]);
});

test("answerOpen() of a site that is away, or says nonsense, answers nothing and does not throw", async () => {
  const server = createServer((_request, response) => response.end("<html>"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ports = { apiUrl, token: null, faults: () => faults, now: () => 0, onAnswer: () => assert.fail("nothing was answered") };
  assert.equal(await answerOpen(ports, 0), 0);
  server.close();
  await once(server, "close");
  assert.equal(await answerOpen(ports, 0), 0);
});

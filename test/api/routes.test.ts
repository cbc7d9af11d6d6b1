import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { digest } from "../../src/digest.ts";
import { MillraceError } from "../../src/errors.ts";
import type { Event } from "../../src/schema/event.ts";
import { openApi, type Api } from "../../src/api/server.ts";
import type { SiteView } from "../../src/api/site.ts";
import { verifyBackup } from "../../src/store/backup.ts";
import { temporaryDirectory } from "../synthetic.ts";
import { contractOf, type Contract } from "./document.ts";
import { openDouble, type Double } from "./site-double.ts";

const root = join(import.meta.dirname, "../..");
let double: Double;
let api: Api;
let contract: Contract;
const faults: unknown[] = [];

before(async () => {
  double = await openDouble();
  api = await openApi(double.site, { port: 0, onFault: (error) => faults.push(error) });
  contract = await contractOf(api.url);
});
after(async () => {
  await api.close();
  await double.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every kind, held against the document
  readonly body: any;
}

/** Asks, and holds the answer against the document. */
async function ask(method: string, address: string, body?: unknown, type = "application/json", key = ""): Promise<Answer> {
  const headers = { ...(body !== undefined && { "content-type": type }), ...(key !== "" && { authorization: `Bearer ${key}` }) };
  const response = await fetch(api.url + address, { method, headers, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) });
  const text = await response.text();
  contract.check(method, address.split("?")[0] ?? "", { status: response.status, type: response.headers.get("content-type"), text });
  return { status: response.status, headers: response.headers, body: response.headers.get("content-type")?.startsWith("application/json") === true ? JSON.parse(text) : text };
}

const get = async (address: string): Promise<Answer> => await ask("GET", address);
const view = async (): Promise<SiteView> => (await get("/api/v1/site")).body as SiteView;
const noId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

test("GET /site tells what there is, and how it is by the last row", async () => {
  const before = await view();
  assert.deepEqual([before.name, before.assets[0]?.path, before.signals.length, before.wheels[0]?.assetName], ["works", "pump", 4, "pump"]);
  assert.deepEqual([before.wheels[0]?.state, before.signals[0]?.last, (await get("/api/v1/inflows")).body.inflows[0].connector], ["unknown", null, "import"], "a model and no row yet: unknown, never normal");
  const { id: wheel, signals } = before.wheels[0];
  double.tell({ type: "rows", wheel, time: 5, values: [1.5, null, 3, 4], score: 0.2, state: "normal" });
  double.tell({ type: "rows", wheel, time: 6, values: [2.5, null, 3, 4], score: null, state: "alarm" });
  await new Promise((resolve) => setImmediate(resolve));
  const now = await view();
  assert.equal(now.wheels[0]?.state, "alarm");
  assert.deepEqual(now.signals.filter(({ id }) => signals.slice(0, 2).includes(id)).map(({ last }) => last).sort((a, b) => (b?.value ?? 0) - (a?.value ?? 0)), [{ time: 6, value: 2.5 }, { time: 6, value: null }]);
});

test("GET course and scores give null for a gap, and check what they are asked", async () => {
  const { signals, wheels } = await view();
  assert.deepEqual((await get(`/api/v1/signals/${signals[0].id}/course?start=0&end=3000000&points=3`)).body, { times: [0, 1_000_000, 2_000_000], low: [null, 1.1, 1.1], high: [null, null, null] });
  const [scored, { body: beside }] = await Promise.all(["scores", "shadows"].map((part) => get(`/api/v1/wheels/${wheels[0].id}/${part}?start=0&end=10`)));
  assert.deepEqual([scored.body.high, beside.shadows], [[0.5], [{ model: "ab".repeat(32), role: "former", recipe: "levels", isScoring: true, skipped: 2, failures: 0, answer: null, course: { times: [0], low: [null], high: [0.25] } }]]);
  assert.equal((await get(`/api/v1/signals/${noId}/course?start=0&end=10`)).body.error.code, "api.not-found");
  for (const query of ["", "?start=0", "?start=10&end=10", "?start=0&end=1e300", "?start=0&end=9&points=2001", "?start=0&end=9&points=0", "?start=x&end=9", "?start=0.5&end=9", "?start=NaN&end=9"]) {
    const response = await fetch(`${api.url}/api/v1/signals/${signals[0].id}/course${query}`);
    assert.deepEqual([response.status, ((await response.json()) as { error: { code: string } }).error.code], [400, "api.bad-request"], query);
  }
});

test("GET doors tells of clients, other brokers, webhooks and what was dropped, and of nobody's secrets", async () => {
  const { body } = await get("/api/v1/doors");
  assert.deepEqual([body.broker.clients[0].id, body.broker.refused, body.sources[0].failures, body.webhooks[0].delivered, body.samples.dropped.malformed], ["plc-1", { silent: 1 }, 3, 4, 2]);
  assert.equal(body.sources[0].lastError, "Cannot read");
});

test("PUT limits says what a signal can read at all, once as a new revision", async () => {
  const { signals } = await view();
  const address = `/api/v1/signals/${signals[0].id}/limits`;
  const { signal } = (await ask("PUT", address, { low: null, high: 9.5 })).body;
  assert.deepEqual([signal.limits, signal.revision], [{ low: null, high: 9.5 }, signals[0].revision + 1]);
  assert.equal((await ask("PUT", address, { low: null, high: 9.5 })).body.signal.revision, signal.revision);
  assert.deepEqual((await view()).signals[0].limits, signal.limits);
  for (const body of [{ low: 3, high: 3 }, { low: 4, high: 3 }, { low: "1", high: 2 }, { low: 1 }]) assert.equal((await ask("PUT", address, body)).status, 400, JSON.stringify(body));
  assert.equal((await ask("PUT", `/api/v1/signals/${noId}/limits`, { low: 0, high: 1 })).status, 404);
  assert.equal((await ask("PUT", address, { low: null, high: null })).body.signal.limits, null);
});

test("GET /wheels tells of model and turns, and POST turn starts one without waiting for its end", async () => {
  const { wheels } = await view();
  const address = `/api/v1/wheels/${wheels[0].id}`;
  assert.equal((await get(address)).body.model.digest, wheels[0].champion);
  const models = (await get(`${address}/models`)).body;
  assert.ok(models.models.length >= 2 && models.champion === wheels[0].champion);
  const turns = (await get(`${address}/turns?limit=1`)).body.turns;
  assert.equal(turns.length, 1);
  const [first, second] = await Promise.all([ask("POST", `${address}/turn`, {}), ask("POST", `${address}/turn`)]);
  assert.deepEqual([first.status, second.status, first.body.turn.id], [202, 202, second.body.turn.id], "a second click is no second turn");
  assert.ok(first.body.turn.number > turns[0].number);
  for (const generated of [0.5, null]) assert.equal((await ask("PUT", `${address}/policy`, { generated })).body.policy.generated ?? null, generated);
  for (const missing of ["", "/models", "/turns", "/scores?start=0&end=1", "/shadows?start=0&end=1"]) assert.equal((await get(`/api/v1/wheels/${noId}${missing}`)).status, 404);
  assert.equal((await ask("POST", `/api/v1/wheels/${noId}/turn`)).status, 404);
});

test("GET a model's file gives the very bytes, and POST rollback puts a model back in force", async () => {
  const { wheels } = await view();
  const address = `/api/v1/wheels/${wheels[0].id}`;
  const { champion, models } = (await get(`${address}/models`)).body as { champion: string; models: { digest: string }[] };
  const response = await fetch(`${api.url}/api/v1/models/${champion}/file`);
  assert.equal(digest(new Uint8Array(await response.arrayBuffer())), champion);
  assert.match(response.headers.get("content-disposition") ?? "", /^attachment; filename="[0-9a-f]{12}\.onnx"$/);
  await get(`/api/v1/models/${champion}/file`);
  assert.equal((await get(`/api/v1/models/${"0".repeat(64)}/file`)).status, 404);

  for (const format of ["md", "html", "prov", "mlbom"]) {
    const card = await fetch(`${api.url}/api/v1/models/${champion}/card?format=${format}`);
    assert.equal(card.status, 200);
    assert.ok((await card.text()).includes(champion), format);
  }
  await get(`/api/v1/models/${champion}/card?format=prov`);
  assert.equal((await get(`/api/v1/models/${"0".repeat(64)}/card`)).status, 404);
  assert.equal((await get(`/api/v1/in-force?at=${Date.now() * 1000}`)).body.inForce[0].model, champion);
  assert.equal((await get("/api/v1/in-force?at=0")).body.inForce[0].model, null);
  assert.equal((await ask("POST", `/api/v1/turns/${(await get(`${address}/turns`)).body.turns[0].id}/prove`)).body.identical, true);

  const other = models.find((model) => model.digest !== champion)?.digest;
  assert.equal((await ask("POST", `${address}/rollback`, { to: other, reason: "it shouts" })).body.champion.digest, other);
  assert.equal((await ask("POST", `${address}/rollback`, { reason: "back" })).body.champion.digest, champion);
  assert.equal((await ask("POST", `${address}/rollback`, { to: "0".repeat(64), reason: "x" })).status, 404);
  const refused = await ask("POST", `${address}/promote`, { reason: "no model waits" });
  assert.deepEqual([refused.status, refused.body.error.code], [409, "wheel.not-proven"]);
  const { entries, verified } = (await get("/api/v1/ledger?limit=2")).body;
  assert.deepEqual([entries.map(({ kind }: { kind: string }) => kind), verified], [["rollback", "rollback"], true]);
  const [{ number }] = entries;
  assert.deepEqual((await get(`/api/v1/ledger?from=${number}&limit=1`)).body.entries.map((one: { number: number }) => one.number), [number]);
  const head = (await get("/api/v1/ledger/head")).body as { number: number; hash: string };
  const { lines } = (await get("/api/v1/ledger/lines?from=1")).body as { lines: { number: number; kind: string; hash: string }[] };
  assert.deepEqual([lines[0].kind, lines.every((line, at) => line.number === at + 1)], ["key", true]);
  assert.equal(lines[head.number - 1].hash, head.hash);

  // As if the last turn had proven the other model and asked.
  const { records } = double.site.store;
  const last = (await records.turns(wheels[0].id)).findLast(({ verdict }) => verdict !== null);
  assert.ok(last?.verdict != null && other !== undefined, JSON.stringify({ last, other }));
  await records.write([{ put: "turn", value: { ...last, verdict: { ...last.verdict, decision: "ask", champion, challenger: other } } }]);
  assert.equal((await ask("POST", `${address}/promote`, { model: other, reason: "it is proven" })).body.champion.digest, other);
  assert.equal((await ask("POST", `${address}/rollback`, { to: champion, reason: "back" })).status, 200);
});

test("events and alarms are listed, and an alarm is acknowledged and shelved", async () => {
  const { events } = (await get("/api/v1/events?limit=5")).body as { events: Event[] };
  assert.ok(events.length > 0);
  assert.equal((await get(`/api/v1/events?wheel=${noId}`)).body.events.length, 0);
  assert.equal((await get(`/api/v1/events?since=${events[0].start}&wheel=${events[0].wheel}`)).body.events.length > 0, true);
  const { newId, now } = double.site.ports;
  const alarm = { id: newId(), site: events[0].site, event: events[0].id, state: "active" as const, since: now(), by: null };
  await double.site.store.records.write([{ put: "alarm", value: alarm }]);
  const [listed] = (await get("/api/v1/alarms?state=active")).body.alarms;
  assert.deepEqual([listed.alarm.id, listed.event.id], [alarm.id, events[0].id]);
  assert.deepEqual((await ask("POST", `/api/v1/alarms/${alarm.id}/acknowledge`, { by: " Ada " })).body.alarm.by, "Ada");
  assert.equal((await ask("POST", `/api/v1/alarms/${alarm.id}/shelve`, { by: "Ada", until: now() + 60e6 })).body.alarm.state, "shelved");
  assert.equal((await ask("POST", `/api/v1/alarms/${noId}/acknowledge`, { by: "Ada" })).body.error.code, "deploy.unknown-alarm");
  assert.equal((await get("/api/v1/alarms?state=active")).body.alarms.length, 0);
});

test("a question is answered once more or less, and the label says who and when", async () => {
  const { wheels, assets } = await view();
  const { newId, now } = double.site.ports;
  const audit = { reason: "audit" as const, event: null, events: [], peak: null, blamed: null, probability: 0.01, blind: true, state: "open" as const };
  const question = { id: newId(), site: assets[0].site, asset: assets[0].id, wheel: wheels[0].id, revision: 1, interval: { start: 0, end: 10 }, ...audit, askedAt: now(), label: null, others: [] };
  double.questions.push(question);
  assert.deepEqual((await get("/api/v1/questions?open=true")).body.questions.map(({ id }: { id: string }) => id), [question.id]);
  assert.equal((await get("/api/v1/questions?open=false")).body.questions.length, 0);
  const { label } = (await ask("POST", `/api/v1/questions/${question.id}/answer`, { answer: "fault", faultKind: "cavitation", author: "Ada", scoreShown: true })).body;
  assert.deepEqual([label.answer, label.faultKind, label.author, label.scoreShown, label.certainty], ["fault", "cavitation", "Ada", true, 1]);
  assert.equal((await ask("POST", `/api/v1/questions/${noId}/answer`, { answer: "unsure", author: "Ada", scoreShown: false })).status, 404);
});

test("GET missed says from audits how much goes unnoticed, and when there are too few of them to say", async () => {
  const { wheels, assets } = await view();
  const address = `/api/v1/wheels/${wheels[0].id}/missed`;
  const none = (await get(address)).body;
  assert.deepEqual([none.have, none.isEnough, none.share, none.text], [0, false, { estimate: null, low: null, high: null }, `Not enough audits: have 0, need about ${none.need}.`]);
  const { store, ports } = double.site;
  const now = ports.now();
  const audits = Array.from({ length: 120 }, (_, at) => ({ id: ports.newId(), label: ports.newId(), start: now - (at + 1) * 3600e6, answer: at < 6 ? ("fault" as const) : ("normal" as const) }));
  const about = { site: assets[0].site, asset: assets[0].id, revision: 1, certainty: 1 };
  await store.records.write(audits.flatMap(({ id, label, start, answer }) => [
    { put: "label", value: { ...about, id: label, start, end: start + 600e6, answer, faultKind: null, author: "Ada", knownAt: now, origin: "person", scoreShown: false, withdrawn: false, event: null } },
    { put: "question", value: { ...about, id, wheel: wheels[0].id, interval: { start, end: start + 600e6 }, reason: "audit", event: null, events: [], peak: null, blamed: null, probability: 0.05, blind: true, state: "answered", askedAt: start, label, others: [] } },
  ]));
  const told = (await get(address)).body;
  assert.deepEqual([told.have, told.isEnough, told.quiet, told.share.estimate, told.stretch], [120, true, 2400, 0.05, 600e6]);
  assert.ok(told.share.low > 0.015 && told.share.high < 0.11, JSON.stringify(told.share));
  assert.equal((await get(`${address}?since=${now - 60 * 3600e6}`)).body.have, 60, "only those since then");
  assert.equal((await get(`/api/v1/wheels/${noId}/missed`)).status, 404);
  await store.records.write(audits.map(({ label, start, answer }) => ({ put: "label", value: { ...about, id: label, revision: 2, start, end: start + 600e6, answer, faultKind: null, author: "Ada", knownAt: now, origin: "person", scoreShown: false, withdrawn: true, event: null } })));
});

test("labels are made, revised, taken back and listed", async () => {
  const { assets } = await view();
  const body = { asset: assets[0].id, start: 1000, end: 2000, answer: "normal", author: "Ada", origin: "measurement" };
  const made = await ask("POST", "/api/v1/labels", body);
  assert.deepEqual([made.status, made.body.label.origin], [201, "measurement"]);
  const address = `/api/v1/labels/${made.body.label.id}`;
  const revised = (await ask("PUT", address, { answer: "fault", faultKind: "leak", author: "Grace" })).body.label;
  assert.deepEqual([revised.revision, revised.answer, revised.author], [2, "fault", "Grace"]);
  assert.ok((await get(`/api/v1/labels?asset=${assets[0].id}`)).body.labels.some(({ id }: { id: string }) => id === revised.id));
  assert.deepEqual([(await ask("DELETE", address)).body.label.withdrawn, (await ask("DELETE", address)).body.label.revision], [true, 3], "taken back once");
  assert.ok(!(await get("/api/v1/labels")).body.labels.some(({ id }: { id: string }) => id === revised.id));
  for (const [method, said] of [["PUT", { answer: "normal" }], ["DELETE", undefined]] as const) assert.equal((await ask(method, `/api/v1/labels/${noId}`, said)).status, 404, method);
  assert.equal((await ask("POST", "/api/v1/labels", { ...body, asset: noId })).status, 404);
  assert.equal((await post("/api/v1/labels", { ...body, end: 1000 })).status, 400);
  for (const origin of ["model", "simulator", "sensor"]) assert.equal((await post("/api/v1/labels", { ...body, origin })).status, 400, origin);
  assert.deepEqual((await get("/api/v1/labels/refused")).body.refused.map(({ what, code }: Record<string, string>) => `${what} ${code}`), ["answer prove.model-made", "answer prove.simulated"], "what was turned away is shown");
  const table = await ask("POST", "/api/v1/labels/csv?origin=model", "asset,start,end,answer,author\npump,2026-03-09T10:00Z,2026-03-09T10:01Z,normal,m\npump,2026-03-09T10:02Z,2026-03-09T10:03Z,normal,m\n", "text/csv");
  assert.deepEqual([table.status, table.body.error.code, (await get("/api/v1/labels/refused")).body.refused.at(-1).count], [400, "prove.model-made", 2]);
});

test("what targets were is told at a moment or over a stretch, revised, and never mixed with answers", async () => {
  const { assets } = (await get("/api/v1/site")).body;
  const body = { asset: assets[0].id, start: 5000, target: "moisture", author: "lab", origin: "measurement" };
  const says = { what: "value", value: 8.25, unit: "%" };
  const made = await ask("POST", "/api/v1/labels", { ...body, says });
  assert.deepEqual([made.status, made.body.label.end, made.body.label.answer, made.body.label.says], [201, 5001, "unsure", says]);
  const address = `/api/v1/labels/${made.body.label.id}`;
  const revised = (await ask("PUT", address, { says: { what: "value", value: 9 } })).body.label;
  assert.deepEqual([revised.revision, revised.target, revised.says], [2, "moisture", { what: "value", value: 9, unit: null }]);
  for (const wrong of [{}, { says, answer: "fault" }, { says, target: undefined }, { says: { what: "value" } }, { says: { what: "class", class: "" } }, { says, end: 4000 }]) {
    const { status, body: refused } = await ask("POST", "/api/v1/labels", { ...body, ...wrong });
    assert.deepEqual([status, refused.error.code], [400, "api.bad-request"], JSON.stringify(wrong));
  }
  const mixed = await ask("PUT", address, { answer: "fault" });
  assert.deepEqual([mixed.status, mixed.body.error.code], [400, "review.wrong-answer"]);
  assert.equal((await ask("DELETE", address)).body.label.withdrawn, true);
});

test("a wheel of a target is made once, says what is wanting, and answers nothing while nothing is known", async () => {
  const { assets } = await view();
  const body = { kind: "estimate", asset: assets[0].name, target: "viscosity", unit: "Pa.s" };
  const made = await ask("POST", "/api/v1/wheels", body);
  assert.deepEqual([made.status, made.body.kind, made.body.target.name, made.body.state, made.body.model, made.body.answer], [201, "estimate", "viscosity", "learning", null, null]);
  assert.equal((await ask("POST", "/api/v1/wheels", body)).body.id, made.body.id);
  const now = await get(`/api/v1/wheels/${made.body.id}/answer`);
  assert.deepEqual([now.status, now.body.state, now.body.answer, now.body.target.unit], [200, "learning", null, "Pa.s"]);
  assert.equal((await get(`/api/v1/wheels/${noId}/answer`)).status, 404);
  const refused = async (more: object) => {
    const { status, body: told } = await ask("POST", "/api/v1/wheels", { ...body, ...more });
    return [status, told.error.code];
  };
  assert.deepEqual(await refused({ asset: "nobody" }), [404, "wheel.unknown-asset"]);
  assert.deepEqual(await refused({ unit: "mPa.s" }), [409, "wheel.name-taken"]);
  assert.deepEqual(await refused({ name: "other", unit: "mPa.s" }), [409, "wheel.target-taken"]);
  assert.deepEqual(await refused({ kind: "classify" }), [400, "api.bad-request"]);
  assert.deepEqual(await refused({ cap: 3 }), [400, "api.bad-request"]);
  const answer = { what: "value" as const, time: 5, since: 3, value: 1.5, low: 1, high: 2, unit: "Pa.s" };
  double.tell({ type: "rows", wheel: made.body.id, time: 5, values: [1, 2, 3, 4], score: 1.5, state: "answering", answer });
  await new Promise((resolve) => void setImmediate(resolve));
  const told = (await get(`/api/v1/wheels/${made.body.id}/answer`)).body;
  assert.deepEqual([told.state, told.answer], ["answering", answer]);
});

test("a table of work orders becomes labels, once, and rows that make no sense are told by number", async () => {
  const table = "asset,start,end,answer,kind,author\npump,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,fault,leak,Grace\n";
  const taken = (await ask("POST", "/api/v1/labels/csv", table, "text/csv")).body;
  assert.deepEqual([taken.labels.length, taken.labels[0].faultKind, taken.rejected], [1, "leak", []]);
  const again = await ask("POST", "/api/v1/labels/csv?origin=measurement", `${table}nobody,2026-03-01,2026-03-02,normal,,Grace\npump,x,y,normal,,Grace\n`, "text/csv");
  assert.deepEqual([again.status, again.body.known, again.body.labels.length, again.body.rejected.map(({ row }: { row: number }) => row)], [400, 1, 0, [3, 4]]);
  assert.equal((await ask("POST", "/api/v1/labels/csv", "time,pressure\n1,2\n", "text/csv")).status, 400);
});

const post = async (address: string, body: unknown, type = "application/json"): Promise<Response> => await fetch(api.url + address, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": type } });

test("readings are written as JSON and as lines, and what is left out is told", async () => {
  assert.deepEqual((await ask("POST", "/api/v1/write", { readings: [{ path: "a/b", value: 1 }, { path: "a/b", value: null }] })).body, { stored: 1, rejectedCount: 1, rejected: [{ reason: "not-a-number", seen: "null" }] });
  assert.equal((await ask("POST", "/api/v1/write", { some: "thing" })).body.error.code, "capture.bad-body");
  assert.equal((await ask("POST", "/api/v1/write", "{", "application/json")).body.error.code, "api.bad-request");
  assert.deepEqual((await ask("POST", "/api/v1/write/line?precision=ms", "m f=1,g=2 1700000000000\n", "text/plain")).body, { stored: 2, rejectedCount: 0, rejected: [] });
  const partial = await ask("POST", "/api/v1/write/line", "m f=1\nbad\nm f=2\nm f=\n", "text/plain");
  assert.deepEqual([partial.status, partial.body.stored, partial.body.malformed.map(({ line }: { line: number }) => line)], [400, 2, [2, 4]]);
  assert.equal((await ask("POST", "/api/v2/write?org=any&bucket=any&precision=s", "m f=1 1700000000")).status, 204);
  const v2 = await ask("POST", "/api/v2/write", "bad", "text/plain; charset=utf-8");
  assert.deepEqual([v2.status, v2.body.code, v2.body.error.code], [400, "invalid", "api.partial"]);
  assert.match(v2.body.message, /line 1/);
  double.refuseWrites = new MillraceError("capture.overload", "Cannot take more: too many wait", { hint: "Wait." });
  const full = await ask("POST", "/api/v1/write/line", "m f=1", "text/plain");
  double.refuseWrites = null;
  assert.deepEqual([full.status, full.headers.get("retry-after")], [503, "1"]);
});

test("health, readiness and metrics say how the site is", async () => {
  assert.equal((await get("/healthz")).body.alive, true);
  const { info, paths } = (await get("/openapi.json")).body as { info: { title: string }; paths: Record<string, Record<string, { requestBody?: unknown }>> };
  assert.equal(info.title, "Millrace");
  const bodiless = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).filter(([method, { requestBody }]) => ["post", "put"].includes(method) && requestBody === undefined).map(() => path));
  assert.deepEqual(bodiless, ["/api/v1/wheels/{id}/turn", "/api/v1/turns/{id}/prove"], "all others say what they take");
  assert.deepEqual((await get("/readyz")).body, { ready: true, reasons: [] });
  double.status = { ...double.status, ready: false, reasons: ["the disk is full"] };
  const notReady = await get("/readyz");
  assert.deepEqual([notReady.status, notReady.body.reasons], [503, ["the disk is full"]]);
  double.status = { ...double.status, ready: true, reasons: [] };
  const { headers, body } = await get("/metrics");
  assert.match(headers.get("content-type") ?? "", /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(body, /^millrace_samples_stored_total 6$/m);
  assert.match(body, /^millrace_samples_dropped_total\{reason="malformed"\} 2$/m);
  assert.match(body, /^millrace_samples_dropped_total\{reason="other"\} 1$/m, "a name from outside is no label");
  assert.match(body, /^nodejs_eventloop_lag_p99_seconds \d/m);
  assert.match(body, /^millrace_scoring_rows_total 9$/m);
  assert.match(body, /^millrace_scoring_p99_seconds nan$/im);
  assert.match(body, /# EOF\n$/);
  assert.match((await get("/metrics")).body, /^millrace_samples_stored_total 6$/m, "totals are not added up by looking");
});

test("an error says what is wrong in our words, with a code, and nothing of the inside", async () => {
  const { records } = double.site.store;
  const broken = { ...double.site, questions: () => Promise.reject(new Error("secret /home/someone/file.ts:1:2")) };
  const other = await openApi(broken, { port: 0, onFault: (error) => faults.push(error) });
  const response = await fetch(`${other.url}/api/v1/questions`);
  const text = await response.text();
  await other.close();
  assert.equal(response.status, 500);
  assert.ok(!/secret|home|\.ts|\n|node:/.test(text), text);
  assert.equal((faults.pop() as Error).message.startsWith("secret"), true);
  for (const [address, status] of [["/nothing", 404], ["/api/v1/nothing", 404], ["/api/v1/events?limit=none", 400], ["/api/v1/wheels/../../etc/passwd", 404], ["/api/v1/wheels/NOT-AN-ID", 400], ["/%", 400], ["/api/v1/models/%2e%2e%2f/file", 400]] as const) {
    const answer = await fetch(api.url + address);
    const { error } = (await answer.json()) as { error: { code: string; message: string; hint: string } };
    assert.equal(answer.status, status, address);
    assert.match(error.code, /^api\.[a-z-]+$/);
    assert.match(error.message, /^Cannot /);
  }
  assert.equal((await fetch(`${api.url}/api/v1/site`, { method: "PATCH" })).status, 404);
  assert.ok(records !== undefined);
});

test("who may use the site is the owner's to read and change: neither loopback nor a token is enough", async () => {
  const own = async (method: string, address: string, body?: unknown) => await ask(method, `/api/v1/access/${address}`, body, "application/json", api.ownerKey);
  const { token } = (await own("POST", "tokens", { name: "screen 1" })).body;
  for (const key of ["", token, `${api.ownerKey}x`, "mo_"]) {
    for (const [method, address, body] of [["GET", "tokens"], ["POST", "tokens", { name: "x" }], ["DELETE", "tokens?name=screen%201"], ["GET", "users"], ["POST", "users", { name: "x", password: "long enough", rights: { publish: ["#"], subscribe: [] } }], ["DELETE", "users?name=x"]] as const) {
      const refused = await ask(method, `/api/v1/access/${address}`, body, "application/json", key);
      assert.deepEqual([refused.status, refused.body.error.code], [403, "api.owner-only"], `${method} ${address}`);
    }
  }
  const [listed] = (await own("GET", "tokens")).body.tokens;
  assert.deepEqual(Object.keys(listed).toSorted(), ["createdAt", "lastUsed", "name"], "no secret and no hash");
  assert.deepEqual((await own("POST", "tokens", { name: "screen 1" })).body.error.code, "store.name-taken");
  assert.deepEqual((await own("POST", "tokens", { name: "<b>" })).body.error.code, "store.bad-name");
  assert.deepEqual((await own("DELETE", "tokens?name=screen%201")).body, { name: "screen 1" });
  assert.equal((await own("DELETE", "tokens?name=screen%201")).status, 404);
  const user = { name: "plc-1", password: "correct horse", rights: { publish: ["hall/#"], subscribe: [] } };
  assert.equal((await own("POST", "users", user)).status, 201);
  assert.deepEqual((await own("POST", "users", { ...user, name: "b", rights: { publish: ["a/#/b"], subscribe: [] } })).body.error.code, "store.bad-topic");
  assert.deepEqual((await own("POST", "users", { ...user, name: "b", password: "short" })).body.error.code, "store.bad-password");
  const { users } = (await own("GET", "users")).body;
  assert.deepEqual(users.map(({ name, rights, password }: { name: string; rights: unknown; password?: string }) => [name, rights, password]), [["plc-1", user.rights, undefined]]);
  assert.equal((await own("DELETE", "users?name=plc-1")).status, 200);
});

test("the owner has things forgotten: looked at first, then done", async () => {
  const forget = async (body: object, key = api.ownerKey) => await ask("POST", "/api/v1/forget", body, "application/json", key);
  const asked = { what: "range", asset: "pump", start: 1, end: 2 };
  assert.deepEqual((await forget({ asked }, "")).body.error.code, "api.owner-only");
  assert.equal((await forget({ asked: { ...asked, asset: "no such" }, look: true })).status, 404);
  assert.equal((await forget({ asked: { what: "everything" } })).status, 400);
  const looked = (await forget({ asked, look: true })).body;
  assert.deepEqual([looked.done, looked.line, looked.plan.blocks], [false, null, []]);
  const done = (await forget({ asked, reason: "to try it" })).body;
  assert.deepEqual([done.done, done.samples, done.plan.what], [true, 0, "range"]);
  const { lines } = (await get("/api/v1/ledger/lines?limit=1")).body as { lines: { kind: string; number: number }[] };
  assert.deepEqual([lines[0].kind, lines[0].number], ["forget", done.line]);
});

test("POST /backup writes a whole backup while the site goes on, and none where something is", async () => {
  const { path, remove } = temporaryDirectory();
  try {
    const target = join(path, "backup");
    const { status, body } = await ask("POST", "/api/v1/backup", { target });
    assert.deepEqual([status, body.site.name], [200, "works"]);
    assert.deepEqual(await verifyBackup(target), []);
    const again = await ask("POST", "/api/v1/backup", { target });
    assert.deepEqual([again.status, again.body.error.code], [409, "store.backup-target"]);
    assert.equal((await ask("POST", "/api/v1/backup", { target: "here" })).status, 400, "where that is, only the site's machine knows");
  } finally {
    remove();
  }
});

test("every route stands in the document, and a good answer of each was held against it", () => {
  const routes = globSync("src/api/*.ts", { cwd: root }).flatMap((path) => [...readFileSync(join(root, path), "utf8").matchAll(/\bapp\.(get|post|put|delete)\("([^"]+)"/g)].map(([, method = "", url = ""]) => `${method.toUpperCase()} ${url.replaceAll(/:(\w+)/g, "{$1}")}`));
  assert.ok(routes.length > 25, "the routes are found");
  assert.deepEqual(contract.operations.toSorted(), routes.toSorted());
  const later = ["GET /api/v1/stream"];
  assert.deepEqual(contract.operations.filter((one) => !contract.seen.has(one)).toSorted(), later.toSorted());
  assert.deepEqual(faults, []);
});

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { openApi, type Api } from "../../src/api/server.ts";
import { openDouble, type Double } from "./site-double.ts";

let double: Double;
let api: Api;

before(async () => {
  double = await openDouble();
  api = await openApi(double.site, { port: 0, streamLimit: 500_000 });
});
after(async () => {
  await api.close();
  await double.close();
});

const asset = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const tell = (count: number): void => {
  for (let i = 0; i < count; i++) double.tell({ type: "signals", asset });
};

interface Sent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

/** A reader of the stream: gives events one by one. */
async function listen(query: string, headers: Record<string, string> = {}, base = api): Promise<{ next: () => Promise<Sent | null>; leave: () => void; response: Response }> {
  const leaving = new AbortController();
  const response = await fetch(`${base.url}/api/v1/stream${query}`, { headers, signal: leaving.signal });
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<Sent | null> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        if (field("event") !== undefined) return { id: field("id"), event: field("event"), data: field("data") };
      } else {
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
    }
  };
  return { next, leave: () => leaving.abort(), response };
}

test("GET /stream sends what happens from now on, numbered, under the security headers", async () => {
  tell(2);
  const { next, leave, response } = await listen("");
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.match(response.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  double.tell({ type: "signals", asset });
  const { id, event, data } = (await next()) ?? { id: "", event: "", data: "" };
  assert.deepEqual([id, event, JSON.parse(data ?? "")], ["3", "signals", { at: 3000, type: "signals", asset }]);
  leave();
});

test("GET /stream catches up after the number last heard, by header or query", async () => {
  for (const [query, headers] of [["?after=1", {}], ["", { "last-event-id": "1" }], ["?after=3", { "last-event-id": "1" }]] as const) {
    const { next, leave } = await listen(query, headers);
    assert.deepEqual([(await next())?.id, (await next())?.id], ["2", "3"]);
    leave();
  }
});

test("GET /stream says reset first when the past is forgotten, or is another start's", async () => {
  tell(7); // 10 so far
  double.forget(6);
  const forgotten = await listen("?after=2");
  assert.deepEqual([(await forgotten.next())?.event, (await forgotten.next())?.id, (await forgotten.next())?.id], ["reset", "7", "8"]);
  forgotten.leave();
  const other = await listen("?after=5000");
  assert.equal((await other.next())?.event, "reset");
  tell(1);
  assert.equal((await other.next())?.id, "11");
  other.leave();
  const known = await listen("?after=10");
  assert.equal((await known.next())?.id, "11");
  known.leave();
  assert.equal((await fetch(`${api.url}/api/v1/stream?after=-1`)).status, 400);
});

test("GET /stream escapes hostile names: they make no line of their own", async () => {
  const { next, leave } = await listen("");
  double.tell({ type: "status", status: { ready: true, reasons: ["x\n\nevent: forged\ndata: {}\n\n\r\u2028"], startedAt: 0 } });
  const sent = await next();
  assert.equal(sent?.event, "status");
  assert.match((JSON.parse(sent?.data ?? "") as { status: { reasons: string[] } }).status.reasons[0], /forged/);
  leave();
});

test("GET /stream drops a reader that never reads, and others hear on", async () => {
  const { port } = new URL(api.url);
  const lazy: Socket = connect(Number(port), "127.0.0.1");
  lazy.on("error", () => {});
  const closed = new Promise<void>((resolve) => lazy.once("close", () => resolve()));
  await new Promise<void>((resolve) => lazy.once("connect", resolve));
  lazy.write(`GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await new Promise<void>((resolve) => lazy.once("data", () => resolve()));
  lazy.pause();
  const other = await listen("");
  const reasons = ["x".repeat(20_000)];
  for (let i = 0; i < 600; i++) {
    double.tell({ type: "status", status: { ready: true, reasons, startedAt: i } });
    assert.equal((await other.next())?.event, "status");
  }
  other.leave();
  const metrics = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(await (await fetch(`${api.url}/metrics`)).text())?.[1]);
  assert.equal(await metrics("millrace_streams_dropped_total"), 1);
  lazy.resume(); // only now does this side see the end
  await closed;
});

test("closing the server ends its streams at once", async () => {
  const own = await openApi(double.site, { port: 0 });
  const { next } = await listen("", {}, own);
  const before = performance.now();
  await own.close();
  assert.equal(await next(), null);
  assert.ok(performance.now() - before < 2000);
  await own.close();
});

test("GET /stream reports what the site throws, ends, and lets its reader come back", async () => {
  const faults: unknown[] = [];
  // oxlint-disable-next-line require-yield -- it fails before it has any
  const failing = async function* (): AsyncGenerator<never> {
    throw new Error("gone");
  };
  const own = await openApi({ ...double.site, happenings: failing }, { port: 0, onFault: (error) => faults.push(error) });
  assert.equal(await (await listen("", {}, own)).next(), null);
  assert.deepEqual(faults.map(String), ["Error: gone", "Error: gone"], "the watch and the stream");
  await own.close();
});

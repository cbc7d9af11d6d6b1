import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Batch, Connector } from "./connector.ts";
import { runSource, type LoopPorts, type SourceState } from "./loop.ts";

const batchOf = (value: number, more: Partial<Batch> = {}): Batch => ({ readings: [{ path: "a/b", time: 1, value, quality: "good" }], rejected: [], origin: "sensor", ack() {}, refuse() {}, ...more });
const connectorOf = (open: (stop: AbortSignal) => AsyncIterable<Batch>): Connector<{ host: string }> => ({ name: "test", options: z.object({ host: z.string() }), open: (_, stop) => open(stop) });
const ports = (take: LoopPorts["take"], onState?: LoopPorts["onState"]): LoopPorts => ({ take, now: () => Date.now() * 1000, random: () => 0, ...(onState !== undefined && { onState }) });
const forever = (stop: AbortSignal): Promise<void> => new Promise((resolve) => stop.addEventListener("abort", () => resolve()));

test("runSource() acknowledges a batch once it was taken, and refuses one that was not", async () => {
  const said: string[] = [];
  const source = runSource("line", connectorOf(async function* (stop) {
    yield batchOf(1, { ack: () => said.push("ack 1") });
    yield batchOf(2, { ack: () => said.push("ack 2"), refuse: (error) => said.push(`refuse 2: ${error.message}`) });
    await forever(stop);
  }), { host: "x" }, ports(async ({ readings }) => {
    if (readings[0]?.value === 2) throw new Error("disk full");
  }));
  while (said.length < 2) await delay(1);
  assert.deepEqual(said, ["ack 1", "refuse 2: disk full"]);
  assert.equal(source.state().state, "connected");
  await source.stop();
  assert.equal(source.state().state, "stopped");
});

test("runSource() opens a broken source again, later each time, and keeps its last error", async () => {
  const waits: number[] = [];
  let opened = 0;
  const source = runSource("line", connectorOf(async function* (stop) {
    if (++opened <= 2) throw new Error(`broken ${opened}`);
    yield batchOf(1);
    await forever(stop);
  }), { host: "x" }, ports(() => Promise.resolve(), ({ state, retryAt, since }: SourceState) => {
    if (state === "waiting") waits.push(Math.round(((retryAt ?? 0) - since) / 100_000) / 10);
  }));
  while (source.state().state !== "connected") await delay(5);
  assert.deepEqual(waits, [0.3, 0.5]);
  assert.deepEqual([source.state().lastError?.message, source.state().lastError?.code, source.state().failures], ["broken 2", "internal", 2]);
  await source.stop();
});

test("runSource() takes nothing more while 64 batches wait", async () => {
  let yielded = 0;
  const waiting: (() => void)[] = [];
  const source = runSource("line", connectorOf(async function* (stop) {
    while (!stop.aborted) yield batchOf(yielded++);
  }), { host: "x" }, ports(() => new Promise<void>((resolve) => waiting.push(resolve))));
  while (waiting.length < 64) await delay(1);
  await delay(20);
  assert.equal(yielded, 64);
  waiting[0]();
  while (waiting.length < 65) await delay(1);
  const stopping = source.stop();
  for (const wake of waiting.splice(0)) wake();
  await stopping;
  for (const wake of waiting) wake();
});

test("runSource() refuses options that the connector does not take", () => {
  assert.throws(() => runSource("line", connectorOf(async function* () {}), { host: 5 }, ports(() => Promise.resolve())), { code: "capture.bad-options", message: /"line": host/ });
});

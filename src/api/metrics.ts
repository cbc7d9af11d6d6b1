import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Registry } from "prom-client";
import { z } from "zod";
import type { LiveSite } from "../live.ts";
import type { App, Ground } from "./app.ts";
import type { StreamCounts } from "./stream.ts";

/** `/metrics` in OpenMetrics: what came in, what became of it, and how the process is. */
export function metricRoutes(app: App, { site }: Ground, version: string, streams: StreamCounts): void {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  sampleCounters(registers, site);
  scoringMetrics(registers, site);
  siteGauges(registers, site, version);
  memoryGauge(registers, site);
  inputsGauge(registers, site);
  const stopWatching = processGauges(registers);
  app.addHook("onClose", async () => stopWatching());
  httpCounters(registers, app, streams);

  const text = { description: "OpenMetrics", content: { "application/openmetrics-text": { schema: z.string() } } };
  app.get("/metrics", { schema: { tags: ["health"], summary: "Counters and gauges, in OpenMetrics", response: { 200: text } } }, async (_request, reply) => {
    const body = await registry.metrics();
    reply.type(registry.contentType);
    return await (reply as { send(body: string): typeof reply }).send(body);
  });
}

type Registers = Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>[];

/** The site counts itself; at each look its totals are taken over. */
function sampleCounters(registers: Registers, site: LiveSite): void {
  const totals = [
    ["accepted", "Readings that passed the inlet's checks"],
    ["acknowledged", "Readings whose source was told that they are durable"],
    ["stored", "Samples stored"],
    ["duplicate", "Samples of a signal and time that was known"],
    ["late", "Samples that came after their tick had closed"],
  ] as const;
  for (const [name, help] of totals) {
    const counter: Counter = new Counter({ name: `millrace_samples_${name}_total`, help, registers, collect: () => take(counter, [[{}, site.counters()[name]]]) });
  }
  const dropped: Counter<"reason"> = new Counter({
    name: "millrace_samples_dropped_total",
    help: "Readings left out, by reason",
    labelNames: ["reason"],
    registers,
    collect: () => take(dropped, Object.entries(site.counters().dropped).map(([reason, count]) => [{ reason: word(reason) }, count])),
  });
}

/** Live scoring: a figure that is not known yet is NaN, as OpenMetrics has it. */
function scoringMetrics(registers: Registers, site: LiveSite): void {
  for (const [name, help] of [["rows", "Rows scored"], ["skipped", "Rows left unscored because scoring was behind"], ["lost", "Scoring processes that ended unasked and were started again"]] as const) {
    const counter: Counter = new Counter({ name: `millrace_scoring_${name}_total`, help, registers, collect: () => take(counter, [[{}, site.scoring()[name]]]) });
  }
  gauge("millrace_scoring_waiting", "Rows that wait to be scored", registers, () => site.scoring().waiting);
  gauge("millrace_scoring_p50_seconds", "Median time from when a row could be closed to its score", registers, () => site.scoring().p50Seconds);
  gauge("millrace_scoring_p99_seconds", "99th percentile of that time", registers, () => site.scoring().p99Seconds);
}

function take<T extends string>(counter: Counter<T>, values: readonly (readonly [Partial<Record<T, string>>, number])[]): void {
  counter.reset();
  for (const [labels, value] of values) if (value >= 0) counter.inc(labels, value);
}

/** A label's value is one of our words: anything else would let a caller make series without end. */
const word = (text: string): string => (/^[a-z][a-z-]{0,39}$/.test(text) ? text : "other");

function siteGauges(registers: Registers, site: LiveSite, version: string): void {
  gauge("millrace_site_ready", "1 when the site takes samples in", registers, () => Number(site.status().ready));
  gauge("millrace_site_reasons", "What is amiss: see /readyz", registers, () => site.status().reasons.length);
  gauge("millrace_site_start_time_seconds", "When the site started, since 1970 UTC", registers, () => site.status().startedAt / 1e6);
  new Gauge({ name: "millrace_build_info", help: "Always 1; the labels say what runs", labelNames: ["version", "node"], registers }).set({ version, node: process.versions.node }, 1);
}

/** Which part of the process holds how much of its memory. */
function memoryGauge(registers: Registers, site: LiveSite): void {
  const held: Gauge<"holder"> = new Gauge({
    name: "millrace_memory_bytes",
    help: "Memory by who holds it, heaps with their garbage; the rest of the process's is code, the drivers' and the allocator's",
    labelNames: ["holder"],
    registers,
    collect: async () => {
      for (const [holder, bytes] of Object.entries(await site.memory())) held.set({ holder }, bytes);
    },
  });
}

/** Shifts change with a block, and all wheels of a large site take a while: they are looked for once a minute at most, milliseconds. */
const shiftsEvery = 60_000;

/** A warning, on which nothing hangs. Records that cannot be read leave it out: the other figures are wanted then most. */
function inputsGauge(registers: Registers, site: LiveSite): void {
  let lookedAt = -Infinity;
  const shifted: Gauge<"wheel"> = new Gauge({
    name: "millrace_inputs_shifted",
    help: "Signals of a wheel whose recent blocks are unlike those before: see /api/v1/wheels",
    labelNames: ["wheel"],
    registers,
    collect: async () => {
      if (performance.now() - lookedAt < shiftsEvery) return;
      lookedAt = performance.now();
      const wheels = await site.store.records.wheels().catch(() => []);
      const counts = await Promise.all(wheels.map(async (wheel) => ({ wheel: wheel.id, count: await site.inputShifts(wheel).then(({ length }) => length, () => null) })));
      shifted.reset();
      for (const { wheel, count } of counts) if (count !== null) shifted.set({ wheel }, count);
    },
  });
}

/** Memory, processor time and the main thread's delay since the look before. */
function processGauges(registers: Registers): () => void {
  gauge("process_resident_memory_bytes", "Memory of the process that is in use", registers, () => process.memoryUsage.rss());
  gauge("nodejs_heap_size_used_bytes", "Of that, what JavaScript of the main thread holds", registers, () => process.memoryUsage().heapUsed);
  gauge("nodejs_external_memory_bytes", "Of that, buffers of the main thread", registers, () => process.memoryUsage().external);
  const cpu: Counter = new Counter({ name: "process_cpu_seconds_total", help: "Processor time of all threads", registers, collect: () => take(cpu, [[{}, (process.cpuUsage().user + process.cpuUsage().system) / 1e6]]) });

  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  gauge("nodejs_eventloop_lag_p50_seconds", "Median delay of the main thread since the look before", registers, () => secondsOf(delay.percentile(50)));
  gauge("nodejs_eventloop_lag_max_seconds", "Longest delay of the main thread since the look before", registers, () => secondsOf(delay.max));
  gauge("nodejs_eventloop_lag_p99_seconds", "99th percentile of the delay of the main thread since the look before", registers, () => {
    const seconds = secondsOf(delay.percentile(99));
    setImmediate(() => delay.reset()); // once the other two have been read
    return seconds;
  });
  return () => delay.disable();
}

const resolution = 10; // milliseconds

/** The histogram holds times between two ticks, and odd extremes before the first. */
const secondsOf = (nanoseconds: number): number => (nanoseconds < 1e14 ? Math.max(0, nanoseconds / 1e9 - resolution / 1000) : 0);

function httpCounters(registers: Registers, app: App, streams: StreamCounts): void {
  const answered = new Counter({ name: "millrace_http_requests_total", help: "Requests answered, by address and status", labelNames: ["method", "route", "status"], registers });
  app.addHook("onResponse", async (request, reply) => answered.inc({ method: request.method, route: request.routeOptions.url ?? "none", status: String(reply.statusCode) }));
  gauge("millrace_streams_open", "Readers of /api/v1/stream", registers, () => streams.open);
  const dropped: Counter = new Counter({ name: "millrace_streams_dropped_total", help: "Readers cut off because they were too slow", registers, collect: () => take(dropped, [[{}, streams.dropped]]) });
}

function gauge(name: string, help: string, registers: Registers, read: () => number): void {
  const one: Gauge = new Gauge({ name, help, registers, collect: () => one.set(read()) });
}

import { loadavg } from "node:os";
import { appendAlone } from "./ingest-appender.ts";
import type { Load, LoadResult } from "./ingest-load.ts";
import { generate, onSiteProcess, storedSamples, type SiteProcess } from "./ingest-site.ts";
import type { Bench, Goal, Outcome, Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";

const seconds = 10;
const warmUpSeconds = 2;
const devices = 50;
const parts = ["appender", "http", "mqtt", "one-in-flight"] as const;

export const ingest: Bench = {
  name: "ingest",
  summary: "durable values a second through the site's doors, beside DuckDB's appender alone",
  needs: "nothing (made-up signals), 2 GB of disk",
  takes: "1.5 minutes",
  parts,
  run: runIngest,
};

/** A load, what came of it, and what the site held when it had been killed after it. */
interface Loaded extends LoadResult {
  readonly stored: number;
  readonly peakMiB: number | null;
}

async function runIngest({ wants, say }: Run): Promise<Outcome> {
  const load = loadavg()[0];
  const appender = wants("appender") ? await inTemporary((directory) => appendAlone(directory, seconds)) : null;
  if (appender !== null) say(`appender alone: ${perSecond(appender.valuesPerSecond)} values a second`);
  const http = wants("http") ? await loaded("http", { door: "http", connections: 2, rowsPerBatch: 10, ...times }, say) : null;
  const mqtt = wants("mqtt") ? await loaded("mqtt", { door: "mqtt", connections: 4, inFlight: 50, valuesPerMessage: 100, ...times }, say) : null;
  const single = wants("one-in-flight") ? await loaded("one-in-flight", { door: "mqtt", connections: devices, inFlight: 1, valuesPerMessage: 1, ...times }, say) : null;
  const all = { http, mqtt, oneInFlight: single };
  const peaks = Object.values(all).flatMap((one) => (one?.peakMiB == null ? [] : [one.peakMiB]));
  return {
    figures: {
      http: http && { valuesPerSecond: http.valuesPerSecond, batchP99Ms: http.p99Ms, ...counts(http) },
      mqtt: mqtt && { valuesPerSecond: mqtt.valuesPerSecond, messageP99Ms: mqtt.p99Ms, ...counts(mqtt) },
      oneInFlight: single && { devices, messagesPerSecond: single.messagesPerSecond, p50Ms: single.p50Ms, p99Ms: single.p99Ms, ...counts(single) },
      appender: appender && { valuesPerSecond: appender.valuesPerSecond, valuesPerCommit: appender.valuesPerCommit },
      peakMiB: peaks.length === 0 ? null : Math.max(...peaks),
    },
    goals: Object.entries(all).flatMap(([name, one]) => (one === null ? [] : goalsOf(name, one))),
    notes: [
      `${seconds} s each after ${warmUpSeconds} s of warm-up, on a new site with its usual settings; a value counts when it was acknowledged. The site is then killed with SIGKILL, opened again and its samples counted: acknowledged ones that are missing are lost.`,
      "http: line protocol, 2 connections, batches of 10,000 values in 1,000 lines of 10 fields, 1,000 signals. mqtt: QoS 1, 4 connections, 50 messages in flight each, messages of 100 values as JSON, 1,000 signals. oneInFlight: 50 devices that publish a single value with QoS 1 and wait for its PUBACK.",
      "appender: DuckDB's appender into the table that the site uses, 10,000 values a commit, in a process that does nothing else.",
      "generatorBusy: processor time of the generating process as a share of its wall time; near 1 it is the generator that is measured. Site and generator share the cores. peakMiB: highest resident memory of the site's process.",
      `The load of the machine was ${load.toFixed(1)} when this began.`,
    ],
    variantsTried: 0,
  };
}

const times = { seconds, warmUpSeconds };

async function loaded(name: string, load: Load, say: (text: string) => void): Promise<Loaded> {
  return await inTemporary(async (directory) => {
    const { result, peakMiB } = await onSiteProcess(directory, async (site: SiteProcess) => ({ result: await generate(load, site), peakMiB: site.peakMiB() }));
    const stored = await storedSamples(directory);
    say(`${name}: ${perSecond(result.valuesPerSecond)} values a second, p99 ${result.p99Ms.toFixed(1)} ms; ${result.acknowledged} acknowledged, ${stored} stored; ${peakMiB ?? "?"} MiB`);
    return { ...result, stored, peakMiB };
  });
}

function counts({ acknowledged, sent, stored, refused, busy, peakMiB }: Loaded) {
  return { acknowledged, sent, stored, lost: Math.max(0, acknowledged - stored), refused, generatorBusy: busy, peakMiB };
}

function goalsOf(name: string, { acknowledged, stored, valuesPerSecond }: Loaded): Goal[] {
  const least = { http: 100_000, mqtt: 20_000 }[name];
  return [
    { figure: `${name}.lost`, got: Math.max(0, acknowledged - stored), atMost: 0 },
    ...(least === undefined ? [] : [{ figure: `${name}.valuesPerSecond`, got: valuesPerSecond, atLeast: least }]),
  ];
}

const perSecond = (values: number): string => Math.round(values).toLocaleString("en");

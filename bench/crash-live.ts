import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { randomFrom } from "../src/learn/random.ts";
import { openSite } from "../src/site.ts";
import { bringUp, type StartedSite } from "./program.ts";
import { inTemporary } from "./temporary.ts";

/** What a site that was up said was kept: samples by signal and time, labels and turns by id. */
interface Kept {
  readonly samples: Map<string, number[]>;
  readonly labels: string[];
  readonly turns: string[];
}

export interface LiveKills {
  readonly kills: number;
  readonly acked: { readonly samples: number; readonly labels: number; readonly turns: number };
  readonly lost: { readonly samples: number; readonly labels: number; readonly turns: number };
  readonly slowestReadySeconds: number;
  readonly medianReadySeconds: number;
}

/** Longest time under load before a kill, in milliseconds. */
const longestLife = 1500;
const signals = 8;
/** Lives are short, so everything comes soon: a wheel after a third of a second, blocks of two. */
const settings = { wheels: { settle: 0.3, period: 0.02, block: 2, firstBlocks: 1 } };

/**
 * Brings a site up again and again, puts it under load through its doors (HTTP, MQTT, labels, turns),
 * and kills it and all it started at a random moment. At the end every sample, label and turn that was
 * ever acknowledged is looked for.
 */
export async function killLive(kills: number, seed: number, say: (text: string) => void): Promise<LiveKills> {
  return await inTemporary(async (directory) => {
    writeFileSync(join(directory, "site.json"), JSON.stringify(settings));
    const random = randomFrom(seed);
    const kept: Kept = { samples: new Map(), labels: [], turns: [] };
    const ready: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      const site = await bringUp(directory, { detached: true }); // a group, so that the learning process is killed with it
      ready.push(site.readySeconds);
      const stop = new AbortController();
      const load = Promise.allSettled([writeHttp(site, kept, stop.signal), writeMqtt(site, kept, stop.signal), answerAndTurn(site, kept, stop.signal)]);
      await new Promise((resolve) => setTimeout(resolve, longestLife * random()));
      process.kill(-(site.child.pid ?? 0), "SIGKILL");
      await once(site.child, "exit");
      stop.abort();
      await load;
      if (kill % 10 === 0) say(`kill ${kill} of ${kills}: ${total(kept)} samples, ${kept.labels.length} labels, ${kept.turns.length} turns acknowledged; ready in ${site.readySeconds.toFixed(2)} s`);
    }
    const sorted = ready.toSorted((a, b) => a - b);
    return {
      kills,
      acked: { samples: total(kept), labels: kept.labels.length, turns: kept.turns.length },
      lost: await lostOf(directory, kept),
      slowestReadySeconds: sorted[sorted.length - 1],
      medianReadySeconds: sorted[sorted.length >> 1],
    };
  });
}

let clock = Date.now() * 1000 - 3_600_000_000;
/** A moment that no other sample has, all within the last hour. */
const nextTime = (): number => (clock += 1000);

function keep({ samples }: Kept, path: string, times: readonly number[]): void {
  const known = samples.get(path) ?? [];
  samples.set(path, known);
  known.push(...times);
}

async function writeHttp({ http }: StartedSite, kept: Kept, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const times = Array.from({ length: 20 }, nextTime);
    const readings = times.flatMap((time) => Array.from({ length: signals }, (_, at) => ({ path: `works/press/s${at + 1}`, time, value: Math.sin(time / 1e6 + at) })));
    const response = await fetch(`${http}/api/v1/write`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ readings }), signal: stop });
    const { stored } = (await response.json()) as { stored: number };
    if (response.ok && stored === readings.length) for (let at = 0; at < signals; at++) keep(kept, `works/press/s${at + 1}`, times);
  }
}

async function writeMqtt({ mqtt }: StartedSite, kept: Kept, stop: AbortSignal): Promise<void> {
  const stopped = new Promise<never>((_, reject) => stop.addEventListener("abort", () => reject(new Error("stopped"))));
  const client = await Promise.race([connectAsync(mqtt, { reconnectPeriod: 0, protocolVersion: 4 }), stopped]);
  client.on("error", () => {}); // the broker is killed under it
  try {
    while (!stop.aborted) {
      const time = nextTime();
      // A publish that the broker never answered is never settled.
      await Promise.race([client.publishAsync("works/pump/pressure", JSON.stringify({ time, value: Math.cos(time / 1e6) }), { qos: 1 }), stopped]);
      keep(kept, "works/pump/pressure", [time]);
    }
  } finally {
    client.end(true);
  }
}

async function answerAndTurn({ http }: StartedSite, kept: Kept, stop: AbortSignal): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${http}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: stop });
    return response.ok ? await response.json() : null;
  };
  while (!stop.aborted) {
    const site = (await (await fetch(`${http}/api/v1/site`, { signal: stop })).json()) as { assets: { id: string; name: string }[]; wheels: { id: string }[] };
    const asset = site.assets.find(({ name }) => name === "press");
    if (asset !== undefined) {
      const end = nextTime();
      const said = (await post("/api/v1/labels", { asset: asset.id, start: end - 1000, end, answer: "normal", faultKind: null, author: "bench", certainty: 1 })) as { label: { id: string } } | null;
      if (said !== null) kept.labels.push(said.label.id);
    }
    for (const wheel of site.wheels) {
      const turned = (await post(`/api/v1/wheels/${wheel.id}/turn`, {})) as { turn: { id: string; state: string } | null } | null;
      if (turned?.turn?.state === "recorded") kept.turns.push(turned.turn.id);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function lostOf(directory: string, kept: Kept): Promise<LiveKills["lost"]> {
  const site = await openSite(directory);
  try {
    const { records, telemetry } = site.store;
    const signalOf = new Map((await records.signals()).map((signal) => [signal.name, signal.key]));
    let samples = 0;
    for (const [path, times] of kept.samples) {
      const key = signalOf.get(path.split("/").at(-1) ?? "") ?? -1;
      const stored = new Set((await telemetry.series({ key, start: 0, end: 4e15 })).times);
      samples += times.filter((time) => !stored.has(time)).length;
    }
    const labels = await Promise.all(kept.labels.map((id) => records.labelHistory(id)));
    const turns = await Promise.all(kept.turns.map((id) => records.turn(id)));
    return { samples, labels: labels.filter((history) => history.length === 0).length, turns: turns.filter((turn) => turn?.state !== "recorded").length };
  } finally {
    await site.close();
  }
}

const total = ({ samples }: Kept): number => [...samples.values()].reduce((sum, times) => sum + times.length, 0);

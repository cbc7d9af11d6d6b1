import { spawn } from "node:child_process";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openLive, type LiveSite } from "../src/live.ts";
import { Settings } from "../src/schema/settings.ts";
import { second } from "../src/schema/time.ts";
import { median, type Bench, type Goal, type Outcome, type Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";

const perAsset = 50;
const sizes = [2000, 10_000];
/** Rows of each wheel that are timed. */
const measuredSeconds = 60;
const patience = 900_000; // ms until every wheel has its model
/** Seconds of a block, so long that few end while it is measured: a machine's history, of the block before, teaches it. */
const block = 4 * 3600;
/** Bounds: a row is scored before the next one is there, none is left out, and the main thread answers others. */
const mostP99Ms = 1000;
const mostLoopMs = 100;
const leastScored = 0.99;

interface LiveRun {
  readonly signals: number;
  readonly hertz: 1;
  readonly wheels: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly loopP99Ms: number;
  readonly rows: number;
  /** Rows that came out, as a share of one a wheel and second. */
  readonly scored: number;
  readonly skipped: number;
  readonly late: number;
  /** Scoring processes that were lost. */
  readonly lost: number;
  readonly turns: number;
  readonly peakMiB: number;
}

/** Thousands of signals over MQTT, scored row by row while the wheels turn. */
export const live: Bench = {
  name: "live",
  summary: "from when a row can be closed to its score, with thousands of signals over MQTT while wheels turn",
  needs: "nothing (made-up signals)",
  takes: "about 4 minutes for 2,000 signals and 15 for 10,000",
  parts: sizes.map(String),
  run: runLive,
};

async function runLive(run: Run): Promise<Outcome> {
  const runs: LiveRun[] = [];
  const failed: string[] = [];
  const wanted = sizes.filter((one) => run.wants(String(one)));
  for (const signals of wanted) {
    try {
      runs.push(await underLoad(signals, run));
    } catch (error) {
      failed.push(`${signals} signals: ${error instanceof Error ? error.message : String(error)}`);
      run.say(failed[failed.length - 1]);
    }
  }
  return {
    figures: { runs, during: "turn" },
    goals: wanted.flatMap((signals) => goalsOf(signals, runs.find((one) => one.signals === signals), failed)),
    notes: [
      ...failed,
      `Machines of ${perAsset} signals, each its own wheel with a model of its own; a message a machine and second, QoS 1, from another process on the same two cores. Each first sends 300 seconds of a block that is over, which its first model is learnt from; blocks last four hours, so that few end while it is measured.`,
      "p50Ms and p99Ms: from the moment when a row can be closed (its time and the lateness of 1 s) to when its score was told, over 60 seconds during which one wheel after the other is turned by hand. loopP99Ms: delay of a 1 ms timer on the main thread. scored: rows that came out, as a share of one a wheel and second. peakMiB: the main process; each scoring process has its own, about 100 MiB.",
    ],
    variantsTried: 0,
  };
}

function goalsOf(signals: number, run: LiveRun | undefined, failed: readonly string[]): Goal[] {
  const cause = run === undefined ? { cause: failed.find((text) => text.startsWith(`${signals} `)) ?? "it was not measured" } : {};
  const bounds = { scored: { atLeast: leastScored }, skipped: { atMost: 0 }, p99Ms: { atMost: mostP99Ms }, loopP99Ms: { atMost: mostLoopMs } } as const;
  return (["scored", "skipped", "p99Ms", "loopP99Ms"] as const).map((figure) => ({ figure: `runs.${signals}.${figure}`, got: run?.[figure] ?? null, ...bounds[figure], ...cause }));
}

/** One size: site and plant come up, every wheel learns from its history, then it is measured. */
export async function underLoad(signals: number, { say }: Run): Promise<LiveRun> {
  return await inTemporary(async (directory) => {
    const settings = Settings.parse({ mqtt: { port: 0 }, wheels: { settle: 3, period: 1, block, firstBlocks: 1 } });
    const site = await openLive(directory, { settings, create: true, onNotice: say });
    const historyEnd = Math.floor(Date.now() / 1000 / block) * block;
    const plant = spawn(process.execPath, [join(import.meta.dirname, "live-plant.ts"), site.mqttUrl ?? "", String(signals / perAsset), String(perAsset), String(historyEnd)], { stdio: ["ignore", "inherit", "inherit"] });
    try {
      await allLearnt(site, signals / perAsset, say);
      return await measure(site, signals, say);
    } finally {
      plant.kill("SIGKILL");
      await site.close();
    }
  });
}

/** Waits until every machine has a wheel with a model in force. */
async function allLearnt(site: LiveSite, wheels: number, say: (text: string) => void): Promise<void> {
  const learnt = new Set<string>();
  for await (const { what } of site.happenings(0, AbortSignal.timeout(patience))) {
    if (what.type === "champion") learnt.add(what.wheel);
    if (what.type === "champion" && learnt.size % 10 === 0) say(`${learnt.size} of ${wheels} wheels have a model`);
    if (learnt.size === wheels) return;
  }
  throw new Error(`Cannot measure: ${learnt.size} of ${wheels} wheels have a model after ${patience / 1000} s`);
}

async function measure(site: LiveSite, signals: number, say: (text: string) => void): Promise<LiveRun> {
  const wheels = await site.store.records.wheels();
  const lateness = new Map(wheels.map(({ id, grid }) => [id, grid.lateness]));
  const stop = AbortSignal.timeout(measuredSeconds * 1000);
  const before = site.scoring();
  const delays: number[] = [];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  let peak = 0;
  let turns = 0;
  const turning = (async () => {
    for (let at = 0; !stop.aborted; at = (at + 1) % wheels.length) {
      await site.turn(wheels[at], "hand");
      turns++;
    }
  })();
  for await (const { at, what } of site.happenings(null, stop)) {
    if (what.type !== "rows" || what.score === null) continue;
    delays.push((at - what.time - (lateness.get(what.wheel) ?? second)) / 1000);
    if (delays.length % 50 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  loop.disable();
  const after = site.scoring();
  await turning;
  const sorted = delays.toSorted((a, b) => a - b);
  const result: LiveRun = {
    signals,
    hertz: 1,
    wheels: wheels.length,
    p50Ms: median(sorted),
    p99Ms: sorted[Math.floor(0.99 * sorted.length)] ?? NaN,
    loopP99Ms: loop.percentile(99) / 1e6,
    rows: after.rows - before.rows,
    scored: (after.rows - before.rows) / (wheels.length * measuredSeconds),
    skipped: after.skipped - before.skipped,
    late: after.late - before.late,
    lost: after.lost - before.lost,
    turns,
    peakMiB: Math.round(peak / 2 ** 20),
  };
  say(`${signals} signals: ${JSON.stringify(result)}`);
  return result;
}

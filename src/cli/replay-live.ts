import { connectAsync, type MqttClient } from "mqtt";
import { readRecording, type Column, type Recording } from "../capture/recording.ts";
import type { LiveSite } from "../live.ts";
import type { Block } from "../schema/block.ts";
import { second, type Micros } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { openSite } from "../site.ts";
import { prepare } from "../wheel/intake.ts";
import { inOrder, pause, rowsAsJudged, saysCondition, type ReplayedRun, type ReplayOptions } from "../wheel/replay.ts";
import { withoutTargets } from "../wheel/truth-labels.ts";

/** The signal that says which run it is, and cuts the blocks. */
export const runSignal = "run";

/** Messages that may wait for their acknowledgement. */
const mostInFlight = 200;

export interface LiveReplayOptions extends Omit<ReplayOptions, "skipRows"> {
  /** Times as fast as it was recorded. */
  readonly speed: number;
}

/** Makes a site's machine, signals and wheel as the first recording tells of them, so that a live replay meets them. */
export async function prepareReplay(directory: string, paths: readonly string[], options: LiveReplayOptions): Promise<void> {
  const [first] = await inOrder(paths, options);
  if (first === undefined) return;
  const site = await openSite(directory, { create: true });
  try {
    const { recording } = withoutTargets(await readRecording(first.path, options.read), options.targets ?? []);
    await prepare(recording, { asset: options.asset, warmUpRows: options.warmUpRows, blockRule: { by: "change", signal: runSignal } }, site.ports);
  } finally {
    await site.close();
  }
}

/**
 * Plays recorded runs over MQTT into a running site, as a device would send them: a message a row, each
 * with the name of its run, `speed` times as fast as they were recorded. When the site has judged a run,
 * its recorded truth is the answer, and the next run begins once the wheel has turned. Wheels that ask
 * for a target turn by themselves, when their policy says so.
 */
export async function* replayLive(paths: readonly string[], options: LiveReplayOptions, site: LiveSite): AsyncGenerator<ReplayedRun> {
  if (site.mqttUrl === null) throw new RangeError("Cannot replay: the site has no MQTT door");
  const ordered = await inOrder(paths, options);
  const client = await connectAsync(site.mqttUrl, { clientId: "millrace-replay", protocolVersion: 4, reconnectPeriod: 0 });
  try {
    let startAt: Micros | null = null;
    for (const [at, { path, name }] of ordered.entries()) {
      options.onRun?.(name, at, ordered.length);
      const { recording, targets } = withoutTargets(await readRecording(path, options.read), options.targets ?? []);
      const first = recording.times.reduce((least, time) => Math.min(least, time), Infinity);
      const movedBy: number = startAt === null ? 0 : startAt - first;
      const end = await play(recording, `${at + 1} ${name}`, movedBy, options, client);
      yield await judged(name, recording, targets, movedBy, options, site);
      startAt = end + pause;
    }
  } finally {
    await client.endAsync();
  }
}

/** Publishes a run row by row; resolves with its end once all of it is acknowledged. */
async function play(recording: Recording, run: string, movedBy: number, { asset, speed }: LiveReplayOptions, client: MqttClient): Promise<Micros> {
  const { times, columns, grid } = recording;
  const order = Array.from(times.keys()).sort((a, b) => times[a] - times[b]);
  const sent: Promise<unknown>[] = [];
  const began = performance.now();
  const firstTime = times[order[0]];
  for (const row of order) {
    const due = (times[row] - firstTime) / 1000 / speed - (performance.now() - began);
    if (due > 5) await new Promise((resolve) => setTimeout(resolve, due));
    const values = columns.filter(({ values: of }) => !Number.isNaN(of[row])).map(({ name, values: of, texts }) => [name, texts === null ? of[row] : texts[of[row]]]);
    sent.push(client.publishAsync(asset, JSON.stringify({ time: times[row] + movedBy, [runSignal]: run, ...Object.fromEntries(values) }), { qos: 1 }));
    if (sent.length >= mostInFlight) await Promise.all(sent.splice(0, mostInFlight / 2));
  }
  const end = times[order[order.length - 1]] + movedBy + grid.period;
  sent.push(client.publishAsync(asset, JSON.stringify({ time: end, [runSignal]: "" }), { qos: 1 }));
  await Promise.all(sent);
  return end;
}

/** Waits until the site has judged the run, gives its truth as the answer, and waits for the turn that this calls for. */
async function judged(name: string, recording: Recording, targets: readonly Column[], movedBy: number, { warmUpRows, labels }: LiveReplayOptions, site: LiveSite): Promise<ReplayedRun> {
  const first = recording.times.reduce((least, time) => Math.min(least, time), Infinity) + movedBy;
  const { wheel, block } = await closedBlock(first, site);
  const rows = await rowsAsJudged(recording, wheel, movedBy, warmUpRows, [block.id], site);
  const isJudged = (await site.store.records.judged({ wheel: wheel.id, block: block.id, role: "champion" })).length > 0;
  const events = isJudged ? await site.store.records.events({ wheel: wheel.id, block: block.id }) : null;
  const [asset] = (await site.store.records.assets()).filter(({ id }) => id === wheel.asset);
  const from = site.lastHappening();
  const answers = labels === "after-each-run" ? await site.labelByTruth(recording, { asset, movedBy }, targets) : [];
  const turn = answers.some(saysCondition) ? await recordedTurn(wheel, from, site) : null;
  return { name, wheel, events, ...rows, turn, targetTurns: [], ledger: turn === null ? null : await site.store.records.turnLine(turn.id) };
}

/** Longest wait for the site to do what it was given to do. */
const patience = 120 * second;

async function closedBlock(start: Micros, site: LiveSite): Promise<{ wheel: Wheel; block: Block }> {
  const known = await blockFrom(start, site);
  if (known !== null) return known;
  const stop = AbortSignal.timeout(patience / 1000);
  for await (const { what } of site.happenings(0, stop)) {
    if (what.type !== "block") continue;
    const found = await blockFrom(start, site);
    if (found !== null) return found;
  }
  throw new RangeError(`Cannot replay: the site has not judged the run that began at ${new Date(start / 1000).toISOString()}`);
}

async function blockFrom(start: Micros, { store }: LiveSite): Promise<{ wheel: Wheel; block: Block } | null> {
  for (const wheel of await store.records.wheels()) {
    const block = (await store.records.blocks({ asset: wheel.asset, since: start, before: start + 1 })).at(0);
    if (block !== undefined && (await store.records.judged({ wheel: wheel.id, block: block.id, role: "champion" })).length > 0) return { wheel, block };
  }
  return null;
}

async function recordedTurn(wheel: Wheel, from: number, site: LiveSite): Promise<Turn> {
  const stop = AbortSignal.timeout(patience / 1000);
  for await (const { what } of site.happenings(from, stop)) {
    if (what.type === "turn" && what.turn.wheel === wheel.id && what.turn.state === "recorded") return what.turn;
  }
  throw new RangeError(`Cannot replay: wheel ${wheel.name} has not turned`);
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, countedBy, Device, fieldsOf } from "./door-client.ts";
import { onSiteProcess, storedSamples, type SiteProcess } from "./ingest-site.ts";
import { slopeOf, type Slope } from "./slope.ts";
import { memoryNow, splitText, type Memory } from "./soak-memory.ts";
import type { Bench, Outcome, Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";

/** Machines that publish 100 values a second each over MQTT with QoS 1, and one that writes 100 a second over HTTP. */
const machines = 20;
const valuesEach = 100;
const mostMiB = 1500;
/** A site that has warmed up may grow by this much and no more; a day of it would be 1.2 GiB. */
const mostSlope = 50;
/** Between two answers of people, seconds: each calls for a turn, so that what a turn leaves behind adds up. */
const answerEach = 30;
/** How long ago what people answer about was, seconds: its block is over. */
const answeredAgo = 240;
const lengths = { minute: 1, "five-minutes": 5, "ten-minutes": 10, quarter: 15, hour: 60 } as const;
const look = 5000;

export const soak: Bench = {
  name: "soak",
  summary: "an hour of load on a site that is up: the slope of its memory, and acknowledged samples that are missing afterwards",
  needs: "Linux for memory",
  takes: "an hour; `--only minute`, `five-minutes`, `ten-minutes` or `quarter` is shorter",
  parts: Object.keys(lengths),
  async run(run) {
    const asked = Object.entries(lengths).filter(([name]) => run.wants(name));
    const minutes = asked.length === 1 ? asked[0][1] : lengths.hour;
    return outcomeOf(await underLoad(minutes, run));
  },
};

interface Soaked {
  readonly minutes: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly stored: number;
  readonly answers: number;
  readonly turns: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** NaN where the system does not tell. */
  readonly peakMiB: number;
  readonly memory: readonly Memory[];
}

async function underLoad(minutes: number, { say }: Pick<Run, "say">): Promise<Soaked> {
  return await inTemporary(async (directory) => {
    // Short blocks, so that models are learnt and turns run under the load.
    mkdirSync(join(directory, "site"));
    writeFileSync(join(directory, "site", "site.json"), JSON.stringify({ wheels: { block: 180, firstBlocks: 2 } }));
    const seen = await onSiteProcess(directory, async (site) => {
      const load = new Load(site, performance.now() + minutes * 60_000);
      const memory: Memory[] = [];
      const watching = watch(site, load, minutes, memory, say);
      await load.run();
      await watching;
      const { dropped } = await countedBy(site.http);
      const turns = await turnsOf(site);
      return { memory, acknowledged: load.acknowledged, refused: load.refused, answers: load.answers, dropped, turns, peakMiB: Math.max(site.peakMiB() ?? NaN, ...memory.map(({ mib }) => mib)) };
    });
    return { minutes, ...seen, stored: await storedSamples(directory) };
  });
}

/** Looks at the memory now and then, and says how it goes. */
async function watch(site: SiteProcess, load: Load, minutes: number, memory: Memory[], say: (text: string) => void): Promise<void> {
  const start = performance.now();
  for (let at = 0; !load.isOver; at++) {
    await pause(look);
    const hours = (performance.now() - start) / 3_600_000;
    const now = await memoryNow(site, hours);
    if (now !== null) memory.push(now);
    if (at % 12 === 11) say(`${(hours * 60).toFixed(0)} of ${minutes} min: ${load.acknowledged} values acknowledged, ${load.refused} put off; MiB: ${now === null ? "not told" : splitText(now)}`);
  }
}

async function turnsOf(site: SiteProcess): Promise<number> {
  const ledger = fieldsOf((await ask(site.http, "/api/v1/ledger?limit=1000")).text)?.["entries"];
  return Array.isArray(ledger) ? ledger.filter((line: { kind?: unknown }) => line.kind === "turn").length : 0;
}

/** Machines that wait for each answer before they send the next second's values. */
class Load {
  readonly #site: SiteProcess;
  readonly #until: number;
  acknowledged = 0;
  refused = 0;
  answers = 0;

  constructor(site: SiteProcess, until: number) {
    this.#site = site;
    this.#until = until;
  }

  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  async run(): Promise<void> {
    await Promise.all([this.#write(), this.#answer(), ...Array.from({ length: machines }, (_, machine) => this.#publish(machine))]);
  }

  /** Once a second, as long as there is time; work that takes longer is not made up for. */
  async #eachSecond(work: (second: number) => Promise<boolean>): Promise<void> {
    for (let second = 0; !this.isOver; second++) {
      const start = performance.now();
      if (await work(second)) this.acknowledged += valuesEach;
      else this.refused += valuesEach;
      await pause(Math.max(0, 1000 - (performance.now() - start)));
    }
  }

  async #write(): Promise<void> {
    await this.#eachSecond(async (second) => {
      const body = JSON.stringify({ path: "hall/writer", columns: Object.fromEntries(valuesAt(0, second).map((value, at) => [`s${at}`, [value]])), times: [Date.now() * 1000] });
      const { status, text } = await ask(this.#site.http, "/api/v1/write", { type: "application/json", body });
      return status === 200 && fieldsOf(text)?.["stored"] === valuesEach;
    });
  }

  /** People answer about one machine after the other: mostly that all was well, sometimes that it was not. */
  async #answer(): Promise<void> {
    for (let time = 0; !this.isOver; time++) {
      await pause(Math.min(answerEach * 1000, Math.max(0, this.#until - performance.now())));
      const assets = fieldsOf((await ask(this.#site.http, "/api/v1/site")).text)?.["assets"] as { id: string; parent: string | null }[] | undefined;
      const machine = assets?.filter(({ parent }) => parent !== null).at(time % (machines + 1));
      if (machine === undefined) continue;
      const start = Math.round((Date.now() - answeredAgo * 1000) * 1000);
      const body = { asset: machine.id, start, end: start + 10_000_000, answer: time % 5 === 0 ? "fault" : "normal", faultKind: null, author: "bench", certainty: 1 };
      const { status } = await ask(this.#site.http, "/api/v1/labels", { type: "application/json", body: JSON.stringify(body) });
      if (status === 201) this.answers++;
    }
  }

  async #publish(machine: number): Promise<void> {
    let device = await Device.connected(this.#site.mqtt, `machine-${machine}`);
    let time = 0;
    await this.#eachSecond(async (second) => {
      device = device === null || device.isClosed ? await Device.connected(this.#site.mqtt, `machine-${machine}`) : device;
      time = Math.max(time + 1, Date.now() * 1000);
      const values = valuesAt(machine, second).map((value, at) => `"s${at}":${value}`);
      return (await device?.publish(`hall/machine-${machine}`, `{"time":${time},${values.join(",")}}`, 1 + (second % 65_000), 30_000)) === "acknowledged";
    });
    device?.end();
  }
}

const valuesAt = (machine: number, second: number): number[] => Array.from({ length: valuesEach }, (_, signal) => Number((50 + 5 * Math.sin((second + 17 * machine) / (20 + signal)) + (signal % 7) / 10).toFixed(4)));

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const slopeOfEach = (memory: readonly Memory[], of: (one: Memory) => number): Slope | null => slopeOf(memory.map(({ hours }) => hours), memory.map(of));

function outcomeOf({ minutes, acknowledged, refused, stored, answers, turns, dropped, peakMiB, memory }: Soaked): Outcome {
  // The first third is warming up: signals appear, models are learnt, buffers reach their size.
  const from = minutes / 60 / 3;
  const warm = memory.filter(({ hours }) => hours >= from);
  const slope = slopeOfEach(warm, ({ mib }) => mib);
  const slopeWithWarmUp = slopeOfEach(memory, ({ mib }) => mib);
  const { held = {}, mapped = {} } = warm.at(0) ?? {};
  const part = (of: (one: Memory) => number) => ({ startMiB: warm[0] === undefined ? null : of(warm[0]), endMiB: of(warm[warm.length - 1]), slopeMiBPerHour: slopeOfEach(warm, of) });
  const split = Object.fromEntries(Object.keys(held).map((holder) => [holder, part((one) => one.held[holder] ?? NaN)]));
  const mappings = Object.fromEntries(Object.keys(mapped).map((kind) => [kind, part((one) => one.mapped[kind] ?? NaN)]));
  const lost = Math.max(0, acknowledged - stored);
  const whole = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return {
    figures: { minutes, signals: (machines + 1) * valuesEach, acknowledged, lost, refused, dropped, answers, turns, slopeMiBPerHour: slope, slopeWithWarmUpMiBPerHour: slopeWithWarmUp, startMiB: warm.at(0)?.mib ?? null, endMiB: memory.at(-1)?.mib ?? null, peakMiB, split, mappings },
    goals: [
      { figure: "lost", got: lost, atMost: 0 },
      { figure: "refused", got: refused, atMost: 0, cause: "values that the site put off or did not answer for; their machine was not told that they are stored" },
      { figure: "dropped", got: whole, atMost: 0, cause: JSON.stringify(dropped) },
      { figure: "peakMiB", got: peakMiB, atMost: mostMiB },
      ...(minutes < 60 ? [] : [{ figure: "slopeMiBPerHour.perHour", got: slope?.perHour ?? null, atMost: mostSlope, cause: growing(split) }]),
    ],
    notes: [
      `${machines} machines publish ${valuesEach} values a second each over MQTT, QoS 1, one message in flight, and one writes ${valuesEach} a second over HTTP as JSON. People answer about one of them every ${answerEach} s, which calls for a turn of its wheel each time: ${answers} answers, ${turns} turns.`,
      "`split` says who holds it: parts of the main process as `/metrics` tells them, the rest of it, and the processes that score and learn. `mappings` is the main process again, by what the system mapped for it: pages of files, what is handed out by the C library from its heap and its arenas, mappings of up to 256 KiB (pages of JavaScript's heaps, stacks), up to 2 MiB, and larger ones (buffers, DuckDB's allocator). A slope is a straight line through the resident memory of all of them after the first third, as means of twelve equal stretches, with its 95 % interval by Student's t; `slopeWithWarmUpMiBPerHour` is that of all of the time. In the first third signals appear, wheels are made, first models learnt, and caches reach the size that docs/guides/operate.md states. Then the site is killed with SIGKILL and its samples are counted.",
      ...(minutes < 60 ? ["Shorter than an hour: the slope says little, and is held to nothing."] : []),
    ],
    variantsTried: 0,
  };
}

/** Who grew for certain, MiB an hour, the most first; and the rest, which would be where something is never given back. */
export function growing(split: Readonly<Record<string, { readonly slopeMiBPerHour: Slope | null }>>): string {
  const slopes = Object.entries(split).flatMap(([holder, { slopeMiBPerHour }]) => (slopeMiBPerHour === null ? [] : [{ holder, ...slopeMiBPerHour }]));
  const text = ({ holder, perHour, low, high }: (typeof slopes)[number]) => `${holder} ${perHour.toFixed(0)} [${low.toFixed(0)}, ${high.toFixed(0)}]`;
  const sure = slopes.filter(({ holder, low }) => holder !== "rest" && low > 0).toSorted((a, b) => b.perHour - a.perHour);
  const rest = slopes.find(({ holder }) => holder === "rest");
  return `in MiB an hour: ${[...sure, ...(rest === undefined ? [] : [rest])].map(text).join(", ")}; operate.md states their bounds`;
}

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../src/learn/random.ts";
import type { Cost } from "../src/schema/cost.ts";
import type { BlockLoss } from "../src/schema/judgement.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import type { Site } from "../src/site.ts";
import { kindOf } from "../src/wheel/kinds/kinds.ts";
import { labelsFor } from "../src/wheel/kinds/labels-for.ts";
import { replay, type ReplayOptions } from "../src/wheel/replay.ts";
import { readBlock } from "../src/wheel/rows.ts";
import { dataDirectory, skabRuns, skabWarmUp } from "./recordings.ts";
import { inTemporary, onNewSite } from "./temporary.ts";

/** What a sequence of real runs cost, in the wheel's own points, by who decides what is in force. */
export interface Regret {
  readonly set: string;
  readonly blocks: number;
  /** Points of all blocks: each new model goes into force; the first stays; as the gate decided. */
  readonly cost: { readonly always: number; readonly never: number; readonly millrace: number };
  /** Points above the cheaper of always and never, picked block by block by one who knows the truth. */
  readonly regret: { readonly always: number; readonly never: number; readonly millrace: number };
  /** Turns that put another model in force, of all. */
  readonly promotions: number;
  readonly turns: number;
}

const options: ReplayOptions = { asset: "machine", warmUpRows: skabWarmUp, labels: "after-each-run", read: {}, skipRows: 0 };

/** The 34 runs of the pump in their order, each answered by its truth after it was judged. */
export async function skabRegret(): Promise<Regret> {
  return await regretOf("skab", skabRuns().map(({ path }) => path), options);
}

/** Tennessee Eastman's test runs, 160 rows before the fault and 800 with it, in a seeded order; the first 120 rows are the warm-up. */
export async function tepRegret(): Promise<Regret> {
  return await inTemporary(async (directory) => {
    const faults = Array.from({ length: 21 }, (_, at) => at + 1).filter((fault) => existsSync(tepFile(fault)));
    const random = randomFrom(2026);
    const order = faults.map((fault) => ({ fault, at: random() })).toSorted((a, b) => a.at - b.at);
    const paths = order.map(({ fault }, at) => writeRun(directory, fault, at));
    return await regretOf("tep", paths, { ...options, warmUpRows: 120 });
  });
}

const tepFile = (fault: number): string => join(dataDirectory, "tennessee-eastman", `d${String(fault).padStart(2, "0")}_te.dat`);

/** A row every three minutes, from a day of its own on. */
function writeRun(directory: string, fault: number, at: number): string {
  const rows = readFileSync(tepFile(fault), "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/));
  const start = Date.UTC(2026, 0, 1 + 3 * at);
  const lines = rows.map((cells, row) => [new Date(start + row * 180_000).toISOString(), ...cells, row < 160 ? 0 : 1].join(","));
  const path = join(directory, `run-${String(at).padStart(2, "0")}-fault-${fault}.csv`);
  writeFileSync(path, [["time", ...rows[0].map((_, signal) => `x${signal + 1}`), "anomaly"].join(","), ...lines, ""].join("\n"));
  return path;
}

async function regretOf(set: string, paths: readonly string[], how: ReplayOptions): Promise<Regret> {
  return await onNewSite(async (site) => {
    for await (const run of replay(paths, how, site)) void run; // each is judged, answered and turned
    const wheel = await site.wheel();
    const { records } = site.store;
    const [inForce, first] = [await records.lossesInForce({ wheel: wheel.id }), (await records.champions(wheel.id))[0]?.model ?? ""];
    const never = await judgedBy(first, wheel, site);
    const always = new Map((await records.losses({ wheel: wheel.id, evidence: "recipe", recipe: wheel.recipes[0].name })).map((loss) => [loss.block, loss]));
    const costs = inForce.flatMap(({ loss }) => {
      const [newest, oldest] = [always.get(loss.block), never.get(loss.block)];
      return newest === undefined || oldest === undefined ? [] : [{ millrace: points(loss, wheel), always: points(newest, wheel), never: points(oldest, wheel) }];
    });
    const total = (of: (cost: (typeof costs)[number]) => number): number => costs.reduce((sum, cost) => sum + of(cost), 0);
    const cost = { always: total((one) => one.always), never: total((one) => one.never), millrace: total((one) => one.millrace) };
    const best = total((one) => Math.min(one.always, one.never));
    const turns = await records.turns(wheel.id);
    return {
      set,
      blocks: costs.length,
      cost,
      regret: { always: cost.always - best, never: cost.never - best, millrace: cost.millrace - best },
      promotions: turns.filter(({ verdict }) => verdict?.decision === "promote").length,
      turns: turns.length,
    };
  });
}

/** What the first model would have lost on every block that it has not learnt from. */
async function judgedBy(model: string, wheel: Wheel, site: Site): Promise<Map<string, Pick<BlockLoss, "missed" | "falseAlarms" | "counts" | "delayHours" | "found">>> {
  const { ports } = site;
  const kind = kindOf(wheel);
  const losses = new Map<string, Pick<BlockLoss, "missed" | "falseAlarms" | "counts" | "delayHours" | "found">>();
  const labels = await labelsFor(kind, wheel, "gate", ports);
  await kind.judging(wheel, ports.store.models.read(model), ports, async (judge) => {
    for (const block of await ports.store.records.blocks({ asset: wheel.asset })) {
      const said = await judge(block, await readBlock(wheel, block, ports));
      const loss = await kind.loss(wheel, block, said, labels(block), ports);
      if (loss !== null) losses.set(block.id, loss);
    }
  });
  return losses;
}

/** A block's cost in points: missed faults, false alarms, normal hours in alarm, hours of warning lost. */
function points({ missed, falseAlarms, counts, delayHours, found }: Pick<BlockLoss, "missed" | "falseAlarms" | "counts" | "delayHours" | "found">, { cost, grid }: Pick<Wheel, "grid"> & { readonly cost: Cost }): number {
  const falseHours = (counts.falsePositive * grid.period) / 3.6e9;
  return missed * cost.missedFault + falseAlarms * cost.falseAlarm + falseHours * cost.falseAlarmHour + found * Math.min(cost.missedFault, (delayHours ?? 0) * cost.warningHour);
}

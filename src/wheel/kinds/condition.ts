import { judging } from "../../deploy/judge.ts";
import { findEvents } from "../../deploy/events.ts";
import type { WindowMap } from "../../learn/maps/window-map.ts";
import type { TeachingBlock } from "../../learn/teach.ts";
import { blockLoss } from "../../prove/loss.ts";
import type { RunningRows } from "../../deploy/running-gate.ts";
import { faultsOf, rowTruth, truthOf } from "../../review/truth.ts";
import { canonicalJson } from "../../digest.ts";
import { freezeMap, type FrozenMap } from "../maps.ts";
import { readBlock } from "../rows.ts";
import type { KindOfWheel } from "./kind.ts";

/** Is this machine behaving as it should? */
export const condition: KindOfWheel = {
  /** The one that goes into force, and the same without answers, so that the ledger can say what answering was worth. */
  recipes: () => [
    { name: "condition", version: 1, learner: "condition", map: "window-30", params: {} },
    { name: "novelty", version: 1, learner: "novelty", map: "window-30", params: {} },
  ],
  reference: null,
  eventName: "real fault",

  readLabels: async ({ asset }, { store }, only) => await store.records.labels({ asset, ...(only && { start: only.start, end: only.end }) }),
  labelsOf: (_wheel, block, labels) => labels.filter(({ start, end }) => end > block.start && start < block.end),
  reach: async (_wheel, { start, end }) => ({ start, end }),

  freeze: freezeMap,
  /** Not a block shorter than a window, nor one whose warm-up holds a fault: its baseline would not be normal. */
  canTeach({ grid }, { block: { start, end, warmUpEnd }, labels, hears }, map) {
    if (end - start < windowMap(map).window * grid.period) return false;
    return warmUpEnd === null || faultsOf(labels, { start, end: warmUpEnd }, hears).length === 0;
  },
  async sum(wheel, { block, labels, part, hears, besides }, map, ports) {
    const { times, rows, warmUpRows, running } = await readBlock(wheel, block, ports);
    const truth = truthOf(times, labels, hears);
    const whole: TeachingBlock = { rows, warmUpRows, truth, running: besides === undefined ? running : onlyAdded(truth, truthOf(times, besides), running) };
    return await ports.learning.sum(windowMap(map), block.id, part === "whole" ? whole : warmUpOf(whole));
  },
  request: (map) => ({ kind: "condition", map: windowMap(map) }),
  metadata: ({ alarm, warmUpRows }, map) => ({
    "millrace.window": String(windowMap(map).window),
    "millrace.alarm": canonicalJson({ threshold: 1, ...alarm }),
    "millrace.warm-up-rows": String(warmUpRows),
  }),

  judging: (wheel, model, ports, work) =>
    judging(model, ports, (judge) =>
      work(async (_block, rows) => {
        const judgement = await judge(rows);
        return { scores: judgement.scores, events: () => findEvents(judgement, rows.times, wheel.grid.period, wheel.signals, wheel.alarm, rows.running) };
      }),
    ),
  async loss(wheel, block, { scores }, labels, ports) {
    const { period } = wheel.grid;
    const times = Float64Array.from({ length: scores.length }, (_, row) => block.start + row * period);
    const from = block.warmUpEnd === null ? 0 : Math.ceil((block.warmUpEnd - block.start) / period);
    const { running } = wheel.when === null ? { running: null } : await readBlock(wheel, block, ports);
    return blockLoss({ scores, period, from, running }, { rows: truthOf(times, labels) }, { threshold: 1, ...wheel.alarm }, wheel.cost);
  },
  joined: (pairs) => [...pairs],
};

/** Rows that something is said of, and nothing in the block's own lesson: no others teach, a warm-up neither. */
const onlyAdded = (truth: Uint8Array, known: Uint8Array, running: RunningRows | null): RunningRows =>
  truth.map((said, row) => (said !== rowTruth.unknown && known[row] === rowTruth.unknown && (running === null || running[row] === 1) ? 1 : 0));

function windowMap(map: FrozenMap["map"]): WindowMap {
  if (map.name !== "window") throw new RangeError(`Cannot tell a condition by a ${map.name} map`);
  return map;
}

/** The warm-up alone, about which nobody has said anything yet. */
function warmUpOf({ rows, warmUpRows, running }: TeachingBlock): TeachingBlock {
  const { columns, values } = rows;
  return { rows: { rows: warmUpRows, columns, values: values.slice(0, warmUpRows * columns) }, warmUpRows, truth: new Uint8Array(warmUpRows).fill(2), running: running?.slice(0, warmUpRows) ?? null };
}

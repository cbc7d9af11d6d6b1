import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digest, canonicalJson } from "../digest.ts";
import type { Engine } from "../learn/engine.ts";
import { Graph } from "../learn/onnx/graph.ts";
import type { Event } from "../schema/event.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Store } from "../store/store.ts";
import { findEvents, type FoundEvent } from "./events.ts";
import { judgeBy } from "./judge.ts";
import type { ClosedTick } from "./live-grid.ts";
import { LiveWheel } from "./live-wheel.ts";
import type { Scored, ScoredRow } from "./scored-row.ts";
import { runningRows } from "./running-gate.ts";
import { openModel, type ScoringModel } from "./scoring-model.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

const signals = ["01ARZ3NDEKTSV4RRFFQ69G5FAA", "01ARZ3NDEKTSV4RRFFQ69G5FAB"];
const idFor = (time: number, named: unknown): string => `0${digest(canonicalJson({ time, named })).slice(0, 25).toUpperCase()}`;
const period = 10;

const wheelOf = (changes: Partial<Wheel> = {}): Wheel => ({
  id: "01ARZ3NDEKTSV4RRFFQ69G5FAC",
  site: "01ARZ3NDEKTSV4RRFFQ69G5FAD",
  asset: "01ARZ3NDEKTSV4RRFFQ69G5FAE",
  revision: 1,
  name: "pump",
  kind: "condition",
  signals,
  grid: { period, hold: 30, lateness: 10 },
  blockRule: { by: "change", signal: "run" },
  warmUpRows: 16,
  when: null,
  alarm: { on: 2, off: 2 },
  cost: {} as Wheel["cost"],
  policy: {} as Wheel["policy"],
  recipes: [],
  createdAt: 0,
  ...changes,
});

/** The bytes of a model that says nothing but its window. */
function bytesOf(window: number, name: string): Uint8Array {
  const graph = new Graph();
  graph.output("score", graph.input("window", "double", ["rows", 1]), "double", ["rows", 1]);
  return graph.bytes(name, { "millrace.window": String(window) });
}

interface Plan {
  readonly window: number;
  readonly own: boolean;
  readonly factor?: number;
  readonly fails?: () => boolean;
  readonly log?: string[];
}

/** An engine in plain code: the score is how far a window's mean lies from the centre; a window with too few readings is unknown. */
const engineOf = ({ window, own, factor = 1, fails = () => false, log = [] }: Plan): Engine => ({
  open: () => {
    log.push("open");
    return Promise.resolve({
      inputs: own ? ["window", "baseline"] : ["window"],
      outputs: ["score", "contributions"],
      run({ window: given, baseline }) {
        if (fails()) return Promise.reject(new Error("it broke"));
        const [rows, columns] = given.dims;
        const items = rows - window + 1;
        const score = new Float32Array(items);
        const contributions = new Float32Array(items * columns);
        for (let item = 0; item < items; item++) {
          for (let column = 0; column < columns; column++) {
            const readings = Array.from({ length: window }, (_, row) => given.values[(item + row) * columns + column]).filter((value) => !Number.isNaN(value));
            const mean = readings.reduce((sum, value) => sum + value, 0) / readings.length;
            const far = readings.length * 2 < window ? NaN : Math.abs(mean - (baseline?.values[column] ?? 0)) * factor + 0.01;
            contributions[item * columns + column] = far;
          }
          const parts = contributions.subarray(item * columns, (item + 1) * columns);
          score[item] = parts.reduce((sum, part) => sum + part, 0);
        }
        return Promise.resolve({ score: { type: "float", dims: [items], values: score }, contributions: { type: "float", dims: [items, columns], values: contributions } } as const);
      },
      close: () => Promise.resolve(void log.push("close")),
    });
  },
});

const modelOf = (plan: Plan, name = "m"): Promise<ScoringModel> => openModel(digest(name), () => bytesOf(plan.window, name), engineOf(plan));

/** Ticks whose two signals have the values given, from tick number `from` on. */
const ticksOf = (values: readonly (readonly [number, number])[], from = 0): ClosedTick[] =>
  values.map((row, at) => ({ time: (from + at) * period, values: Float64Array.from(row), mark: null, due: 0 }));

async function scoreAll(wheel: LiveWheel): Promise<Scored> {
  const all: Scored[] = [];
  while (wheel.waiting > 0) all.push(await wheel.score());
  return { rows: all.flatMap(({ rows }) => rows), changes: all.flatMap(({ changes }) => changes), failure: all.find(({ failure }) => failure !== null)?.failure ?? null };
}

const closedEvents = ({ changes }: { changes: Scored["changes"] }): Event[] => changes.filter(({ type }) => type === "close").map(({ event }) => event);
const figures = ({ start, end, peak, peakAt, contributions }: Pick<Event, "start" | "end" | "peak" | "peakAt" | "contributions">) => ({ start, end, peak, peakAt, contributions });

const value = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 0.1, 0.2) }, { weight: 2, arbitrary: fc.constantFrom(2, 5) }, { weight: 1, arbitrary: fc.constant(NaN) });
/** Runs of equal rows, so that alarms have time to be raised and to clear. */
const block = fc.array(fc.record({ row: fc.tuple(value, value), times: fc.integer({ min: 1, max: 8 }) }), { minLength: 1, maxLength: 16 }).map((runs) => runs.flatMap(({ row, times }) => Array(times).fill(row) as [number, number][]));
/** A wheel that judges only while its second signal is above, and at once or after two rows. */
const when = fc.option(fc.record({ signal: fc.constant(signals[1]), above: fc.constantFrom(0.05, 0.15), for: fc.constantFrom(0, 2 * period) }), { freq: 1 });
const plan = fc.record({ window: fc.integer({ min: 1, max: 6 }), own: fc.boolean(), warmUpRows: fc.constantFrom(4, 16), when });

test("LiveWheel scores a block row by row as judgeBy() judges it whole, with the same events, also over restarts", async () => {
  let events = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.array(block, { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), fc.integer({ min: 0, max: 80 }), async ({ window, own, warmUpRows, when }, blocks, sizes, restartAt) => {
      const wheel = wheelOf({ warmUpRows, when });
      let live = new LiveWheel(wheel, idFor);
      await live.promote(await modelOf({ window, own }));
      const all: ClosedTick[] = [];
      const rows: ScoredRow[] = [];
      const changes: Scored["changes"][number][] = [];
      let from = 7;
      for (const [number, values] of blocks.entries()) {
        const started = { id: `01ARZ3NDEKTSV4RRFFQ69G5FB${number}`, start: from * period - 3 };
        live.startBlock(started);
        for (let at = 0; at < values.length; ) {
          const size = sizes.next().value ?? 1;
          const ticks = ticksOf(values.slice(at, at + size), from + at);
          const next = blocks[number + 1] === undefined ? null : { id: `01ARZ3NDEKTSV4RRFFQ69G5FB${number + 1}`, start: (from + values.length) * period };
          if (at + size >= values.length && next !== null && size % 2 === 0) live.startBlock(next); // the next one is known before the last rows of this
          all.push(...ticks);
          live.push(ticks);
          at += size;
          const scored = await scoreAll(live);
          rows.push(...scored.rows);
          changes.push(...scored.changes);
          if (all.length >= restartAt && restartAt > 0) {
            restartAt = 0;
            live = await restarted(live, wheel, { window, own }, all);
          }
        }
        from += values.length;
      }
      live.startBlock(null);
      live.push(ticksOf([[0, 0]], from));
      changes.push(...(await scoreAll(live)).changes);

      const judged = await judgedWhole(wheel, { window, own }, blocks, all);
      assert.deepEqual(rows.slice(0, judged.scores.length).map(({ score }) => score), judged.scores);
      const expected = judged.events.map(({ found, block }) => ({ ...figures({ ...found, contributions: [...found.contributions] }), id: idFor(found.start, { wheel: wheel.id, block, model: digest("m"), start: found.start }) }));
      assert.deepEqual(closedEvents({ changes }).map((event) => ({ ...figures(event), id: event.id })), expected);
      const opened = changes.filter(({ type }) => type === "open").map(({ event }) => event.id);
      assert.deepEqual(opened, closedEvents({ changes }).map(({ id }) => id), "each event opens once and closes once");
      events += expected.length;
    }),
    { numRuns: 150 },
  );
  assert.ok(events > 50, `there were events: ${events}`);
});

/** Scores and events of blocks that follow each other, each judged as a whole once it is over. */
async function judgedWhole(wheel: Wheel, model: Plan, blocks: readonly (readonly (readonly [number, number])[])[], ticks: readonly ClosedTick[]) {
  const store = { models: { read: () => bytesOf(model.window, "m") } } as unknown as Store;
  const times = Float64Array.from(ticks, ({ time }) => time);
  const running = wheel.when && runningRows(wheel.when, times, Float64Array.from(ticks, ({ values }) => values[1]));
  const scores: number[] = [];
  const events: { found: FoundEvent; block: string }[] = [];
  for (const [number, values] of blocks.entries()) {
    const [first, end] = [scores.length, scores.length + values.length];
    const matrix = { rows: values.length, columns: 2, values: Float64Array.from(values.flat()) };
    const here = running?.subarray(first, end) ?? null;
    const judged = await judgeBy(digest("m"), { rows: matrix, warmUpRows: wheel.warmUpRows, running: here }, { store, engine: engineOf(model) });
    scores.push(...judged.scores);
    for (const found of findEvents(judged, times.subarray(first, end), period, signals, wheel.alarm, here)) events.push({ found, block: `01ARZ3NDEKTSV4RRFFQ69G5FB${number}` });
  }
  return { scores, events };
}

/** The same wheel in a new process: from its snapshot, and rows read again from where it asks. */
async function restarted(live: LiveWheel, wheel: Wheel, model: Plan, ticks: readonly ClosedTick[]): Promise<LiveWheel> {
  const snapshot = JSON.parse(JSON.stringify(live.snapshot())) as WheelSnapshot;
  const next = new LiveWheel(wheel, idFor);
  await next.promote(await modelOf(model));
  assert.ok(next.restore(snapshot));
  const from = next.rowsFrom() ?? 0;
  next.prime(ticks.filter(({ time }) => time >= from));
  assert.deepEqual(JSON.parse(JSON.stringify(next.snapshot())), snapshot);
  return next;
}

test("LiveWheel lets windows and events cross blocks when the asset has a baseline", async () => {
  const live = new LiveWheel(wheelOf({ warmUpRows: 0 }), idFor);
  await live.promote(await modelOf({ window: 3, own: false }));
  live.startBlock({ id: "01ARZ3NDEKTSV4RRFFQ69G5FB1", start: 0 });
  live.push(ticksOf([[0, 0], [0, 0], [0, 0], [3, 3], [3, 3]]));
  const before = await scoreAll(live);
  live.startBlock({ id: "01ARZ3NDEKTSV4RRFFQ69G5FB2", start: 50 });
  assert.equal(live.event?.block, "01ARZ3NDEKTSV4RRFFQ69G5FB1");
  live.fileUnder("01ARZ3NDEKTSV4RRFFQ69G5FB1", "01ARZ3NDEKTSV4RRFFQ69G5FB9");
  live.push(ticksOf([[3, 3], [0, 0], [0, 0], [0, 0], [0, 0]], 5));
  const after = await scoreAll(live);
  assert.deepEqual(before.rows.map(({ state }) => state), ["unknown", "unknown", "normal", "normal", "alarm"]);
  assert.deepEqual(before.rows.map(({ reason }) => reason), ["window", "window", null, null, null]);
  assert.deepEqual(after.rows.map(({ state }) => state), ["alarm", "alarm", "alarm", "alarm", "normal"]);
  const [event, ...more] = closedEvents(after);
  assert.deepEqual([event.block, event.start, event.end, event.peakAt, more.length], ["01ARZ3NDEKTSV4RRFFQ69G5FB9", 40, 90, 50, 0]);
});

test("LiveWheel takes a silence that was passed over for rows of unknowns", async () => {
  const live = new LiveWheel(wheelOf({ warmUpRows: 0 }), idFor);
  await live.promote(await modelOf({ window: 4, own: false }));
  live.push(ticksOf([[0, 0], [0, 0], [0, 0], [0, 0]]));
  live.push(ticksOf([[0, 0], [0, 0], [0, 0]], 1000));
  live.push(ticksOf([[9, 9]], 500)); // from before: not looked at
  const { rows } = await scoreAll(live);
  assert.deepEqual(rows.map(({ state }) => state), ["unknown", "unknown", "unknown", "normal", "unknown", "normal", "normal"]);
  assert.deepEqual(rows.map(({ reason }) => reason), ["window", "window", "window", null, "signal", null, null]);
});

test("LiveWheel judges only while the asset runs; stopping ends an event, an unknown speed ends nothing", async () => {
  const when = { signal: "01ARZ3NDEKTSV4RRFFQ69G5FAF", above: 100, for: 10 };
  const live = new LiveWheel(wheelOf({ warmUpRows: 0, when, alarm: { on: 1, off: 1 } }), idFor);
  await live.promote(await modelOf({ window: 1, own: false }));
  const rows: [number, number, number][] = [[5, 5, 0], [5, 5, 200], [5, 5, 200], [5, 5, NaN], [5, 5, 0], [5, 5, NaN], [0, 0, 200], [0, 0, 200]];
  live.push(rows.map((row, at) => ({ time: at * period, values: Float64Array.from(row), mark: null, due: 0 })));
  const { rows: scored, changes } = await scoreAll(live);
  assert.deepEqual(scored.map(({ state }) => state), ["not-running", "not-running", "alarm", "alarm", "not-running", "unknown", "not-running", "normal"]);
  assert.deepEqual(scored.map(({ score }) => Number.isNaN(score)), [true, true, false, true, true, true, true, false]);
  assert.deepEqual(changes.map(({ type, event }) => [type, event.start, event.end]), [["open", 20, null], ["close", 20, 40]]);
  assert.equal(scored[0].values.length, 2, "the speed is no column of the row");
});

test("LiveWheel changes its model between two rows, closes the old one afterwards and loses no row", async () => {
  const log: string[] = [];
  const live = new LiveWheel(wheelOf({ warmUpRows: 0 }), idFor);
  live.push(ticksOf([[0, 0]]));
  assert.deepEqual((await scoreAll(live)).rows.map(({ state }) => state), ["learning"]);
  await live.promote(await modelOf({ window: 1, own: false, log }, "one"));
  live.push(ticksOf([[1, 0], [1, 0]], 1));
  const scoring = live.score();
  const promoting = live.promote(await modelOf({ window: 2, own: false, factor: 3, log }, "two"));
  live.push(ticksOf([[1, 0]], 3));
  assert.deepEqual((await scoring).rows.map(({ score }) => score.toFixed(2)), ["1.02", "1.02"]);
  const { rows, changes } = await scoreAll(live);
  await promoting;
  assert.deepEqual(rows.map(({ score }) => score.toFixed(2)), ["3.02"], "with a window that reaches back over rows of the time before");
  assert.deepEqual(log, ["open", "open", "close"]);
  assert.equal(changes.at(-1)?.event.model, digest("one"), "an event stays that of the model that began it");
  await live.close();
  assert.deepEqual(log, ["open", "open", "close", "close"]);
});

test("LiveWheel makes unknown rows of a model that fails, and tells why", async () => {
  let isBroken = true;
  const live = new LiveWheel(wheelOf({ warmUpRows: 0 }), idFor);
  await live.promote(await modelOf({ window: 1, own: false, fails: () => isBroken }));
  live.push(ticksOf([[9, 9], [9, 9], [9, 9]]));
  const { rows, changes, failure } = await scoreAll(live);
  assert.deepEqual([rows.map(({ state, reason }) => [state, reason].join(" ")), changes.length, failure?.message], [Array(3).fill("unknown failed"), 0, "it broke"]);
  isBroken = false;
  live.push(ticksOf([[0, 0]], 3));
  assert.deepEqual((await scoreAll(live)).rows.map(({ state }) => state), ["normal"]);
});

test("LiveWheel calls nothing normal while an input is in doubt, and an alarm an alarm", async () => {
  const live = new LiveWheel(wheelOf({ warmUpRows: 0, alarm: { on: 1, off: 1 } }), idFor);
  await live.promote(await modelOf({ window: 1, own: false }));
  live.isDoubtful = true;
  live.push(ticksOf([[0, 0], [9, 9]]));
  assert.deepEqual((await scoreAll(live)).rows.map(({ state, reason }) => [state, reason]), [["unknown", "doubtful-signal"], ["alarm", null]]);
});

test("LiveWheel has challengers score the same rows, whatever becomes of them", async () => {
  const live = new LiveWheel(wheelOf({ warmUpRows: 4 }), idFor);
  const alone = new LiveWheel(wheelOf({ warmUpRows: 4 }), idFor);
  const champion = { window: 2, own: true };
  await live.promote(await modelOf(champion));
  await alone.promote(await modelOf(champion));
  const log: string[] = [];
  const challenger = { window: 3, own: true, factor: 2, log };
  await live.shadow([await modelOf(challenger, "better"), await modelOf({ window: 1, own: false, fails: () => true }, "broken")]);
  const rows: [number, number][] = Array.from({ length: 40 }, (_, row) => [row % 7 === 0 ? NaN : row / 10, row > 20 && row < 30 ? 4 : 0]);
  const seen: Scored[] = [];
  for (const one of [live, alone]) {
    one.startBlock({ id: "01ARZ3NDEKTSV4RRFFQ69G5FB1", start: 0 });
    one.push(ticksOf(rows.slice(0, 25)));
    const first = await scoreAll(one);
    await one.scoreShadows();
    one.push(ticksOf(rows.slice(25), 25));
    const second = await scoreAll(one);
    seen.push({ rows: [...first.rows, ...second.rows], changes: [...first.changes, ...second.changes], failure: null });
  }
  assert.deepEqual(seen[0], seen[1], "the champion does not notice");
  while (await live.scoreShadows());
  const [better, broken] = live.shadows;
  const matrix = { rows: 40, columns: 2, values: Float64Array.from(rows.flat()) };
  const store = { models: { read: () => bytesOf(3, "better") } } as unknown as Store;
  const judged = await judgeBy(digest("better"), { rows: matrix, warmUpRows: 4 }, { store, engine: engineOf(challenger) });
  assert.deepEqual([...better.recent().scores], [...judged.scores]);
  assert.deepEqual(better.counts, { skipped: 0, failures: 0 });
  assert.ok(broken.counts.failures > 0);
  assert.ok(broken.recent().scores.every(Number.isNaN));
  log.length = 0;
  await live.shadow([]);
  assert.deepEqual(log, ["close"]);
});

test("LiveWheel passes over what it cannot keep up with, and goes on with the newest rows", async () => {
  const live = new LiveWheel(wheelOf({ warmUpRows: 0 }), idFor);
  await live.promote(await modelOf({ window: 3, own: false }));
  for (let from = 0; from < 10_000; from += 1000) live.push(ticksOf(Array.from({ length: 1000 }, () => [0, 0] as const), from));
  assert.deepEqual([live.waiting, live.skipped], [4096, 5904]);
  const { rows } = await scoreAll(live);
  assert.equal(rows.length, 4096);
  assert.ok(rows.every(({ state }) => state === "normal"));
  assert.equal(rows.at(-1)?.time, 99_990);
});

test("LiveWheel refuses the snapshot of another wheel or revision", () => {
  const live = new LiveWheel(wheelOf(), idFor);
  const snapshot = new LiveWheel(wheelOf({ revision: 2 }), idFor).snapshot();
  assert.equal(live.restore(snapshot), false);
  assert.equal(live.rowsFrom(), null);
});

test("LiveWheel gives the events of the whole block when the grid passes over a silence in the midst of an alarm", async () => {
  for (const silence of [1, 5, 63, 64, 65, 200]) {
    const wheel = wheelOf({ warmUpRows: 16 });
    const rows = (count: number, value: number) => Array.from({ length: count }, (): [number, number] => [value, value]);
    const values = [...rows(20, 0), ...rows(9, 5), ...rows(silence, NaN), ...rows(9, 5), ...rows(9, 0)];
    const ticks = ticksOf(values);
    const live = new LiveWheel(wheel, idFor);
    await live.promote(await modelOf({ window: 4, own: true }));
    live.startBlock({ id: "01ARZ3NDEKTSV4RRFFQ69G5FB0", start: 0 });
    live.push(ticks.filter((_, row) => row < 31 || row >= 29 + silence)); // the first two rows of the silence, and then none
    const scored = await scoreAll(live);
    live.startBlock(null);
    live.push(ticksOf([[0, 0]], values.length));
    const { events } = await judgedWhole(wheel, { window: 4, own: true }, [values], ticks);
    assert.deepEqual(closedEvents({ changes: [...scored.changes, ...(await scoreAll(live)).changes] }).map(figures), events.map(({ found }) => ({ ...found, contributions: [...found.contributions] })), `${silence} rows`);
    assert.equal(events.length, 1);
  }
});

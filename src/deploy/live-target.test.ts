import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digest } from "../digest.ts";
import type { Session, Tensor } from "../learn/engine.ts";
import type { ClosedTick } from "./live-grid.ts";
import { LiveTarget } from "./live-target.ts";
import type { ScoredRow } from "./scored-row.ts";
import type { ScoringModel } from "./scoring-model.ts";
import { wheelOf } from "../../test/live-fleet.ts";

const period = 1_000_000;
const target = { name: "moisture", unit: "%", describes: 0, cap: null, worstError: null };
const wheel = wheelOf("dryer", 2, { kind: "estimate", target, grid: { period, hold: period, lateness: 0 } });

/** A model whose value is how many rows it was given up to a row, and whose interval is one wide; what it is asked is kept. */
function counting(reach: number, more: Partial<ScoringModel> = {}): ScoringModel & { asked: number[]; isClosed: boolean } {
  const session: Session = {
    inputs: ["rows"],
    outputs: ["value", "low", "high"],
    run: async ({ rows: { dims: [rows] } }) => {
      model.asked.push(rows);
      const column = (of: (row: number) => number): Tensor => ({ type: "double", dims: [rows], values: Float64Array.from({ length: rows }, (_, row) => of(row)) });
      return { value: column((row) => row + 1), low: column((row) => row), high: column((row) => row + 2) };
    },
    close: async () => void (model.isClosed = true),
  };
  const model = { digest: digest("counting"), session, window: reach + 1, wantsBaseline: false, asked: [] as number[], isClosed: false, ...more };
  return model;
}

const tick = (row: number, values: readonly number[] = [1, 2]): ClosedTick => ({ time: row * period, values: Float64Array.from(values), mark: null, due: 0 });
const ticks = (from: number, to: number): ClosedTick[] => Array.from({ length: to - from }, (_, at) => tick(from + at));

async function answers(live: LiveTarget): Promise<ScoredRow[]> {
  const rows: ScoredRow[] = [];
  while (live.waiting > 0) rows.push(...(await live.score()).rows);
  return rows;
}

test("LiveTarget answers from the start of a block on, as far back as the model looks, with the interval and since when", async () => {
  const live = new LiveTarget(wheel);
  await live.promote(counting(3));
  live.startBlock({ id: "b1", start: 10 * period });
  live.push(ticks(10, 16));
  live.startBlock({ id: "b2", start: 16 * period });
  live.push(ticks(16, 18));
  const rows = await answers(live);
  assert.deepEqual(rows.map(({ score }) => score), [1, 2, 3, 4, 5, 6, 1, 2]); // of one run from the block's start
  assert.deepEqual(rows.map(({ block, state }) => [block, state]).at(-1), ["b2", "answering"]);
  assert.deepEqual(rows.at(-1)?.answer, { what: "value", time: 17 * period, since: 10 * period, value: 2, low: 1, high: 3, unit: "%" });
  live.push([tick(18)]);
  assert.equal((await answers(live))[0]?.score, 3);
  live.push(ticks(19, 20));
  await answers(live);
  live.push(ticks(20, 21));
  assert.equal((await answers(live))[0]?.score, 4, "no more rows than its reach");
});

test("LiveTarget gives a model the same rows however they come, in one block", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 6 }), async (parts, reach) => {
      const live = new LiveTarget(wheel);
      await live.promote(counting(Infinity));
      live.startBlock({ id: "b", start: 0 });
      const scores: number[] = [];
      let row = 0;
      for (const part of parts) {
        live.push(ticks(row, row + part));
        row += part;
        if (part > reach) scores.push(...(await answers(live)).map(({ score }) => score));
      }
      scores.push(...(await answers(live)).map(({ score }) => score));
      assert.deepEqual(scores, Array.from({ length: row }, (_, at) => at + 1));
    }),
    { numRuns: 40 },
  );
});

test("LiveTarget says nothing where an input is missing or doubtful, the asset stands still, or nothing is in force", async () => {
  const live = new LiveTarget({ ...wheel, when: { signal: wheel.signals[0], above: 0.5, for: 0 } });
  live.startBlock({ id: "b", start: 0 });
  live.push([tick(0)]);
  assert.deepEqual((await answers(live)).map(({ state, answer }) => [state, answer]), [["learning", null]]);
  await live.promote(counting(1));
  live.push([tick(1), tick(2, [1, NaN]), tick(3, [0, 2]), tick(4, [NaN, 2]), tick(5)]);
  const rows = await answers(live);
  assert.deepEqual(rows.map(({ state, reason }) => [state, reason]), [["answering", null], ["unknown", "signal"], ["not-running", null], ["unknown", "signal"], ["answering", null]]);
  assert.deepEqual(rows.map(({ answer, score }) => [answer === null, Number.isNaN(score)]), [[false, false], [true, true], [true, true], [true, true], [false, false]]);
  assert.equal(rows[4]?.answer?.since, 5 * period, "it was unknown between");
  live.isDoubtful = true;
  live.push([tick(6)]);
  assert.deepEqual((await answers(live)).map(({ state, reason }) => [state, reason]), [["unknown", "doubtful-signal"]]);
});

test("models in shadow answer the very rows beside the champion, each as far back as it looks, and the champion does not notice", async () => {
  const run = async (shadows: readonly ScoringModel[]) => {
    const live = new LiveTarget({ ...wheel, when: { signal: wheel.signals[0], above: 0.5, for: 0 } });
    await live.promote(counting(1));
    await live.shadow(shadows);
    const rows: ScoredRow[] = [];
    const blocks = [[0, 6], [6, 11]] as const;
    for (const [at, [from, to]] of blocks.entries()) {
      live.startBlock({ id: `b${at}`, start: from * period });
      live.push(ticks(from, to).map((one, row) => (row === 2 ? { ...one, values: Float64Array.of(at === 0 ? 0 : 1, at === 0 ? 2 : NaN) } : one)));
      rows.push(...(await answers(live)));
      while (await live.scoreShadows());
    }
    return { live, rows };
  };
  const whole = counting(Infinity, { digest: digest("whole"), classes: [] });
  const broken = counting(0, { digest: digest("broken"), classes: [], session: { inputs: [], outputs: [], run: () => Promise.reject(new Error("no")), close: async () => {} } });
  const { live, rows } = await run([whole, broken]);
  assert.deepEqual(rows, (await run([])).rows);
  const [one, other] = live.shadows;
  // Row 2 stands still, row 8 lacks an input; the second block begins anew.
  assert.deepEqual([...one.recent().scores], [1, 2, NaN, 4, 5, 6, 1, 2, NaN, 4, 5]);
  assert.deepEqual([...one.recent().times], Array.from({ length: 11 }, (_, row) => row * period));
  assert.deepEqual(one.answer, { what: "value", time: 10 * period, since: 9 * period, value: 5, low: 4, high: 6, unit: "%" });
  assert.deepEqual([other.answer, other.counts.failures > 0, [...other.recent().scores].every(Number.isNaN)], [null, true, true]);
  await live.shadow([]);
  assert.ok(whole.isClosed);
});

test("after the end of a life rows have no past before it, whether it is told at once or late", async () => {
  for (const late of [0, 3]) {
    const live = new LiveTarget(wheel);
    await live.promote(counting(Infinity));
    live.startBlock({ id: "b", start: 0 });
    live.push(ticks(0, 5 + late));
    live.endLife(4 * period);
    live.push(ticks(5 + late, 9));
    const scores = (await answers(live)).map(({ score }) => score);
    assert.deepEqual(scores, [1, 2, 3, 4, 5, 1, 2, 3, 4], `${late} rows late`);
  }
});

test("LiveTarget goes on after a restart as if there had been none, with rows from where it asks for them", async () => {
  for (const reach of [2, Infinity]) {
    const before = new LiveTarget(wheel);
    await before.promote(counting(reach));
    before.startBlock({ id: "b", start: 0 });
    before.push(ticks(0, 6));
    await answers(before);
    const after = new LiveTarget(wheel);
    await after.promote(counting(reach));
    assert.ok(after.restore(JSON.parse(JSON.stringify(before.snapshot()))));
    const from = (after.rowsFrom() ?? NaN) / period;
    assert.equal(from, reach === Infinity ? 0 : 3);
    after.prime(ticks(from, 6));
    for (const live of [before, after]) live.push(ticks(6, 8));
    const [one, other] = [await answers(before), await answers(after)];
    assert.deepEqual(other.map(({ answer, state }) => [answer, state]), one.map(({ answer, state }) => [answer, state]));
  }
  assert.equal(new LiveTarget(wheel).restore({ ...new LiveTarget(wheel).snapshot(), revision: 9 }), false);
});

test("a model that fails makes unknown rows, one that is replaced is closed, and one that must know where a block began says so without one", async () => {
  const live = new LiveTarget(wheel);
  const failing = counting(1, { session: { inputs: [], outputs: [], run: () => Promise.reject(new Error("no")), close: async () => {} } });
  await live.promote(failing);
  live.push([tick(0)]);
  const scored = await live.score();
  assert.deepEqual([scored.failure?.message, scored.rows[0]?.state, scored.rows[0]?.reason], ["no", "unknown", "failed"]);
  const [one, other] = [counting(1), counting(Infinity)];
  await live.promote(one);
  await live.promote(other);
  assert.deepEqual([one.isClosed, other.isClosed], [true, false]);
  live.push([tick(1)]);
  assert.deepEqual((await answers(live)).map(({ reason }) => reason), ["no-block"]);
  await live.close();
  assert.ok(other.isClosed);
});

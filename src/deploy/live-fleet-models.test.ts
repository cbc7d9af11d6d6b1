import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { isParity, libraryOf, learnt, taughtBy } from "../../test/conformance/learner.ts";
import { columns, idOf, model, plant, second, setup, start, wheelOf } from "../../test/live-fleet.ts";
import { scoringProcesses } from "../../test/scoring-processes.ts";
import { toyBlock, toyPlans, toyWarmUp } from "../../test/toy.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { scoringEngine } from "../engine/scoring-engine.ts";
import type { Engine } from "../learn/engine.ts";
import { condition } from "../learn/learners/condition.ts";
import type { Store } from "../store/store.ts";
import { findEvents } from "./events.ts";
import { judgeBy } from "./judge.ts";

/** A toy run with a fault, scored live by `engine` and by the proof; `onRow` is called before each row is taken in. */
async function bothWays(t: TestContext, engine: Engine, onRow: (row: number) => Promise<void> | void = () => {}) {
  const taught = taughtBy(await libraryOf(onnxEngine, [...toyPlans(12, 1), ...toyPlans(4, 30, { fault: "shift" })]));
  const { bytes } = learnt(condition, taught);
  const wheel = wheelOf("pump", 3, { warmUpRows: toyWarmUp });
  const block = { id: idOf("block"), start };
  const { fleet, told, clock } = plant(t, { engine, models: { read: () => bytes }, blockAt: () => block });
  await fleet.addWheel(setup(wheel));
  const { rows } = toyBlock({ seed: 77, fault: "shift" });
  for (let row = 0; row < rows.rows; row++) {
    await onRow(row);
    clock.now = start + row * second;
    clock.steady = row * second;
    await fleet.onStored({ mixed: columns([0, 1, 2].map((column) => ({ key: column + 1, time: clock.now, value: rows.values[row * 3 + column] }))) });
    if (row % 3 === 0) await fleet.tick();
  }
  clock.now += 2 * second;
  clock.steady += 2 * second;
  await fleet.tick();
  await fleet.settled();
  const judged = await judgeBy(model, { rows, warmUpRows: toyWarmUp }, { store: { models: { read: () => bytes } } as unknown as Store, engine: onnxEngine });
  const live = told.rows.slice(0, rows.rows);
  assert.equal(live.length, rows.rows);
  for (const [row, { score }] of live.entries()) assert.ok(isParity(score, judged.scores[row]), `row ${row}: ${score} for ${judged.scores[row]}`);
  return { wheel, judged, live, told };
}

test("LiveFleet scores as the proof does on a real model: the same scores to 1e-5, the same events", async (t) => {
  const { wheel, judged, live, told } = await bothWays(t, onnxEngine);
  const found = findEvents(judged, Float64Array.from(live, ({ time }) => time), second, wheel.signals, wheel.alarm);
  const closed = told.events.filter(({ type }) => type === "close").map(({ event }) => event);
  assert.ok(found.length > 0);
  assert.deepEqual(closed.map(({ start: from, end, peakAt }) => [from, end, peakAt]), found.map(({ start: from, end, peakAt }) => [from, end, peakAt]));
  assert.equal(closed[0].contributions[0].signal, wheel.signals[1], "the signal that was shifted");
});

test("LiveFleet scores each row, and once, while its scoring process is killed again and again", { timeout: 30_000 }, async (t) => {
  const engine = scoringEngine();
  t.after(() => engine.close());
  const killed = new Set<number>();
  const alive = () => scoringProcesses().find((id) => !killed.has(id));
  const { told } = await bothWays(t, engine, async (row) => {
    if (row !== 70 && row !== 110) return;
    while (alive() === undefined) await new Promise((resolve) => setTimeout(resolve, 10)); // the next is being started
    const id = alive() ?? assert.fail("there is none to kill");
    killed.add(id);
    process.kill(id, "SIGKILL");
  });
  assert.equal(engine.lost, 2);
  assert.deepEqual(told.failed, []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { learningProcess, type LearningProcess } from "./learning-process.ts";

/** A call that is answered at once: there is nothing to learn from. */
const ask = async ({ learning }: LearningProcess): Promise<string> => {
  const request = { kind: "condition", directory: "", nodePrefix: "", leaves: [], metadata: {}, recipe: { name: "r", version: 1, learner: "novelty", map: "m", params: {} } };
  const reply = await learning.learn(request as unknown as Parameters<typeof learning.learn>[0]);
  return "why" in reply ? reply.why : "";
};

test("learningProcess() lets a process go that holds too much once all its calls are answered, and starts another for the next", { timeout: 60_000 }, async () => {
  const process = learningProcess({ most: 1 });
  assert.equal(process.pid, null);
  let before = 0;
  const pids = new Set<number>();
  for (let round = 0; round < 3; round++) {
    const answers = Promise.all(Array.from({ length: 20 }, () => ask(process)));
    pids.add(process.pid ?? 0);
    assert.deepEqual(new Set(await answers), new Set(["there is no block to learn from"]));
    while (process.pid !== null) await delay(1);
    const cpuSeconds = await process.learning.cpuSeconds();
    assert.ok(cpuSeconds > before, "what those that are gone have used still counts");
    before = cpuSeconds;
  }
  assert.equal(pids.size, 3);
});

test("learningProcess() keeps a process that holds no more than it may", { timeout: 60_000 }, async () => {
  const process = learningProcess();
  await ask(process);
  const { pid } = process;
  for (let round = 0; round < 3; round++) await ask(process);
  await process.learning.held();
  assert.equal(process.pid, pid);
  assert.notEqual(pid, null);
  process.close();
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { recordingOf, temporaryDirectory, usualRun } from "../../test/synthetic.ts";
import type { Recording } from "../capture/recording.ts";
import { day, second } from "../schema/time.ts";
import { openSite, type Site } from "../site.ts";

const options = { asset: "pump", warmUpRows: 120 };

async function siteFor(t: TestContext): Promise<Site> {
  const { path, remove } = temporaryDirectory();
  const site = await openSite(join(path, "site"), { create: true });
  t.after(async () => {
    await site.close();
    remove();
  });
  return site;
}

/** A run with a fault in rows 200 to 320, in which the first signal is 0 from row 240 to 280. */
function stopping(): Recording {
  const recording = recordingOf({ seed: 2, rows: 420, fault: { from: 200, to: 320, signal: 1, size: 4 }, at: Date.UTC(2026, 2, 9, 10) * 1000 + day });
  const [flow, ...others] = recording.columns;
  assert.equal(flow.name, "flow");
  return { ...recording, columns: [{ ...flow, values: flow.values?.map((value, row) => (row >= 240 && row < 280 ? 0 : value)) ?? null }, ...others] };
}

test("a block that arrives is judged only where the wheel's condition holds: score, events and loss", { timeout: 120_000 }, async (t) => {
  const site = await siteFor(t);
  const { records } = site.store;
  await site.import(recordingOf(usualRun(1)), options);
  const wheel = await site.wheel();
  const flow = (await records.signals(wheel.asset)).find(({ name }) => name === "flow");
  assert.ok(flow !== undefined);
  const when = { signal: flow.id, above: 5, for: 10 * second };
  await records.write([{ put: "wheel", value: { ...wheel, revision: wheel.revision + 1, when } }]);

  const recording = stopping();
  const { intake, arrivals } = await site.import(recording, options);
  const [block] = intake.blocks;
  const row = (time: number) => Math.round((time - block.start) / second);
  const [{ scores }] = await records.judged({ wheel: wheel.id, block: block.id, role: "champion" });
  const stands = (at: number) => at >= 240 && at < 290; // and ten seconds until it is running again
  for (const [at, score] of scores.entries()) if (at >= 160) assert.equal(Number.isNaN(score), stands(at), `row ${at}: ${score}`);

  const events = arrivals[0].events ?? [];
  assert.ok(events.length >= 2, "one before it stops, one after");
  assert.ok(events.some(({ end }) => end !== null && row(end) === 240), "an event ends when it stops");
  for (const { start, end } of events) assert.ok(end !== null && (row(end) <= 240 || row(start) > 290), `${row(start)} to ${end === null ? "" : row(end)}`);

  await site.labelByTruth(recording, intake);
  const losses = await records.losses({ wheel: wheel.id, evidence: "model" });
  const { counts, faults, missed } = losses.find((loss) => loss.block === block.id) ?? assert.fail("there is no loss");
  assert.deepEqual([faults, missed], [2, 0]);
  assert.equal(counts.unknown, 50, "nothing is held against a model where it was not asked");
});

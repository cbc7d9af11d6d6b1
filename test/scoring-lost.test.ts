import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openLive, type SiteStatus } from "../src/live.ts";
import { Settings } from "../src/schema/settings.ts";
import { scoringProcesses } from "./scoring-processes.ts";
import { recordingOf, temporaryDirectory, usualRun } from "./synthetic.ts";

test("a site whose scoring process is killed names it while it lasts, and judges what comes next", { timeout: 60_000 }, async (t) => {
  const { path, remove } = temporaryDirectory();
  const noticed: string[] = [];
  const site = await openLive(join(path, "site"), { create: true, settings: Settings.parse({ mqtt: { port: 0 } }), onNotice: (text) => noticed.push(text) });
  t.after(async () => {
    await site.close();
    remove();
  });
  const first = await site.import(recordingOf(usualRun(1)), { asset: "pump", warmUpRows: 120 });
  assert.notEqual(first.arrivals[0].events, null);
  const wheel = await site.wheel();
  const model = (await site.store.records.champion(wheel.id))?.model;

  const stop = new AbortController();
  const statuses: SiteStatus[] = [];
  const heard = site.happenings(null, stop.signal);
  const [id] = scoringProcesses();
  process.kill(id, "SIGKILL");
  for await (const { what } of heard) {
    if (what.type !== "status") continue;
    statuses.push(what.status);
    if (statuses.length === 2) stop.abort();
  }
  assert.deepEqual(statuses.map(({ ready, reasons }) => [ready, reasons]), [
    [true, ["The scoring process was lost and is started again: it ended with SIGKILL"]],
    [true, []],
  ]);
  assert.deepEqual(noticed, ["The scoring process was lost and is started again: it ended with SIGKILL"]);
  assert.deepEqual([site.scoring().lost, site.status().reasons], [1, []]);
  assert.ok(!scoringProcesses().includes(id));

  const again = await site.import(recordingOf({ ...usualRun(2), at: Date.UTC(2026, 2, 10) * 1000 }), { asset: "pump", warmUpRows: 120 });
  assert.equal((await site.store.records.judged({ wheel: wheel.id, block: again.intake.blocks[0].id, role: "champion" }))[0].model, model);
});

import assert from "node:assert/strict";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { isWhole, tamperWith } from "../bench/tampers.ts";
import { openSite } from "../src/site.ts";
import { backupSite, restoreSite } from "../src/store/backup.ts";
import { headOf } from "../src/wheel/ledger.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { recordingOf, steadyClock, temporaryDirectory, usualRun } from "./synthetic.ts";

const hour = 3_600_000_000;

/** Takes a run in, answers it and turns. */
async function live(site: Awaited<ReturnType<typeof openSite>>, run: number): Promise<void> {
  const recording = recordingOf({ ...usualRun(run), rows: 360 });
  const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + run * hour });
  await site.label(intake.asset, { start: intake.blocks[0].start, end: intake.blocks[0].end }, { answer: "normal", faultKind: null, certainty: 1 }, { name: "Ada", origin: "person", scoreShown: false });
  await site.turn(intake.wheel, "answers");
}

/** Puts all of the log into the database, so that one file is the whole of it. */
function settle(path: string): void {
  const database = new DatabaseSync(join(path, "records.sqlite"));
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

test("of 200 ways to change records behind a site's back, verification finds every one", async () => {
  const { path, remove } = temporaryDirectory();
  const [directory, yesterday, scratch] = ["site", "yesterday.sqlite", "scratch"].map((name) => join(path, name));
  try {
    const now = steadyClock();
    const site = await openSite(directory, { create: true, now });
    await live(site, 1);
    const [wheel] = await site.store.records.wheels();
    await site.close();
    settle(directory);
    copyFileSync(join(directory, "records.sqlite"), yesterday);

    const again = await openSite(directory, { now });
    await live(again, 2);
    const { records } = again.store;
    await records.rotateLedgerKey({ site: wheel.site, at: now() });
    const [first] = await records.models(wheel.id);
    await again.rollBack(wheel, first.digest, "to try it");
    await live(again, 3);
    const head = await records.ledgerHead(wheel.site, now());
    assert.deepEqual((await verifySite(again.store, { head })).findings, []);
    await again.close();
    settle(directory);

    assert.equal(isWhole(directory, head), true, "nothing is found where nothing was done");
    const { tried, missed } = tamperWith({ directory, yesterday, head, scratch }, 200, 5);
    assert.deepEqual([tried, missed], [200, []]);
  } finally {
    remove();
  }
});

test("the key is its owner's alone, travels with a backup, and signs on after a restore", async () => {
  const { path, remove } = temporaryDirectory();
  try {
    const now = steadyClock();
    const site = await openSite(join(path, "site"), { create: true, now });
    await live(site, 1);
    const id = (await site.store.records.site())?.id ?? "";
    const head = await site.store.records.ledgerHead(id, now());
    await backupSite(site.store, join(path, "backup"));
    await site.close();
    await restoreSite(join(path, "backup"), join(path, "restored"));
    for (const place of ["site", "backup", "restored"]) assert.equal(statSync(join(path, place, "ledger-key.pem")).mode & 0o777, 0o600, place);
    const restored = await openSite(join(path, "restored"), { now });
    await live(restored, 2);
    assert.deepEqual((await verifySite(restored.store, { head: headOf(JSON.stringify(head)) ?? head })).findings, []);
    assert.equal((await restored.store.records.ledger({ kinds: ["key"] })).length, 1);
    await restored.close();
  } finally {
    remove();
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { faultsOf } from "../bench/crash-facts.ts";
import { day } from "../src/schema/time.ts";
import { listed } from "../src/api/labels.ts";
import { openSite } from "../src/site.ts";
import { softwareVersion } from "../src/version.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { recordingOf, temporaryDirectory, usualRun } from "./synthetic.ts";

// `site-0.1.0.tar.gz` is a site as version 0.1.0 left it when it was killed: three runs of `recordingOf`
// taken in, answered and turned, two days of them sealed, the third in the log of the open days; `said.json`
// is what that version read of it. Sums, nodes and models not in force were removed, for their size.

interface Said {
  readonly site: unknown;
  readonly wheel: string;
  readonly blocks: number;
  readonly labels: number;
  readonly turns: number;
  readonly events: number;
  readonly ledger: string;
  readonly champion: string;
  readonly samples: [key: number, count: number, sum: number][];
  readonly check: { openSamples: number; sealedDays: unknown[]; problems: string[] };
}

test("a site of version 0.1.0 opens with all it held, goes on turning, and opens again", { timeout: 120_000 }, async () => {
  const { path, remove } = temporaryDirectory();
  try {
    execFileSync("tar", ["-xzf", join(import.meta.dirname, "fixtures", "site-0.1.0.tar.gz"), "-C", path]);
    const said = JSON.parse(readFileSync(join(path, "said.json"), "utf8")) as Said;
    const site = await openSite(join(path, "site"));
    try {
      const { records, telemetry } = site.store;
      assert.deepEqual(site.store.notices, []);
      const wheel = await site.wheel();
      const read = {
        site: await records.site(),
        wheel: wheel.id,
        blocks: (await records.blocks({ asset: wheel.asset })).length,
        labels: (await records.labels({ asset: wheel.asset })).length,
        turns: (await records.turns(wheel.id)).length,
        events: (await records.events()).length,
        ledger: (await records.lastLedger())?.hash,
        champion: (await records.champion(wheel.id))?.model,
        samples: await Promise.all(said.samples.map(async ([key]) => {
          const { values } = await telemetry.series({ key, start: 0, end: Date.UTC(2027, 0, 1) * 1000 });
          return [key, values.length, values.reduce((sum, value) => sum + value, 0)];
        })),
        check: await telemetry.check(),
      };
      assert.deepEqual(read, Object.fromEntries(Object.keys(read).map((name) => [name, said[name as keyof Said]])));

      const whole = recordingOf({ ...usualRun(4), rows: 360 });
      const recording = { ...whole, columns: whole.columns.slice(0, 2) };
      const { intake, arrivals } = await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + 3 * day });
      assert.deepEqual([arrivals.length, intake.wheel.id], [1, said.wheel]);
      await site.labelByTruth(recording, intake);
      const turn = await site.turn(wheel, "answers");
      assert.deepEqual([turn.number, turn.state], [said.turns + 1, "recorded"]);
      assert.deepEqual(await faultsOf(site), []);
      const labels = await records.labels({ asset: wheel.asset });
      assert.ok(labels.length > said.labels && labels.every(({ author }) => !author.startsWith("person-")), "people keep their names");
      assert.deepEqual(new Set(labels.map(listed).map(({ software, told, model }) => `${software} ${told} ${model === "unknown"}`)), new Set(["unknown unknown true", `${softwareVersion} recorded-truth false`]), "of those from before it was kept nobody knows");
      assert.deepEqual((await records.blocks({ asset: wheel.asset })).map(({ software, connectors }) => [software, connectors]), [...Array.from({ length: said.blocks }, () => [undefined, undefined]), [softwareVersion, ["import"]]]);
      assert.deepEqual((await verifySite(site.store)).findings, []);
      assert.deepEqual((await records.ledger({ kinds: ["key", "labels"] })).slice(0, 2).map(({ kind }) => kind), ["key", "labels"], "labels from before have their line");
      const raw = new DatabaseSync(join(path, "site", "records.sqlite"), { readOnly: true });
      assert.equal(raw.prepare("SELECT count(*) AS named FROM label JOIN person ON person.name = json_extract(label.body, '$.author')").get()?.["named"], 0, "and labels only pseudonyms");
      raw.close();
    } finally {
      await site.close();
    }
    const again = await openSite(join(path, "site"));
    try {
      assert.deepEqual(again.store.notices, []);
      assert.equal((await again.store.records.turns(said.wheel)).length, said.turns + 1);
      assert.equal((await again.store.telemetry.check()).problems.length, 0);
    } finally {
      await again.close();
    }
  } finally {
    remove();
  }
});

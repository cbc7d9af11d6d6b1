import assert from "node:assert/strict";
import { test } from "node:test";
import type { Site } from "../src/site.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const hour = 3_600_000_000;

async function live(site: Site, run: number): Promise<void> {
  const recording = recordingOf({ ...usualRun(run), rows: 360 });
  const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + run * hour });
  await site.labelByTruth(recording, intake);
  await site.turn(intake.wheel, "answers");
}

test("every past turn is made again to the byte, whatever was said, revised or set aside since", () =>
  onSite(async (site) => {
    for (let run = 1; run <= 3; run++) await live(site, run);
    const wheel = await site.wheel();
    const { records } = site.store;
    const [label] = await records.labels({ asset: wheel.asset });
    await site.revise(label, { answer: label.answer === "fault" ? "normal" : "fault", faultKind: null, certainty: 1 });
    const [block] = await records.blocks({ asset: wheel.asset });
    await records.write([{ put: "block", value: { ...block, revision: 2, excluded: "for a while" } }]);
    await site.turn(wheel, "hand");
    await records.write([{ put: "block", value: { ...block, revision: 3 } }]);
    await site.turn(wheel, "hand");
    const before = (await records.models(wheel.id)).length;
    const turns = await records.turns(wheel.id);
    assert.equal(turns.length, 6);
    for (const turn of turns) {
      const { identical, models, missing, otherwise } = await site.reproduce(turn);
      assert.ok(identical && models.length > 0, JSON.stringify({ turn: turn.number, models, missing, otherwise }));
      assert.deepEqual([missing, otherwise], [[], []]);
    }
    assert.equal((await records.models(wheel.id)).length, before, "the site is as it was");
  }));

test("what is missing is named, and how far scores differ without it", () =>
  onSite(async (site) => {
    for (let run = 1; run <= 2; run++) await live(site, run);
    const [, , last] = await site.store.records.turns((await site.wheel()).id);
    const gone = last.blocks[0];
    const records = new Proxy(site.store.records, {
      get: (target, name) => (name === "blockRevision" ? (id: string, revision: number) => (id === gone ? null : target.blockRevision(id, revision)) : (Reflect.get(target, name) as unknown)),
    });
    const { reproduce } = await import("../src/wheel/reproduce.ts");
    const { identical, missing, models } = await reproduce(last, { ...site.ports, store: { ...site.store, records } });
    assert.deepEqual([identical, missing], [false, [`Block ${gone} is gone: it was forgotten.`]]);
    assert.ok(models.every(({ largestDifference }) => (largestDifference ?? 0) > 0));
    const { making: _, ...unaccounted } = last;
    await assert.rejects(site.reproduce(unaccounted), { code: "wheel.not-reproducible" });
  }));

import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingOf, steadyClock, temporaryDirectory, usualRun } from "../../test/synthetic.ts";
import { openSite } from "../site.ts";
import { takeOrders } from "./work-orders.ts";

const iso = (micros: number): string => new Date(micros / 1000).toISOString();

test("takeOrders() makes labels of a table and proves the blocks they reach into, once, and anew where an order moved", async () => {
  const { path, remove } = temporaryDirectory();
  const site = await openSite(path, { create: true, now: steadyClock() });
  try {
    const { records } = site.store;
    const recording = recordingOf(usualRun(1));
    const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120 });
    const start = recording.times[0] ?? 0;
    const row = (from: number, to: number, answer: string, id: string): string => `pump;${iso(start + from * 1e6)};${iso(start + to * 1e6)};${answer};;Ana;${id}`;
    const table = (...rows: string[]): string => ["asset;start;end;answer;kind;author;id", ...rows].join("\n");
    const faults = async () => (await records.losses({ wheel: intake.wheel.id, evidence: "model" })).map((loss) => loss.faults);

    const look = await takeOrders(table(row(130, 180, "fault", "1"), row(180, 300, "normal", "2")), { look: true }, site.ports);
    assert.equal(look.labels.length, 2);
    assert.deepEqual([await records.labels({ asset: intake.asset.id }), await faults()], [[], []], "looking writes nothing");

    const first = table(row(130, 180, "fault", "1"), row(180, 300, "normal", "2"), "pump;soon;later;fault;;Ana;3", row(1e9, 2e9, "fault", "4"));
    const taken = await takeOrders(first, {}, site.ports);
    assert.deepEqual([taken.labels.length, taken.rejected.map(({ row: line, seen }) => [line, seen])], [2, [[4, 'start "soon" is no time'], [5, "it ends in the future"]]]);
    assert.deepEqual(await faults(), [1]);
    assert.deepEqual(await records.labels({ asset: intake.asset.id }), taken.labels.toSorted((a, b) => (a.id < b.id ? -1 : 1)));

    const again = await takeOrders(first, {}, site.ports);
    assert.deepEqual([again.labels, again.known], [[], 2]);

    // The fault was on another day: nothing of this block is a fault any longer.
    const moved = await takeOrders(table(row(-90_000, -80_000, "fault", "1")), {}, site.ports);
    assert.deepEqual(moved.labels.map(({ revision }) => revision), [2]);
    assert.deepEqual(await faults(), [0]);
  } finally {
    await site.close();
    remove();
  }
});

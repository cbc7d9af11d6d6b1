import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { inputsName, inputShifts, rememberInputs } from "../src/wheel/block-inputs.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

test("inputs that shift are warned of in the turn, by name and since when; nothing hangs on it, and a forgotten block goes", () =>
  onSite(async (site) => {
    const { records } = site.store;
    const recording = recordingOf(usualRun(1));
    const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120 });
    const { wheel } = intake;
    const random = randomFrom(5);
    const columns = wheel.signals.length;
    const names: string[] = [];
    /** A block of forty rows in which the second signal stands `shift` higher than it usually does. */
    const arrive = async (shift: number): Promise<void> => {
      const level = Array.from({ length: columns }, (_, signal) => normalFrom(random) + (signal === 1 ? shift : 0));
      const values = Float64Array.from({ length: 40 * columns }, (_, at) => 50 + level[at % columns] + normalFrom(random));
      names.push(site.ports.newId());
      await records.write(await rememberInputs(wheel, { id: names.at(-1) ?? "" }, { times: new Float64Array(40), rows: { rows: 40, columns, values }, warmUpRows: 0, running: null }, site));
    };
    for (let block = 0; block < 60; block++) await arrive(0);
    assert.deepEqual(await inputShifts(wheel, site), []);
    for (let block = 0; block < 6; block++) await arrive(9);
    assert.equal((await records.settings(`inputs/${wheel.id}/`)).length, 65, "the oldest are forgotten");
    const [shift, ...others] = await inputShifts(wheel, site);
    assert.deepEqual([shift.signal, shift.what, shift.since, others], [wheel.signals[1], "level", names[60], []]);
    assert.ok(shift.by > 5 && shift.by < 20);

    await site.labelByTruth(recording, intake);
    const before = (await records.champion(wheel.id))?.model;
    const { verdict, inputShifts: recorded } = await site.turn(wheel, "hand");
    assert.deepEqual(recorded, [shift]);
    const name = (await records.signals(wheel.asset)).find(({ id }) => id === wheel.signals[1])?.name;
    assert.match(verdict?.reasons.at(-1) ?? "", new RegExp(`^A warning, which decided nothing: inputs are unlike before: "${name}" \\(its level is [\\d.]+ times its usual spread higher\\)\\.$`));
    assert.equal((await records.champion(wheel.id))?.model, before);

    const [{ id: block }] = intake.blocks;
    assert.ok((await records.setting(inputsName(wheel, block))) === null, "it was the sixty-seventh");
    const { intake: next } = await site.import(recordingOf(usualRun(2)), { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + 3_600_000_000 });
    assert.ok((await records.setting(inputsName(wheel, next.blocks[0].id))) !== null);
    await site.forget({ what: "block", block: next.blocks[0].id }, { meanwhile: "keep", reason: "" });
    assert.equal(await records.setting(inputsName(wheel, next.blocks[0].id)), null);
  }));

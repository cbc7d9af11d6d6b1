import assert from "node:assert/strict";
import { test } from "node:test";
import type { Turn } from "../src/schema/turn.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import { openSite, type Site } from "../src/site.ts";
import type { Fact } from "../src/store/records/facts.ts";
import type { TurnLine } from "../src/schema/ledger-entry.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { dueTurn, sinceTurn } from "../src/wheel/policy.ts";
import { turn } from "../src/wheel/turn.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, steadyClock, temporaryDirectory, usualRun, type RunPlan } from "./synthetic.ts";

const options = { asset: "pump", warmUpRows: 120 };
const hour = 3_600_000_000;

/** Takes a run in, an hour after the one before, answers it by its truth and turns. */
async function live(site: Site, plan: RunPlan, at: number): Promise<{ wheel: Wheel; turn: Turn; events: number }> {
  const recording = recordingOf(plan);
  const first = recording.times[0] ?? 0;
  const { intake, arrivals } = await site.import(recording, { ...options, startAt: first + at * hour });
  await site.labelByTruth(recording, intake);
  return { wheel: intake.wheel, turn: await site.turn(intake.wheel, "answers"), events: arrivals.flatMap(({ events }) => events ?? []).length };
}

test("the first run makes a provisional model from its warm-up alone, which then judges the rest of it", () =>
  onSite(async (site) => {
    const { intake, arrivals } = await site.import(recordingOf(usualRun(1)), options);
    const { records } = site.store;
    const champion = await records.champion(intake.wheel.id);
    const model = champion === null ? null : await records.model(champion.model);
    assert.equal(model?.provisional, true);
    assert.deepEqual(model?.blocks, []);
    assert.match((await records.turns(intake.wheel.id))[0]?.verdict?.reasons[0] ?? "", /provisionally/);

    const [event] = arrivals[0]?.events ?? [];
    assert.ok(event !== undefined, "the fault of four units in one signal is found");
    const signals = await records.signals();
    assert.equal(signals.find(({ id }) => id === event.contributions[0]?.signal)?.name, "pressure");
    assert.ok(Math.abs(event.contributions.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-6);
  }));

test("a wheel keeps its model until five real faults are in the evidence, then promotes, and every line of the ledger follows", () =>
  onSite(async (site) => {
    const decisions: string[] = [];
    let wheel: Wheel | undefined;
    for (let run = 0; run < 7; run++) {
      const lived = await live(site, usualRun(run + 1), run);
      decisions.push(lived.turn.verdict?.decision ?? "");
      ({ wheel } = lived);
    }
    assert.deepEqual(decisions.slice(0, 4), Array.from({ length: 4 }, () => "not-enough-events"));
    assert.ok(decisions.slice(4).includes("promote"), decisions.join(", "));

    const { records } = site.store;
    const turns = await records.ledger({ kinds: ["turn"] });
    assert.equal(turns.length, 8); // the first turn and seven answered ones
    assert.deepEqual(await verifySite(site.store), { findings: [], lines: 1 + 8 + 7 }); // its key, the turns, the answers to each run
    assert.equal((await records.champion(wheel?.id ?? ""))?.model, (turns.at(-1) as TurnLine).outputs.champion);
  }));

test("two sites with the same runs and answers make the same models, byte for byte, and the same verdicts", async () => {
  const histories: { digests: string[]; reasons: string[][] }[] = [];
  for (let twice = 0; twice < 2; twice++) {
    await onSite(async (site) => {
      for (let run = 0; run < 3; run++) await live(site, usualRun(run + 1), run);
      const wheel = await site.wheel();
      const turns = await site.store.records.turns(wheel.id);
      histories.push({
        digests: (await site.store.records.models(wheel.id)).map(({ digest }) => digest),
        reasons: turns.map(({ verdict }) => verdict?.reasons ?? []),
      });
    });
  }
  assert.equal(histories[0]?.digests.length, 8);
  assert.deepEqual(histories[0], histories[1]);
});

test("a turn cut off before its last step has changed nothing, and is taken up by the next turn, under its own number", async () => {
  const { path, remove } = temporaryDirectory();
  try {
    const now = steadyClock();
    const site = await openSite(path, { create: true, now });
    await live(site, usualRun(1), 0);
    const recording = recordingOf(usualRun(2));
    const { intake } = await site.import(recording, { ...options, startAt: (recording.times[0] ?? 0) + hour });
    await site.labelByTruth(recording, intake);
    const championBefore = (await site.store.records.champion(intake.wheel.id))?.model;
    const records = new Proxy(site.store.records, {
      get: (target, name) => {
        if (name !== "write") return Reflect.get(target, name) as unknown;
        return (facts: readonly Fact[]) => (facts.some((fact) => "append" in fact) ? Promise.reject(new Error("cut off")) : target.write(facts));
      },
    });
    await assert.rejects(turn(intake.wheel, "answers", { ...site.ports, store: { ...site.store, records } }), /cut off/);
    assert.equal((await site.store.records.champion(intake.wheel.id))?.model, championBefore);
    assert.equal((await site.store.records.unfinishedTurns()).length, 1);
    await site.close();

    const again = await openSite(path, { now });
    const wheel = await again.wheel();
    assert.equal(dueTurn(wheel, await sinceTurn(wheel, again.ports), now()), "answers");
    assert.equal((await again.turn(wheel, "answers")).number, 3);
    const turns = await again.store.records.turns(intake.wheel.id);
    assert.deepEqual(turns.map(({ number, state }) => [number, state]), [[1, "recorded"], [2, "recorded"], [3, "recorded"]]);
    assert.deepEqual((await verifySite(again.store)).findings, []);
    assert.equal((await again.store.records.ledger({ kinds: ["turn"] })).length, 3);
    await again.close();
  } finally {
    remove();
  }
});

test("a block left out teaches nothing: the next model is, byte for byte, that of a site that never saw it", async () => {
  let forgotten = "";
  let never = "";
  await onSite(async (site) => {
    for (let run = 0; run < 3; run++) await live(site, usualRun(run + 1), run);
    const wheel = await site.wheel();
    const { records } = site.store;
    const middle = (await records.blocks({ asset: wheel.asset }))[1];
    assert.ok(middle !== undefined);
    await records.write([{ put: "block", value: { ...middle, revision: 2, excluded: "asked to be forgotten" } }]);
    const { challengers } = await site.turn(wheel, "hand");
    forgotten = challengers[0] ?? "";
  });
  await onSite(async (site) => {
    await live(site, usualRun(1), 0);
    never = (await live(site, usualRun(3), 2)).turn.challengers[0] ?? "";
  });
  assert.match(forgotten, /^[0-9a-f]{64}$/);
  assert.equal(forgotten, never);
});

test("what a machine reads while it stands still teaches nothing: the next model is, byte for byte, the same whatever that is", async () => {
  const learnt = async (reading: number, above: number | null): Promise<string> => {
    let model = "";
    await onSite(async (site) => {
      const recording = recordingOf({ seed: 1, rows: 420 });
      const current = recording.columns.findIndex(({ name }) => name === "current");
      for (let row = 200; row < 280; row++) recording.columns.forEach(({ values }, column) => (values[row] = column === current ? 0 : reading));
      const { wheel } = (await site.import(recording, options)).intake;
      const signal = wheel.signals[current];
      await site.store.records.write([{ put: "wheel", value: { ...wheel, revision: 2, when: above === null ? null : { signal, above, for: 60_000_000 } } }]);
      model = (await site.turn(await site.wheel(), "hand")).challengers[0] ?? "";
    });
    return model;
  };
  const model = await learnt(0, 5);
  assert.match(model, /^[0-9a-f]{64}$/);
  assert.equal(model, await learnt(50, 5));
  assert.notEqual(await learnt(0, null), await learnt(50, null), "without a condition it is one of its ways to be");
});

test("a revised answer revises the loss, one taken back takes it away, and a model's word counts for nothing", () =>
  onSite(async (site) => {
    const recording = recordingOf(usualRun(1));
    const { intake } = await site.import(recording, options);
    const { records } = site.store;
    const lossOf = async () => (await records.losses({ wheel: intake.wheel.id, evidence: "model" }))[0];
    assert.equal(await lossOf(), undefined);

    const block = intake.blocks[0];
    assert.ok(block !== undefined);
    const interval = { start: block.start, end: block.end };
    const said = { answer: "normal", faultKind: null, certainty: 1 } as const;
    await assert.rejects(site.label(intake.asset, interval, said, { name: "a model", origin: "model", scoreShown: false }), { code: "prove.model-made" });
    assert.equal(await lossOf(), undefined);

    const label = await site.label(intake.asset, interval, said, { name: "Ada", origin: "person", scoreShown: true });
    const asNormal = await lossOf();
    assert.equal(asNormal?.faults, 0);
    assert.ok((asNormal?.falseAlarms ?? 0) > 0);

    const revised = await site.revise(label, { ...said, answer: "fault" });
    assert.equal((await lossOf())?.faults, 1);
    assert.notEqual((await lossOf())?.labelsDigest, asNormal?.labelsDigest);
    await site.withdraw(revised);
    assert.equal(await lossOf(), undefined);
    assert.equal((await records.labelHistory(label.id)).length, 3);
  }));

test("a run whose warm-up holds a fault is judged, and teaches nothing", () =>
  onSite(async (site) => {
    await live(site, usualRun(1), 0);
    const before = await live(site, usualRun(2), 1);
    const spoilt = await live(site, { seed: 9, rows: 420, fault: { from: 40, to: 110, signal: 2, size: 4 } }, 2);
    const weights = async (digest: string | undefined) => (await site.store.records.model(digest ?? ""))?.blocks.length;
    assert.equal(await weights(before.turn.challengers[0]), 2);
    assert.equal(await weights(spoilt.turn.challengers[0]), 2);
    const wheel = await site.wheel();
    assert.equal((await site.store.records.judged({ wheel: wheel.id, role: "champion" })).length, 3);
  }));

test("a sample that comes late makes a new revision of its block, which is judged anew", () =>
  onSite(async (site) => {
    const recording = recordingOf(usualRun(1));
    const { intake } = await site.import(recording, options);
    const [block] = intake.blocks;
    const late = { ...recording, times: recording.times.slice(250, 251), columns: recording.columns.map((column) => ({ ...column, values: Float64Array.of(99) })), label: null, rows: 1 };
    const second = await site.import(late, { ...options, warmUpRows: 0 });
    const newest = await site.store.records.block(block?.id ?? "");
    assert.equal(newest?.revision, 2);
    assert.ok(second.intake.blocks.some(({ id, revision }) => id === block?.id && revision === 2));
    const [judged] = await site.store.records.judged({ wheel: intake.wheel.id, block: block?.id ?? "", role: "champion" });
    assert.equal(judged?.blockRevision, 2);
  }));

test("importing a recording again stores nothing twice", () =>
  onSite(async (site) => {
    const recording = recordingOf(usualRun(1));
    const first = await site.import(recording, options);
    const again = await site.import(recording, options);
    const wheel = await site.wheel();
    assert.equal((await site.store.records.blocks({ asset: wheel.asset })).length, 1);
    assert.deepEqual(again.intake.blocks, first.intake.blocks);
    assert.equal(again.intake.samples, 0);
    const series = await site.store.telemetry.series({ key: 1, start: 0, end: 8e15 });
    assert.equal(series.times.length, recording.rows);
  }));

test("rollBack() puts the earlier model in force and says so in the ledger", () =>
  onSite(async (site) => {
    for (let run = 0; run < 6; run++) await live(site, usualRun(run + 1), run);
    const wheel = await site.wheel();
    const { records } = site.store;
    const [first] = await records.champions(wheel.id);
    const model = await records.model(first?.model ?? "");
    assert.ok(model !== null);
    assert.notEqual((await records.champion(wheel.id))?.model, model.digest);
    await site.rollBack(wheel, model.digest, "too many alarms");
    assert.equal((await records.champion(wheel.id))?.model, model.digest);
    const last = (await records.lastLedger()) as TurnLine;
    assert.deepEqual([last.kind, last.outputs.champion, last.reason], ["rollback", model.digest, "too many alarms"]);
    assert.deepEqual((await verifySite(site.store)).findings, []);
  }));

test("a longer version of a file takes the place of the shorter one, and a shorter one adds nothing", () =>
  onSite(async (site) => {
    const long = recordingOf(usualRun(1));
    const cutTo = (rows: number) => ({
      ...long,
      file: { ...long.file, digest: "f".repeat(64) },
      rows,
      times: long.times.slice(0, rows),
      columns: long.columns.map((column) => ({ ...column, values: column.values.slice(0, rows) })),
      label: null,
    });
    const taught = async () => (await site.store.records.blocks({ asset: (await site.wheel()).asset })).filter(({ excluded }) => excluded === null).map(({ rows }) => rows);
    await site.import(cutTo(300), options);
    await site.import(long, options);
    assert.deepEqual(await taught(), [420]);
    await site.import(cutTo(200), options);
    assert.deepEqual(await taught(), [420]);
  }));

test("what was rolled back stays out of force until something new has been learnt", () =>
  onSite(async (site) => {
    for (let run = 0; run < 6; run++) await live(site, usualRun(run + 1), run);
    const wheel = await site.wheel();
    const { records } = site.store;
    const [first] = await records.champions(wheel.id);
    const model = await records.model(first?.model ?? "");
    assert.ok(model !== null);
    await site.rollBack(wheel, model.digest, "too many alarms");
    const again = await site.turn(wheel, "hand");
    assert.equal(again.verdict?.decision, "keep");
    assert.match(again.verdict?.reasons[0] ?? "", /was rolled back; nothing new/);
    assert.equal((await records.champion(wheel.id))?.model, model.digest);
  }));

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Recording } from "../src/capture/recording.ts";
import type { ForgetWhat } from "../src/schema/forgetting.ts";
import { day } from "../src/schema/time.ts";
import { openSite, type Site } from "../src/site.ts";
import { backupSite } from "../src/store/backup.ts";
import { forget } from "../src/wheel/forget.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, steadyClock, temporaryDirectory, usualRun } from "./synthetic.ts";

const hour = 3_600_000_000;
const usual = { meanwhile: "keep", reason: "asked for" } as const;

interface Lived {
  readonly run: number;
  readonly file?: string;
  readonly asset?: string;
  readonly warmUp?: number;
  readonly by?: string;
  readonly connector?: string;
}

/** Takes a run in, an hour after the one before, and has somebody answer it. */
async function live(site: Site, { run, file, asset = "pump", warmUp = 120, by = "Ada", connector = "import" }: Lived) {
  const usually = recordingOf({ ...usualRun(run), rows: 360 });
  const recording: Recording = file === undefined ? usually : { ...usually, file: { ...usually.file, name: file } };
  const { intake } = await site.import(recording, { asset, warmUpRows: warmUp, connector, startAt: (recording.times[0] ?? 0) + run * hour });
  const [{ start }] = intake.blocks;
  const { from, to } = usualRun(run).fault ?? { from: 0, to: 0 };
  const said = (answer: "fault" | "normal", first: number, last: number) =>
    site.label(intake.asset, { start: start + first * 1e6, end: start + last * 1e6 }, { answer, faultKind: null, certainty: 1 }, { name: by, origin: "person", scoreShown: false });
  await said("normal", 0, from);
  await said("fault", from, Math.min(to, 360));
  return intake;
}

/** What a site makes when it turns now. */
async function models(site: Site, wheel?: string): Promise<Map<string, Uint8Array>> {
  const { challengers } = await site.turn(await site.wheel(wheel), "hand");
  const made = await Promise.all(challengers.map(async (name) => [(await site.store.records.model(name))?.recipe.name ?? "", site.exportModel(name)] as const));
  return new Map(made);
}

const lines = async (site: Site) => (await verifySite(site.store)).findings;

type Way = (block: { id: string; start: number; end: number }) => ForgetWhat;
const ways: readonly (readonly [name: string, warmUp: number, asks: readonly Way[]])[] = [
  ["a block, a file or all of a connector", 120, [({ id }) => ({ what: "block", block: id }), () => ({ what: "import", file: "run-2.csv" }), () => ({ what: "connector", connector: "folder in" })]],
  ["a stretch, without warm-ups,", 0, [({ start, end }) => ({ what: "range", asset: "pump", start: start + 1e6, end: end - 1e6 })]],
];

for (const [name, warmUp, asks] of ways) {
  test(`after ${name} is forgotten, models are to the byte those of a site that never saw it`, async () => {
    const never = new Map<string, Uint8Array>();
    await onSite(async (site) => {
      for (const run of [1, 3, 4]) await live(site, { run, warmUp });
      for (const [recipe, bytes] of await models(site)) never.set(recipe, bytes);
    });
    assert.ok(never.size >= 2);
    for (const way of asks) {
      await onSite(async (site) => {
        for (const run of [1, 2, 3, 4]) await live(site, { run, warmUp, ...(run === 2 && { connector: "folder in" }) });
        const before = await models(site);
        const wheel = await site.wheel();
        const block = (await site.store.records.blocks({ asset: wheel.asset }))[1];
        const { plan, samples, turns } = await site.forget(way(block), usual);
        assert.ok(samples > 0 && plan.blocks.length === 1 && plan.labels.length === 2 && turns.length === 1);
        assert.ok(plan.models.some(({ model }) => before.size > 0 && model.length === 64));
        const after = await models(site);
        assert.deepEqual(after, never);
        assert.notDeepEqual(after, before);
        assert.deepEqual(await lines(site), []);
      });
    }
  });
}

test("after somebody's answers are forgotten, models are to the byte those of a site they never answered", async () => {
  let never = new Map<string, Uint8Array>();
  const build = async (site: Site, withBob: boolean) => {
    for (const run of [1, 2, 3]) {
      const { asset, blocks: [{ start, end }] } = await live(site, { run });
      if (withBob) await site.label(asset, { start, end }, { answer: "normal", faultKind: null, certainty: 1 }, { name: "Bob Planted-Name", origin: "person", scoreShown: true });
    }
  };
  await onSite(async (site) => {
    await build(site, false);
    never = await models(site);
  });
  await onSite(async (site, path) => {
    await build(site, true);
    const before = await models(site);
    assert.notDeepEqual(before, never);
    const { plan, elsewhere } = await site.forget({ what: "answers", person: "Bob Planted-Name" }, usual);
    assert.equal(plan.labels.length, 3);
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(await models(site), never);
    assert.deepEqual(await lines(site), []);
    assert.deepEqual(holds(path, "Planted-Name"), []);
  });
});

/** Files under a directory that hold a text. */
const holds = (path: string, marker: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker))
    .map((entry) => entry.name);

test("no file of the site holds a forgotten file's name, an erased name, or a model that had learnt from it", () =>
  onSite(async (site, path) => {
    await live(site, { run: 1 });
    await live(site, { run: 2, file: "planted-file.csv", by: "Planted Person" });
    await models(site);
    await site.store.telemetry.seal(4e15);
    assert.ok(holds(path, "planted-file").length > 0 && holds(path, "Planted Person").length > 0);
    await backupSite(site.store, join(path, "elsewhere"), { now: site.ports.now });
    const wheel = await site.wheel();
    const marked = (await site.store.records.models(wheel.id)).map(({ digest }) => digest);

    const erased = await site.forget({ what: "name", person: "Planted Person" }, usual);
    assert.deepEqual([erased.plan.blocks, erased.plan.labels, erased.turns], [[], [], []]);
    assert.ok((await site.store.records.labels({ asset: wheel.asset })).some(({ author }) => author.startsWith("person-")), "what was answered stays");
    const last = (await site.store.records.turns(wheel.id)).at(-1);
    assert.equal(last !== undefined && (await site.reproduce(last)).identical, true, "models do not hang on how people are called");
    const { elsewhere, plan } = await site.forget({ what: "import", file: "planted-file.csv" }, usual);
    assert.match(elsewhere.join("\n"), /elsewhere, a backup of /);
    for (const marker of ["planted-file", "Planted Person"]) assert.deepEqual(holds(join(path, "site"), marker), [], marker);
    const dependent = plan.models.map(({ model }) => model);
    assert.ok(dependent.length > 0 && dependent.every((model) => marked.includes(model)));
    const inForce = (await site.store.records.champion(wheel.id))?.model;
    for (const model of dependent) assert.equal(site.store.models.has(model), model === inForce, "only the model in force stays until it is replaced");
    assert.deepEqual(await lines(site), []);
    assert.deepEqual(site.store.models.list().filter((name) => dependent.includes(name) && name !== inForce), []);
  }));

test("a model in force that had learnt from it stays until it is replaced, or goes at once, as was asked", () =>
  onSite(async (site) => {
    for (const run of [1, 2]) {
      await live(site, { run });
      await site.turn(await site.wheel(), "hand");
    }
    const { records } = site.store;
    const wheel = await site.wheel();
    const first = await records.champion(wheel.id);
    const blocks = await records.blocks({ asset: wheel.asset });
    const kept = await site.forget({ what: "block", block: blocks[0].id }, usual);
    assert.deepEqual(kept.plan.inForce, [{ wheel: wheel.id, model: first?.model, instead: first?.model }]);
    assert.ok(site.store.models.has(first?.model ?? ""));

    const { plan, turns } = await site.forget({ what: "source", asset: "pump" }, { meanwhile: "out", reason: "" });
    assert.equal(plan.blocks.length, 1);
    assert.deepEqual(plan.inForce, [{ wheel: wheel.id, model: first?.model, instead: null }]);
    assert.equal(turns[0]?.verdict?.decision, "not-enough-events");
    assert.equal(await records.champion(wheel.id), null);
    assert.deepEqual(site.store.models.list(), []);
    assert.equal((await records.champions(wheel.id)).at(-1)?.model, null);
    assert.deepEqual(await lines(site), []);
    await live(site, { run: 5 });
    assert.notEqual(await records.champion(wheel.id), null, "the next block makes a first model again");
  }));

test("a process that is killed while it forgets goes on with it at its next start, wherever it was", async () => {
  const { path, remove } = temporaryDirectory();
  const directory = join(path, "site");
  try {
    const now = steadyClock();
    let site = await openSite(directory, { create: true, now });
    for (const run of [1, 2, 3]) await live(site, { run, file: `planted-file-${run}.csv` });
    await models(site);
    await site.store.telemetry.seal(4e15);
    const wheel = await site.wheel();
    const blocks = await site.store.records.blocks({ asset: wheel.asset });
    const keys = (await site.store.records.signals()).map(({ key }) => key);
    await site.close();

    const child = spawn(process.execPath, [join(import.meta.dirname, "..", "bench", "forget-child.ts"), directory, blocks[0].id], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => child.kill("SIGKILL"));
    await once(child, "exit");
    site = await openSite(directory, { now });
    const cutOff = async (at: "forget" | "purge", block: string): Promise<void> => {
      const dying = () => Promise.reject(new Error("killed"));
      const cut = <T extends object>(part: T): T => new Proxy(part, { get: (target, name) => (name === at ? dying : (Reflect.get(target, name) as unknown)) });
      const store = { ...site.store, telemetry: cut(site.store.telemetry), records: cut(site.store.records) };
      await assert.rejects(forget({ what: "block", block }, usual, { ...site.ports, store }), /killed/);
      await site.close();
      site = await openSite(directory, { now });
    };
    await cutOff("forget", blocks[1].id);
    await cutOff("purge", blocks[2].id);

    assert.deepEqual(await site.store.records.settings("forgetting."), []);
    assert.deepEqual(await site.store.records.blocks({ asset: wheel.asset }), []);
    assert.equal(await site.store.telemetry.span(keys), null);
    assert.deepEqual(holds(directory, "planted-file"), []);
    assert.equal((await site.store.records.ledger({ kinds: ["forget"] })).length, 3);
    assert.deepEqual(await lines(site), []);
    await site.close();
  } finally {
    remove();
  }
});

test("of a connector, what it fed goes and what others fed stays; of one asset to the hour; nothing keeps its name", () =>
  onSite(async (site, path) => {
    for (const [run, asset] of [[1, "pump"], [2, "pump"], [3, "fan"], [4, "fan"]] as const) await live(site, { run, asset, file: `run-${run}.csv`, connector: run % 2 === 0 ? "folder planted-place" : "import" });
    await site.store.telemetry.seal(4e15);
    const { records, telemetry } = site.store;
    const [pump, fan] = await records.assets();
    const [kept] = await records.blocks({ asset: pump.id });
    const named = { ...kept, revision: 2, connectors: ["folder planted-place", "import"] };
    await records.write([{ put: "block", value: named }]); // as if the other had sent something in its hour
    const { plan, samples } = await site.forget({ what: "connector", connector: "folder planted-place" }, usual);
    assert.deepEqual([plan.blocks.length, plan.labels.length, samples, plan.wheels.length], [2, 4, 2 * 4 * 360, 2]);
    for (const { id } of [pump, fan]) {
      const blocks = await records.blocks({ asset: id });
      assert.deepEqual(blocks.map(({ connectors }) => connectors), [["import"]]);
      const keys = (await records.signals(id)).map(({ key }) => key);
      assert.equal((await telemetry.span(keys))?.samples, 4 * 360);
    }
    assert.deepEqual((await site.inflows()).map(({ connector }) => connector), Array.from({ length: 8 }, () => "import"));
    assert.deepEqual(holds(join(path, "site"), "planted-place"), []);
    await records.write([{ put: "block", value: { ...named, connectors: ["import"] } }]); // the same record as ever, but for the name
    assert.deepEqual(await lines(site), []);
    await assert.rejects(site.forget({ what: "connector", connector: "folder planted-place" }, usual), { code: "wheel.nothing-to-forget" });
  }));

test("what is not there cannot be forgotten, and looking changes nothing", () =>
  onSite(async (site) => {
    const { blocks: [block] } = await live(site, { run: 1 });
    const asks: readonly ForgetWhat[] = [
      { what: "block", block: "0".repeat(26) },
      { what: "range", asset: "fan", start: 0, end: 1 },
      { what: "import", file: "x.csv" },
      { what: "connector", connector: "mqtt nobody" },
      { what: "answers", person: "Eve" },
      { what: "name", person: "Eve" },
    ];
    for (const asked of asks) await assert.rejects(site.forget(asked, usual), { code: "wheel.nothing-to-forget" });
    const before = await site.store.records.lastLedger();
    const plan = await site.planForgetting({ what: "range", asset: "pump", start: block.start + day, end: block.end + 2 * day }, usual);
    assert.deepEqual([plan.blocks, plan.labels, plan.models], [[], [], []]);
    await site.planForgetting({ what: "block", block: block.id }, usual);
    assert.deepEqual(await site.store.records.lastLedger(), before);
  }));

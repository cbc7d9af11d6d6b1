import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Site } from "../src/site.ts";
import { openSite } from "../src/site.ts";
import type { Model } from "../src/schema/model.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import { examPairs } from "../src/wheel/evidence.ts";
import { WheelRequest, type WheelRequestInput } from "../src/schema/wheel-request.ts";
import { second } from "../src/schema/time.ts";
import { madeRun, madeTable, requests, told, type MadeRun } from "./made-kinds.ts";
import { steadyClock, temporaryDirectory } from "./synthetic.ts";

type Kind = keyof typeof requests;

type Made = Awaited<ReturnType<typeof siteOf>>;

/** A site with the runs taken in and a wheel of the kind; labels of all runs are given at once. */
async function siteOf(kind: Kind, runs: readonly MadeRun[], labelled = runs): Promise<{ site: Site; wheel: Wheel; remove: () => void }> {
  const { path, remove } = temporaryDirectory();
  const site = await openSite(`${path}/site`, { create: true, now: steadyClock() });
  for (const { recording } of runs) await site.import(recording, { asset: "machine", warmUpRows: 0 });
  const wheel = await site.makeWheel(WheelRequest.parse(requests[kind]));
  await site.takeOrders(madeTable(labelled, told[kind]), { origin: "measurement" });
  return { site, wheel, remove };
}

const runs = (count: number, from = 0): MadeRun[] => Array.from({ length: count }, (_, at) => madeRun(from + at, 40));

/** Boosting takes long, and what is checked here does not hang on it. */
async function withoutBoosting(site: Site, wheel: Wheel): Promise<Wheel> {
  const lean = { ...wheel, revision: wheel.revision + 1, recipes: wheel.recipes.filter(({ learner }) => !learner.endsWith("boosted-trees")) };
  await site.store.records.write([{ put: "wheel", value: lean }]);
  return lean;
}

for (const kind of Object.keys(requests) as Kind[]) {
  describe(`a wheel of kind ${kind}`, () => {
    let made: Made;
    before(async () => {
      made = await siteOf(kind, runs(16));
      made.wheel = await withoutBoosting(made.site, made.wheel);
    });
    after(async () => {
      await made.site.close();
      made.remove();
    });
    firstTurn(() => made);
    takenOut(kind, () => made);
    arriving(kind, () => made);
    examined(kind, () => made);
    forgetting(kind, () => made);
  });
}

function firstTurn(of: () => Made): void {
  test("its first turn proves a model against one without inputs, on blocks that it had not learnt from, and records it", async () => {
    const { site, wheel } = of();
    const { verdict, state } = await site.turn(wheel, "hand");
    assert.deepEqual([verdict?.decision, state], ["promote", "recorded"], verdict?.reasons.join(" "));
    assert.match(verdict?.reasons[0] ?? "", /loses less than "no-input\/1"/);
    assert.ok((verdict?.figures.blocks ?? 0) >= 8 && (verdict?.figures.gain ?? 0) > 0.05);
    const line = await site.store.records.lastLedger();
    assert.ok(line?.kind === "turn");
    assert.deepEqual([line.wheel, line.outputs.champion, line.decision], [wheel.id, verdict?.challenger, "promote"]);
    assert.equal((await site.store.records.champion(wheel.id))?.model, verdict?.challenger);
  });
}

function takenOut(kind: Kind, of: () => Made): void {
  test("a block that is taken out leaves the models that never having seen it would make, to the byte", async () => {
    const { site, wheel } = of();
    const { records } = site.store;
    const blocks = await records.blocks({ asset: wheel.asset });
    const out = blocks[9];
    await records.write([{ put: "block", value: { ...out, revision: out.revision + 1, excluded: "it was another machine" } }]);
    await site.turn(wheel, "hand");
    const learnt = (await newestModels(site, wheel)).map(({ recipe, digest }) => [recipe.name, digest]);
    const known = (await records.models(wheel.id)).at(-1)?.blocks ?? [];
    assert.ok(!known.includes(out.id) && known.length > 10);

    // Another site, to which the run never came: the same sums under the same baseline give the same files.
    const other = await siteOf(kind, runs(16).filter((_, at) => at !== 9));
    try {
      const twin = await twinOf(site, wheel, other.site, other.wheel);
      await other.site.turn(twin, "hand");
      const told = (await newestModels(other.site, twin)).map(({ recipe, digest }) => [recipe.name, digest]);
      assert.deepEqual(told, learnt);
    } finally {
      await other.site.close();
      other.remove();
    }
    await records.write([{ put: "block", value: { ...out, revision: out.revision + 2, excluded: null } }]);
  });
}

function arriving(kind: Kind, of: () => Made): void {
  test("a block that arrives is judged by models of earlier blocks; its loss follows when its label comes, late, revised or taken back", async () => {
    const { site, wheel } = of();
    const { records } = site.store;
    const [run] = runs(1, 16);
    const { intake } = await site.import(run.recording, { asset: "machine", warmUpRows: 0 });
    const [{ id: block }] = intake.blocks;
    assert.ok((await records.judged({ wheel: wheel.id, block })).some(({ role }) => role === "champion"));
    const losses = async () => (await records.losses({ wheel: wheel.id, evidence: "recipe" })).filter((loss) => loss.block === block);
    assert.deepEqual(await losses(), [], "nothing is known yet");

    const { labels } = await site.takeOrders(madeTable([run], told[kind]), { origin: "measurement" });
    const right = await losses();
    assert.ok(right.length >= 2 && right.every(({ loss }) => loss >= 0 && loss <= 1));
    const learnt = right.filter(({ recipe }) => recipe !== "no-input");
    assert.ok(Math.min(...learnt.map(({ loss }) => loss)) < 0.2, JSON.stringify(learnt.map(({ recipe, loss }) => [recipe, loss])));

    const [label] = labels;
    const wrong = kind === "estimate" ? { what: "value", value: 1e4, unit: null } as const : kind === "classify" ? { what: "class", class: "nothing like it" } as const : null;
    const revised = wrong === null ? await site.withdraw(label) : await site.revise(label, { answer: "unsure", faultKind: null, certainty: 1, says: wrong });
    const after = await losses();
    if (wrong === null) assert.deepEqual(after, [], "without an end nothing is known of what was left");
    else assert.ok(Math.max(...after.map(({ loss }) => loss)) > Math.max(...learnt.map(({ loss }) => loss)));
    await site.revise(revised, { answer: "unsure", faultKind: null, certainty: 1, says: label.says });
    assert.deepEqual((await losses()).map(({ loss, recipe }) => [recipe, loss]), right.map(({ loss, recipe }) => [recipe, loss]));
  });
}

function examined(kind: Kind, of: () => Made): void {
  test("the exam holds the very bytes of two models against each other, by what they say of their own sureness too", async () => {
    const { site, wheel } = of();
    const { records } = site.store;
    const models = await records.models(wheel.id);
    const [first, last] = [models.find(({ recipe }) => recipe.name !== "no-input") ?? assert.fail(), models.at(-1) ?? assert.fail()];
    const exam = (await records.blocks({ asset: wheel.asset })).filter(({ id }) => !last.blocks.includes(id) && !first.blocks.includes(id));
    await records.write(exam.map((block) => ({ put: "block" as const, value: { ...block, revision: block.revision + 1, use: "exam" as const } })));
    const pairs = await examPairs(wheel, first, last, site.ports);
    assert.ok(pairs.length > 0);
    const sure = pairs.flatMap(({ sureness }) => sureness ?? []);
    assert.equal(sure.length, pairs.length);
    for (const { champion, challenger } of sure) for (const { answers, claimed, right } of [champion, challenger]) assert.ok(right <= answers && claimed > 0 && claimed <= answers);
    assert.equal(pairs.every(({ classes = [] }) => classes.length > 0), kind === "classify");
    await records.write(exam.map((block) => ({ put: "block" as const, value: { ...block, revision: block.revision + 2 } })));
  });
}

function forgetting(kind: Kind, of: () => Made): void {
  test("a block that is forgotten goes with what was said of its target, and the models that knew it", async () => {
    const { site, wheel } = of();
    const { records } = site.store;
    const gone = (await records.blocks({ asset: wheel.asset }))[4];
    const about = { target: wheel.target?.name ?? "" };
    const within = async () => (await records.labels({ asset: wheel.asset, about, includeWithdrawn: true })).filter(({ start, end }) => start >= gone.start && end <= gone.end).length;
    assert.equal(await within(), kind === "estimate" ? 2 : 1);
    await site.forget({ what: "block", block: gone.id }, { meanwhile: "out", reason: "it was not ours" });
    assert.equal(await within(), 0);
    const models = await newestModels(site, wheel);
    assert.ok(models.length > 0 && models.every(({ blocks }) => !blocks.includes(gone.id)), "learnt anew without it");
    assert.ok((await records.losses({ wheel: wheel.id })).every(({ block }) => block !== gone.id));
  });

  test("a past turn is made again from its blocks and labels, to the byte", async () => {
    const { site, wheel } = of();
    const turn = await site.turn(wheel, "hand");
    const { identical, models } = await site.reproduce(turn);
    assert.ok(identical, JSON.stringify(models));
  });
}

/** The newest model of each recipe. */
async function newestModels({ store }: Site, wheel: Wheel): Promise<Model[]> {
  const names = await Promise.all(wheel.recipes.map(({ name }) => store.records.newestModel({ wheel: wheel.id, recipe: name })));
  const models = await Promise.all(names.filter((name) => name !== null).map((name) => store.records.model(name)));
  return models.filter((model) => model !== null);
}

/** The wheel of another site with the same recipes, and with the baseline that the first took from its first blocks. */
async function twinOf(site: Site, wheel: Wheel, otherSite: Site, other: Wheel): Promise<Wheel> {
  const twin = { ...other, revision: other.revision + 1, recipes: wheel.recipes };
  const signals = await otherSite.store.records.signals(other.asset);
  const [baseline] = (await site.store.records.baselines(wheel.asset)).filter(({ regime }) => regime === wheel.id);
  assert.ok(signals.length > 0);
  await otherSite.store.records.write([
    { put: "wheel", value: twin },
    { put: "baseline", value: { ...baseline, id: otherSite.ports.newId(), asset: other.asset, regime: other.id, signals: other.signals } },
  ]);
  return twin;
}

test("where the inputs tell nothing, nothing goes into force and the verdict says so", async () => {
  const { site, wheel, remove } = await siteOf("estimate", runs(16));
  try {
    const blind = await site.makeWheel(WheelRequest.parse({ ...requests.estimate, name: "blind", inputs: ["noise"] }));
    const lean = await withoutBoosting(site, blind);
    const { verdict } = await site.turn(lean, "hand");
    assert.notEqual(verdict?.decision, "promote");
    assert.match(verdict?.reasons.join(" ") ?? "", /Nothing is in force: it has not been shown that the inputs tell anything of "moisture"/);
    assert.equal(await site.store.records.champion(lean.id), null);
    assert.equal(wheel.target?.name, "moisture");
  } finally {
    await site.close();
    remove();
  }
});

test("with few labels there are not enough events, and a turn without any says what is wanting", async () => {
  const all = runs(8);
  const { site, wheel, remove } = await siteOf("classify", all, all.slice(0, 0));
  try {
    const none = (await site.turn(wheel, "hand")).verdict;
    assert.deepEqual([none?.decision, none?.challenger], ["not-enough-events", null]);
    assert.match(none?.reasons.join(" ") ?? "", /nothing has been said of its target/);
    const few = all.filter(({ product }, at) => all.findIndex((other) => other.product === product) === at);
    await site.takeOrders(madeTable(few, "class"), {});
    const verdict = (await site.turn(wheel, "hand")).verdict;
    assert.equal(verdict?.decision, "not-enough-events");
    assert.match(verdict?.reasons[0] ?? "", /The evidence holds \d labels?, 5 are needed/);
  } finally {
    await site.close();
    remove();
  }
});

test("wheels that make no sense are refused by codes, and one that is asked for again is the one that is there", async () => {
  const { site, wheel, remove } = await siteOf("estimate", runs(1), []);
  try {
    const ask = async (more: Partial<WheelRequestInput>) => await site.makeWheel(WheelRequest.parse({ ...requests.estimate, ...more }));
    assert.deepEqual(await ask({}), wheel);
    await assert.rejects(ask({ asset: "nobody" }), { code: "wheel.unknown-asset" });
    await assert.rejects(ask({ inputs: ["warmth"] }), { code: "wheel.unknown-signal" });
    await assert.rejects(ask({ worstError: 3 }), { code: "wheel.name-taken" });
    await assert.rejects(ask({ name: "other", block: 60 }), { code: "wheel.other-blocks" });
    await assert.rejects(ask({ name: "other", kind: "classify" }), { code: "wheel.target-taken" });
    await assert.rejects(ask({ when: { signal: "speed", above: 1 } }), { code: "wheel.unknown-signal" });
    for (const odd of [{ kind: "estimate", cap: 3 }, { kind: "remaining-life", unit: "week" }, { kind: "classify", unit: "1" }, { target: "" }, { kind: "condition" }, { rows: 0 }, { colour: "red" }]) {
      assert.ok(!WheelRequest.safeParse({ ...requests.estimate, ...odd }).success, JSON.stringify(odd));
    }
    const asset = { id: wheel.asset, site: wheel.site };
    const author = { name: "lab", origin: "measurement", scoreShown: false } as const;
    const says = (value: object) => ({ answer: "unsure", faultKind: null, certainty: 1, target: "moisture", ...value }) as Parameters<Site["label"]>[2];
    for (const odd of [{ says: { what: "class", class: "B" } }, { says: { what: "value", value: 3, unit: "kg" } }, { says: null }, { answer: "fault", says: { what: "value", value: 3, unit: null } }]) {
      await assert.rejects(site.label(asset, { start: 0, end: second }, says(odd), author), { code: "review.wrong-answer" }, JSON.stringify(odd));
    }
  } finally {
    await site.close();
    remove();
  }
});

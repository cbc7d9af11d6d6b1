import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import { lineageForms } from "../src/site.ts";
import { cardHtml, cardMarkdown } from "../src/measure/model-card.ts";
import { examFigures, type Lineage } from "../src/measure/lineage.ts";
import type { Site } from "../src/site.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const schemaAt = (path: string): object => JSON.parse(readFileSync(join(fixtures, path), "utf8")) as object;
const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
const formats = { "date-time": isTime, date: true, email: true, "idn-email": true, "iri-reference": true, uri: true } as const;

function validator(path: string, others: readonly string[] = []): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, formats });
  for (const other of others) ajv.addSchema(schemaAt(other));
  return ajv.compile(schemaAt(path));
}

/** On a site whose name has to be written with care in every format. */
const inWorks = async (work: (site: Site) => Promise<void>): Promise<void> => await onSite(work, { name: "works <&> |1|" });

/** Runs a few hours of a machine, answers and turns. */
async function live(site: Site): Promise<void> {
  for (const run of [1, 2, 3, 4, 5, 6]) {
    const recording = recordingOf({ ...usualRun(run), rows: 360 });
    const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + run * 3_600_000_000 });
    await site.labelByTruth(recording, intake);
    await site.turn(intake.wheel, "answers");
  }
}

test("bills of materials of all models are CycloneDX 1.6, their provenance is PROV-JSON, and all that they say is there", () =>
  inWorks(async (site) => {
    await live(site);
    const wheel = await site.wheel();
    const isBom = validator("cyclonedx-1.6/bom-1.6.schema.json", ["cyclonedx-1.6/jsf-0.82.schema.json", "cyclonedx-1.6/spdx.schema.json"]);
    const isProv = validator("prov-json.schema.json");
    const { records } = site.store;
    const models = await records.models(wheel.id);
    assert.ok(models.length >= 8);
    for (const model of models) {
      const [bom, prov] = [JSON.parse(await site.card(model, "mlbom")) as Bom, JSON.parse(await site.card(model, "prov")) as Record<string, Record<string, Record<string, string>>>];
      assert.equal(isBom(bom), true, JSON.stringify(isBom.errors?.slice(0, 3)));
      assert.equal(isProv(prov), true, JSON.stringify(isProv.errors?.slice(0, 3)));
      assert.equal(bom.metadata.component.hashes[0].content, model.digest);
      const declared = new Set([...Object.keys(prov["entity"]), ...Object.keys(prov["activity"]), ...Object.keys(prov["agent"])]);
      for (const relation of Object.keys(prov).filter((name) => !["prefix", "entity", "activity", "agent"].includes(name))) {
        for (const one of Object.values(prov[relation])) for (const [name, value] of Object.entries(one)) if (name !== "prov:time") assert.ok(declared.has(value), `${relation} ${name} ${value}`);
      }
      for (const block of model.blocks) assert.ok(declared.has(`mr:block-${block}`));
    }
    assert.equal(isBom({ bomFormat: "CycloneDX", specVersion: "1.6", components: [{ type: "a model", name: "x" }] }), false, "the schema refuses what is none");
    assert.equal(isProv({ entity: { "mr:a": {} }, wasGeneratedBy: { "_:g": { "prov:activity": "mr:x" } } }), false);
  }));

interface Bom {
  readonly metadata: { readonly component: { readonly hashes: readonly { readonly content: string }[] } };
}

test("a card tells data, origins, labels, proof with its interval, limits and cost, in both forms, and nothing in it is markup", () =>
  inWorks(async (site) => {
    await live(site);
    const wheel = await site.wheel();
    const inForce = (await site.store.records.champion(wheel.id))?.model ?? "";
    const model = await site.store.records.model(inForce);
    assert.ok(model !== null);
    const markdown = await site.card(model, "md");
    for (const needed of [inForce, "origins of the blocks", "measurement: fault", "95 % interval", "of processor", "not measured", "Known limits", "run-1.csv"]) assert.ok(markdown.includes(needed), needed);
    assert.match(markdown, /works \\<&\\> \\\|1\\\|/);
    const page = await site.card(model, "html");
    assert.ok(page.includes("works &lt;&amp;&gt; |1|") && !page.includes("<&>"));
    assert.doesNotMatch(page, /<script|src=|href=/);
    assert.equal(await site.card(model, "html"), page, "told twice, it says the same");
    assert.deepEqual(lineageForms, ["md", "html", "prov", "mlbom"]);
  }));

test("what was in force at a moment is told for any moment, also after a roll-back", () =>
  inWorks(async (site) => {
    await live(site);
    const wheel = await site.wheel();
    const { records } = site.store;
    const [first] = await records.champions(wheel.id);
    await site.rollBack(wheel, first.model, "to try it");
    const champions = await records.champions(wheel.id);
    assert.ok(champions.length >= 3);
    assert.deepEqual((await site.inForceAt(champions[0].at - 1)).map(({ model, since }) => [model, since]), [[null, null]]);
    for (const [at, champion] of champions.entries()) {
      const until = champions[at + 1]?.at ?? champion.at + 1e9;
      for (const moment of [champion.at, until - 1]) assert.deepEqual((await site.inForceAt(moment)).map(({ model, since, turn }) => [model, since, turn]), [[champion.model, champion.at, champion.turn]]);
    }
  }));

test("examFigures() counts what there is, and gives an interval that holds the mean once there are two blocks", () => {
  const model = { digest: "a".repeat(64) } as Lineage["model"];
  const lossOf = (block: string, loss: number) => ({ block, loss, faults: 1, found: loss < 0.5 ? 1 : 0, falseAlarms: 2, judgedHours: 0.5 }) as Lineage["losses"][number];
  const losses = [0.1, 0.7, 0.2, 0.3].map((loss, at) => lossOf(`B${at}`, loss));
  const { interval, meanLoss, ...counts } = examFigures({ model, losses });
  assert.deepEqual(counts, { blocks: 4, faults: 4, found: 3, falseAlarms: 8, judgedHours: 2 });
  assert.ok(interval !== null && interval.low <= meanLoss && interval.high >= meanLoss && interval.low >= 0 && interval.high <= 1);
  assert.deepEqual(examFigures({ model, losses: losses.toReversed() }).interval, interval, "whatever their order");
  assert.equal(examFigures({ model, losses: losses.slice(0, 1) }).interval, null);
  assert.ok(Number.isNaN(examFigures({ model, losses: [] }).meanLoss));
});

test("a card of next to nothing is a card", () => {
  const wheel = { id: "w", name: "W", kind: "condition", cost: {}, policy: { minEvents: 5, level: 0.95, margin: 0 }, target: null } as unknown as Lineage["wheel"];
  const model = { digest: "b".repeat(64), recipe: { name: "r", version: 1, learner: "l", map: "m", params: { a: 1 } }, threshold: 1, provisional: true, totalDigest: "c".repeat(64), mapDigest: "d".repeat(64) } as unknown as Lineage["model"];
  const bare: Lineage = { site: { id: "s", name: "S" }, asset: "A", wheel, model, fileBytes: null, signals: [], blocks: [], forgottenBlocks: 2, labels: [], turn: null, line: null, losses: [], recipeLosses: [], inForce: [], isMarked: true };
  for (const card of [cardMarkdown(bare), cardHtml(bare)]) for (const said of ["gone", "2 that were forgotten since", "never", "Nothing has been proven"]) assert.ok(card.includes(said), said);
});

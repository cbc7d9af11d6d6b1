import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { directoryOf } from "../../test/telemetry.ts";
import { digest } from "../digest.ts";
import type { Block } from "../schema/block.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Turn } from "../schema/turn.ts";
import type { Judged } from "./records/facts.ts";
import { Records } from "./records.ts";

const id = (number: number): string => `01J000000000000000${String(number).padStart(8, "0")}`;
const [site, asset, wheel] = [id(1), id(2), id(3)];

const block = (number: number, more: Partial<Block>): Block => ({
  id: id(1000 + number), site, asset, revision: 1, start: 0, end: 1, rows: 1, warmUpEnd: null, sequence: number, origin: "sensor",
  context: { parts: [], product: null, recipe: null, tool: null, shift: null, file: null }, use: "teach", excluded: null, createdAt: 0,
  ...more,
});
const label = (number: number, more: Partial<Label>): Label => ({
  id: id(2000 + number), site, asset, event: null, start: 0, end: 1, answer: "fault", faultKind: null, author: "Ana", certainty: 1, knownAt: 0, revision: 1,
  origin: "person", scoreShown: false, withdrawn: false,
  ...more,
});
const model = (name: string, recipe: string, createdAt: number): Model => ({
  digest: digest(name), site, wheel, turn: id(4001), recipe: { name: recipe, version: 1, learner: "l", map: "m", params: {} },
  mapDigest: digest("map"), totalDigest: digest("total"), blocks: [], threshold: 1, provisional: false, bytes: 10, createdAt,
});
const judged = (number: number, name: string, role: Judged["role"], at: number, recipe = "r"): Judged => ({
  wheel, block: id(1000 + number), blockRevision: 1, model: digest(name), recipe, role, start: 0, period: 1, scores: new Float32Array(4), at,
});
const loss = (number: number, name: string, evidence: BlockLoss["evidence"], lost: number, recipe = "r"): BlockLoss => ({
  block: id(1000 + number), blockRevision: 1, labelsDigest: digest("labels"), wheel, model: digest(name), recipe, evidence, loss: lost, faults: 0, found: 0, missed: 0,
  falseAlarms: 0, delayHours: null, judgedHours: 1, counts: { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 1, unknown: 0 },
});

function opened(t: TestContext, path = directoryOf(t)): Records {
  const records = new Records(path);
  records.open();
  t.after(() => records.close());
  return records;
}

const moment = fc.integer({ min: 0, max: 60 });
const stretch = fc.record({ start: moment, length: fc.integer({ min: 1, max: 25 }) });
const blockPlan = fc.record({ at: stretch, createdAt: moment, isExcluded: fc.boolean() });
const labelPlan = fc.record({ at: stretch, knownAt: moment, origin: fc.constantFrom("person" as const, "model" as const), answer: fc.constantFrom("fault" as const, "normal" as const, "unsure" as const), withdrawn: fc.boolean() });

test("Records find what overlaps, and count answers since a moment, as reading everything would", (t) => {
  fc.assert(
    fc.property(fc.array(blockPlan, { maxLength: 12 }), fc.array(labelPlan, { maxLength: 12 }), stretch, moment, (blockPlans, labelPlans, { start, length }, since) => {
      const records = opened(t);
      const blocks = blockPlans.map(({ at, createdAt, isExcluded }, number) => block(number, { start: at.start, end: at.start + at.length, createdAt, excluded: isExcluded ? "no" : null }));
      const labels = labelPlans.map(({ at, ...plan }, number) => label(number, { start: at.start, end: at.start + at.length, ...plan }));
      records.write([...blocks.map((value) => ({ put: "block", value }) as const), ...labels.map((value) => ({ put: "label", value }) as const)]);
      const end = start + length;
      const overlap = (one: { start: number; end: number }, other: { start: number; end: number }) => one.start < other.end && one.end > other.start;

      assert.deepEqual(records.blocksOver({ asset, start, end }), blocks.filter((one) => overlap(one, { start, end })));
      assert.deepEqual(records.labels({ asset, start, end }), labels.filter((one) => !one.withdrawn && overlap(one, { start, end })));
      const answers = labels.filter((said) => {
        const about = blocks.filter((one) => one.excluded === null && overlap(one, said));
        return !said.withdrawn && said.origin !== "model" && said.answer !== "unsure" && about.length > 0 && (said.knownAt > since || about.some(({ createdAt }) => createdAt > since));
      });
      assert.equal(records.answersSince({ asset, since }), answers.length);
    }),
    { numRuns: 60 },
  );
});

test("Records.answersSince() counts the newest revision, and everything from before there was a turn", (t) => {
  const records = opened(t);
  records.write([{ put: "block", value: block(1, { start: 0, end: 10 }) }, { put: "label", value: label(1, { end: 5, knownAt: 5 }) }, { put: "label", value: label(2, { end: 5, knownAt: 6 }) }]);
  assert.equal(records.answersSince({ asset, since: -Infinity }), 2);
  assert.equal(records.answersSince({ asset, since: 6 }), 0);
  records.write([{ put: "label", value: label(1, { end: 5, knownAt: 9, revision: 2 }) }, { put: "label", value: label(2, { end: 5, knownAt: 9, revision: 2, withdrawn: true }) }]);
  assert.equal(records.answersSince({ asset, since: 6 }), 1);
});

test("Records.lossesInForce() gives what the models in force lost, newest last, and no other's losses", (t) => {
  const records = opened(t);
  records.write([
    ...[judged(1, "a", "champion", 10), judged(1, "a", "recipe", 10), judged(2, "b", "champion", 20), judged(3, "b", "champion", 30, "other"), judged(3, "c", "recipe", 30)].map((value) => ({ put: "judged", value }) as const),
    ...[loss(1, "a", "model", 0.1), loss(1, "a", "recipe", 0.2), loss(2, "b", "model", 0.3), loss(2, "a", "model", 0.4), loss(3, "b", "model", 0.5, "other"), loss(3, "c", "recipe", 0.6)].map((value) => ({ put: "loss", value }) as const),
  ]);
  const seen = (query: { recipe?: string; limit?: number }) => records.lossesInForce({ wheel, ...query }).map((one) => [one.loss.loss, one.judgedAt]);
  assert.deepEqual(seen({}), [[0.1, 10], [0.3, 20], [0.5, 30]]);
  assert.deepEqual(seen({ recipe: "r" }), [[0.1, 10], [0.3, 20]]);
  assert.deepEqual(seen({ limit: 2 }), [[0.3, 20], [0.5, 30]]);
});

test("Records tell the newest model of a recipe, and when the last turn began that was not a first one", (t) => {
  const records = opened(t);
  assert.deepEqual([records.newestModel({ wheel, recipe: "r" }), records.lastTurnAt(wheel)], [null, null]);
  records.write([model("a", "r", 1), model("b", "s", 2), model("c", "r", 3), model("d", "r", 3)].map((value) => ({ put: "model", value })));
  assert.deepEqual(["r", "s", "t"].map((recipe) => records.newestModel({ wheel, recipe })), [digest("d"), digest("b"), null]);
  const turn = (number: number, trigger: Turn["trigger"], state: Turn["state"]): Turn => ({
    id: id(4000 + number), site, wheel, number, trigger, state, startedAt: number * 100, finishedAt: null, blocks: [], labels: 0, challengers: [], verdict: null,
  });
  records.write([turn(1, "first", "recorded"), turn(2, "hand", "recorded"), turn(3, "clock", "started")].map((value) => ({ put: "turn", value })));
  assert.equal(records.lastTurnAt(wheel), 200);
});

test("what a wheel asks whenever a block ends is looked up in an index: no query reads all there is", (t) => {
  const path = directoryOf(t);
  opened(t, path);
  const database = new DatabaseSync(join(path, "records.sqlite"), { readOnly: true });
  t.after(() => database.close());
  const newest = "SELECT body FROM block WHERE newest = 1 AND";
  const queries = {
    "block_created (asset=? AND <expr>>?)": `${newest} asset = ? AND json_extract(body, '$.createdAt') > ?`,
    "block_newest (asset=? AND start>? AND start<?)": `${newest} asset = ? AND "end" > ? AND start < ? AND start > ?`,
    "block_length (asset=?)": 'SELECT max("end" - start) FROM block WHERE newest = 1 AND asset = ?',
    "label_known (asset=? AND <expr>>?)": "SELECT body FROM label WHERE newest = 1 AND withdrawn = 0 AND asset = ? AND json_extract(body, '$.knownAt') > ?",
    "loss_block (wheel=? AND evidence=?)": "SELECT loss.body FROM loss JOIN judged ON judged.wheel = loss.wheel AND judged.block = loss.block AND judged.role = 'champion' AND judged.subject = loss.subject WHERE loss.evidence = 'model' AND loss.wheel = ? ORDER BY loss.block DESC, loss.subject DESC LIMIT ?",
    "model_recipe (wheel=? AND <expr>=?)": "SELECT digest FROM model WHERE wheel = ? AND json_extract(body, '$.recipe.name') = ? ORDER BY created_at DESC, rowid DESC LIMIT 1",
  };
  for (const [index, sql] of Object.entries(queries)) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
    assert.ok(plan.some((step) => step.includes(index)), `${index}: ${plan.join("; ")}`);
    assert.ok(plan.every((step) => !step.startsWith("SCAN")), plan.join("; "));
  }
});

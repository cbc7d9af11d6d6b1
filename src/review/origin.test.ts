import assert from "node:assert/strict";
import { test } from "node:test";
import type { Label } from "../schema/label.ts";
import { blockOrigin, Origin, refusalOf } from "../schema/origin.ts";
import type { Refused } from "../schema/refused.ts";
import { requireOrigins } from "./origin.ts";
import type { Stored } from "./stretch.ts";

test("of each origin, what it may speak of", () => {
  const about = (made: Origin): string => Origin.options.map((origin) => `${origin}: ${refusalOf(origin, made)?.code ?? "may"}`).join("; ");
  assert.equal(about("sensor"), "sensor: may; person: may; measurement: may; model: prove.model-made; simulator: prove.simulated");
  assert.equal(about("simulator"), "sensor: prove.not-simulated; person: may; measurement: may; model: prove.model-made; simulator: may");
});

test("a block is of the least trusted that made any of it", () => {
  assert.equal(blockOrigin(["sensor", "simulator", "model"]), "model");
  assert.equal(blockOrigin(["simulator", "sensor"]), "simulator");
  assert.equal(blockOrigin([]), "sensor");
});

test("answers are refused by who gave them and what the asset is; one of many refuses all, and taking back is allowed", async () => {
  const asked: string[] = [];
  const written: unknown[] = [];
  const write = (facts: readonly unknown[]) => (written.push(...facts), Promise.resolve());
  const stored = (made: Origin | null) => ({ records: { madeBy: (asset: string) => (asked.push(asset), Promise.resolve(made)), settings: () => Promise.resolve([]), write } }) as unknown as Pick<Stored, "records">;
  const said = (origin: Origin, withdrawn = false) => ({ asset: "pump", author: "Ada", origin, withdrawn }) as Label;
  await requireOrigins([said("person"), said("measurement")], stored("sensor"));
  assert.deepEqual(asked, [], "nothing is looked up for what people and measurements say");
  await assert.rejects(requireOrigins([said("person"), said("model")], stored("simulator")), { code: "prove.model-made", message: 'Cannot take the answer of "Ada": a model made it, and what models say is no evidence about a model' });
  await assert.rejects(requireOrigins([said("simulator")], stored("sensor")), { code: "prove.simulated" });
  await requireOrigins([said("simulator")], stored("simulator"));
  await requireOrigins([said("simulator")], stored(null)); // nothing is known of the asset yet: its blocks will say what counts
  await requireOrigins([said("model", true)], stored("sensor"));
  assert.equal(written.length, 2, "what was refused is kept");
  assert.ok(!JSON.stringify(written).includes("Ada"));
  const many = [1, 2, 3].map((start) => ({ ...said("model"), start, end: start + 1, ...(start === 3 && { asset: "fan" }) }));
  await assert.rejects(requireOrigins([said("person"), ...many], stored("sensor")), { message: /^Cannot take 3 answers, the first of "Ada": / });
  const kept = written.slice(2).map((fact) => JSON.parse((fact as { value: { text: string } }).value.text) as Refused);
  assert.deepEqual(kept.map(({ asset, count, start, end }) => [asset, count, start, end]), [["pump", 2, 1, 3], ["fan", undefined, 3, 4]]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Label } from "../schema/label.ts";
import { blockOrigin, Origin, refusalOf, type Purpose } from "../schema/origin.ts";
import type { Refused } from "../schema/refused.ts";
import { Policy, type Wheel } from "../schema/wheel.ts";
import { requireOrigins } from "./origin.ts";
import type { Stored } from "./stretch.ts";

const purposes: readonly Purpose[] = ["train", "threshold", "exam", "gate"];

test("of each origin, what it may speak of; and where a wheel lets what is generated teach, that and nothing else", () => {
  const about = (made: Origin, purpose: Purpose, generated: number): string => Origin.options.map((origin) => `${origin}: ${refusalOf(origin, made, purpose, generated)?.code ?? "may"}`).join("; ");
  const [plant, simulated] = ["sensor: may; person: may; measurement: may; model: prove.model-made; simulator: prove.simulated", "sensor: prove.not-simulated; person: may; measurement: may; model: prove.model-made; simulator: may"];
  for (const purpose of purposes) {
    for (const generated of purpose === "train" ? [0] : [0, 0.6]) {
      assert.equal(about("sensor", purpose, generated), plant);
      assert.equal(about("simulator", purpose, generated), simulated);
    }
  }
  assert.equal(about("sensor", "train", 0.1), "sensor: may; person: may; measurement: may; model: may; simulator: may");
  assert.equal(about("simulator", "train", 0.1), "sensor: prove.not-simulated; person: may; measurement: may; model: may; simulator: may");
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
  const stored = (made: Origin | null) => ({ records: { wheels: () => Promise.resolve(wheels), madeBy: (asset: string) => (asked.push(asset), Promise.resolve(made)), settings: () => Promise.resolve([]), write } }) as unknown as Pick<Stored, "records">;
  const wheels: Pick<Wheel, "asset" | "target" | "policy">[] = [];
  const said = (origin: Origin, withdrawn = false) => ({ asset: "pump", author: "Ada", origin, withdrawn }) as Label;
  await requireOrigins([said("person"), said("measurement")], "train", stored("sensor"));
  assert.deepEqual(asked, [], "nothing is looked up for what people and measurements say");
  await assert.rejects(requireOrigins([said("person"), said("model")], "train", stored("simulator")), { code: "prove.model-made", message: 'Cannot take the answer of "Ada": a model made it, and what models say is no evidence about a model' });
  await assert.rejects(requireOrigins([said("simulator")], "train", stored("sensor")), { code: "prove.simulated" });
  await requireOrigins([said("simulator")], "train", stored("simulator"));
  await requireOrigins([said("simulator")], "train", stored(null)); // nothing is known of the asset yet: its blocks will say what counts
  await requireOrigins([said("model", true)], "train", stored("sensor"));
  assert.equal(written.length, 2, "what was refused is kept");
  wheels.push({ asset: "pump", target: null, policy: Policy.parse({ generated: 0.5 }) }, { asset: "motor", target: null, policy: Policy.parse({}) });
  await requireOrigins([said("model"), said("simulator")], "train", stored("sensor"));
  await assert.rejects(requireOrigins([said("model")], "gate", stored("sensor")), { code: "prove.model-made" }, "the answer to a question is evidence, whatever the wheel lets teach");
  await assert.rejects(requireOrigins([{ ...said("model"), asset: "motor" }], "train", stored("sensor")), { code: "prove.model-made" });
  await assert.rejects(requireOrigins([{ ...said("model"), target: "moisture" }], "train", stored("sensor")), { code: "prove.model-made" });
  assert.ok(!JSON.stringify(written).includes("Ada"));
  const many = [1, 2, 3].map((start) => ({ ...said("model"), start, end: start + 1, ...(start === 3 && { asset: "fan" }) }));
  await assert.rejects(requireOrigins([said("person"), ...many], "gate", stored("sensor")), { message: /^Cannot take 3 answers, the first of "Ada": / });
  const kept = written.slice(-2).map((fact) => JSON.parse((fact as { value: { text: string } }).value.text) as Refused);
  assert.deepEqual(kept.map(({ asset, count, start, end }) => [asset, count, start, end]), [["pump", 2, 1, 3], ["fan", undefined, 3, 4]]);
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onnxEngine } from "../src/engine/onnx.ts";
import { baselineInput } from "../src/learn/baseline.ts";
import { condition } from "../src/learn/learners/condition.ts";
import { mapOf } from "../src/learn/maps/maps.ts";
import { isParity, learnt, libraryOf, taughtBy } from "./conformance/learner.ts";
import { naiveCondition, warmUpBaseline } from "./naive-condition.ts";
import { temporaryDirectory } from "./synthetic.ts";
import { toyBlock, toyPlans, toyWarmUp } from "./toy.ts";

const peers = join(import.meta.dirname, "../bench/peers");
const python = join(peers, ".venv/bin/python");
const skip = existsSync(python) ? false : "no Python environment: bench/peers/README.md says how to make it";

const map = { ...mapOf("window-30", 3, null), random: { count: 60, seed: 1 } };
const taught = async () => learnt(condition, taughtBy(await libraryOf(onnxEngine, [...toyPlans(6, 1), ...toyPlans(5, 101, { fault: "shift" })], map), undefined, map), map);

/** Blocks with every kind of fault, with gaps, and with a signal far beyond all that was seen. */
const blocks = [
  toyBlock({ seed: 501, fault: "shift" }),
  toyBlock({ seed: 502, fault: "drop", gaps: 0.3 }),
  toyBlock({ seed: 503, fault: "shake", gaps: 0.55 }),
  ((block) => ({ ...block, rows: { ...block.rows, values: block.rows.values.map((value, at) => (at > 300 ? value * 1e6 : value)) } }))(toyBlock({ seed: 504 })),
];

/** JSON has no NaN; it travels as a word. */
const outgoing = (values: Float64Array) => Array.from(values, (value) => (Number.isNaN(value) ? "NaN" : value));
const incoming = (values: readonly (number | string)[]) => values.map(Number);
interface Reply {
  readonly dims: readonly number[];
  readonly values: readonly (number | string)[];
}

/** The largest difference between two lists, as a share of what parity allows, after checking that none is beyond it. */
function farthest(seen: ArrayLike<number>, expected: ArrayLike<number>, what: string): number {
  assert.equal(seen.length, expected.length);
  let most = 0;
  for (let at = 0; at < seen.length; at++) {
    assert.ok(isParity(seen[at], expected[at]), `${what} ${at}: ${seen[at]}, expected ${expected[at]}`);
    if (!Number.isNaN(expected[at])) most = Math.max(most, Math.abs(seen[at] - expected[at]) / Math.max(Math.abs(expected[at]), 1));
  }
  return most;
}

test("a condition model with answers scores in Python as it does here", { skip }, async (t) => {
  const { bytes, head } = await taught();
  assert.ok(head.answers !== null);
  const { path, remove } = temporaryDirectory();
  t.after(remove);
  const file = join(path, "model.onnx");
  writeFileSync(file, bytes);
  const session = await onnxEngine.open(bytes);
  let [most, known] = [0, 0];
  for (const { rows } of blocks) {
    const window = { type: "double", dims: [rows.rows, 3], values: rows.values } as const;
    const baseline = baselineInput(warmUpBaseline(rows, toyWarmUp));
    const ours = await session.run({ window, baseline });
    const input = Object.fromEntries(Object.entries({ window, baseline }).map(([name, { dims, values }]) => [name, { dims, type: "float64", values: outgoing(values) }]));
    const { status, stdout, stderr } = spawnSync(python, [join(peers, "score_onnx.py"), file], { input: JSON.stringify(input), encoding: "utf8", maxBuffer: 1e8 });
    assert.equal(status, 0, stderr);
    const theirs = JSON.parse(stdout) as Readonly<Record<string, Reply>>;
    assert.deepEqual(Object.keys(theirs), ["score", "contributions"]);
    for (const [name, { dims, values }] of Object.entries(theirs)) {
      assert.deepEqual(dims, [...ours[name].dims]);
      most = Math.max(most, farthest(ours[name].values, incoming(values), name));
      known += incoming(values).filter((value) => value > 0).length;
    }
  }
  await session.close();
  assert.ok(known > 1000, `${known} known numbers`);
  t.diagnostic(`largest difference from Python: ${most.toExponential(1)} (parity allows 1e-5)`);
});

test("a condition model with answers scores as its definition in float64 does", async (t) => {
  const { bytes, head, thresholds } = await taught();
  const session = await onnxEngine.open(bytes);
  let [most, scores] = [0, 0];
  for (const { rows } of blocks) {
    const baseline = warmUpBaseline(rows, toyWarmUp);
    const { score, contributions } = await session.run({ window: { type: "double", dims: [rows.rows, 3], values: rows.values }, baseline: baselineInput(baseline) });
    const naive = naiveCondition(map, head, thresholds, rows, baseline);
    most = Math.max(most, farthest(score.values, naive.map((item) => item.score), "score"));
    const clear = naive.flatMap(({ lead }, item) => (lead > 1e-4 ? [item] : []));
    const parts = clear.flatMap((item) => [...contributions.values.slice(item * 3, item * 3 + 3)]);
    farthest(parts, clear.flatMap((item) => naive[item].contributions), "contribution");
    scores += clear.length;
  }
  await session.close();
  assert.ok(scores > 250, `${scores} known scores`);
  t.diagnostic(`largest difference from the definition: ${most.toExponential(1)} (parity allows 1e-5)`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { naiveGram } from "../../../test/naive-gram.ts";
import { paramsOf, type Learnt, type Taught } from "../learner.ts";
import { scoreOf } from "../model.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { merge, sumOf, type Sum, type TaughtItem } from "../sum.ts";
import { condition } from "./condition.ts";

const features = 6;
const layout = { levels: 2, plain: features, all: features };

/** Items whose first two features are as large as `place` draws them; the others are noise. */
function items(count: number, seed: number, place: (random: () => number) => readonly [number, number]): Float32Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => Float32Array.from([...place(random), ...Array.from({ length: features - 2 }, () => 0.5 * normalFrom(random))]));
}

const sign = (random: () => number): number => (random() < 0.5 ? -1 : 1);
const about = (at: number, random: () => number): number => at + 0.2 * normalFrom(random);

/** In two corners; faults in the two others, which no plane parts from them. */
const crossed = (truth: "normal" | "fault") => (random: () => number): readonly [number, number] => {
  const side = sign(random);
  return [about(side, random), about(truth === "normal" ? -side : side, random)];
};
/** Both on one side of a plane each. */
const apart = (truth: "normal" | "fault") => (random: () => number): readonly [number, number] => [about(truth === "normal" ? 0 : 1, random), about(0, random)];

async function taughtBy(place: typeof crossed, faults: number): Promise<Taught> {
  const sums: Sum[] = [];
  for (let block = 0; block < 30; block++) {
    const normal = items(30, 1 + block, place("normal")).map((own): TaughtItem => ({ features: own, truth: "normal", met: true }));
    const fault = block >= faults ? [] : items(20, 1001 + block, place("fault")).map((own): TaughtItem => ({ features: own, truth: "fault", met: true }));
    sums.push(await sumOf([...normal, ...fault], features, `B${String(block).padStart(3, "0")}`, naiveGram));
  }
  const groups = Array.from({ length: 5 }, (_, group) => sums.filter((_sum, at) => at % 5 === group).reduce(merge));
  return { total: sums.reduce(merge), groups };
}

const learnt = (taught: Taught): Learnt => condition.learn(taught, layout, paramsOf(condition, {}));
const alarms = ({ head, thresholds }: Learnt, some: readonly Float32Array[]): number => some.filter((item) => scoreOf(head, thresholds, item) >= 1).length / some.length;

test("where no plane parts faults from normal, trees that see the detectors' scores take its place, and find new ones", async () => {
  const answer = learnt(await taughtBy(crossed, 15));
  assert.ok(answer.head.trees !== null);
  assert.equal(answer.provisional, false);
  const [found, falsely] = [alarms(answer, items(400, 5001, crossed("fault"))), alarms(answer, items(400, 5002, crossed("normal")))];
  assert.ok(found > 0.95 && falsely < 0.1, `${found} of the faults, ${falsely} of the normal items`);
  const plane = { ...answer, head: { ...answer.head, trees: null }, thresholds: { ...answer.thresholds, answers: 0.6 } };
  assert.ok(alarms(plane, items(400, 5001, crossed("fault"))) < 0.6, "the plane does not");
});

test("a plane that is as good keeps its place, and so does one while blocks with faults are few", async () => {
  const [good, few] = [learnt(await taughtBy(apart, 15)), learnt(await taughtBy(crossed, 9))];
  assert.deepEqual([good.head.trees, few.head.trees], [null, null]);
  assert.ok(alarms(good, items(400, 5003, apart("fault"))) > 0.9);
});

test("equal totals give equal trees, to the byte", async () => {
  const [one, other] = [await taughtBy(crossed, 15), await taughtBy(crossed, 15)];
  assert.deepEqual(learnt(one), learnt(other));
});

import { onnxEngine } from "../src/engine/onnx.ts";
import { engineGram } from "../src/engine/gram.ts";
import { baselineOf } from "../src/learn/baseline.ts";
import { paramsOf } from "../src/learn/learner.ts";
import { condition } from "../src/learn/learners/condition.ts";
import { mapOf } from "../src/learn/maps/maps.ts";
import { featureCount, type WindowMap } from "../src/learn/maps/window-map.ts";
import { conditionModel, featureModel } from "../src/learn/model.ts";
import { sumToBytes } from "../src/learn/sum-codec.ts";
import { sumOf, type Sum } from "../src/learn/sum.ts";
import { itemsOf } from "../src/learn/teach.ts";
import { totalOf, treeOf, type Leaf } from "../src/learn/total.ts";
import { readRecording, type Recording } from "../src/capture/recording.ts";
import { day } from "../src/schema/time.ts";
import type { Site } from "../src/site.ts";
import { skabRuns, skabWarmUp } from "./recordings.ts";
import type { Bench, Outcome, Run } from "./result.ts";
import { nodePrefix } from "../src/wheel/learn.ts";
import { labelsDigest } from "../src/wheel/names.ts";
import { onNewSite } from "./temporary.ts";

/** Recorded runs that stay; the one after them is moved far away, taught, and left out again. */
const kept = 12;
const distances = [1e3, 1e6];
const start = Date.UTC(2026, 0, 1) * 1000;

/** A block far from the rest is taught and taken back: what remains of it in the total and in the model. */
export const sums: Bench = {
  name: "sums",
  summary: "a far block is taught and left out again: bytes in which total and model differ from never having seen it",
  needs: "SKAB (9 MB)",
  takes: "half a minute",
  parts: [],
  run: runSums,
};

interface Difference {
  readonly spreads: number;
  /** `signals`: a site whose far block's readings lie that far off. `features`: the features themselves do, which the map would have bounded. */
  readonly far: "signals" | "features";
  readonly totalBytes: number;
  readonly totalBytesDifferent: number;
  readonly modelBytes: number;
  readonly modelBytesDifferent: number;
  /** While the far block was still taught: that it did reach the total. */
  readonly totalBytesDifferentBefore: number;
  /** The same total, had the far block been subtracted: the largest error of a variance, as a share of it. */
  readonly bySubtraction: number | null;
}

async function runSums({ say }: Run): Promise<Outcome> {
  const recordings = await Promise.all(skabRuns().slice(0, kept + 1).map(({ path }) => readRecording(path)));
  const differences: Difference[] = [];
  const unseen = await onNewSite((site) => taught(site, recordings.slice(0, kept)));
  for (const spreads of distances) {
    const seen = await onNewSite((site) => taughtAndLeftOut(site, recordings, spreads));
    differences.push(differenceOf("signals", spreads, seen.before, seen.after, unseen, null));
    differences.push(await throughFeatures(recordings, spreads));
    say(`${spreads} spreads away: ${differences.slice(-2).map(({ far, totalBytesDifferent, modelBytesDifferent }) => `${far} ${totalBytesDifferent} and ${modelBytesDifferent}`).join(", ")} bytes differ`);
  }
  return {
    figures: { differences },
    goals: differences.flatMap(({ spreads, far, totalBytesDifferent, modelBytesDifferent }) => [
      { figure: `${far} ${spreads} total`, got: totalBytesDifferent, atMost: 0 },
      { figure: `${far} ${spreads} model`, got: modelBytesDifferent, atMost: 0 },
    ]),
    notes: [
      `${kept} recorded runs stay; the next one, its readings after the warm-up moved by so many spreads of its own baseline, is taught in a turn, then excluded, and the wheel turns again. Compared with a site that never saw it.`,
      "bySubtraction says what taking the block's sum away from the total would have left wrong instead.",
    ],
    variantsTried: 0,
  };
}

interface Learnt {
  readonly total: Uint8Array;
  readonly model: Uint8Array;
}

/** `before` is the total with the far block, `one` after it was left out, `other` without it ever. */
function differenceOf(far: Difference["far"], spreads: number, before: Uint8Array, one: Learnt, other: Learnt, bySubtraction: number | null): Difference {
  return {
    spreads,
    far,
    totalBytes: other.total.length,
    totalBytesDifferent: bytesDifferent(one.total, other.total),
    totalBytesDifferentBefore: bytesDifferent(before, other.total),
    modelBytes: other.model.length,
    modelBytesDifferent: bytesDifferent(one.model, other.model),
    bySubtraction,
  };
}

function bytesDifferent(a: Uint8Array, b: Uint8Array): number {
  let different = Math.abs(a.length - b.length);
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) different++;
  return different;
}

/** Through the product: runs imported, answered by their truth, and one turn. */
async function taught(site: Site, recordings: readonly Recording[]): Promise<Learnt> {
  for (const [run, recording] of recordings.entries()) await importAnswered(site, recording, run);
  return await turned(site);
}

async function taughtAndLeftOut(site: Site, recordings: readonly Recording[], spreads: number): Promise<{ before: Uint8Array; after: Learnt }> {
  const { total: before } = await taught(site, [...recordings.slice(0, kept), moved(recordings[kept], spreads)]);
  const [far] = (await site.store.records.blocks({ asset: (await site.wheel()).asset })).filter(({ context }) => context.file?.name.startsWith("far"));
  await site.store.records.write([{ put: "block", value: { ...far, revision: far.revision + 1, excluded: "a bench takes it back" } }]);
  return { before, after: await turned(site) };
}

async function importAnswered(site: Site, recording: Recording, run: number): Promise<void> {
  const { intake } = await site.import(recording, { asset: "pump", warmUpRows: skabWarmUp, startAt: start + run * day });
  await site.labelByTruth(recording, intake);
}

/** A turn; the challenger's bytes, and the total of the blocks it learnt from. */
async function turned(site: Site): Promise<Learnt> {
  const { store } = site;
  const wheel = await site.wheel();
  const turn = await site.turn(wheel, "hand");
  const digest = turn.challengers.at(0);
  const model = digest === undefined ? null : await store.records.model(digest);
  if (model === null) throw new Error(`Cannot compare totals: the turn made no model: ${turn.verdict?.reasons.join(" ")}`);
  const leaves: Leaf[] = [];
  const known = await store.records.sumNames(wheel.id, model.mapDigest);
  for (const block of await store.records.blocks({ asset: wheel.asset })) {
    const labels = labelsDigest(await store.records.labels({ asset: block.asset, start: block.start, end: block.end }));
    const sum = known.find((one) => one.block === block.id && one.blockRevision === block.revision && one.labelsDigest === labels);
    if (sum !== undefined && model.blocks.includes(block.id)) leaves.push({ name: sum.name, block: block.id, start: block.start });
  }
  const root = treeOf(leaves);
  const bytes = root === null ? null : root.children.length === 0 ? (await store.records.sums([root.name])).at(0) : await store.records.node(nodePrefix(wheel) + root.name);
  if (bytes === undefined || bytes === null) throw new Error("Cannot compare totals: the turn kept none");
  return { total: bytes, model: site.exportModel(model.digest) };
}

/** A recording whose readings after the warm-up lie so many spreads of its baseline away. */
function moved(recording: Recording, spreads: number): Recording {
  return {
    ...recording,
    file: { ...recording.file, name: "far.csv" },
    columns: recording.columns.map((column) => {
      const { spread } = baselineOf({ rows: skabWarmUp, columns: 1, values: column.values.slice(0, skabWarmUp) });
      return { ...column, values: column.values.map((value, row) => (row < skabWarmUp ? value : value + spreads * spread[0])) };
    }),
  };
}

/** Through learning alone, so that nothing bounds how far the features lie. */
async function throughFeatures(recordings: readonly Recording[], spreads: number): Promise<Difference> {
  const map = mapOf("window-30", recordings[0].columns.filter(isInput).length, null);
  const session = await onnxEngine.open(featureModel(map));
  const gram = await engineGram(onnxEngine);
  const known = new Map<string, Sum>();
  const leaves: Leaf[] = [];
  for (const [run, recording] of recordings.entries()) {
    const items = await itemsOf(session, map, teachingBlock(recording));
    const placed = run < kept ? items : items.map((item) => ({ ...item, features: item.features.map((value) => value + spreads) }));
    const block = `B${String(run).padStart(3, "0")}`;
    known.set(`sum ${block}`, await sumOf(placed, featureCount(map).all, block, gram));
    leaves.push({ name: `sum ${block}`, block, start: start + run * day });
  }
  await session.close();
  const nodes = new Map<string, Sum>();
  const all = totalBy(leaves, known, nodes);
  const unseen = leaves.slice(0, kept);
  const [after, never] = [totalBy(unseen, known, nodes), totalBy(unseen, known, new Map())];
  const learntFrom = (total: Sum): Learnt => ({ total: sumToBytes(total), model: modelOf(map, total) });
  return differenceOf("features", spreads, sumToBytes(all), learntFrom(after), learntFrom(never), errorBySubtraction(all, known.get(leaves[kept].name) as Sum, never));
}

function totalBy(leaves: readonly Leaf[], sumsByName: ReadonlyMap<string, Sum>, nodes: Map<string, Sum>): Sum {
  const root = treeOf(leaves);
  if (root === null) throw new RangeError("Cannot add up no block");
  return totalOf(root, { leaf: (name) => sumsByName.get(name) as Sum, recall: (name) => nodes.get(name) ?? null, keep: (name, sum) => void nodes.set(name, sum) });
}

function modelOf(map: WindowMap, total: Sum): Uint8Array {
  const { head, thresholds } = condition.learn({ total, groups: [] }, featureCount(map), paramsOf(condition, {}));
  return conditionModel(map, head, thresholds, {});
}

const isInput = ({ valueType, role }: Recording["columns"][number]): boolean => valueType === "number" && (role === "measured" || role === "set-point");

function teachingBlock({ columns, label, rows }: Recording) {
  const inputs = columns.filter(isInput);
  const values = new Float64Array(rows * inputs.length);
  for (const [at, column] of inputs.entries()) for (let row = 0; row < rows; row++) values[row * inputs.length + at] = column.values[row];
  return { rows: { rows, columns: inputs.length, values }, warmUpRows: skabWarmUp, truth: Uint8Array.from({ length: rows }, (_, row) => label?.values[row] ?? 2), running: null };
}

/** Had the far sum been subtracted: the largest error of a normal variance, as a share of that variance. */
function errorBySubtraction(all: Sum, far: Sum, never: Sum): number {
  const [a, b, truth] = [all, far, never].map(({ lessons }) => lessons.normal.moments);
  const count = a.count - b.count;
  const columns = a.mean.length;
  let worst = 0;
  for (let j = 0, at = 0; j < columns; at += columns - j, j++) {
    const mean = (a.count * a.mean[j] - b.count * b.mean[j]) / count;
    const variance = a.scatter[at] - b.scatter[at] - ((b.count * count) / a.count) * (b.mean[j] - mean) ** 2;
    if (truth.scatter[at] > 0) worst = Math.max(worst, Math.abs(variance - truth.scatter[at]) / truth.scatter[at]);
  }
  return worst;
}

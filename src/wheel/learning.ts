import { availableParallelism } from "node:os";
import { engineGram } from "../engine/gram.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { threadPool } from "../engine/pool.ts";
import { MillraceError } from "../errors.ts";
import type { Session } from "../learn/engine.ts";
import { paramsOf, type Learner, type Taught } from "../learn/learner.ts";
import { afterLinear } from "../learn/learners/after-linear.ts";
import { learners } from "../learn/learners/condition.ts";
import { constant } from "../learn/learners/constant.ts";
import { targetLearners } from "../learn/learners/targets.ts";
import { ridge } from "../learn/learners/ridge.ts";
import type { SeriesMap } from "../learn/maps/series-map.ts";
import { featureCount, type WindowMap } from "../learn/maps/window-map.ts";
import type { Matrix } from "../learn/matrix.ts";
import { conditionModel, featureModel, partNames } from "../learn/model.ts";
import type { Gram } from "../learn/moments.ts";
import type { Pool } from "../learn/pool.ts";
import { seriesItems, type Stretch } from "../learn/series-items.ts";
import { sumToBytes } from "../learn/sum-codec.ts";
import { sumOf } from "../learn/sum.ts";
import { learnTarget } from "../learn/target-lesson.ts";
import { targetSumToBytes } from "../learn/target-sum-codec.ts";
import { targetSumOf } from "../learn/target-sum.ts";
import { itemsOf, type TeachingBlock } from "../learn/teach.ts";
import type { Leaf } from "../learn/total.ts";
import { takeWithin } from "../learn/within.ts";
import type { Model } from "../schema/model.ts";
import type { Recipe } from "../schema/recipe.ts";
import { conditionSums, eachSum, gather, heldOutGroups, sumsOfLeaves, targetSums, type Gathered, type KeptNode, type SumForm } from "./gather.ts";
import type { KindRequest } from "./kinds/kind.ts";

/** Feature maps that are kept ready to run: each holds megabytes, and a site may have hundreds of wheels. */
const mostSessions = 8;
/** Blocks of a held-out group, the newest, by which intervals are calibrated: so that a turn costs the same after ten years. */
const mostCalibrated = 100;

/** Every learner of targets that a recipe may name; of trees also what learns what a line leaves over. */
const siteLearners: readonly Learner[] = [constant, ...targetLearners, ...targetLearners.filter(({ name }) => name.endsWith("-trees")).map((trees) => afterLinear(ridge, trees))];

/** What models or simulators made, in the order in which it is taken; at most so much against what is real, of each class. */
export interface Offered {
  readonly leaves: readonly Leaf[];
  readonly atMost: number;
}

export type LearnRequest = KindRequest & {
  readonly directory: string;
  /** Before the name of each node that is kept between turns: nodes belong to a wheel. */
  readonly nodePrefix: string;
  readonly recipe: Recipe;
  readonly leaves: readonly Leaf[];
  /** What may teach beside them and calibrates nothing, as far as it fits. */
  readonly offered?: Offered;
  /** Text that travels in the model file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the nodes that come back are written before it is asked for again: then they come in portions. */
  readonly keepsNodes: boolean;
  /** Whether a model of a target says how sure it is: an interval, or "none of these". */
  readonly calibrates: boolean;
};

/**
 * A model, or in words why there is none yet; and the nodes that were merged for it, to be kept. `more`: these nodes have
 * to be written first, and the same asked for again.
 */
export type LearnReply = {
  readonly nodes: readonly KeptNode[];
  /** Names of all nodes of the trees that were summed: the ones worth keeping. */
  readonly used: readonly string[];
} & ({ readonly model: Uint8Array; readonly provisional: boolean; readonly generated?: NonNullable<Model["generated"]> } | { readonly why: string } | { readonly more: true });

/** A block's rows with what is known of each. */
export interface TargetBlock {
  readonly rows: Matrix;
  readonly stretches: readonly Stretch[];
  /** By row its class ("" unknown), or its value (NaN unknown). */
  readonly targets: readonly string[] | Float64Array;
}

/**
 * Learning, as it runs in its child process: sums of blocks, and models from totals of sums.
 *
 * It only reads the site's records; whoever asked writes what comes back.
 */
export class Learning {
  readonly #sessions = new Map<string, Promise<Session>>();
  #gram: Promise<Gram> | undefined;
  #last: { readonly of: string; readonly gathered: Gathered<unknown> } | undefined;

  /** What a block teaches of the condition under a map, as bytes. */
  async sum(map: WindowMap, id: string, block: TeachingBlock): Promise<Uint8Array> {
    const items = await itemsOf(await this.#features(map), map, block);
    return sumToBytes(await sumOf(items, featureCount(map).all, id, await this.#ownGram()));
  }

  /** What a block teaches of a target under a map, as bytes. Rows of which nothing is known teach nothing. */
  async targetSum(map: SeriesMap, id: string, { rows, stretches, targets }: TargetBlock): Promise<Uint8Array> {
    const features = await seriesItems(onnxEngine, map, rows, stretches);
    return targetSumToBytes(await targetSumOf({ features, targets }, id, await this.#ownGram()));
  }

  /** Solves the total of the leaves. Nodes of the tree that had to be merged come back, to be kept. */
  async learn(request: LearnRequest): Promise<LearnReply> {
    if (request.leaves.length === 0) return { why: request.kind === "condition" ? "there is no block to learn from" : "nothing has been said of its target in any block that teaches", nodes: [], used: [] };
    return request.kind === "condition" ? this.#learnCondition(request) : await this.#learnTarget(request);
  }

  #learnCondition({ map, recipe, metadata, ...request }: Extract<LearnRequest, { kind: "condition" }>): LearnReply {
    const learner = named(learners, recipe.learner);
    const { gathered: { taught, used }, nodes } = this.#gather(conditionSums, request);
    if (taught === null) return { more: true, nodes, used };
    const also = withOffered(conditionSums, taught, request);
    if (typeof also === "string") return { why: also, nodes, used };
    const why = learner.canLearn(also.taught.total);
    if (why !== null) return { why, nodes, used };
    const learnt = learner.learn(also.taught, featureCount(map), paramsOf(learner, recipe.params));
    const described = { ...metadata, "millrace.detectors": JSON.stringify(partNames(learnt.head, learnt.beside)) };
    return { model: conditionModel(map, learnt.head, learnt.thresholds, described, learnt.beside), provisional: learnt.provisional, ...also.told, nodes, used };
  }

  async #learnTarget({ kind, map, recipe, metadata, calibrates, ...request }: Exclude<LearnRequest, { kind: "condition" }>): Promise<LearnReply> {
    const learner = named(siteLearners, recipe.learner);
    const { gathered: { taught, used }, nodes } = this.#gather(targetSums, request);
    if (taught === null) return { more: true, nodes, used };
    const also = withOffered(targetSums, taught, request);
    if (typeof also === "string") return { why: also, nodes, used };
    const held = heldOutGroups(request.leaves);
    const blocks = (group: number) => sumsOfLeaves(targetSums, request.directory, held[group].slice(-mostCalibrated));
    const learnt = await withThreads(async (pool) => await learnTarget({ kind, map, learner, params: recipe.params }, also.taught, calibrates ? blocks : null, metadata, { gram: await this.#ownGram(), pool }));
    return typeof learnt === "string" ? { why: learnt, nodes, used } : { model: learnt.bytes, provisional: learnt.provisional, ...also.told, nodes, used };
  }

  /** The total and held-out groups of the leaves; the last ones are kept: the recipes of a turn ask for the same. */
  #gather<S>(form: SumForm<S>, { directory, nodePrefix, leaves, keepsNodes }: Pick<LearnRequest, "directory" | "nodePrefix" | "leaves" | "keepsNodes">): { gathered: Gathered<S>; nodes: readonly KeptNode[] } {
    const of = [form.name, nodePrefix, ...leaves.map(({ name }) => name)].join(" ");
    if (this.#last?.of === of) return { gathered: this.#last.gathered as Gathered<S>, nodes: [] };
    this.#last = undefined; // two sets of totals at once would double the memory
    const gathered = gather(form, directory, nodePrefix, leaves, keepsNodes ? undefined : Infinity);
    if (gathered.taught !== null) this.#last = { of, gathered: { ...gathered, nodes: [] } };
    return { gathered, nodes: gathered.nodes };
  }

  /** CPU time this process has used, in seconds. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }

  /** Resident memory of this process, in bytes, and the CPU time it has used. */
  held(): { bytes: number; cpuSeconds: number } {
    return { bytes: process.memoryUsage.rss(), cpuSeconds: this.cpuSeconds() };
  }

  #ownGram(): Promise<Gram> {
    this.#gram ??= engineGram(onnxEngine);
    return this.#gram;
  }

  /** Nothing runs on the one that was used longest ago: one block and one turn are learnt from at once, no more. */
  #close(key: string): void {
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    session?.then((one) => one.close()).catch(() => {});
  }

  #features(map: WindowMap): Promise<Session> {
    const key = JSON.stringify(map);
    const session = this.#sessions.get(key) ?? onnxEngine.open(featureModel(map));
    this.#sessions.delete(key);
    this.#sessions.set(key, session); // the newest last
    const [oldest = key] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions) this.#close(oldest);
    return session;
  }
}

/**
 * The total with what fits beside it of what models or simulators made, in words where nothing does. The held-out groups stay as they are:
 * thresholds, intervals and whatever a learner chooses by them follow from what is real alone.
 */
function withOffered<S>(form: SumForm<S>, taught: Taught<S>, { offered, directory }: Pick<LearnRequest, "offered" | "directory">): { taught: Taught<S>; told?: Pick<Extract<LearnReply, { model: Uint8Array }>, "generated"> } | string {
  if (offered === undefined) return { taught };
  const { total, taken, weight } = takeWithin(taught.total, eachSum(form, directory, offered.leaves), offered.atMost, form);
  if (taken.length === 0) return "nothing that a model or a simulator made may teach beside what is real";
  return { taught: { total, groups: taught.groups, real: taught.total }, told: { generated: { blocks: taken.map((at) => offered.leaves[at].block).toSorted(), weight } } };
}

/** Threads that learn at once at most, and never more than there are processors. */
const mostThreads = 2;

/** Threads for the loops of one model's learning, which end with it: what they held is given back. */
async function withThreads<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = threadPool(Math.min(mostThreads, availableParallelism()));
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

function named<T extends { readonly name: string }>(known: readonly T[], name: string): T {
  const found = known.find((learner) => learner.name === name);
  if (found !== undefined) return found;
  throw new MillraceError("learn.unknown-learner", `Cannot learn with ${JSON.stringify(name)}: there is no such learner`, {
    hint: `Known are ${known.map((learner) => learner.name).join(", ")}.`,
  });
}

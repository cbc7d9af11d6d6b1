import { engineGram } from "../engine/gram.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { MillraceError } from "../errors.ts";
import type { Session } from "../learn/engine.ts";
import { paramsOf, type Taught } from "../learn/learner.ts";
import { learners } from "../learn/learners/condition.ts";
import { featureCount, type WindowMap } from "../learn/maps/window-map.ts";
import { conditionModel, featureModel, type Thresholds } from "../learn/model.ts";
import type { Gram } from "../learn/moments.ts";
import { sumFromBytes, sumToBytes } from "../learn/sum-codec.ts";
import { sumOf, type Sum } from "../learn/sum.ts";
import { itemsOf, type TeachingBlock } from "../learn/teach.ts";
import { totalOf, treeOf, type Leaf, type SumSource, type TotalNode } from "../learn/total.ts";
import type { Recipe } from "../schema/recipe.ts";
import { openRecordsReadOnly, type Records } from "../store/records.ts";

/** Held-out groups that thresholds are calibrated on; a refit for each. */
const groups = 5;
/** Feature maps that are kept ready to run: each holds megabytes, and a site may have hundreds of wheels. */
const mostSessions = 8;

export interface LearnRequest {
  readonly directory: string;
  /** Before the name of each node that is kept between turns: nodes belong to a wheel. */
  readonly nodePrefix: string;
  readonly map: WindowMap;
  readonly recipe: Recipe;
  readonly leaves: readonly Leaf[];
  /** Text that travels in the model file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A node of the tree of sums, to be kept for the next turn. */
export interface KeptNode {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A model, or in words why there is none yet; and the nodes that were merged for it, to be kept. */
export type LearnReply = {
  readonly nodes: readonly KeptNode[];
  /** Names of all nodes of the trees that were summed: the ones worth keeping. */
  readonly used: readonly string[];
} & ({ readonly model: Uint8Array; readonly thresholds: Thresholds; readonly provisional: boolean } | { readonly why: string });

/**
 * Learning, as it runs in its child process: sums of blocks, and models from totals of sums.
 *
 * It only reads the site's records; whoever asked writes what comes back.
 */
export class Learning {
  readonly #sessions = new Map<string, Promise<Session>>();
  #gram: Promise<Gram> | undefined;
  #last: { readonly of: string; readonly taught: Taught; readonly used: readonly string[] } | undefined;

  /** What a block teaches under a map, as bytes. */
  async sum(map: WindowMap, id: string, block: TeachingBlock): Promise<Uint8Array> {
    this.#gram ??= engineGram(onnxEngine);
    const items = await itemsOf(await this.#features(map), map, block);
    return sumToBytes(await sumOf(items, featureCount(map).all, id, await this.#gram));
  }

  /** Solves the total of the leaves. Nodes of the tree that had to be merged come back, to be kept. */
  learn({ directory, nodePrefix, map, recipe, leaves, metadata }: LearnRequest): LearnReply {
    const learner = learners.find(({ name }) => name === recipe.learner);
    if (learner === undefined) throw unknownLearner(recipe.learner);
    if (leaves.length === 0) return { why: "there is no block to learn from", nodes: [], used: [] };
    const { taught, nodes, used } = this.#taughtBy(directory, nodePrefix, leaves);
    const why = learner.canLearn(taught.total);
    if (why !== null) return { why, nodes, used };
    const learnt = learner.learn(taught, featureCount(map), paramsOf(learner, recipe.params));
    return { model: conditionModel(map, learnt.head, learnt.thresholds, metadata), thresholds: learnt.thresholds, provisional: learnt.provisional, nodes, used };
  }

  /** Total and held-out groups of the leaves, and the nodes that had to be merged for them. The last ones are kept: the recipes of a turn ask for the same. */
  #taughtBy(directory: string, prefix: string, leaves: readonly Leaf[]): { taught: Taught; nodes: KeptNode[]; used: readonly string[] } {
    const of = [prefix, ...leaves.map(({ name }) => name)].join(" ");
    if (this.#last?.of === of) return { taught: this.#last.taught, nodes: [], used: this.#last.used };
    this.#last = undefined; // two sets of totals at once would double the memory
    const records = openRecordsReadOnly(directory);
    try {
      const { source, nodes } = sumSource(records, prefix);
      const trees = [leaves, ...heldOutGroups(leaves)].map((some) => treeOf(some) as TotalNode);
      const [total, ...groups] = trees.map((tree) => totalOf(tree, source));
      const taught = { total, groups };
      const used = [...new Set(trees.flatMap(innerNames))].map((name) => prefix + name);
      this.#last = { of, taught, used };
      return { taught, nodes, used };
    } finally {
      records.close();
    }
  }

  /** CPU time this process has used, in seconds. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
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

/** Sums as the records have them; nodes merged on the way are kept in `nodes`. */
function sumSource(records: Records, prefix: string): { source: SumSource; nodes: KeptNode[] } {
  const nodes: KeptNode[] = [];
  const known = new Map<string, Sum>();
  const source: SumSource = {
    leaf: (name) => sumFromBytes(records.sums([name])[0]),
    recall(name) {
      const bytes = known.has(name) ? null : records.node(prefix + name);
      return known.get(name) ?? (bytes === null ? null : sumFromBytes(bytes));
    },
    keep(name, sum) {
      known.set(name, sum);
      nodes.push({ name: prefix + name, bytes: sumToBytes(sum) });
    },
  };
  return { source, nodes };
}

/** The names of a tree's nodes, leaves left out. */
const innerNames = ({ name, children }: TotalNode): string[] => (children.length === 0 ? [] : [name, ...children.flatMap(innerNames)]);

/** Every fifth block in id order: a new block joins one group and leaves the others as they were. */
function heldOutGroups(leaves: readonly Leaf[]): Leaf[][] {
  const ordered = leaves.toSorted((a, b) => (a.block < b.block ? -1 : 1));
  return Array.from({ length: Math.min(groups, ordered.length) }, (_, group) => ordered.filter((_leaf, at) => at % groups === group));
}

function unknownLearner(name: string): MillraceError {
  return new MillraceError("learn.unknown-learner", `Cannot learn with ${JSON.stringify(name)}: there is no such learner`, {
    hint: `Known are ${learners.map((learner) => learner.name).join(", ")}.`,
  });
}


import type { Id } from "../schema/id.ts";
import { second, type Micros } from "../schema/time.ts";
import type { SignalHealth } from "./signal-health.ts";

/** Which asset is a part of which. */
export class AssetTree {
  readonly #parents: ReadonlyMap<Id, Id | null>;
  readonly #lines = new Map<Id, readonly Id[]>();

  constructor(assets: Iterable<{ readonly id: Id; readonly parent: Id | null }>) {
    this.#parents = new Map(Array.from(assets, ({ id, parent }) => [id, parent]));
  }

  /** From the asset up to its outermost one, itself first. */
  lineOf(asset: Id): readonly Id[] {
    const known = this.#lines.get(asset);
    if (known !== undefined) return known;
    const line = [asset];
    this.#lines.set(asset, line);
    for (let parent = this.#parents.get(asset) ?? null; parent !== null && !line.includes(parent); parent = this.#parents.get(parent) ?? null) line.push(parent);
    return line;
  }

  rootOf(asset: Id): Id {
    return this.lineOf(asset).at(-1) ?? asset;
  }

  /** The innermost asset that all of these belong to; `null` when there is none. */
  over(assets: Iterable<Id>): Id | null {
    const lines = Array.from(new Set(assets), (asset) => this.lineOf(asset));
    return lines.at(0)?.find((one) => lines.every((line) => line.includes(one))) ?? null;
  }
}

/** Signals that fell silent together, and the asset that they all belong to. */
export interface SilentGroup {
  readonly asset: Id;
  readonly members: readonly SignalHealth[];
}

/** A signal in silence, on the steady clock. */
export interface Silent {
  readonly health: SignalHealth;
  /** When its silence was noticed. */
  readonly noticedAt: Micros;
}

/** How a signal stands: `quiet` is overdue, but not yet for long enough to be called silent. */
export type Quietness = "heard" | "quiet" | "silent";

/** Others that died at the same moment are given this long to be noticed too. */
const settle = 2 * second;
/** And slower ones of the same plant, of which nothing can be said yet, this long. */
const patience = 30 * second;
/** More groups than this at once have one cause. */
const mostAtOnce = 3;

/**
 * Which silences to tell, and together with which: everything of an asset, or of a gateway's assets,
 * that fell silent at once is told once.
 *
 * Signals of one plant wait for each other while nothing in it has been heard since, because slower
 * ones may be dead too without anybody knowing yet.
 */
export function groupSilences(silent: readonly Silent[], all: ReadonlyMap<SignalHealth, Quietness>, tree: AssetTree, steady: Micros): SilentGroup[] {
  const plants = new Map<Id, { candidates: Silent[]; members: SignalHealth[] }>();
  const plantOf = (health: SignalHealth) => {
    const root = tree.rootOf(health.signal.asset);
    const plant = plants.get(root) ?? { candidates: [], members: [] };
    plants.set(root, plant);
    return plant;
  };
  for (const one of silent) plantOf(one.health).candidates.push(one);
  for (const health of all.keys()) if (plants.has(tree.rootOf(health.signal.asset))) plantOf(health).members.push(health);

  const byPlant = [...plants.values()].map(({ candidates, members }) => {
    const others = members.filter((one) => all.get(one) === "heard");
    const lastHeard = others.reduce((newest, { heardAt }) => Math.max(newest, heardAt), -Infinity);
    const isDecided = ({ health, noticedAt }: Silent) =>
      steady - noticedAt >= patience || (steady - noticedAt >= settle && (others.length === 0 || lastHeard > health.heardAt + second));
    const decided = candidates.filter(isDecided).map(({ health }) => health);
    return groupsOfPlant(decided, members, all, tree);
  });
  if (byPlant.flat().length <= mostAtOnce) return byPlant.flat();
  const joined = byPlant.filter(({ length }) => length > 0).map((groups) => join(groups, tree));
  return joined.length <= mostAtOnce ? joined : [join(joined, tree)];
}

/** One group when all of the asset above them is quiet, else each for itself. */
function groupsOfPlant(decided: readonly SignalHealth[], members: readonly SignalHealth[], all: ReadonlyMap<SignalHealth, Quietness>, tree: AssetTree): SilentGroup[] {
  const alone = decided.map((health) => ({ asset: health.signal.asset, members: [health] }));
  const over = tree.over(decided.map(({ signal }) => signal.asset));
  const beneath = over === null ? [] : members.filter(({ signal }) => tree.lineOf(signal.asset).includes(over));
  return over !== null && beneath.length > 1 && beneath.every((one) => all.get(one) !== "heard") ? [{ asset: over, members: beneath }] : alone;
}

function join(groups: readonly SilentGroup[], tree: AssetTree): SilentGroup {
  const asset = tree.over(groups.map((group) => group.asset)) ?? groups[0].asset;
  return { asset, members: groups.flatMap(({ members }) => members) };
}

import type { Sum } from "./sum.ts";
import type { ConditionHead, Thresholds } from "./model.ts";

/** One tunable number. Forms, flags, validation and docs are all made from it. */
export interface Param {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

/** What a learner is given: the total of the chosen blocks, and the same blocks as held-out groups. */
export interface Taught {
  readonly total: Sum;
  /** Disjoint; their union is what the total was made of. At most ten. */
  readonly groups: readonly Sum[];
}

/** What a learner returns: a head, when it alarms, and how far that can be trusted. */
export interface Learnt {
  readonly head: ConditionHead;
  readonly thresholds: Thresholds;
  /** True while the thresholds are a stated guess for want of held-out blocks. */
  readonly provisional: boolean;
}

/** Where the level features end, and the plain ones that they are the first of; random ones follow. */
export interface FeatureLayout {
  readonly levels: number;
  readonly plain: number;
  readonly all: number;
}

/**
 * A learner: totals in, head and thresholds out. Pure: equal arguments give equal bytes.
 *
 * `canLearn` says in words why it cannot learn from a total yet, or `null` when it can.
 */
export interface Learner<Name extends string> {
  readonly name: string;
  readonly version: number; // raise it when equal totals would give another head
  readonly kind: "condition";
  readonly summary: string;
  readonly params: Readonly<Record<Name, Param>>;
  canLearn(total: Sum): string | null;
  learn(taught: Taught, layout: FeatureLayout, params: Readonly<Record<Name, number>>): Learnt;
}

/** The learner's parameters with defaults filled in. Throws RangeError for an unknown name or a value out of range. */
export function paramsOf<Name extends string>(learner: Learner<Name>, given: Readonly<Record<string, number>>): Record<Name, number> {
  const entries = Object.entries<Param>(learner.params).map(([name, { default: usual, min, max }]) => {
    const value = given[name] ?? usual;
    if (!(value >= min && value <= max)) throw new RangeError(`Cannot set ${name} of ${learner.name}: ${value}, expected ${min} to ${max}`);
    return [name, value];
  });
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(learner.params, name));
  if (unknown !== undefined) throw new RangeError(`Cannot set ${JSON.stringify(unknown)} of ${learner.name}: it has no such parameter`);
  return Object.fromEntries(entries) as Record<Name, number>;
}

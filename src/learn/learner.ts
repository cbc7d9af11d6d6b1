import type { ConditionHead, Thresholds } from "./model.ts";
import type { Features } from "./matrix.ts";
import type { Gram } from "./moments.ts";
import type { Edge, Graph } from "./onnx/graph.ts";
import type { Pool } from "./pool.ts";
import type { FeatureSide } from "./sides.ts";
import type { Sum } from "./sum.ts";
import type { TargetSum } from "./target-sum.ts";

/** One tunable number. Forms, flags, validation and docs are all made from it. */
export interface Param {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

/** What a learner is given: the total of the chosen blocks, and the same blocks as held-out groups. */
export interface Taught<Total = Sum> {
  readonly total: Total;
  /** Disjoint; their union is what the total was made of, but for what may teach and calibrates nothing. At most ten. */
  readonly groups: readonly Total[];
  /** The total without what may teach and calibrates nothing; absent where nothing of that is in it. */
  readonly real?: Total;
}

/** The questions that a learner with targets may answer. */
export type TargetKind = "classify" | "estimate" | "remaining-life";

/** What learning may lean on; passed in, so that a learner stays pure. */
export interface Tools {
  /** Large products. */
  readonly gram: Gram;
  /** Other cores for loops over typed arrays; what comes out is the same without it. */
  readonly pool: Pool | null;
}

/**
 * A learner of targets: totals in, a head out. Pure: equal arguments give equal heads, bit for bit.
 *
 * `canLearn` says in words why it cannot learn from a total yet, or `null` when it can.
 */
export interface Learner<Name extends string = string> {
  readonly name: string;
  readonly version: number; // raise it when equal totals would give another head
  readonly kinds: readonly TargetKind[];
  readonly summary: string;
  readonly params: Readonly<Record<Name, Param>>;
  canLearn(total: TargetSum): string | null;
  learn(taught: Taught<TargetSum>, params: Readonly<Record<Name, number>>, seed: number, tools: Tools): Promise<Head>;
}

/**
 * What a learner of targets found out: items in, numbers out.
 *
 * An item gets one number where the target is one, and the probability of each class, in the order of
 * `classesOf`, where it is a class. Features that are unknown (NaN) are the head's to deal with.
 */
export interface Head {
  readonly outputs: number;
  /** In plain code: items × outputs. Learning judges held-out items with it; the graph is what runs. */
  predict(features: Features): Float64Array;
  /** In a graph: `features` is items × features, float32, NaN where unknown; returns items × outputs, float64. */
  add(graph: Graph, features: Edge): Edge;
  /** How much each feature mattered: 0 upwards, summing to 1; `null` when the head cannot say. */
  readonly importance: Float64Array | null;
}

/** A detector over window features, with the raw score from which it alarms. */
export type JudgingSide = FeatureSide & { readonly threshold: number };

/** What a condition learner returns: a head, when it alarms, and how far that can be trusted. */
export interface Learnt {
  readonly head: ConditionHead;
  readonly thresholds: Thresholds;
  /** Detectors that judge beside those of the head, chosen by evidence. */
  readonly beside: readonly JudgingSide[];
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
 * A learner of a machine's condition: totals in, head and thresholds out. Pure: equal arguments give equal bytes.
 *
 * `canLearn` says in words why it cannot learn from a total yet, or `null` when it can.
 */
export interface ConditionLearner<Name extends string> {
  readonly name: string;
  readonly version: number; // raise it when equal totals would give another head
  readonly kind: "condition";
  readonly summary: string;
  readonly params: Readonly<Record<Name, Param>>;
  canLearn(total: Sum): string | null;
  learn(taught: Taught, layout: FeatureLayout, params: Readonly<Record<Name, number>>): Learnt;
}

/** What `paramsOf` needs to know of a learner. */
interface Declared<Name extends string> {
  readonly name: string;
  readonly params: Readonly<Record<Name, Param>>;
}

/** The learner's parameters with defaults filled in. Throws RangeError for an unknown name or a value out of range. */
export function paramsOf<Name extends string>(learner: Declared<Name>, given: Readonly<Record<string, number>>): Record<Name, number> {
  const entries = Object.entries<Param>(learner.params).map(([name, { default: usual, min, max }]) => {
    const value = given[name] ?? usual;
    if (!(value >= min && value <= max)) throw new RangeError(`Cannot set ${name} of ${learner.name}: ${value}, expected ${min} to ${max}`);
    return [name, value];
  });
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(learner.params, name));
  if (unknown !== undefined) throw new RangeError(`Cannot set ${JSON.stringify(unknown)} of ${learner.name}: it has no such parameter`);
  return Object.fromEntries(entries) as Record<Name, number>;
}

import type { Engine, Session } from "../learn/engine.ts";
import { runStretch } from "../learn/stretch.ts";
import type { BaselineValues } from "../learn/maps/window-map.ts";
import type { Matrix } from "../learn/matrix.ts";
import type { Digest } from "../schema/id.ts";
import { windowOf, type Judgement } from "./judge.ts";
import { isOfTarget, openTarget } from "./target-judge.ts";

/** A model that is loaded and ready to score rows. */
export interface ScoringModel {
  readonly digest: Digest;
  readonly session: Session;
  /** Rows of its window. */
  readonly window: number;
  /** Whether each block gives it its own baseline. */
  readonly wantsBaseline: boolean;
  /** Of a target: its classes in the order of the model's probabilities, none where it is a number. Left out of a condition. */
  readonly classes?: readonly string[];
}

/** Loads a model's very bytes, of a condition or of a target. Throws what the engine says of them, RangeError when they tell no window. */
export async function openModel(digest: Digest, read: () => Uint8Array, engine: Engine): Promise<ScoringModel> {
  const bytes = read();
  if (isOfTarget(bytes)) {
    const { session, reach, classes } = await openTarget(bytes, engine, read);
    return { digest, session, window: reach + 1, wantsBaseline: false, classes };
  }
  const window = windowOf(bytes);
  const session = await engine.open(bytes, read);
  return { digest, session, window, wantsBaseline: session.inputs.includes("baseline") };
}

/** Scores of the last rows of a stretch: those from number `window - 1` on, so as many as there are whole windows. */
export async function scoreTail({ session, window, wantsBaseline }: ScoringModel, stretch: Matrix, baseline: BaselineValues | null): Promise<Judgement> {
  const { columns } = stretch;
  const { score, contributions } = await runStretch(session, { score: 1, contributions: columns }, stretch, window, wantsBaseline ? baseline : null);
  return { scores: score.subarray(window - 1), contributions: contributions.subarray((window - 1) * columns) };
}

import type { LiveMember } from "../deploy/live-member.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Interval } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { LiveScores } from "./live-scores.ts";
import type { Ports } from "./ports.ts";
import type { scoreCourse } from "./score-trail.ts";
import { shadowsOf, type Shadowed } from "./shadowed.ts";

/** What a model in shadow has said over a span, and how it does. */
export interface ShadowCourse extends Shadowed {
  readonly recipe: string;
  /** Whether it scores live rows; one that cannot be loaded does not. */
  readonly isScoring: boolean;
  /** Rows that it fell behind by and left out, and runs that failed, since the start. */
  readonly skipped: number;
  readonly failures: number;
  /** What it says now, of a target; `null` where it can say nothing, and of a condition. */
  readonly answer: TargetAnswer | null;
  readonly course: ReturnType<typeof scoreCourse>;
}

/**
 * The models in shadow of a wheel, with their scores over [start, end) in at most `points` buckets: of blocks that are over
 * as they were judged on arrival, of live rows from memory.
 */
export async function shadowCourses(wheel: Wheel, live: LiveMember | undefined, scores: LiveScores, interval: Interval, points: number, ports: Ports): Promise<ShadowCourse[]> {
  const shadowed = await shadowsOf(wheel, ports);
  return await Promise.all(
    shadowed.map(async ({ model, role }) => {
      const own = live?.shadows.find((one) => one.model.digest === model);
      const recipe = (await ports.store.records.model(model))?.recipe.name ?? "";
      const course = await scores.shadowCourse(wheel, model, own?.recent() ?? null, interval, points, ports);
      return { model, role, recipe, isScoring: own !== undefined, skipped: own?.counts.skipped ?? 0, failures: own?.counts.failures ?? 0, answer: own?.answer ?? null, course };
    }),
  );
}

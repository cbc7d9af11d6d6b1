import type { ScoredRow } from "../deploy/scored-row.ts";
import type { Id } from "../schema/id.ts";
import type { Interval } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";
import { scoreCourse, ScoreTrail } from "./score-trail.ts";

/** Scores for charts: of blocks that are over from the records, of the one under way from memory. */
export class LiveScores {
  readonly #trails = new Map<Id, ScoreTrail>();

  add(wheel: Id, rows: readonly ScoredRow[]): void {
    const trail = this.#trails.get(wheel) ?? new ScoreTrail();
    this.#trails.set(wheel, trail);
    for (const { time, score } of rows) trail.add(time, score);
  }

  async course(wheel: Wheel, { start, end }: Interval, points: number, { store }: Ports): Promise<ReturnType<typeof scoreCourse>> {
    const rows: [number, number][] = [];
    const blocks = (await store.records.blocksOver({ asset: wheel.asset, start, end })).filter(({ excluded }) => excluded === null);
    for (const block of blocks) {
      const [judged] = await store.records.judged({ wheel: wheel.id, block: block.id, role: "champion" });
      if (judged === undefined) continue;
      judged.scores.forEach((score, row) => rows.push([judged.start + row * judged.period, score]));
    }
    // Live rows also know the head of each block, whose windows reach back into the one before.
    const live = this.#trails.get(wheel.id)?.within(start, end) ?? { times: [], scores: [] };
    live.times.forEach((time, at) => rows.push([time, live.scores[at]]));
    return scoreCourse(rows, start, end, points);
  }
}

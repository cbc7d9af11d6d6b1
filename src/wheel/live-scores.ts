import type { ScoredRow } from "../deploy/scored-row.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Judged } from "../store/records/facts.ts";
import type { Ports } from "./ports.ts";
import { scoreCourse, ScoreTrail } from "./score-trail.ts";

type Course = ReturnType<typeof scoreCourse>;
type Row = [time: Micros, score: number];

/** Scores for charts: of blocks that are over from the records, of the one under way from memory. */
export class LiveScores {
  readonly #trails = new Map<Id, ScoreTrail>();

  add(wheel: Id, rows: readonly ScoredRow[]): void {
    const trail = this.#trails.get(wheel) ?? new ScoreTrail();
    this.#trails.set(wheel, trail);
    for (const { time, score } of rows) trail.add(time, score);
  }

  /** What was in force over a span. */
  async course(wheel: Wheel, { start, end }: Interval, points: number, ports: Ports): Promise<Course> {
    const rows = await rowsOfBlocks(wheel, { start, end }, ({ role }) => role === "champion", ports);
    // Live rows also know the head of each block, whose windows reach back into the one before.
    const live = this.#trails.get(wheel.id)?.within(start, end) ?? { times: [], scores: [] };
    live.times.forEach((time, at) => rows.push([time, live.scores[at]]));
    return scoreCourse(rows, start, end, points);
  }

  /** What a model in shadow said; `recent` is what it has said of live rows. */
  async shadowCourse(wheel: Wheel, model: Digest, recent: { readonly times: Float64Array; readonly scores: Float32Array } | null, { start, end }: Interval, points: number, ports: Ports): Promise<Course> {
    const rows = await rowsOfBlocks(wheel, { start, end }, (judged) => judged.model === model, ports);
    recent?.times.forEach((time, at) => rows.push([time, recent.scores[at]]));
    return scoreCourse(rows, start, end, points);
  }
}

/** Rows of blocks that are over, by the first judgement wanted of each. Of classes these are numbers of classes and no scores: none. */
async function rowsOfBlocks({ id, asset, kind }: Wheel, span: Interval, wants: (judged: Judged) => boolean, { store }: Ports): Promise<Row[]> {
  const rows: Row[] = [];
  if (kind === "classify") return rows;
  for (const block of (await store.records.blocksOver({ asset, ...span })).filter(({ excluded }) => excluded === null)) {
    const judged = (await store.records.judged({ wheel: id, block: block.id })).find(wants);
    judged?.scores.forEach((score, row) => rows.push([judged.start + row * judged.period, score]));
  }
  return rows;
}

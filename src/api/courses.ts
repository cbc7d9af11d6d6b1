import { z } from "zod";
import type { Course as LiveCourse } from "../live.ts";
import { Digest, Id } from "../schema/id.ts";
import { Limits, Signal } from "../schema/signal.ts";
import { TargetAnswer } from "../schema/target-answer.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";

const Unknown = z.number().nullable();

/** A course for a chart: per bucket its start, and the lowest and highest value in it, `null` for a gap. */
export const CourseView = z.object({ times: z.array(Micros), low: z.array(Unknown), high: z.array(Unknown) });
export type CourseView = z.infer<typeof CourseView>;

/** From `start` up to but not including `end`, in at most `points` buckets. */
export const CourseQuery = z
  .object({ start: z.coerce.number().pipe(Micros), end: z.coerce.number().pipe(Micros), points: z.coerce.number().int().min(1).max(2000).default(600) })
  .refine(({ start, end }) => end > start, "the end must lie after the start");
export type CourseQuery = z.infer<typeof CourseQuery>;

/** Those that score beside the model in force: a challenger that is not decided on, a former champion that looks on. */
export const ShadowList = z.object({
  shadows: z.array(
    z.object({
      model: Digest,
      role: z.enum(["challenger", "former"]),
      recipe: z.string(),
      /** Whether it scores live rows; one that cannot be loaded does not. */
      isScoring: z.boolean(),
      /** Rows that it fell behind by and left out, and runs that failed, since the start. */
      skipped: z.int(),
      failures: z.int(),
      /** Of a target what it says of the last row. */
      answer: TargetAnswer.nullable(),
      course: CourseView,
    }),
  ),
});
export type ShadowList = z.infer<typeof ShadowList>;

export function courseRoutes(app: App, { site }: Ground): void {
  const response = { 200: CourseView, 404: Refusal };
  const params = z.object({ id: Id });
  const known = new Set<Id>(); // signals never go, and a page asks for many courses
  app.get("/api/v1/signals/:id/course", { schema: { tags: ["signals"], summary: "A signal's course", params, querystring: CourseQuery, response } }, async ({ params: { id }, query }) => {
    if (!known.has(id)) for (const signal of await site.store.records.signals()) known.add(signal.id);
    if (!known.has(id)) throw notFound(`signal ${id}`);
    return toView(await site.course(id, { start: query.start, end: query.end }, query.points));
  });
  app.get("/api/v1/wheels/:id/scores", { schema: { tags: ["wheels"], summary: "The scores in force: multiples of the threshold, or of a target the value or the probability of the likeliest class", params, querystring: CourseQuery, response } }, async ({ params: { id }, query }) => {
    if ((await site.store.records.wheel(id))?.id !== id) throw notFound(`wheel ${id}`);
    return toView(await site.scores(id, { start: query.start, end: query.end }, query.points));
  });
  const shadowed = { tags: ["wheels"], summary: "The models in shadow, with what they say", params, querystring: CourseQuery, response: { 200: ShadowList, 404: Refusal } };
  app.get("/api/v1/wheels/:id/shadows", { schema: shadowed }, async ({ params: { id }, query }) => {
    if ((await site.store.records.wheel(id))?.id !== id) throw notFound(`wheel ${id}`);
    const shadows = await site.shadows(id, { start: query.start, end: query.end }, query.points);
    return { shadows: shadows.map(({ course, ...one }) => ({ ...one, course: toView(course) })) };
  });
}

/** Limits of a signal in its own unit; both `null` to take them back. */
export const LimitsBody = Limits;
export type LimitsBody = Limits;

export const SignalChanged = z.object({ signal: Signal });
export type SignalChanged = z.infer<typeof SignalChanged>;

export function signalRoutes(app: App, { site }: Ground): void {
  const schema = { tags: ["signals"], summary: "Say what a signal can read at all; readings beyond are events", params: z.object({ id: Id }), body: LimitsBody, response: { 200: SignalChanged, 400: Refusal, 404: Refusal } };
  app.put("/api/v1/signals/:id/limits", { schema }, async ({ params: { id }, body }) => ({ signal: await site.limitSignal(id, body) }));
}

const toView = ({ times, low, high }: LiveCourse): CourseView => ({ times: Array.from(times, Math.round), low: Array.from(low, plain), high: Array.from(high, plain) });

/** Seven digits are what a float32 holds; more would be its noise, and a longer answer. */
const plain = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(7)) : null);

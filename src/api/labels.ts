import { z } from "zod";
import { Digest, Id } from "../schema/id.ts";
import { Answer, Label, Told } from "../schema/label.ts";
import { Refused } from "../schema/refused.ts";
import { Says, TargetName } from "../schema/target.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { bytesOf } from "./bodies.ts";
import { LabelView } from "./questions.ts";
import { notFound, Refusal } from "./refusal.ts";

/** A label with all that is known of how it came about; "unknown" where it is older than that was kept. */
export const ListedLabel = Label.extend({ told: Told.or(z.literal("unknown")), software: z.string(), model: Digest.nullable().or(z.literal("unknown")) });
export type ListedLabel = z.infer<typeof ListedLabel>;

export const listed = (label: Label): ListedLabel => ({ ...label, told: label.told ?? "unknown", software: label.software ?? "unknown", model: label.model === undefined ? "unknown" : label.model });

export const LabelList = z.object({ labels: z.array(ListedLabel) });
export type LabelList = z.infer<typeof LabelList>;

export const RefusedList = z.object({ refused: z.array(Refused) });
export type RefusedList = z.infer<typeof RefusedList>;

/** An answer about the condition or, of a target, what it was: never both. */
const Said = z.object({
  answer: Answer.optional(),
  /** What is known of the label's target. */
  says: Says.optional(),
  /** The operator's own word. */
  faultKind: z.string().trim().max(200).nullable().default(null),
  certainty: z.number().min(0).max(1).default(1),
});
const Name = z.string().trim().min(1).max(200);

export const LabelBody = Said.extend({
  asset: Id,
  start: Micros,
  /** Not included; left out for what is said of one moment, which only a target has. */
  end: Micros.optional(),
  /** What is spoken of; left out for the condition. */
  target: TargetName.optional(),
  author: Name,
  /** `measurement` for a laboratory or a recorded truth. A model and a simulator may say that they are: they are refused where they may not speak, and that is kept. */
  origin: z.enum(["person", "measurement", "model", "simulator"]).default("person"),
})
  .refine(({ start, end, target }) => (end ?? (target === undefined ? start : start + 1)) > start, "the end must lie after the start")
  .refine(({ answer, says, target }) => (target === undefined ? answer !== undefined && says === undefined : says !== undefined && answer === undefined), "a label is an answer, or a target with what it says");
export type LabelBody = z.input<typeof LabelBody>;

/** A later word on the same stretch; without an author it is the same person's. */
export const RevisionBody = Said.extend({ author: Name.optional() }).refine(({ answer, says }) => (answer === undefined) !== (says === undefined), "a label is an answer, or a target with what it says");
export type RevisionBody = z.input<typeof RevisionBody>;

const Rows = z.array(z.object({ row: z.int().min(1), seen: z.string() }));

/** What became of a table of work orders; rows count from 1, the heading included. */
export const WorkOrdersTaken = z.object({
  /** Labels written: new ones, and revisions of those whose order has changed. */
  labels: z.array(Label),
  /** Orders that were labels already. */
  known: z.int().min(0),
  /** Rows left out, and why; the first hundred. */
  rejected: Rows,
  /** What overlaps another label of its asset; all of it is kept. The first hundred. */
  remarks: Rows,
});
export type WorkOrdersTaken = z.infer<typeof WorkOrdersTaken>;

export const WorkOrderQuery = z.object({
  /** Who says so, where the table does not tell. */
  author: Name.optional(),
  /** IANA zone of times that state none. */
  zone: z.string().max(60).optional(),
  /** Order of dates that could be read two ways. */
  dates: z.enum(["dmy", "mdy", "ymd"]).optional(),
  /** Of all its lines; what a model said is refused, and that is kept with the number of lines. */
  origin: z.enum(["person", "measurement", "model", "simulator"]).default("person"),
});
export type WorkOrderQuery = z.infer<typeof WorkOrderQuery>;

/** As many rows as are told of. */
const told = 100;

const tags = ["labels"];
const params = z.object({ id: Id });

export function labelRoutes(app: App, { site }: Ground): void {
  const { records } = site.store;
  const newest = async (id: Id): Promise<Label> => {
    const label = (await records.labelHistory(id)).at(-1);
    if (label === undefined) throw notFound(`label ${id}`);
    return label;
  };

  app.get("/api/v1/labels", { schema: { tags, summary: "Labels in force: by whom and how, when, by which software, beside which model and whether blind to its score", querystring: z.object({ asset: Id.optional() }), response: { 200: LabelList } } }, async ({ query }) => {
    const assets = query.asset === undefined ? (await records.assets()).map(({ id }) => id) : [query.asset];
    return { labels: (await Promise.all(assets.map((asset) => records.labels({ asset, about: "anything" })))).flat().map(listed) };
  });

  app.get("/api/v1/labels/refused", { schema: { tags, summary: "Answers, labels and blocks that prove nothing because of who made them, nor teach unless a wheel lets them", response: { 200: RefusedList } } }, async () => ({ refused: await site.refused() }));

  app.post("/api/v1/labels", { schema: { tags, summary: "Label a stretch of an asset, or say what a target was", body: LabelBody, response: { 201: LabelView, 400: Refusal, 404: Refusal } } }, async ({ body }, reply) => {
    const asset = (await records.assets()).find(({ id }) => id === body.asset);
    if (asset === undefined) throw notFound(`asset ${body.asset}`);
    const { start, end = start + 1, author: name, origin } = body;
    const label = await site.label(asset, { start, end }, saidIn(body, body.target ?? null), { name, origin, scoreShown: false });
    return await reply.code(201).send({ label });
  });

  app.put("/api/v1/labels/:id", { schema: { tags, summary: "Revise a label; its history is kept", params, body: RevisionBody, response: { 200: LabelView, 400: Refusal, 404: Refusal, 409: Refusal } } }, async ({ params: { id }, body }) => {
    const label = await newest(id);
    return { label: await site.revise({ ...label, author: body.author ?? label.author }, saidIn(body, label.target ?? null)) };
  });

  app.delete("/api/v1/labels/:id", { schema: { tags, summary: "Take a label back; it stays in the history", params, response: { 200: LabelView, 404: Refusal, 409: Refusal } } }, async ({ params: { id } }) => {
    const label = await newest(id);
    return { label: label.withdrawn ? label : await site.withdraw(label) };
  });

  const schema = { tags, summary: "Work orders or recorded truth as CSV: asset,start,end,answer,kind,author; of targets asset,start,target,value,unit,author", querystring: WorkOrderQuery, response: { 200: WorkOrdersTaken, 400: WorkOrdersTaken.partial().extend(Refusal.shape), 413: Refusal } };
  app.post("/api/v1/labels/csv", { config: { raw: true }, schema }, async ({ body, query }, reply) => {
    const { author, zone, dates, origin } = query;
    const options = { origin, ...(author !== undefined && { author }), ...(zone !== undefined && { zone }), ...(dates !== undefined && { dates }) };
    const { labels, known, rejected, remarks } = await site.takeOrders(bytesOf(body), options);
    const taken = { labels: [...labels], known, rejected: rejected.slice(0, told), remarks: remarks.slice(0, told) };
    const [first] = taken.rejected;
    if (first === undefined) return taken;
    const error = { code: "api.partial", message: `Cannot take ${rejected.length} of the rows: row ${first.row}: ${first.seen}`, hint: "All others are labels now. Correct these and send the table again: an order is taken once." };
    return await reply.code(400).send({ error, ...taken });
  });
}

/** What a body says: of a target, or of the condition. */
function saidIn({ answer = "unsure", faultKind, certainty, says }: z.output<typeof Said>, target: string | null) {
  return says === undefined ? { answer, faultKind, certainty } : { answer, faultKind: null, certainty, target, says };
}

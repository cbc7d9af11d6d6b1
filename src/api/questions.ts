import { z } from "zod";
import { Id } from "../schema/id.ts";
import { Answer, Label } from "../schema/label.ts";
import { Question } from "../schema/question.ts";
import type { App, Ground } from "./app.ts";
import { Refusal } from "./refusal.ts";

/** What is asked of an operator: an event, or a quiet stretch picked by chance as an audit. */
export const QuestionView = Question;
export type QuestionView = Question;

export const QuestionList = z.object({ questions: z.array(QuestionView) });
export type QuestionList = z.infer<typeof QuestionList>;

export const QuestionQuery = z.object({ open: z.stringbool().optional(), limit: z.coerce.number().int().min(1).max(1000).default(50) });
export type QuestionQuery = z.infer<typeof QuestionQuery>;

export const AnswerBody = z.object({
  answer: Answer,
  /** The operator's own word. */
  faultKind: z.string().trim().max(200).nullable().default(null),
  certainty: z.number().min(0).max(1).default(1),
  author: z.string().trim().min(1).max(200),
  /** Whether the model's opinion was in view. */
  scoreShown: z.boolean(),
  /** Which revision of the question was shown: its interval is what is answered. The newest unless said. */
  revision: z.int().min(1).optional(),
  /** `simulator` where a simulated operator answers. A model may say that it is one: it is refused, and that is kept. */
  origin: z.enum(["person", "simulator", "model"]).default("person"),
});
export type AnswerBody = z.input<typeof AnswerBody>;

export const LabelView = z.object({ label: Label });
export type LabelView = z.infer<typeof LabelView>;

export function questionRoutes(app: App, { site }: Ground): void {
  const tags = ["questions"];
  app.get("/api/v1/questions", { schema: { tags, summary: "What operators are asked", querystring: QuestionQuery, response: { 200: QuestionList } } }, async ({ query: { open, limit } }) => ({
    questions: await site.questions({ limit, ...(open !== undefined && { open }) }),
  }));

  const schema = { tags, summary: "Answer a question", params: z.object({ id: Id }), body: AnswerBody, response: { 200: LabelView, 404: Refusal, 409: Refusal } };
  app.post("/api/v1/questions/:id/answer", { schema }, async ({ params: { id }, body: { answer, faultKind, certainty, author, scoreShown, revision, origin } }) => ({
    label: await site.answerQuestion(id, { answer, faultKind, certainty }, author, { scoreShown, origin, ...(revision !== undefined && { revision }) }),
  }));
}

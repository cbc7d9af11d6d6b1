import { z } from "zod";
import type { FaultKind } from "./faults.ts";

/** A stretch in which the plant had a fault, in UTC microseconds. */
export interface TrueFault {
  readonly kind: FaultKind;
  readonly start: number;
  readonly end: number;
}

const Asked = z.object({ id: z.string().min(1), interval: z.object({ start: z.number(), end: z.number() }) });
/** As far as an answer needs it. */
export type Asked = z.infer<typeof Asked>;
const Listed = z.object({ questions: z.array(Asked) });

/** What the operator says, or `null` while it is too early, or about what they did not see. */
export type Said = { readonly answer: "fault"; readonly kind: FaultKind } | { readonly answer: "normal" } | null;

/** After a repair the plant still looks odd for this long; the operator waits a little longer before they answer. */
const aftermath = 12e6;
const patience = 16e6;

export const author = "demo operator";

/**
 * What somebody who stood beside the plant would answer: a fault, with its kind, where the question
 * touches a stretch that had one, else normal.
 *
 * They answer when the stretch is over and the plant has been quiet for a while, so that the question
 * has grown to its end; of several faults the one it shares most time with counts.
 */
export function said({ interval }: Asked, faults: readonly TrueFault[], watchedFrom: number, now: number): Said {
  if (interval.start < watchedFrom) return null;
  const isBusy = faults.some(({ start, end }) => start <= now && now < end + patience);
  if (isBusy || now < interval.end + patience) return null;
  const shared = faults
    .map(({ kind, start, end }) => ({ kind, time: Math.min(interval.end, end + aftermath) - Math.max(interval.start, start) }))
    .filter(({ time }) => time > 0)
    .toSorted((a, b) => b.time - a.time);
  return shared.length === 0 ? { answer: "normal" } : { answer: "fault", kind: shared[0].kind };
}

export interface OperatorPorts {
  readonly apiUrl: string;
  readonly token: string | null;
  readonly faults: () => readonly TrueFault[];
  /** UTC microseconds. */
  readonly now: () => number;
  readonly onAnswer: (question: string, said: NonNullable<Said>) => void;
}

/** Longest that one call may take, milliseconds. */
const longestCall = 5000;

/** Asks the site what is open and answers what can be answered. Returns how many were; a site that cannot be reached is asked again next time. */
export async function answerOpen(ports: OperatorPorts, watchedFrom: number): Promise<number> {
  const asked = await openQuestions(ports).catch(() => []);
  let answered = 0;
  for (const question of asked) {
    const own = said(question, ports.faults(), watchedFrom, ports.now());
    if (own === null || !(await give(question, own, ports).catch(() => false))) continue;
    ports.onAnswer(question.id, own);
    answered++;
  }
  return answered;
}

async function openQuestions({ apiUrl, token }: OperatorPorts): Promise<readonly Asked[]> {
  const reply = await fetch(new URL("/api/v1/questions?open=true", apiUrl), { headers: headers(token), signal: AbortSignal.timeout(longestCall), redirect: "error" });
  return reply.ok ? Listed.parse(await reply.json()).questions : [];
}

async function give({ id }: Asked, own: NonNullable<Said>, { apiUrl, token }: OperatorPorts): Promise<boolean> {
  const body = { answer: own.answer, faultKind: own.answer === "fault" ? own.kind : null, certainty: 1, author, scoreShown: true, origin: "simulator" };
  const reply = await fetch(new URL(`/api/v1/questions/${encodeURIComponent(id)}/answer`, apiUrl), {
    method: "POST",
    headers: { ...headers(token), "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(longestCall),
    redirect: "error",
  });
  await reply.body?.cancel();
  return reply.ok;
}

const headers = (token: string | null): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` });

import { MillraceError } from "../errors.ts";
import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import { Label } from "../schema/label.ts";
import type { Origin } from "../schema/origin.ts";
import { AskingPolicy, type Question } from "../schema/question.ts";
import { minute, type Micros } from "../schema/time.ts";
import type { Fact } from "../store/records/facts.ts";
import { answerToQuestion, reanswered, type Said } from "./answer.ts";
import { auditChance, auditOf, pickedStretches } from "./audits.ts";
import { withModels } from "./in-view.ts";
import { requireOrigins } from "./origin.ts";
import { chooseQuestions, expiredQuestions, kindOf, questionAbout, type NameFor } from "./questions.ts";
import { fitnessOf, type Stored } from "./stretch.ts";

export interface AskingPorts {
  readonly store: Stored;
  readonly now: () => Micros;
  readonly nameFor: NameFor;
  readonly policy?: AskingPolicy;
}

/** How an answer was given. */
export interface Answering {
  /** Whether the score was in view. */
  readonly scoreShown: boolean;
  /** Which revision of the question was on the page; the newest unless said. */
  readonly revision?: number;
  /** `person`, or `simulator` where a simulated operator answers. */
  readonly origin?: Origin;
}

export interface Answered {
  readonly question: Question;
  readonly label: Label;
  /** Whether anything was written: the same answer of the same person again changes nothing. */
  readonly isNew: boolean;
}

/** Asking the people at a site. Calls run one after another; each is one transaction, so a crash leaves none half done. */
export interface Asking {
  /** An event was raised, went on or ended. Returns the questions that are new or changed. */
  event(event: Event): Promise<Question[]>;
  /** To be called every minute or so: closes what nobody answered, audits stretches that are over, asks what waited. Returns what changed. */
  tick(): Promise<Question[]>;
  /** Records what somebody says. Throws `review.unknown-question`, `review.bad-answer`. */
  answer(question: Id, said: Said, author: string, answering: Answering): Promise<Answered>;
  /** A label was given, revised or taken back elsewhere: its question is closed by it, or open again. Returns what changed. */
  labelChanged(label: Label): Promise<Question[]>;
}

/** Kinds that have been answered are looked for among this many questions. */
const remembered = 500;
/** After the end of a stretch events in it may still be raised: it is looked at this much later. */
const settling = 2 * minute;
/** The setting that holds up to when stretches have been looked at. */
const lookedAt = "audited-until";

export function asking(ports: AskingPorts): Asking {
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = tail.then(work);
    tail = done.catch(() => {});
    return done;
  };
  const policy = ports.policy ?? AskingPolicy.parse({});
  return {
    event: (event) => inTurn(() => heedEvent(event, ports, policy)),
    tick: () => inTurn(() => tick(ports, policy)),
    answer: (question, said, author, answering) => inTurn(() => answer(question, said, author, answering, ports)),
    labelChanged: (label) => inTurn(() => heedLabel(label, ports)),
  };
}

async function heedEvent(event: Event, ports: AskingPorts, policy: AskingPolicy): Promise<Question[]> {
  const { records } = ports.store;
  const now = ports.now();
  const end = Math.max(event.start + 1, event.end ?? now);
  const near = await records.questions({ wheel: event.wheel, reason: "event", start: event.start - policy.burstGap - 1, end: end + policy.burstGap + 1 });
  const question = questionAbout(event, near, now, policy, ports.nameFor);
  if (question === null) return [];
  const [asked = question] = question.state === "unasked" ? await chosen([question], ports, policy) : [question];
  // A question is written as it arose and then as it was asked, so that its history has no hole.
  await write(asked === question ? [question] : [question, asked], ports);
  return [asked];
}

/** Of these that wait, the ones asked now, within what is left of the shift's budget. */
async function chosen(waiting: readonly Question[], { store, now }: AskingPorts, policy: AskingPolicy): Promise<Question[]> {
  const { records } = store;
  const { open, answered, expired } = await records.questionCounts(now() - policy.shift);
  const asked = open + answered + expired;
  if (asked >= policy.budget) return [];
  const known = [...(await records.questions({ state: "answered", reason: "event", limit: remembered })), ...(await records.questions({ state: "open", reason: "event" }))];
  return chooseQuestions(waiting, asked, new Set(known.map(kindOf)), now(), policy);
}

async function tick(ports: AskingPorts, policy: AskingPolicy): Promise<Question[]> {
  const { records } = ports.store;
  const expired = expiredQuestions(await records.questions({ state: "open" }), ports.now(), policy);
  await write(expired, ports);
  const audits = await askAudits(ports, policy);
  const waiting = await records.questions({ state: "unasked", since: ports.now() - policy.shift });
  const asked = waiting.length === 0 ? [] : await chosen(waiting, ports, policy);
  await write(asked, ports);
  return [...expired, ...audits, ...asked];
}

/** Stretches are looked at once each, in order; of a site that was down, none from more than a shift ago. */
async function askAudits({ store, now, nameFor }: AskingPorts, policy: AskingPolicy): Promise<Question[]> {
  const { records } = store;
  const wheels = (await records.wheels()).filter(({ kind }) => kind === "condition"); // others have no quiet to be asked about
  const length = policy.auditStretch;
  const slowest = wheels.reduce((most, { grid, alarm }) => Math.max(most, grid.lateness + alarm.on * grid.period), 0);
  const until = Math.floor((now() - settling - slowest) / length) * length;
  const before = await records.setting(lookedAt);
  if (before !== null && until <= Number(before)) return [];
  const from = Math.max(before === null ? until - length : Number(before), now() - policy.shift);
  const chance = auditChance(policy, wheels.length);
  const audits: Question[] = [];
  for (const wheel of chance === 0 ? [] : wheels) {
    for (const stretch of pickedStretches(wheel.id, { start: from, end: until }, length, chance)) {
      const audit = auditOf(wheel, stretch, chance, now(), nameFor);
      const isNew = (await records.question(audit.id)) === null;
      if (isNew && (await fitnessOf(wheel, stretch, store, policy)) === "fit") audits.push(audit);
    }
  }
  await records.write([...facts(audits), { put: "setting", value: { name: lookedAt, text: String(until) } }]);
  return audits;
}

async function answer(id: Id, said: Said, author: string, answering: Answering, ports: AskingPorts): Promise<Answered> {
  const { records } = ports.store;
  const question = await records.question(id);
  if (question === null) throw unknownQuestion(`there is no question ${JSON.stringify(id.slice(0, 80))}`);
  const shown = await shownAs(question, answering.revision, ports);
  const own = await labelBy(author, question, ports);
  const knownAt = ports.now();
  const given =
    own === null
      ? answerToQuestion(shown, said, author, answering, knownAt, ports.nameFor(knownAt, { question: id, author }))
      : reanswered(own, answering.revision === undefined ? own : shown.interval, said, answering.scoreShown, knownAt);
  if (given === own) return { question, label: given, isNew: false };
  requireValid(given);
  const [label] = await withModels([given], ports.store);
  await requireOrigins([label], "gate", ports.store);
  const next = withLabel(question, label);
  await records.write([{ put: "label", value: label }, ...(next === question ? [] : facts([next]))]);
  return { question: next, label, isNew: true };
}

async function shownAs(question: Question, revision: number | undefined, { store }: AskingPorts): Promise<Question> {
  if (revision === undefined || revision === question.revision) return question;
  const shown = (await store.records.questionHistory(question.id)).find((one) => one.revision === revision);
  if (shown === undefined) throw unknownQuestion(`question ${question.id} has no revision ${revision}`);
  return shown;
}

/** What an author has said of a question before, in its newest revision. */
async function labelBy(author: string, { label, others }: Question, { store }: AskingPorts): Promise<Label | null> {
  for (const id of label === null ? others : [label, ...others]) {
    const newest = (await store.records.labelHistory(id)).at(-1);
    if (newest?.author === author) return newest;
  }
  return null;
}

/** The first answer closes a question; those of others are kept beside it. */
function withLabel(question: Question, { id, withdrawn }: Label): Question {
  if (question.label === id || withdrawn) return question;
  const revision = question.revision + 1;
  const others = question.others.filter((other) => other !== id);
  if (question.label === null) return { ...question, revision, state: "answered", label: id, others };
  return question.others.includes(id) || others.length >= 100 ? question : { ...question, revision, others: [...others, id] };
}

async function heedLabel(label: Label, ports: AskingPorts): Promise<Question[]> {
  const { records } = ports.store;
  const near = await records.questions({ start: label.start, end: label.end });
  const changed: Question[] = [];
  for (const question of near) {
    const next = label.withdrawn && question.label === label.id ? await withoutLabel(question, ports) : isAbout(label, question) ? withLabel(question, label) : question;
    if (next !== question) changed.push(next);
  }
  await write(changed, ports);
  return changed;
}

/** Whether a label was given to a question, or to one of its events. */
const isAbout = ({ id, event }: Label, { label, others, events }: Question): boolean => label === id || others.includes(id) || (event !== null && events.includes(event));

/** A question whose answer was taken back: another's answer takes its place, else it is open again. */
async function withoutLabel(question: Question, { store }: AskingPorts): Promise<Question> {
  const taken = question.label;
  let next: Id | null = null;
  for (const other of question.others) {
    const newest = (await store.records.labelHistory(other)).at(-1);
    if (newest?.withdrawn === false) next ??= other;
  }
  const others = [...question.others.filter((other) => other !== next), ...(taken === null ? [] : [taken])];
  return { ...question, revision: question.revision + 1, state: next === null ? "open" : "answered", label: next, others };
}

const facts = (questions: readonly Question[]): Fact[] => questions.map((value) => ({ put: "question", value }));

async function write(questions: readonly Question[], { store }: AskingPorts): Promise<void> {
  if (questions.length > 0) await store.records.write(facts(questions));
}

function requireValid(label: Label): void {
  const [issue] = Label.safeParse(label).error?.issues ?? [];
  if (issue === undefined) return;
  throw new MillraceError("review.bad-answer", `Cannot take an answer: ${issue.path.map(String).join(".")}: ${issue.message}`.slice(0, 300), {
    hint: "An answer is fault, normal or unsure, by a name of 1 to 200 characters, with a certainty from 0 to 1.",
  });
}

function unknownQuestion(seen: string): MillraceError {
  return new MillraceError("review.unknown-question", `Cannot answer: ${seen}`, { hint: "List the open questions with `millrace questions`." });
}

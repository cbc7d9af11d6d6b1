import { userInfo } from "node:os";
import { defineCommand } from "citty";
import { asking } from "../review/asking.ts";
import { Answer } from "../schema/label.ts";
import type { Question } from "../schema/question.ts";
import type { Site } from "../site.ts";
import { proveLabelled } from "../wheel/labels.ts";
import { idFor } from "../wheel/names.ts";
import { dueTurn, sinceTurn } from "../wheel/policy.ts";
import { onSite, oneOf, wholeOf } from "./options.ts";
import { counted, printJson, printLines, spanText, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { table } from "./table.ts";
import { turnLines } from "./turn.ts";
import { usage } from "./usage.ts";

const listCommand = defineCommand({
  meta: { name: "list", description: "What is asked of the operators and still open, newest last." },
  args: {
    all: { type: "boolean", description: "Also those that are answered, expired or never asked", default: false },
    limit: { type: "string", description: "At most this many, the newest", default: "50", valueHint: "N" },
    ...onSite,
  },
  async run({ args }) {
    const limit = wholeOf("limit", args.limit, 1);
    await withSite(args.data, false, async ({ store: { records } }) => {
      const questions = await records.questions({ limit, ...(!args.all && { state: "open" }) });
      const counts = await records.questionCounts();
      if (args.json) return printJson({ questions, counts });
      const assets = new Map((await records.assets()).map(({ id, name }) => [id, name]));
      const rows = questions.map((question) => [question.id, assets.get(question.asset) ?? "", timeText(question.interval.start), spanText(question.interval.end - question.interval.start), whyOf(question), ...(args.all ? [question.state] : [])]);
      const heads = ["question", "machine", "start", "lasted", "why", ...(args.all ? ["state"] : [])];
      const left = [counts.unasked > 0 ? `${counted(counts.unasked, "event")} not asked about: more than a shift's budget.` : "", counts.expired > 0 ? `${counted(counts.expired, "question")} that nobody answered in time.` : ""];
      const none = args.all ? "No questions." : "No open questions.";
      printLines([
        ...(rows.length === 0 ? [none] : [...table(heads, rows), "", "Answer with `millrace questions answer QUESTION fault|normal|unsure`."]),
        ...left.filter((line) => line !== ""),
      ]);
    });
  },
});

/** Of a blind question nothing is told that the model said. */
const whyOf = ({ blind, reason, peak }: Question): string => (blind || peak === null ? (reason === "audit" ? "picked by chance" : "event") : `event, peak ${peak.toFixed(2)} x`);

const answerCommand = defineCommand({
  meta: { name: "answer", description: "Answer one (`questions answer ID fault --kind cavitation`). Again by the same person, it changes their answer." },
  args: {
    words: { type: "positional", description: "The question and an answer: fault, normal or unsure", required: false, valueHint: "QUESTION ANSWER" },
    kind: { type: "string", description: "What kind of fault, in your own word", valueHint: "WORD" },
    by: { type: "string", description: "Who says so (else the name you are logged in by)", valueHint: "NAME" },
    certainty: { type: "string", description: "From 0 to 1", default: "1", valueHint: "SHARE" },
    "score-shown": { type: "boolean", description: "You had the score in view (else as the question is shown: not of an audit)" },
    turn: { type: "boolean", description: "Let the wheel turn if it is due (--no-turn not to)", default: true },
    ...onSite,
  },
  async run({ args }) {
    const [id, word] = args._;
    const answer = oneOf("answer", word, Answer.options);
    if (id === undefined || answer === undefined) throw usage("answer nothing", "Say which question and what it was: `millrace questions answer ID fault`.");
    const certainty = Number(args.certainty);
    if (!(certainty >= 0 && certainty <= 1)) throw usage(`read --certainty ${JSON.stringify(args.certainty.slice(0, 40))}`, "A number from 0 to 1 is needed.");
    await withSite(args.data, false, async (site) => {
      const { store, ports } = site;
      const blind = (await store.records.question(id))?.blind ?? false;
      const people = asking({ store, now: ports.now, nameFor: idFor });
      const said = { answer, faultKind: args.kind ?? null, certainty };
      const { label, question, isNew } = await people.answer(id, said, args.by ?? userInfo().username, { scoreShown: args["score-shown"] ?? !blind });
      if (isNew) await proveLabelled([label], ports);
      const turn = args.turn ? await dueTurnOf(site, question) : null;
      if (args.json) return printJson({ label, question, turn });
      const others = question.others.length === 0 ? "" : ` ${counted(question.others.length + 1, "person")} answered it; all answers are kept.`.replace("persons", "people");
      printLines([`Label ${label.id}: ${timeText(label.start)} to ${timeText(label.end)}, ${label.answer}${label.faultKind === null ? "" : ` (${label.faultKind})`}, revision ${label.revision}.${others}`, ...(turn === null ? [] : turnLines(turn))]);
    });
  },
});

async function dueTurnOf(site: Site, { wheel: id }: Question) {
  const wheel = await site.store.records.wheel(id);
  const due = wheel === null ? null : dueTurn(wheel, await sinceTurn(wheel, site.ports), site.ports.now());
  return wheel === null || due === null ? null : await site.turn(wheel, due);
}

export const questionsCommand = defineCommand({
  meta: { name: "questions", description: "What the operators are asked: events, and quiet stretches picked by chance. Lists the open ones, answers one." },
  subCommands: { list: listCommand, answer: answerCommand },
  default: "list",
});

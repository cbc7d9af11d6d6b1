import { defineCommand } from "citty";
import { ForgetReply, type ForgetBody } from "../api/forget.ts";
import { ForgetWhat, Meanwhile } from "../schema/forgetting.ts";
import type { Site } from "../site.ts";
import { askSite } from "./ask-site.ts";
import { oneOf, onSite, timeOf } from "./options.ts";
import { counted, printJson, printLines } from "./output.ts";
import { siteOrAsked } from "./site-or-asked.ts";
import { usage } from "./usage.ts";

export const forgetCommand = defineCommand({
  meta: {
    name: "forget",
    description:
      "Forget a block, a stretch of time, a machine, all that came through one connector, an imported file, or what somebody answered: gone from every file, and from what is learnt from now on. Says what it would do; does it with --yes. Also on a site that is up.",
  },
  args: {
    block: { type: "string", description: "A block, by its id", valueHint: "ID" },
    asset: { type: "string", description: "What a machine measured, in a stretch given by --from and --to", valueHint: "NAME" },
    from: { type: "string", description: "The stretch's first moment", valueHint: "TIME" },
    to: { type: "string", description: "The first moment after it", valueHint: "TIME" },
    source: { type: "string", description: "Everything that a machine has sent", valueHint: "NAME" },
    connector: { type: "string", description: "Everything that came through one connector, as `millrace signals --inflows` names it: mqtt USER, broker NAME, folder PATH, http TOKEN, import", valueHint: "NAME" },
    import: { type: "string", description: "A file that was imported: its name or SHA-256", valueHint: "FILE" },
    answers: { type: "string", description: "Everything that somebody answered, and their name", valueHint: "PERSON" },
    name: { type: "string", description: "Somebody's name alone: what they answered stays, under a pseudonym", valueHint: "PERSON" },
    meanwhile: { type: "string", description: "What becomes of a model in force that had learnt from it: keep (until another is promoted) or out (of force at once)", default: "keep", valueHint: "WHAT" },
    reason: { type: "string", description: "Why, for the ledger; write no name here", default: "", valueHint: "WORDS" },
    yes: { type: "boolean", description: "Do it; else it is only said what would be done", default: false },
    ...onSite,
  },
  async run({ args }) {
    const meanwhile = oneOf("meanwhile", args.meanwhile, Meanwhile.options) ?? "keep";
    const body: ForgetBody = { asked: askedOf(args), meanwhile, reason: args.reason, look: !args.yes };
    const reply = await ask(args.data, body);
    if (args.json) printJson(reply);
    else printLines(linesOf(reply));
  },
});

type Given = { readonly [K in "block" | "asset" | "from" | "to" | "source" | "connector" | "import" | "answers" | "name"]?: string | undefined };

function askedOf({ block, asset, from, to, source, connector, import: file, answers, name }: Given): ForgetWhat {
  const given: unknown[] = [
    block !== undefined && { what: "block", block },
    asset !== undefined && { what: "range", asset, start: timeOf("from", from ?? ""), end: timeOf("to", to ?? "") },
    source !== undefined && { what: "source", asset: source },
    connector !== undefined && { what: "connector", connector },
    file !== undefined && { what: "import", file },
    answers !== undefined && { what: "answers", person: answers },
    name !== undefined && { what: "name", person: name },
  ].filter((one) => one !== false);
  const parsed = ForgetWhat.safeParse(given[0]);
  if (given.length === 1 && parsed.success) return parsed.data;
  throw usage(given.length === 1 ? "read what to forget" : `forget ${given.length} things at once`, "Give one of --block, --asset with --from and --to, --source, --connector, --import, --answers, --name.");
}

/** Asks the site here, or the process that has it open. */
async function ask(data: string | undefined, body: ForgetBody): Promise<ForgetReply> {
  const here = async (site: Site): Promise<ForgetReply> => {
    const { asked, look, ...options } = body;
    if (look) return { done: false, plan: await site.planForgetting(asked, options), line: null, samples: null, elsewhere: [], turns: [] };
    const { turns, elsewhere, ...forgotten } = await site.forget(asked, options);
    return { done: true, ...forgotten, elsewhere: [...elsewhere], turns: [...turns] };
  };
  return await siteOrAsked(data, here, (control) => askSite(control, { method: "POST", path: "/api/v1/forget", body, answer: ForgetReply, what: "forgetting" }));
}

function linesOf({ done, plan, line, samples, elsewhere, turns }: ForgetReply): string[] {
  const parts = [counted(plan.blocks.length, "block"), counted(plan.labels.length, "answer"), ...(samples === null ? [] : [counted(samples, "sample")])];
  const models = plan.models.length === 0 ? [] : [`Learnt from it: ${plan.models.map(({ model }) => model.slice(0, 12)).join(", ")}.`];
  const inForce = plan.inForce.map(({ model, instead }) => {
    if (instead === model) return `  ${model.slice(0, 12)} is in force, and stays so until another is promoted: its file goes then.`;
    return `  ${model.slice(0, 12)} ${done ? "was" : "is"} in force; ${instead === null ? "nothing" : instead.slice(0, 12)} ${done ? "is" : "would be"} now.`;
  });
  const next = turns.map(({ number, verdict }) => `Turn ${number}: ${verdict?.reasons[0] ?? ""}`);
  const held = elsewhere.map((one) => `Still held by ${one}.`);
  if (!done) return [`Would forget ${parts.join(", ")}.`, ...models, ...inForce, "Nothing was changed: add --yes to do it."];
  return [`Forgotten: ${parts.join(", ")}${line === null ? "" : `; line ${line} of the ledger`}.`, ...models, ...inForce, ...next, ...held];
}

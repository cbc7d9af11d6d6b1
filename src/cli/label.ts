import { userInfo } from "node:os";
import { defineCommand } from "citty";
import { listed, RefusedList } from "../api/labels.ts";
import { Answer, type Label } from "../schema/label.ts";
import { Says } from "../schema/target.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Site } from "../site.ts";
import type { Control } from "../store/lock.ts";
import { dueTurns } from "../wheel/due-turns.ts";
import { askSite } from "./ask-site.ts";
import { onSite, oneOf, timeOf } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { siteOrAsked } from "./site-or-asked.ts";
import { table } from "./table.ts";
import { turnLines } from "./turn.ts";
import { labelByTable } from "./work-orders.ts";
import { usage } from "./usage.ts";

export const labelCommand = defineCommand({
  meta: {
    name: "label",
    description:
      "Answer an event (`label EVENT fault --kind cavitation`), label a stretch (`label --from T --to T normal`), take in a table of work orders (`label --csv FILE`), " +
      "revise or withdraw a label, or list them. " +
      "The wheel turns when its policy says so.",
  },
  args: {
    words: { type: "positional", description: "EVENT and an answer, or only an answer with --from and --to: fault, normal or unsure", required: false, valueHint: "[EVENT] ANSWER" },
    from: { type: "string", description: "Start of the stretch", valueHint: "TIME" },
    to: { type: "string", description: "End of the stretch, not included", valueHint: "TIME" },
    kind: { type: "string", description: "What kind of fault, in your own word", valueHint: "WORD" },
    by: { type: "string", description: "Who says so (else the name you are logged in by)", valueHint: "NAME" },
    certainty: { type: "string", description: "From 0 to 1", default: "1", valueHint: "SHARE" },
    withdraw: { type: "string", description: "Take this label back; it stays in the history", valueHint: "LABEL" },
    revise: { type: "string", description: "Change this label's answer", valueHint: "LABEL" },
    list: { type: "boolean", description: "List the labels", default: false },
    refused: { type: "boolean", description: "List what neither teaches nor proves because of who made it; also on a site that is up", default: false },
    csv: { type: "string", description: "A table of work orders or recorded truth: asset,start,end,answer,kind,author[,certainty,id]", valueHint: "FILE" },
    look: { type: "boolean", description: "With --csv: only show what would be taken in", default: false },
    zone: { type: "string", description: "With --csv: IANA zone of times that state none, for example Europe/Berlin (UTC unless given)", valueHint: "ZONE" },
    dates: { type: "string", description: "With --csv: order of dates that could be read two ways: dmy, mdy or ymd", valueHint: "ORDER" },
    measured: { type: "boolean", description: "With --csv or --target: a measurement says so, not a person", default: false },
    target: { type: "string", description: "Say what a target was, instead of the condition: with --at, or --from and --to", valueHint: "NAME" },
    value: { type: "string", description: "With --target: the laboratory's or the gauge's value", valueHint: "NUMBER" },
    unit: { type: "string", description: "With --value: its unit (UCUM); the wheel's unless given", valueHint: "UNIT" },
    class: { type: "string", description: "With --target: which class it was", valueHint: "WORD" },
    "end-of-life": { type: "boolean", description: "With --target: a life ended here: it failed, or was serviced or replaced", default: false },
    at: { type: "string", description: "With --target: the moment it speaks of, for a value when the sample was drawn", valueHint: "TIME" },
    turn: { type: "boolean", description: "Let the wheel turn if it is due (--no-turn not to)", default: true },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    if (args.csv !== undefined) return await labelByTable(args.csv, args);
    if (args.refused) return await listRefused(args.data, args.json);
    await withSite(args.data, false, async (site) => {
      if (args.list) return await list(site, args.wheel, args.json);
      const label = await write(site, args._, args);
      const turns = args.turn ? await dueTurns(site, [label]) : [];
      if (args.json) return printJson({ label, turn: turns.at(-1) ?? null });
      const when = label.end - label.start === 1 ? timeText(label.start) : `${timeText(label.start)} to ${timeText(label.end)}`;
      printLines([`Label ${label.id}: ${when}, ${label.withdrawn ? "withdrawn" : saidText(label)}, revision ${label.revision}.`, ...turns.flatMap(turnLines)]);
    });
  },
});

interface Given {
  readonly measured: boolean;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly kind?: string | undefined;
  readonly by?: string | undefined;
  readonly certainty: string;
  readonly withdraw?: string | undefined;
  readonly revise?: string | undefined;
  readonly wheel?: string | undefined;
  readonly target?: string | undefined;
  readonly value?: string | undefined;
  readonly unit?: string | undefined;
  readonly class?: string | undefined;
  readonly "end-of-life": boolean;
  readonly at?: string | undefined;
}

async function write(site: Site, words: readonly string[], given: Given): Promise<Label> {
  if (given.withdraw !== undefined) return await site.withdraw(await labelNamed(site, given.withdraw));
  if (saysGiven(given)) return await writeTarget(site, given);
  const [first, second] = words;
  const answer = oneOf("answer", second ?? first, Answer.options);
  if (answer === undefined) throw usage("label nothing", "Say which event and what it was: `millrace label EVENT fault`.");
  const certainty = Number(given.certainty);
  if (!(certainty >= 0 && certainty <= 1)) throw usage(`read --certainty ${JSON.stringify(given.certainty)}`, "A number from 0 to 1 is needed.");
  const said = { answer, faultKind: given.kind ?? null, certainty };
  const author = given.by ?? userInfo().username;
  if (given.revise !== undefined) return await site.revise(await labelNamed(site, given.revise), said);
  if (second !== undefined && first !== undefined) return await site.answer(first, said, author);

  if (given.from === undefined || given.to === undefined) throw usage("label a stretch without its ends", "Give --from and --to, or an event.");
  const [start, end] = [timeOf("from", given.from), timeOf("to", given.to)];
  if (!(end > start)) throw usage("label a stretch that ends before it starts", "Give a --to after --from.");
  const wheel = await site.wheel(given.wheel);
  return await site.label({ id: wheel.asset, site: wheel.site }, { start, end }, said, { name: author, origin: "person", scoreShown: false });
}

async function labelNamed(site: Site, id: string): Promise<Label> {
  const newest = (await site.store.records.labelHistory(id)).at(-1);
  if (newest === undefined) throw usage(`change label ${JSON.stringify(id.slice(0, 40))}: there is none`, "List the labels with `millrace label --list`.");
  return newest;
}

async function list(site: Site, wheelName: string | undefined, json: boolean): Promise<void> {
  const wheel = await site.wheel(wheelName);
  const labels = await site.store.records.labels({ asset: wheel.asset, about: "anything", includeWithdrawn: true });
  if (json) return printJson({ labels: labels.map(listed) });
  if (labels.length === 0) return printLines(["No labels."]);
  const rows = labels.map(listed).map(({ told, scoreShown, knownAt, model, software, ...label }) => [
    label.id, timeText(label.start), timeText(label.end), label.withdrawn ? "withdrawn" : saidText(label), label.author, told, timeText(knownAt), scoreShown ? "seen" : "blind", model?.slice(0, 12) ?? "none", software, String(label.revision),
  ]);
  printLines(table(["label", "start", "end", "what", "by", "told by", "said", "score", "model", "software", "revision"], rows));
}

async function listRefused(data: string | undefined, json: boolean): Promise<void> {
  const ask = (control: Control): Promise<RefusedList> => askSite(control, { method: "GET", path: "/api/v1/labels/refused", answer: RefusedList, what: "what was refused" });
  const { refused } = await siteOrAsked(data, async (site) => ({ refused: await site.refused() }), ask);
  if (json) return printJson({ refused });
  if (refused.length === 0) return printLines(["Nothing was refused."]);
  const rows = refused.map(({ what, id, start, end, origin, at, code, why, count }) => [timeText(at), count === undefined ? what : `${count} ${what}s`, id, timeText(start), timeText(end), origin, `${code}: ${why}`]);
  printLines(table(["when", "what", "id", "start", "end", "made by", "why"], rows));
}

const saysGiven = ({ target, value, class: named, "end-of-life": ended }: Given): boolean => target !== undefined || value !== undefined || named !== undefined || ended;

/** What a target was, at a moment or over a stretch; or a later word on that. */
async function writeTarget(site: Site, given: Given): Promise<Label> {
  const says = saysOf(given);
  const said = { answer: "unsure", faultKind: null, certainty: 1, says } as const;
  if (given.revise !== undefined) return await site.revise(await labelNamed(site, given.revise), said);
  if (given.target === undefined) throw usage("label a target without its name", "Give --target, or --revise LABEL.");
  const start = timeOf("from", given.at ?? given.from ?? "");
  const end = given.at !== undefined || given.to === undefined ? start + 1 : timeOf("to", given.to);
  if (!(end > start)) throw usage("label a stretch that ends before it starts", "Give a --to after --from.");
  const wheel = await wheelOfTarget(site, given);
  const author = { name: given.by ?? userInfo().username, origin: given.measured ? "measurement" : "person", scoreShown: false } as const;
  return await site.label({ id: wheel.asset, site: wheel.site }, { start, end }, { ...said, target: given.target }, author);
}

/** The wheel that is named or, else, the one that asks for the target. */
async function wheelOfTarget(site: Site, { wheel, target }: Given): Promise<Wheel> {
  const asking = wheel === undefined ? (await site.store.records.wheels()).filter((one) => one.target?.name === target) : [];
  const [only] = asking;
  return asking.length === 1 && only !== undefined ? only : await site.wheel(wheel);
}

function saysOf({ value, unit, class: named, "end-of-life": ended }: Given): Says {
  if (Number(value !== undefined) + Number(named !== undefined) + Number(ended) !== 1) throw usage("say what a target was", "Give one of --value, --class and --end-of-life.");
  const parsed = Says.safeParse(ended ? { what: "end-of-life" } : named === undefined ? { what: "value", value: Number(value === "" ? NaN : value), unit: unit ?? null } : { what: "class", class: named });
  if (!parsed.success) throw usage(`read --value ${JSON.stringify(value?.slice(0, 40) ?? "")}`, "A number is needed, with a point where it has decimals; a class is one word or a few.");
  return parsed.data;
}

/** What a label says, in words. */
export function saidText({ answer, faultKind, target = null, says = null }: Pick<Label, "answer" | "faultKind" | "target" | "says">): string {
  if (says === null) return `${answer}${faultKind === null ? "" : ` (${faultKind})`}`;
  const what = says.what === "value" ? `${says.value}${says.unit === null ? "" : ` ${says.unit}`}` : says.what === "class" ? says.class : "end of life";
  return `${target}: ${what}`;
}

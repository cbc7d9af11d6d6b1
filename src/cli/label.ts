import { userInfo } from "node:os";
import { defineCommand } from "citty";
import { Answer, type Label } from "../schema/label.ts";
import type { Site } from "../site.ts";
import { dueTurn, sinceTurn } from "../wheel/policy.ts";
import { onSite, oneOf, timeOf } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
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
    csv: { type: "string", description: "A table of work orders or recorded truth: asset,start,end,answer,kind,author[,certainty,id]", valueHint: "FILE" },
    look: { type: "boolean", description: "With --csv: only show what would be taken in", default: false },
    zone: { type: "string", description: "With --csv: IANA zone of times that state none, for example Europe/Berlin (UTC unless given)", valueHint: "ZONE" },
    dates: { type: "string", description: "With --csv: order of dates that could be read two ways: dmy, mdy or ymd", valueHint: "ORDER" },
    measured: { type: "boolean", description: "With --csv: the answers are a measurement, not people's", default: false },
    turn: { type: "boolean", description: "Let the wheel turn if it is due (--no-turn not to)", default: true },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    if (args.csv !== undefined) return await labelByTable(args.csv, args);
    await withSite(args.data, false, async (site) => {
      if (args.list) return await list(site, args.wheel, args.json);
      const label = await write(site, args._, args);
      const wheel = (await site.store.records.wheels()).find(({ asset }) => asset === label.asset);
      const due = wheel === undefined || !args.turn ? null : dueTurn(wheel, await sinceTurn(wheel, site.ports), site.ports.now());
      const turn = wheel === undefined || due === null ? null : await site.turn(wheel, due);
      if (args.json) return printJson({ label, turn });
      const what = label.withdrawn ? "withdrawn" : `${label.answer}${label.faultKind === null ? "" : ` (${label.faultKind})`}`;
      printLines([`Label ${label.id}: ${timeText(label.start)} to ${timeText(label.end)}, ${what}, revision ${label.revision}.`, ...(turn === null ? [] : turnLines(turn))]);
    });
  },
});

interface Given {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly kind?: string | undefined;
  readonly by?: string | undefined;
  readonly certainty: string;
  readonly withdraw?: string | undefined;
  readonly revise?: string | undefined;
  readonly wheel?: string | undefined;
}

async function write(site: Site, words: readonly string[], given: Given): Promise<Label> {
  if (given.withdraw !== undefined) return await site.withdraw(await labelNamed(site, given.withdraw));
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
  const labels = await site.store.records.labels({ asset: wheel.asset, includeWithdrawn: true });
  if (json) return printJson({ labels });
  if (labels.length === 0) return printLines(["No labels."]);
  const rows = labels.map(({ id, start, end, answer, faultKind, author, revision, withdrawn }) => [id, timeText(start), timeText(end), withdrawn ? "withdrawn" : answer, faultKind ?? "", author, String(revision)]);
  printLines(table(["label", "start", "end", "answer", "kind", "by", "revision"], rows));
}

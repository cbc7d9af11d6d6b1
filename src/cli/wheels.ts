import { defineCommand } from "citty";
import { SiteView } from "../api/site.ts";
import { WheelView } from "../api/wheels.ts";
import { second } from "../schema/time.ts";
import { WheelRequest } from "../schema/wheel-request.ts";
import { Policy, type Wheel } from "../schema/wheel.ts";
import type { Site } from "../site.ts";
import { askSite } from "./ask-site.ts";
import { blockRuleOf, onSite, oneOf, spanOf, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withModels } from "./own-models.ts";
import { siteOrAsked } from "./site-or-asked.ts";
import { table } from "./table.ts";
import { usage } from "./usage.ts";

const kinds = ["classify", "estimate", "remaining-life"] as const;

const addCommand = defineCommand({
  meta: {
    name: "add",
    description: "Make a wheel that tells a target: a class, a laboratory's value or a remaining life. A site that is up is asked to. The labels of the target come by `label --target`, in a table or over HTTP.",
  },
  args: {
    kind: { type: "string", description: "classify (a class), estimate (a value) or remaining-life (how long until it ends)", valueHint: "KIND" },
    asset: { type: "string", description: "The machine: its name or path", valueHint: "NAME" },
    target: { type: "string", description: "What labels call it: moisture, grade, tool", valueHint: "NAME" },
    name: { type: "string", description: "The wheel's name; the asset and the target unless given", valueHint: "NAME" },
    unit: { type: "string", description: "UCUM unit of values; s, min, h or d of a remaining life, which else is counted in rows", valueHint: "UNIT" },
    inputs: { type: "string", description: "Signals to tell it from, separated by commas; all measured ones and set points unless given", valueHint: "NAMES" },
    rows: { type: "string", description: "Rows to look back", valueHint: "N" },
    grid: { type: "string", description: "Time between rows; that of the asset's wheel, or of most inputs, unless given", valueHint: "SPAN" },
    hold: { type: "string", description: "How long a value stands in for missing ones", valueHint: "SPAN" },
    block: { type: "string", description: "How production is cut, where the asset has no wheel yet: a length such as 1h, or change:SIGNAL", valueHint: "RULE" },
    describes: { type: "string", description: "How long before its own time a label of one moment speaks of too", valueHint: "SPAN" },
    cap: { type: "string", description: "A remaining life beyond this is as good as this", valueHint: "NUMBER" },
    "worst-error": { type: "string", description: "An error as bad as any; three spreads of the first values, or the cap, unless given", valueHint: "NUMBER" },
    when: { type: "string", description: "Answer only where a signal is above a number: SIGNAL>NUMBER", valueHint: "RULE" },
    answers: { type: "string", description: "Turn after this many new labels; 10 unless given", valueHint: "N" },
    generated: { type: "string", description: "Let what models and simulators made teach it, up to this much of what is real of each class, 0.6 at most; nothing unless given", valueHint: "NUMBER" },
    ...onSite,
  },
  async run({ args }) {
    const request = requestOf(args);
    const wheel = await siteOrAsked(args.data, (site) => site.makeWheel(request), async (control) => await askSite(control, { method: "POST", path: "/api/v1/wheels", body: request, answer: WheelView, what: "a wheel" }));
    if (args.json) return printJson({ wheel });
    printLines([`Wheel ${JSON.stringify(wheel.name)}: ${askedText(wheel)}, from ${wheel.signals.length} signals.`, "Say what it was with `millrace label --target`; it turns once there is something to learn from."]);
  },
});

const setCommand = defineCommand({
  meta: { name: "set", description: "Let what models and simulators made teach a wheel, up to a bound, or no longer. It never calibrates, sits in the exam or proves. Also on a site that is up." },
  args: {
    generated: { type: "string", description: "Most that it may weigh against what is real of each class, up to 0.6; off for nothing", valueHint: "NUMBER" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    if (args.generated === undefined) throw usage("set nothing", "For example: `millrace wheels set --generated 0.5`, or `--generated off`.");
    const generated = args.generated === "off" ? null : generatedOf(args.generated);
    const wheel = await withModels(args.data, async (own) => await own.allowGenerated(await own.wheel(args.wheel), generated));
    if (args.json) return printJson({ wheel });
    printLines([
      generated === null
        ? `Wheel ${JSON.stringify(wheel.name)} learns from what is real alone.`
        : `Wheel ${JSON.stringify(wheel.name)} also makes models taught by what models and simulators made, up to ${generated} of what is real of each class. They go into force only as better than the model that is.`,
    ]);
  },
});

/** Throws `cli.usage` for no share that can be let. */
function generatedOf(text: string): number {
  const parsed = Policy.shape.generated.unwrap().safeParse(Number(text));
  if (parsed.success) return parsed.data;
  throw usage(`read --generated ${JSON.stringify(text.slice(0, 40))}`, "A number above 0 and up to 0.6, or off with `wheels set`.");
}

const listCommand = defineCommand({
  meta: { name: "list", description: "The wheels there are: what each asks of which asset, and whether a model is in force." },
  args: onSite,
  async run({ args }) {
    const wheels = await siteOrAsked(args.data, wheelsOf, async (control) => (await askSite(control, { method: "GET", path: "/api/v1/site", answer: SiteView, what: "its wheels" })).wheels);
    if (args.json) return printJson({ wheels });
    if (wheels.length === 0) return printLines(["No wheels."]);
    printLines(table(["wheel", "asset", "asks", "in force"], wheels.map((wheel) => [wheel.name, wheel.assetName, askedText(wheel), wheel.champion === null ? "nothing yet" : wheel.champion.slice(0, 12)])));
  },
});

export const wheelsCommand = defineCommand({
  meta: { name: "wheels", description: "What is asked of which machine: list the wheels, add one that tells a class, a value or a remaining life, or set what may teach one." },
  subCommands: { add: addCommand, set: setCommand, list: listCommand },
  default: "list",
});

type Given = Readonly<Record<"kind" | "asset" | "target" | "name" | "unit" | "inputs" | "rows" | "grid" | "hold" | "block" | "describes" | "cap" | "worst-error" | "when" | "answers" | "generated", string | undefined>>;

/** The request that the options are. Throws `cli.usage` for what makes none. */
function requestOf(given: Given): WheelRequest {
  const { asset, target, name, unit, inputs, rows, describes, cap, answers } = given;
  const kind = oneOf("kind", given.kind, kinds);
  if (kind === undefined || asset === undefined || target === undefined) throw usage("make a wheel without a kind, an asset and a target", "For example: `millrace wheels add --kind estimate --asset dryer-1 --target moisture --unit %`.");
  const seconds = (option: string, text: string): number => spanOf(option, text) / second;
  const parsed = WheelRequest.safeParse({
    kind, asset, target, name, unit,
    inputs: inputs?.split(",").map((one) => one.trim()),
    rows: rows === undefined ? undefined : wholeOf("rows", rows, 1),
    period: given.grid === undefined ? undefined : seconds("grid", given.grid),
    hold: given.hold === undefined ? undefined : seconds("hold", given.hold),
    ...(given.block === undefined ? {} : cutBy(given.block)),
    describes: describes === undefined ? undefined : seconds("describes", describes),
    cap: cap === undefined ? undefined : Number(cap),
    worstError: given["worst-error"] === undefined ? undefined : Number(given["worst-error"]),
    when: given.when === undefined ? undefined : whenOf(given.when),
    policy: { ...(answers !== undefined && { answers: wholeOf("answers", answers, 1) }), ...(given.generated !== undefined && { generated: generatedOf(given.generated) }) },
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(`make this wheel: ${issue.path.join(".")}: ${issue.message}`, "See `millrace wheels add --help`.");
}

function cutBy(text: string): { block: number } | { blockBy: string } {
  const rule = blockRuleOf(text);
  if (rule.by === "duration") return { block: rule.length / second };
  if (rule.by === "change") return { blockBy: rule.signal };
  throw usage(`read --block ${JSON.stringify(text.slice(0, 40))}`, "A length such as 1h, or change:SIGNAL.");
}

function whenOf(text: string): { signal: string; above: number } {
  const [, signal = "", above = ""] = /^(.+)>\s*(-?[\d.]+)$/.exec(text) ?? [];
  if (signal === "") throw usage(`read --when ${JSON.stringify(text.slice(0, 40))}`, "Write SIGNAL>NUMBER, for example 'speed>100'.");
  return { signal: signal.trim(), above: Number(above) };
}

async function wheelsOf({ store: { records } }: Site) {
  const assets = new Map((await records.assets()).map(({ id, name }) => [id, name]));
  const wheels = await records.wheels();
  return await Promise.all(wheels.map(async (wheel) => ({ ...wheel, assetName: assets.get(wheel.asset) ?? "", champion: (await records.champion(wheel.id))?.model ?? null })));
}

/** What a wheel asks, in words. */
function askedText({ kind, target = null }: Wheel): string {
  if (target === null) return "the condition";
  if (kind === "classify") return `which class ${target.name} is`;
  if (kind === "estimate") return `the value of ${target.name}${target.unit === null ? "" : ` in ${target.unit}`}`;
  return `how long until ${target.name} ends, in ${target.unit ?? "rows"}${target.cap === null ? "" : `, at most ${target.cap}`}`;
}

import { defineCommand } from "citty";
import { lineageForms } from "../site.ts";
import { modelOr } from "./model-named.ts";
import { oneOf, onSite, timeOf } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withModels, type OwnModels } from "./own-models.ts";
import { table } from "./table.ts";

const listCommand = defineCommand({
  meta: { name: "list", description: "The models a wheel has made, oldest first; * is in force. A model's name is the digest of its file. Also on a site that is up." },
  args: {
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    all: { type: "boolean", description: "All of them, not only the newest 20", default: false },
    at: { type: "string", description: "Only what was in force at this moment; of every wheel unless one is named", valueHint: "TIME" },
    ...onSite,
  },
  async run({ args }) {
    await withModels(args.data, async (own) => {
      if (args.at !== undefined) return await printInForce(own, timeOf("at", args.at), args);
      const { champion, models, champions, forgotten } = await own.models(await own.wheel(args.wheel));
      if (args.json) return printJson({ champion, models, champions, forgotten });
      if (models.length === 0) return printLines(["No model yet. `millrace turn` makes one."]);
      const inForce = new Set(champions.map(({ model }) => model));
      const shown = args.all ? models : models.filter((model, at) => at >= models.length - 20 || model.digest === champion);
      const rows = shown.map(({ digest, recipe, blocks, generated, provisional, createdAt, bytes, origin, software }) => [
        [digest === champion ? "*" : inForce.has(digest) ? "was" : "", forgotten.includes(digest) ? "forgotten" : ""].join(" ").trim(),
        digest.slice(0, 12),
        recipe.name,
        generated === undefined ? String(blocks.length) : `${blocks.length}, generated weigh ${generated.weight.toFixed(2)} of real`,
        provisional ? "provisional" : "calibrated",
        `${Math.ceil(bytes / 1024)} KiB`,
        timeText(createdAt),
        origin ?? "unknown",
        software ?? "unknown",
      ]);
      printLines([...table(["", "model", "recipe", "blocks", "threshold", "size", "made", "learnt from", "software"], rows), ...(shown.length < models.length ? [`${models.length - shown.length} older ones: --all`] : [])]);
    });
  },
});

async function printInForce(own: OwnModels, at: number, { wheel: name, json }: { readonly wheel?: string | undefined; readonly json: boolean }): Promise<void> {
  const wheel = name === undefined ? null : await own.wheel(name);
  const found = (await own.inForceAt(at)).filter((one) => wheel === null || one.wheel === wheel.id);
  if (json) return printJson({ at, inForce: found });
  const rows = found.map(({ name: of, model, since, reason }) => [of, model?.slice(0, 12) ?? "none", since === null ? "" : timeText(since), reason]);
  printLines(rows.length === 0 ? ["There is no wheel."] : table(["wheel", "model", "since", "why"], rows));
}

const cardCommand = defineCommand({
  meta: { name: "card", description: "Where a model comes from, what it was found to be worth, what it does not know: as a card for people, W3C PROV-JSON, or a CycloneDX ML-BOM. Also on a site that is up." },
  args: {
    model: { type: "positional", description: "A model's name, or enough of its beginning; the one in force unless given", required: false },
    format: { type: "string", description: `${lineageForms.join(", ")}: Markdown, a page, PROV-JSON, CycloneDX 1.6`, default: "md", valueHint: "FORM" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withModels(args.data, async (own) => {
      const form = oneOf("format", args.format, lineageForms) ?? "md";
      const model = await modelOr(own, await own.wheel(args.wheel), args.model, "write the card of");
      const card = await own.card(model.digest, form);
      if (args.json) printJson({ model: model.digest, format: form, card });
      else process.stdout.write(card);
    });
  },
});

export const modelsCommand = defineCommand({
  meta: { name: "models", description: "The models a wheel has made, oldest first; * is in force. A model's name is the digest of its file." },
  subCommands: { list: listCommand, card: cardCommand },
  default: "list",
});

import { defineCommand } from "citty";
import { lineageForms, type Site } from "../site.ts";
import { oneOf, onSite, timeOf } from "./options.ts";
import { modelNamed } from "./rollback.ts";
import { usage } from "./usage.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { markedModels } from "../wheel/marked-models.ts";
import { table } from "./table.ts";

const listCommand = defineCommand({
  meta: { name: "list", description: "The models a wheel has made, oldest first; * is in force. A model's name is the digest of its file." },
  args: {
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    all: { type: "boolean", description: "All of them, not only the newest 20", default: false },
    at: { type: "string", description: "Only what was in force at this moment; of every wheel unless one is named", valueHint: "TIME" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      if (args.at !== undefined) return await printInForce(site, timeOf("at", args.at), args);
      const { records } = site.store;
      const wheel = await site.wheel(args.wheel);
      const [models, champions] = [await records.models(wheel.id), await records.champions(wheel.id)];
      const champion = champions.at(-1)?.model ?? null;
      if (args.json) return printJson({ champion, models, champions, forgotten: [...(await markedModels(site))] });
      if (models.length === 0) return printLines(["No model yet. `millrace turn` makes one."]);
      const inForce = new Set(champions.map(({ model }) => model));
      const forgotten = await markedModels(site);
      const shown = args.all ? models : models.filter((model, at) => at >= models.length - 20 || model.digest === champion);
      const rows = shown.map(({ digest, recipe, blocks, provisional, createdAt, bytes }) => [
        [digest === champion ? "*" : inForce.has(digest) ? "was" : "", forgotten.has(digest) ? "forgotten" : ""].join(" ").trim(),
        digest.slice(0, 12),
        recipe.name,
        String(blocks.length),
        provisional ? "provisional" : "calibrated",
        `${Math.ceil(bytes / 1024)} KiB`,
        timeText(createdAt),
      ]);
      printLines([...table(["", "model", "recipe", "blocks", "threshold", "size", "made"], rows), ...(shown.length < models.length ? [`${models.length - shown.length} older ones: --all`] : [])]);
    });
  },
});

async function printInForce(site: Site, at: number, { wheel: name, json }: { readonly wheel?: string | undefined; readonly json: boolean }): Promise<void> {
  const wheel = name === undefined ? null : await site.wheel(name);
  const found = (await site.inForceAt(at)).filter((one) => wheel === null || one.wheel === wheel.id);
  if (json) return printJson({ at, inForce: found });
  const rows = found.map(({ name: of, model, since, reason }) => [of, model?.slice(0, 12) ?? "none", since === null ? "" : timeText(since), reason]);
  printLines(rows.length === 0 ? ["There is no wheel."] : table(["wheel", "model", "since", "why"], rows));
}

const cardCommand = defineCommand({
  meta: { name: "card", description: "Where a model comes from, what it was found to be worth, what it does not know: as a card for people, W3C PROV-JSON, or a CycloneDX ML-BOM." },
  args: {
    model: { type: "positional", description: "A model's name, or enough of its beginning; the one in force unless given", required: false },
    format: { type: "string", description: `${lineageForms.join(", ")}: Markdown, a page, PROV-JSON, CycloneDX 1.6`, default: "md", valueHint: "FORM" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const form = oneOf("format", args.format, lineageForms) ?? "md";
      const wheel = await site.wheel(args.wheel);
      const name = args.model ?? (await site.store.records.champion(wheel.id))?.model;
      if (name === undefined) throw usage("write the card of the model in force: there is none", "Make one with `millrace turn`.");
      const model = await modelNamed(site, wheel, name);
      const card = await site.card(model, form);
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

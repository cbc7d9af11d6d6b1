import { defineCommand } from "citty";
import { onSite } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { markedModels } from "../wheel/marked-models.ts";
import { table } from "./table.ts";

export const modelsCommand = defineCommand({
  meta: { name: "models", description: "The models a wheel has made, oldest first; * is in force. A model's name is the digest of its file." },
  args: {
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    all: { type: "boolean", description: "All of them, not only the newest 20", default: false },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
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

import { defineCommand } from "citty";
import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Site } from "../site.ts";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withSite } from "./session.ts";
import { usage } from "./usage.ts";

export const rollbackCommand = defineCommand({
  meta: { name: "rollback", description: "Put an earlier model back in force: the one before, or the one named. Recorded in the ledger." },
  args: {
    model: { type: "positional", description: "A model's name, or enough of its beginning; the champion before unless given", required: false },
    reason: { type: "string", description: "Why, for the ledger", default: "by hand", valueHint: "WORDS" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const wheel = await site.wheel(args.wheel);
      const model = args.model === undefined ? await championBefore(site, wheel) : await modelNamed(site, wheel, args.model);
      site.exportModel(model.digest); // its bytes must be whole before it is put in force
      await site.rollBack(wheel, model, args.reason);
      if (args.json) printJson({ champion: model });
      else printLines([`Model ${model.digest.slice(0, 12)} of recipe ${model.recipe.name} is in force again.`]);
    });
  },
});

/** A model by the beginning of its name. Throws `cli.usage` when none or several begin so. */
export async function modelNamed(site: Site, wheel: Wheel, name: string): Promise<Model> {
  const found = (await site.store.records.models(wheel.id)).filter(({ digest }) => digest.startsWith(name));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw usage(`find model ${JSON.stringify(name.slice(0, 64))}: ${found.length === 0 ? "none begins" : `${found.length} begin`} so`, "List them with `millrace models --all`.");
}

async function championBefore(site: Site, wheel: Wheel): Promise<Model> {
  const champions = await site.store.records.champions(wheel.id);
  const current = champions.at(-1)?.model;
  const before = champions.findLast(({ model }) => model !== null && model !== current)?.model ?? null;
  const model = before === null ? null : await site.store.records.model(before);
  if (model === null) throw usage("roll back: no other model has been in force", "List the models with `millrace models`, and name one.");
  return model;
}

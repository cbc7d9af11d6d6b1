import { defineCommand } from "citty";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { modelNamed } from "./rollback.ts";
import { withSite } from "./session.ts";

export const promoteCommand = defineCommand({
  meta: { name: "promote", description: "Put the model in force that is proven and waits for your word. Recorded in the ledger." },
  args: {
    model: { type: "positional", description: "The model's name, or enough of its beginning, so that no other is meant", required: false },
    reason: { type: "string", description: "Why, for the ledger", default: "by hand", valueHint: "WORDS" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const wheel = await site.wheel(args.wheel);
      const named = args.model === undefined ? null : await modelNamed(site, wheel, args.model);
      const model = await site.promote(wheel, named?.digest ?? null, args.reason);
      if (args.json) printJson({ champion: model });
      else printLines([`Model ${model.digest.slice(0, 12)} of recipe ${model.recipe.name} is in force.`]);
    });
  },
});

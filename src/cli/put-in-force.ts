import { defineCommand } from "citty";
import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import { modelNamed } from "./model-named.ts";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withModels, type OwnModels } from "./own-models.ts";

const wheelAndReason = {
  reason: { type: "string", description: "Why, for the ledger", default: "by hand", valueHint: "WORDS" },
  wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
  ...onSite,
} as const;

export const rollbackCommand = defineCommand({
  meta: { name: "rollback", description: "Put an earlier model back in force: the one before, or the one named. Recorded in the ledger. Also on a site that is up." },
  args: { model: { type: "positional", description: "A model's name, or enough of its beginning; the champion before unless given", required: false }, ...wheelAndReason },
  run: async ({ args }) => await putInForce(args, "again", (own, wheel, model) => own.rollBack(wheel, model, args.reason)),
});

export const promoteCommand = defineCommand({
  meta: { name: "promote", description: "Put the model in force that is proven and waits for your word. Recorded in the ledger. Also on a site that is up." },
  args: { model: { type: "positional", description: "The model's name, or enough of its beginning, so that no other is meant", required: false }, ...wheelAndReason },
  run: async ({ args }) => await putInForce(args, "", (own, wheel, model) => own.promote(wheel, model, args.reason)),
});

interface Given {
  readonly data: string | undefined;
  readonly wheel?: string | undefined;
  readonly model?: string | undefined;
  readonly json: boolean;
}

async function putInForce({ data, wheel: name, model: wanted, json }: Given, again: string, put: (own: OwnModels, wheel: Wheel, model: string | null) => Promise<Model>): Promise<void> {
  await withModels(data, async (own) => {
    const wheel = await own.wheel(name);
    const champion = await put(own, wheel, wanted === undefined ? null : (await modelNamed(own, wheel, wanted)).digest);
    if (json) printJson({ champion });
    else printLines([`Model ${champion.digest.slice(0, 12)} of recipe ${champion.recipe.name} is in force${again === "" ? "" : ` ${again}`}.`]);
  });
}

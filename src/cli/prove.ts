import { defineCommand } from "citty";
import type { Turn } from "../schema/turn.ts";
import type { Reproduced } from "../api/turns.ts";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withModels, type OwnModels } from "./own-models.ts";
import { usage } from "./usage.ts";

export const proveCommand = defineCommand({
  meta: {
    name: "prove",
    description:
      "Make a past turn's models again, from its blocks, labels, parameters and code as they were: the same bytes on the same build and kind of processor, else how far scores differ, and what is missing. Changes nothing. Also on a site that is up. Exit code 65 when they differ.",
  },
  args: {
    turn: { type: "positional", description: "The number of the turn, or its id", required: true },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withModels(args.data, async (own) => {
      const result = await own.reproduce(await turnNamed(own, args.turn, args.wheel));
      if (args.json) printJson(result);
      else printLines(reproductionLines(result));
      if (!result.identical) process.exitCode = 65;
    });
  },
});

/** A turn by its number or id. Throws `cli.usage` when the wheel has none such. */
async function turnNamed(own: OwnModels, name: string, wheelName: string | undefined): Promise<Turn> {
  const wheel = await own.wheel(wheelName);
  const turn = (await own.turns(wheel)).find(({ id, number, state }) => id === name || (state === "recorded" && String(number) === name));
  if (turn === undefined) throw usage(`find turn ${JSON.stringify(name.slice(0, 40))} of ${wheel.name}`, "`millrace ledger` and `millrace turn` tell the numbers of turns.");
  return turn;
}

/** A reproduction in words: the outcome, then each model, then what stood in its way. */
export function reproductionLines({ turn, models, identical, missing, otherwise }: Reproduced): string[] {
  const outcome = models.length === 0 ? "it made no model" : identical ? "every model came out the same, bit for bit" : "not every model came out the same";
  const lines = models.map(({ recipe, recorded, made, largestDifference }) => {
    const how = made === recorded ? "the same" : made === null ? "none now" : `${made.slice(0, 12)} now, scores differ by ${largestDifference === null ? "an unknown amount" : `at most ${largestDifference.toPrecision(3)} thresholds`}`;
    return `  ${recipe} ${recorded.slice(0, 12)}: ${how}`;
  });
  return [`Turn ${turn.number}: ${outcome}.`, ...lines, ...[...missing, ...otherwise].map((one) => `  ${one}`)];
}

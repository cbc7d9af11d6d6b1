import { defineCommand } from "citty";
import type { Turn } from "../schema/turn.ts";
import { onSite } from "./options.ts";
import { counted, printJson, printLines, spanText } from "./output.ts";
import { withSite } from "./session.ts";

export const turnCommand = defineCommand({
  meta: {
    name: "turn",
    description: "Turn the wheel: learn challengers from all blocks that may teach, prove them against the model in force, decide, record. Says what it decided and why.",
  },
  args: { wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" }, ...onSite },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const turn = await site.turn(await site.wheel(args.wheel), "hand");
      if (args.json) printJson({ turn });
      else printLines(turnLines(turn));
    });
  },
});

const decisions = {
  promote: "a new model is in force",
  shadow: "the challenger runs in shadow",
  keep: "the model in force stays",
  "not-enough-events": "not enough events to decide",
  rollback: "the model before is in force again",
  ask: "a proven model waits for your word (`millrace promote`)",
};

/** A turn in words: what was decided, then why. */
export function turnLines({ number, verdict, blocks, labels, startedAt, finishedAt }: Turn): string[] {
  const took = finishedAt === null ? "" : `, in ${spanText(finishedAt - startedAt)}`;
  const said = verdict === null ? "not finished" : decisions[verdict.decision];
  return [`Turn ${number}: ${said} (${counted(blocks.length, "block")}, ${counted(labels, "label")}${took}).`, ...(verdict?.reasons ?? []).map((reason) => `  ${reason}`)];
}

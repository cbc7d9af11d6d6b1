import { defineCommand } from "citty";
import { conditionCommand } from "./try-condition.ts";
import { classifyCommand, estimateCommand, remainingLifeCommand } from "./try-target.ts";

export const tryCommand = defineCommand({
  meta: {
    name: "try",
    description: `What would Millrace make of your own recordings? Learns from some rows, judges others, keeps nothing, sends nothing.

  millrace try pump.csv                         is it behaving as it should? The same as try condition pump.csv
  millrace try classify --train FILE --target COL      which state or fault is this?
  millrace try estimate --train FILE --target COL      what would the lab say?
  millrace try remaining-life --train FILE --group COL how long until it needs service?

\`millrace try KIND --help\` says more. Tables: CSV and its kin, runs of blanks, gzip, Parquet; folders and patterns.`,
  },
  subCommands: { condition: conditionCommand, classify: classifyCommand, estimate: estimateCommand, "remaining-life": remainingLifeCommand },
  default: "condition",
});

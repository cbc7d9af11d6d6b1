import { defineCommand } from "citty";
import { describe } from "../capture/describe.ts";
import { readRecording, type Recording } from "../capture/recording.ts";
import { dueTurn, sinceTurn } from "../wheel/policy.ts";
import { blockRuleOf, onSite, readOptions, reading, spanOf, wholeOf } from "./options.ts";
import { counted, printJson, printLines, timeText } from "./output.ts";
import { progress } from "./progress.ts";
import { withSite } from "./session.ts";
import { turnLines } from "./turn.ts";

export const importCommand = defineCommand({
  meta: {
    name: "import",
    description:
      "Take a recording into a site. Shows what it takes each column for before it is used; with --look it only shows. " +
      "The model in force judges each block that arrives. Importing a file again changes nothing.",
  },
  args: {
    file: { type: "positional", description: "A CSV file, plain or gzip", required: true },
    asset: { type: "string", description: "The machine that it is of", default: "machine", valueHint: "NAME" },
    block: { type: "string", description: "How production is cut: file, a length such as 1h, gap:10min, or change:SIGNAL", valueHint: "RULE" },
    "warm-up": { type: "string", description: "Rows at the head of each block that are its own baseline; 0 for none", default: "0", valueHint: "ROWS" },
    grid: { type: "string", description: "Time between rows of the model's grid; guessed from the rates", valueHint: "SPAN" },
    hold: { type: "string", description: "How long a value stands in for missing ones; guessed", valueHint: "SPAN" },
    truth: { type: "boolean", description: "Take the label column as answers", default: false },
    simulated: { type: "boolean", description: "A simulator made it: it teaches and proves nothing about a plant", default: false },
    look: { type: "boolean", description: "Only show what would be taken in", default: false },
    ...reading,
    ...onSite,
  },
  async run({ args }) {
    const bar = progress("reading", args.json);
    const read = await readRecording(args.file, { ...readOptions(args), onProgress: bar.at });
    bar.done();
    const recording = onGrid(read, args);
    const seen = describe(recording);
    if (args.look) return args.json ? printJson({ look: seen }) : printLines(seen);
    if (!args.json) printLines([...seen, ""]);

    const warmUpRows = wholeOf("warm-up", args["warm-up"], 0);
    const options = { asset: args.asset, warmUpRows, ...(args.simulated && { origin: "simulator" as const }), ...(args.block !== undefined && { blockRule: blockRuleOf(args.block) }) };
    await withSite(args.data, true, async (site) => {
      const { intake, arrivals } = await site.import(recording, options);
      const labels = args.truth ? await site.labelByTruth(recording, intake) : [];
      const due = dueTurn(intake.wheel, await sinceTurn(intake.wheel, site.ports), site.ports.now());
      const turn = due === null ? null : await site.turn(intake.wheel, due);
      const events = arrivals.flatMap((arrival) => arrival.events ?? []);
      const unjudged = arrivals.filter((arrival) => arrival.events === null).length;
      if (args.json) {
        const blocks = arrivals.map(({ block, events: found }) => ({ id: block.id, start: block.start, end: block.end, revision: block.revision, judged: found !== null }));
        return printJson({ asset: intake.asset, wheel: intake.wheel.name, samples: intake.samples, blocks, events, labels: labels.length, turn });
      }
      printLines([
        `Stored ${counted(intake.samples, "sample")} of ${JSON.stringify(intake.asset.name)} in ${counted(intake.blocks.length, "block")}.`,
        ...arrivals.slice(0, 5).map(({ block }) => `  ${timeText(block.start)} to ${timeText(block.end)}${block.use === "exam" ? ", set aside for the exam" : ""}`),
        ...(arrivals.length > 5 ? [`  and ${arrivals.length - 5} more`] : []),
        events.length > 0 ? `Found ${counted(events.length, "event")}: see \`millrace events\`.` : unjudged < arrivals.length ? "No event found." : "",
        unjudged > 0 ? `Not judged: ${counted(unjudged, "block")}; no model is in force yet. \`millrace turn\` makes one.` : "",
        ...(turn === null ? [] : turnLines(turn)),
      ].filter((line) => line !== ""));
    });
  },
});

/** The recording on the grid that was asked for. */
function onGrid(recording: Recording, { grid, hold }: { readonly grid?: string | undefined; readonly hold?: string | undefined }): Recording {
  const period = grid === undefined ? recording.grid.period : spanOf("grid", grid);
  return { ...recording, grid: { ...recording.grid, period, hold: hold === undefined ? Math.max(recording.grid.hold, period) : spanOf("hold", hold) } };
}

import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { addCounts, f1, falseAlarmRate, missedAlarmRate, noRows } from "../prove/metrics/rows.ts";
import { replay, type ReplayedRun } from "../wheel/replay.ts";
import { oneOf, onSite, readOptions, reading, wholeOf } from "./options.ts";
import { counted, percentText, printJson, printLines } from "./output.ts";
import { withSite } from "./session.ts";
import { harmless } from "./table.ts";
import { turnLines } from "./turn.ts";

export const replayCommand = defineCommand({
  meta: {
    name: "replay",
    description:
      "Recorded runs go into a site one after another, in the order of their first rows: the model in force judges each, its recorded truth is then the operator's answer, " +
      "and the wheel turns. Each run brings its own baseline: its first rows. Runs are moved in time to start a minute after the one before.",
  },
  args: {
    directory: { type: "positional", description: "A directory of CSV files, or one file", required: true, valueHint: "DIR" },
    labels: { type: "string", description: "after-each-run: the recorded truth of a run is its answer; none: nobody answers", default: "after-each-run", valueHint: "WHEN" },
    asset: { type: "string", description: "The machine that they are of", default: "machine", valueHint: "NAME" },
    "warm-up": { type: "string", description: "Rows at the head of each run that are its baseline", default: "400", valueHint: "ROWS" },
    skip: { type: "string", description: "Leave out files whose path holds this", valueHint: "TEXT" },
    ...reading,
    ...onSite,
  },
  async run({ args }) {
    const labels = oneOf("labels", args.labels, ["after-each-run", "none"]) ?? "none";
    const paths = recordingsIn(args.directory, args.skip);
    const options = { asset: args.asset, warmUpRows: wholeOf("warm-up", args["warm-up"], 1), labels, read: readOptions(args), skipRows: 0 };
    await withSite(args.data, true, async (site) => {
      const runs: ReplayedRun[] = [];
      for await (const run of replay(paths, options, site)) {
        runs.push(run);
        if (!args.json) printLines(runLines(run, runs.length, paths.length));
      }
      const counts = runs.map((run) => run.counts).reduce(addCounts, noRows);
      if (args.json) printJson({ runs: runs.map(summary), counts, f1: f1(counts), far: falseAlarmRate(counts), mar: missedAlarmRate(counts) });
      else printLines(["", `All ${runs.length} runs, row by row: ${figures(counts)}.`]);
    });
  },
});

function recordingsIn(path: string, skip: string | undefined): string[] {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const found = isFile ? [path] : globSync("**/*.{csv,CSV,tsv,dat,csv.gz,tsv.gz}", { cwd: path }).map((name) => join(path, name));
  const kept = found.filter((name) => skip === undefined || !name.includes(skip)).sort();
  if (kept.length > 0) return kept;
  throw new MillraceError("cli.no-recordings", `Cannot replay ${JSON.stringify(path.slice(0, 200))}: no recording in it`, { hint: "Name a directory that holds CSV files, plain or gzip." });
}

function runLines(run: ReplayedRun, number: number, of: number): string[] {
  const found = run.events === null ? "not judged: no model was in force" : counted(run.events.length, "event");
  const ledger = run.ledger === null ? [] : [`  Ledger line ${run.ledger.number}: ${run.ledger.durationSeconds.toFixed(2)} s, ${run.ledger.cpuSeconds.toFixed(2)} s of processor, hash ${run.ledger.hash.slice(0, 12)}.`];
  return [
    `Run ${number} of ${of}, ${harmless(run.name)}: ${found}; row by row ${figures(run.counts)}.`,
    ...(run.turn === null ? [] : turnLines(run.turn).map((line) => `  ${line}`)),
    ...ledger,
  ];
}

const figures = (counts: ReplayedRun["counts"]): string =>
  counts.truePositive + counts.falseNegative + counts.falsePositive + counts.trueNegative === 0
    ? "no truth is known"
    : `F1 ${f1(counts).toFixed(3)}, false alarms in ${percentText(falseAlarmRate(counts))} of normal rows, ${percentText(missedAlarmRate(counts))} of fault rows missed`;

const summary = ({ name, events, counts, turn, ledger }: ReplayedRun) => ({ name, events, counts, f1: f1(counts), far: falseAlarmRate(counts), mar: missedAlarmRate(counts), turn, ledger });

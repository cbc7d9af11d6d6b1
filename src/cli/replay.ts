import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { addCounts, f1, falseAlarmRate, missedAlarmRate, noRows } from "../prove/metrics/rows.ts";
import { openLive } from "../live.ts";
import type { Settings } from "../schema/settings.ts";
import { replay, type ReplayedRun, type ReplayOptions } from "../wheel/replay.ts";
import { oneOf, onSite, readOptions, reading, wholeOf } from "./options.ts";
import { counted, percentText, printJson, printLines } from "./output.ts";
import { prepareReplay, replayLive } from "./replay-live.ts";
import { dataDirectory, withSite } from "./session.ts";
import { readSettings } from "./site-settings.ts";
import { harmless } from "./table.ts";
import { names } from "./try-tables.ts";
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
    targets: { type: "string", description: "Columns that tell what a target of their name was, separated by commas: answers of the wheels that ask for it, and no signals", valueHint: "COLS" },
    asset: { type: "string", description: "The machine that they are of", default: "machine", valueHint: "NAME" },
    "warm-up": { type: "string", description: "Rows at the head of each run that are its baseline", default: "400", valueHint: "ROWS" },
    live: { type: "boolean", description: "Play the runs over MQTT into the site while it is up, as a device would", default: false },
    speed: { type: "string", description: "With --live: times as fast as recorded", default: "1000", valueHint: "TIMES" },
    skip: { type: "string", description: "Leave out files whose path holds this", valueHint: "TEXT" },
    ...reading,
    ...onSite,
  },
  async run({ args }) {
    const labels = oneOf("labels", args.labels, ["after-each-run", "none"]) ?? "none";
    const paths = recordingsIn(args.directory, args.skip);
    const options = { asset: args.asset, warmUpRows: wholeOf("warm-up", args["warm-up"], 1), labels, read: readOptions(args), targets: names(args.targets) ?? [], skipRows: 0 };
    await withRuns(args, paths, options, async (replayed) => {
      const runs: ReplayedRun[] = [];
      for await (const run of replayed) {
        runs.push(run);
        if (!args.json) printLines(runLines(run, runs.length, paths.length));
      }
      const counts = runs.map((run) => run.counts).reduce(addCounts, noRows);
      if (args.json) printJson({ runs: runs.map(summary), counts, f1: f1(counts), far: falseAlarmRate(counts), mar: missedAlarmRate(counts) });
      else printLines(["", `All ${runs.length} runs, row by row: ${figures(counts)}.`]);
    });
  },
});

/** The runs, replayed into a site that is opened for it: from files, or over MQTT while it is up. */
async function withRuns(args: { data?: string | undefined; live: boolean; speed: string }, paths: readonly string[], options: ReplayOptions, work: (runs: AsyncIterable<ReplayedRun>) => Promise<void>): Promise<void> {
  if (!args.live) return await withSite(args.data, true, (site) => work(replay(paths, options, site)));
  const live = { ...options, speed: wholeOf("speed", args.speed, 1) };
  const directory = dataDirectory(args.data);
  await prepareReplay(directory, paths, live);
  const site = await openLive(directory, { settings: liveSettings(readSettings(directory)), onNotice: (text) => process.stderr.write(`millrace: ${text}\n`) });
  try {
    await work(replayLive(paths, live, site));
  } finally {
    await site.close();
  }
}

/** Doors of its own, so that a site that is up on this machine is not in the way. */
const liveSettings = (settings: Settings): Settings => ({ ...settings, mqtt: { ...settings.mqtt, enabled: true, host: "127.0.0.1", port: 0 } });

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
    ...run.targetTurns.flatMap(turnLines).map((line) => `  ${line}`),
    ...ledger,
  ];
}

const figures = (counts: ReplayedRun["counts"]): string =>
  counts.truePositive + counts.falseNegative + counts.falsePositive + counts.trueNegative === 0
    ? "no truth is known"
    : `F1 ${f1(counts).toFixed(3)}, false alarms in ${percentText(falseAlarmRate(counts))} of normal rows, ${percentText(missedAlarmRate(counts))} of fault rows missed`;

const summary = ({ name, events, counts, turn, targetTurns, ledger }: ReplayedRun) => ({ name, events, counts, f1: f1(counts), far: falseAlarmRate(counts), mar: missedAlarmRate(counts), turn, targetTurns, ledger });

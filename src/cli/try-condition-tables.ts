import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { MillraceError } from "../errors.ts";
import type { ConditionStudy } from "../wheel/condition-study.ts";
import { parseWindows } from "../wheel/fault-windows.ts";
import type { StudyAbout } from "../wheel/study-reported.ts";
import { tableStudy } from "../wheel/table-rows.ts";
import { spanOf, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { requireReplaceable, writeOwn } from "./own-file.ts";
import { predictionLines, predictionsHead } from "./predictions.ts";
import { reportMark } from "./report/document.ts";
import type { Clock } from "./report/format.ts";
import { reportPage, type ReportedRecording } from "./report/page.ts";
import { harmless, table } from "./table.ts";
import { trialFacts, trialLines } from "./trial-words.ts";
import { tryCondition, type StudyCost } from "./try-engine.ts";
import { blockOf, readSides, requireNoStrays, valuesOf } from "./try-tables.ts";
import { usage } from "./usage.ts";

interface Given {
  readonly _: readonly string[];
  readonly json: boolean;
  readonly seed: string;
  readonly report?: string | undefined;
  readonly save?: string | undefined;
  readonly predictions?: string | undefined;
  readonly label?: string | undefined;
  readonly windows?: string | undefined;
  readonly block?: string | undefined;
  readonly folds?: string | undefined;
  readonly budget?: string | undefined;
  readonly period?: string | undefined;
  readonly unit?: string | undefined;
  readonly role?: string | undefined;
  readonly zone?: string | undefined;
}

/** Where the report of a condition goes. Refuses what must not be replaced. */
export function reportPath(file: string, { report, save, predictions }: Pick<Given, "report" | "save" | "predictions">): string {
  const path = report ?? `${basename(file).replace(/(\.[a-z]{1,4})?(\.gz)?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "_")}-report.html`;
  requireReplaceable(path, "report", (head) => head.includes(reportMark));
  if (save !== undefined) requireReplaceable(save, "save", (head) => head.subarray(0, 32).includes("millrace"));
  if (predictions !== undefined) requireReplaceable(predictions, "predictions", (head) => head.toString("latin1").startsWith(predictionsHead));
  return path;
}

/** Files that teach what is normal, and files, or the last blocks, that are judged by it. */
export async function tryTables(args: Given & Parameters<typeof readSides>[2], words: readonly string[]): Promise<void> {
  const files = { train: valuesOf(words, "train"), test: valuesOf(words, "test") };
  const [first] = files.train;
  if (first === undefined) throw usage("try nothing: no file is named", "Name a recording, or files that teach with --train.");
  requireNoStrays(words, args._);
  if (args.unit !== undefined || args.role !== undefined) throw usage("use --unit or --role with several files", "Leave them out, or name one recording.");
  const report = reportPath(first, args);
  const windows = args.windows === undefined ? undefined : parseWindows(readText(args.windows), args.windows);
  const label = args.label === "none" ? null : args.label;
  const block = blockOf(args.block);
  const { train, test } = await readSides(files.train, files.test, args, [label ?? undefined, block?.by === "column" ? block.column : undefined], args.json);
  const { request, asked } = tableStudy({ kind: "condition", train, test, target: label, windows, zone: args.zone, block, folds: args.folds === undefined ? undefined : wholeOf("folds", args.folds, 2), seed: wholeOf("seed", args.seed, 0), budgetSeconds: spanOf("budget", args.budget ?? "60s") / 1e6 });
  const period = args.period === undefined ? undefined : spanOf("period", args.period);
  const { study, cost } = await tryCondition(request, { period, ownBlocks: block !== undefined }, args.json);

  const { trial } = study;
  const isTimed = request.train.times !== null;
  const clock: Clock = { zone: args.zone ?? "UTC", countedFrom: isTimed ? null : (trial.stretches[0]?.start ?? 0) };
  const notes = [asked.split.words, ...(study.period === null ? ["No times are recorded: rows are taken for a second apart, and nothing is said of days. --period says how far apart they are."] : []), ...request.remarks];
  writeOwn(report, "report", reportPage(recordingOf(asked, trial.period, notes), trial, clock, study.tried));
  if (args.save !== undefined) writeOwn(args.save, "save", trial.model.bytes);
  if (args.predictions !== undefined) writeOwn(args.predictions, "predictions", `${predictionLines(study.judged, request.test ?? request.train).join("\n")}\n`);
  if (args.json) return printJson({ ...studyFacts(study, asked, cost), report, saved: args.save ?? null, predictions: args.predictions ?? null });
  const written = [["Report", report], ["Predictions", args.predictions], ["Model", args.save]] as const;
  printLines([...trialLines(trial, clock, notes), "", ...triedLines(study.tried), `All of it took ${cost.seconds.toFixed(1)} s, ${cost.cpuSeconds.toFixed(1)} CPU s, ${Math.round(cost.peakMiB)} MiB at most.`]);
  printLines(written.flatMap(([what, path]) => (path === undefined ? [] : [`${what}: ${harmless(path, 400)}${what === "Model" ? `, SHA-256 ${trial.model.digest}` : ""}`])));
}

/** What the report tells of the files, as of one recording. */
function recordingOf({ files }: StudyAbout["asked"], period: number, notes: readonly string[]): ReportedRecording {
  const [first] = files;
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    file: { name: `${first.name}${more}`, digest: first.digest, bytes: sum(({ bytes }) => bytes) },
    rows: sum(({ rows }) => rows),
    grid: { period, hold: period, lateness: 0 },
    remarks: notes.map((text) => ({ code: "left-out", count: 1, firstLine: null, text })),
  };
}

/** What --json prints: the trial with the events' rows, what was asked, the detectors and the cost. */
function studyFacts({ trial, detectors, tried, falseAlarmShare, heldOutShare, figures, places, request, period }: ConditionStudy, asked: StudyAbout["asked"], cost: StudyCost) {
  const { events, truth, ...told } = trialFacts(trial);
  const judgedFiles = (request.test ?? request.train).files;
  return {
    kind: request.kind,
    asked,
    ...told,
    period,
    detectors,
    tried,
    falseAlarmShare,
    heldOutShare,
    events: events.map((event, at) => ({ ...event, file: judgedFiles[places[at].file].name, firstRow: places[at].firstRow, lastRow: places[at].lastRow })),
    truth: truth === null || figures === null ? null : { ...truth, ...figures },
    ...cost,
  };
}

function triedLines(tried: ConditionStudy["tried"]): string[] {
  const share = (value: number | null) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
  const rows = tried.map(({ name, found, foundTogether, seconds, cpuSeconds, peakMiB, chosen, stopped }) => [`${name}${chosen ? ", judges" : ""}`, share(found), stopped ?? share(foundTogether), seconds.toFixed(2), cpuSeconds.toFixed(2), Math.round(peakMiB).toFixed(0)]);
  return [...table(["detector", "finds", "together", "seconds", "CPU s", "MiB"], rows), "Finds: of faults put into held-out windows, at the share of alarms that is aimed at. Levels, novelty and coupling are learnt together: each has the cost of all.", ""];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new MillraceError("capture.not-found", `Cannot read ${JSON.stringify(harmless(path, 200))}: there is no such file`, { hint: "Check the spelling and the folder.", cause });
  }
}

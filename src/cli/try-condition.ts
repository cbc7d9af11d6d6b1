import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineCommand } from "citty";
import { describe } from "../capture/describe.ts";
import { readRecording, type Recording } from "../capture/recording.ts";
import { MillraceError } from "../errors.ts";
import { parseWindows } from "../wheel/fault-windows.ts";
import { tableRecording } from "../wheel/table-recording.ts";
import { tableStudy } from "../wheel/table-rows.ts";
import type { TrainingLength, Trial } from "../wheel/trial.ts";
import { everywhere, readOptions, reading, spanOf, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { requireReplaceable, writeOwn } from "./own-file.ts";
import { progress } from "./progress.ts";
import { figureLines } from "./report/figures.ts";
import { countText, counted, shareText, timeText, type Clock } from "./report/format.ts";
import { reportMark, reportPage } from "./report/page.ts";
import { alarmShare, blamed, blameText, caveats, headline, knownTime, lastedText, peakText, thresholdText } from "./report/words.ts";
import { harmless, table } from "./table.ts";
import { tryRecording } from "./try-engine.ts";
import { readSides, requireNoStrays, tableArgs, valuesOf } from "./try-tables.ts";
import { usage } from "./usage.ts";

/** Events listed in the terminal; the report has more. */
const listed = 20;

const description = `What would it have caught? The head of your own recording teaches what is usual; the rest is judged row by row,
as the line would have met it. Writes a report with pictures, keeps nothing else, sends nothing.

  millrace try pump.csv                              the first 35 % teaches, the rest is judged
  millrace try pump.csv --train 2h                   the first two hours were normal running: teach those
  millrace try pump.csv --train 5000 --label fault   and hold the result against the column "fault"
  millrace try pump.csv --zone Europe/Berlin --exclude "Oil temp,Remark"
  millrace try lab.csv --period 1h                   a file without times: its rows are an hour apart
  millrace try pump.csv --save pump.onnx             keep the model: one ONNX file, raw window in, score out

Teach it on normal running only: whatever the training stretch holds is normal to it.`;

export const conditionCommand = defineCommand({
  meta: { name: "condition", description },
  args: {
    file: { type: "positional", description: "A CSV file, plain or gzip; or none, and --train names the files that teach", required: false },
    train: { type: "string", description: "With a FILE how much of its head teaches: a share such as 40%, a number of rows, or a length of time such as 2h (35% unless given); without, the files that teach", valueHint: "HOW-MUCH|FILE..." },
    test: { type: "string", description: "Files that judge, where --train names files; else the last quarter", valueHint: "FILE..." },
    windows: { type: "string", description: "Recorded truth as a JSON list of [start, end], or such a list by file", valueHint: "FILE.json" },
    keep: tableArgs.keep,
    rows: tableArgs.rows,
    transpose: tableArgs.transpose,
    report: { type: "string", description: "Where the HTML report goes (else NAME-report.html here)", valueHint: "FILE.html" },
    save: { type: "string", description: "Write the model as one ONNX file", valueHint: "MODEL.onnx" },
    seed: { type: "string", description: "Draws the chance levels", default: "1", valueHint: "N" },
    ...reading,
    ...everywhere,
  },
  async run({ args, rawArgs }) {
    const files = valuesOf(rawArgs, "train");
    const isFile = args.file !== undefined && (rawArgs[0] === args.file || files.length === 0 || isLength(files[0]));
    if (!isFile) return await tryTables(args, rawArgs);
    const file = args.file ?? "";
    const train = trainingLength(args.train ?? "35%");
    const bar = progress("reading", args.json);
    const reading = async () => ({ recording: await readRecording(file, { ...readOptions(args), onProgress: bar.at }).finally(bar.done), train });
    await told(reading, file, args);
  },
});

/** What is asked of a recording, however it was read. */
interface Asked {
  readonly report?: string | undefined;
  readonly save?: string | undefined;
  readonly seed: string;
  readonly json: boolean;
}

/** Reads, tries and tells. Files that must not be replaced are refused before anything long is done. */
async function told(read: () => Promise<{ recording: Recording; train: TrainingLength }>, name: string, args: Asked): Promise<void> {
  const seed = wholeOf("seed", args.seed, 0);
  const report = args.report ?? `${basename(name).replace(/(\.[a-z]{1,4})?(\.gz)?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "_")}-report.html`;
  requireReplaceable(report, "report", (head) => head.includes(reportMark));
  if (args.save !== undefined) requireReplaceable(args.save, "save", (head) => head.subarray(0, 32).includes("millrace"));

  const { recording, train } = await read();
  if (!args.json) printLines([...describe(recording).map((line) => harmless(line, 2000)), ""]);
  const tried = await tryRecording(recording, train, seed, args.json);

  const clock: Clock = { zone: recording.dialect.zone, countedFrom: recording.dialect.time === null ? (recording.times[0] ?? 0) : null };
  writeOwn(report, "report", reportPage(recording, tried, clock));
  if (args.save !== undefined) writeOwn(args.save, "save", tried.model.bytes);
  if (args.json) return printJson({ ...facts(recording, tried), report, saved: args.save ?? null });
  printLines([...lines(tried, clock), "", `Report: ${harmless(report, 400)}`, ...(args.save === undefined ? [] : [`Model: ${harmless(args.save, 400)}, SHA-256 ${tried.model.digest}`])]);
}

/** Files that teach, and files that judge, on one line of time. */
async function tryTables(args: Asked & Parameters<typeof readSides>[2] & ConditionTables, words: readonly string[]): Promise<void> {
  const files = { train: valuesOf(words, "train"), test: valuesOf(words, "test") };
  if (files.train.length === 0) throw usage("try nothing: no file is named", "Name a recording, or files that teach with --train.");
  requireNoStrays(words, args._);
  if (args.unit !== undefined || args.role !== undefined) throw usage("use --unit or --role with several files", "Leave them out, or name one recording.");
  const windows = args.windows === undefined ? undefined : parseWindows(readText(args.windows), args.windows);
  const read = async () => {
    const { train, test } = await readSides(files.train, files.test, args, [args.label === "none" ? undefined : args.label], args.json);
    const { request } = tableStudy({ kind: "condition", train, test, target: args.label === "none" ? null : args.label, windows, zone: args.zone });
    const { recording, training } = tableRecording(request, args.period === undefined ? undefined : spanOf("period", args.period));
    return { recording, train: { span: training } };
  };
  await told(read, files.train[0] ?? "", args);
}

interface ConditionTables {
  readonly _: readonly string[];
  readonly label?: string | undefined;
  readonly windows?: string | undefined;
  readonly period?: string | undefined;
  readonly unit?: string | undefined;
  readonly role?: string | undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new MillraceError("capture.not-found", `Cannot read ${JSON.stringify(harmless(path, 200))}: there is no such file`, { hint: "Check the spelling and the folder.", cause });
  }
}

/** Whether `--train` says how much of a recording teaches, and not which files. */
const isLength = (text: string | undefined): boolean => text !== undefined && /^\d+(?:\.\d+)?\s*(?:%|ms|s|min|m|h|d)?$/.test(text.trim());

/** `40%`, `2000` or `2h`. */
function trainingLength(text: string): TrainingLength {
  const share = /^(\d+(?:\.\d+)?) ?%$/.exec(text.trim());
  if (share !== null) {
    const value = Number(share[1]) / 100;
    if (!(value > 0 && value < 1)) throw usage(`read --train ${JSON.stringify(text.slice(0, 40))}`, "A share lies between 0 and 100 %: something must teach, and something be judged.");
    return { share: value };
  }
  return /^\d+$/.test(text.trim()) ? { rows: wholeOf("train", text, 1) } : { span: spanOf("train", text) };
}

function lines(tried: Trial, clock: Clock): string[] {
  const { leftOut, truth } = tried;
  const few = leftOut.slice(0, 8).map(({ name, reason }) => `  ${harmless(name)}: ${reason}`);
  return [
    ...(leftOut.length === 0 ? [] : ["Not watched:", ...few, ...(leftOut.length > few.length ? [`  and ${leftOut.length - few.length} more, in the report`] : []), ""]),
    headline(tried),
    thresholdText(tried),
    ...caveats(tried).map((line) => `- ${harmless(line, 600)}`),
    ...eventLines(tried, clock),
    ...(truth === null ? [] : ["", ...truthLines(truth)]),
  ];
}

function eventLines({ events, signals, period }: Trial, clock: Clock): string[] {
  if (events.length === 0) return [];
  const highest = new Set(events.toSorted((a, b) => b.peak - a.peak).slice(0, listed));
  const rows = events.flatMap((event, at) => {
    const blame = blamed(event, 2).map(({ signal, share }) => `${harmless(signals[signal].name, 22)} ${blameText(share)}`);
    return highest.has(event) ? [[String(at + 1), timeText(clock, event.start, period), lastedText(event), peakText(event.peak), blame.join(", ")]] : [];
  });
  const zone = clock.countedFrom === null ? clock.zone : "since the first row";
  const more = events.length > listed ? [`The ${listed} highest of ${countText(events.length)} events; the report has more.`] : [];
  return ["", ...table(["event", `alarm from (${zone})`, "lasted", "peak", "to blame, by share of the score"], rows), ...more];
}

function truthLines(truth: NonNullable<Trial["truth"]>): string[] {
  const { counts, faultShare } = truth.figures;
  const known = counts.truePositive + counts.falsePositive + counts.trueNegative + counts.falseNegative;
  if (known === 0) return [`No judged row has both a score and a known truth in ${harmless(truth.name)}.`];
  const rows = figureLines(truth).map(({ name, value, interval, chance }) => [name, value, interval, chance]);
  return [
    ...table(["against the recorded truth", "value", "95 % interval", "chance"], rows),
    `On ${counted(known, "row")} of ${harmless(truth.name)}, ${shareText(faultShare)} of them in a fault; ${counted(counts.unknown, "row")} unknown. Chance: what knowing nothing gets.`,
  ];
}

/** What --json prints: everything but the pictures and the model's bytes. */
function facts({ file, rows, grid, dialect, remarks }: Recording, tried: Trial) {
  const { training, judged: rest, signals, leftOut, events, unknown, truth, model, period, window, stretches } = tried;
  return {
    recording: { file, rows, grid, zone: dialect.zone, remarks },
    headline: headline(tried),
    notes: [thresholdText(tried), ...caveats(tried)],
    period,
    window,
    stretches: stretches.map(({ start, end, rows: own }) => ({ start, end, rows: own })),
    training,
    judged: { ...rest, knownTime: knownTime(tried), alarmShare: alarmShare(tried) },
    signals: signals.map(({ name, unit, role, centre, spread }) => ({ name, unit, role, centre, spread })),
    leftOut,
    events: events.map(({ start, end, cutOff, peak, peakAt, blame }) => ({ start, end, cutOff, peak, peakAt, blame: blame.map(({ signal, ...shares }) => ({ signal: signals[signal].name, ...shares })) })),
    unknown: unknown.map(({ start, end, missing }) => ({ start, end, missing: missing.map((signal) => signals[signal].name) })),
    truth: truth && { name: truth.name, recordedFaults: truth.faults, ...truth.figures },
    model: { digest: model.digest, recipe: model.recipe, thresholds: model.thresholds, provisional: model.provisional },
  };
}

import { defineCommand } from "citty";
import { describe } from "../capture/describe.ts";
import { readRecording } from "../capture/recording.ts";
import type { TrainingLength } from "../wheel/trial.ts";
import { everywhere, readOptions, reading, spanOf, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { writeOwn } from "./own-file.ts";
import { progress } from "./progress.ts";
import type { Clock } from "./report/format.ts";
import { reportPage } from "./report/page.ts";
import { harmless } from "./table.ts";
import { trialFacts, trialLines } from "./trial-words.ts";
import { reportPath, tryTables } from "./try-condition-tables.ts";
import { tryRecording } from "./try-engine.ts";
import { tableArgs, valuesOf } from "./try-tables.ts";
import { usage } from "./usage.ts";

const description = `What would it have caught? The head of your own recording teaches what is usual; the rest is judged row by row,
as the line would have met it. Writes a report with pictures, keeps nothing else, sends nothing.

  millrace try pump.csv                              the first 35 % teaches, the rest is judged
  millrace try pump.csv --train 2h                   the first two hours were normal running: teach those
  millrace try pump.csv --train 5000 --label fault   and hold the result against the column "fault"
  millrace try pump.csv --zone Europe/Berlin --exclude "Oil temp,Remark"
  millrace try lab.csv --period 1h                   a file without times: its rows are an hour apart
  millrace try pump.csv --save pump.onnx             keep the model: one ONNX file, raw window in, score out
  millrace try condition --train normal.csv --test run1.csv run2.csv --label fault
                                                     files that teach, files that judge

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
    block: { type: "string", description: "What a block is, on which thresholds are calibrated: a number of rows, a length of time such as 1h, or a column; about ten stretches unless given", valueHint: "ROWS|SPAN|COL" },
    folds: { type: "string", description: "Judge every block once, by models of the normal rows of the others", valueHint: "N" },
    budget: { type: "string", description: "Time for trying more detectors (60s unless given)", valueHint: "SPAN" },
    predictions: { type: "string", description: "Write a line for each judged row: file, row, score (alarming from 1 on), truth", valueHint: "FILE.csv" },
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
    const tables = ["test", "windows", "predictions", "block", "folds", "budget", "keep", "rows"] as const;
    const stray = tables.find((name) => args[name] !== undefined);
    if (stray !== undefined) throw usage(`use --${stray} with a recording whose head teaches`, "Name the files that teach with --train.");
    await tryHead(args.file ?? "", trainingLength(args.train ?? "35%"), args);
  },
});

/** Files that must not be replaced are refused before anything long is done. */
async function tryHead(file: string, train: TrainingLength, args: Given): Promise<void> {
  const seed = wholeOf("seed", args.seed, 0);
  const report = reportPath(file, args);
  const bar = progress("reading", args.json);
  const recording = await readRecording(file, { ...readOptions(args), onProgress: bar.at }).finally(bar.done);
  if (!args.json) printLines([...describe(recording).map((line) => harmless(line, 2000)), ""]);
  const tried = await tryRecording(recording, train, seed, args.json);

  const clock: Clock = { zone: recording.dialect.zone, countedFrom: recording.dialect.time === null ? (recording.times[0] ?? 0) : null };
  writeOwn(report, "report", reportPage(recording, tried, clock));
  if (args.save !== undefined) writeOwn(args.save, "save", tried.model.bytes);
  const { file: source, rows, grid, dialect, remarks } = recording;
  if (args.json) return printJson({ recording: { file: source, rows, grid, zone: dialect.zone, remarks }, ...trialFacts(tried), report, saved: args.save ?? null });
  printLines([...trialLines(tried, clock), "", `Report: ${harmless(report, 400)}`, ...(args.save === undefined ? [] : [`Model: ${harmless(args.save, 400)}, SHA-256 ${tried.model.digest}`])]);
}

type Given = Parameters<typeof readOptions>[0] & Parameters<typeof reportPath>[1] & { readonly seed: string; readonly json: boolean };

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

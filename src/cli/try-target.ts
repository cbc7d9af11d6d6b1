import { basename } from "node:path";
import { defineCommand, parseArgs } from "citty";
import { readTables } from "../capture/tables.ts";
import type { StudyReport } from "../wheel/study-report.ts";
import { reportOf } from "../wheel/study-reported.ts";
import { tableStudy, type TableStudy } from "../wheel/table-rows.ts";
import { everywhere, spanOf, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { requireReplaceable, writeOwn } from "./own-file.ts";
import { predictionLines, predictionsHead } from "./predictions.ts";
import { reportMark } from "./report/document.ts";
import { studyPage } from "./report/study-page.ts";
import { studyFacts, studyText } from "./report/study-words.ts";
import { harmless } from "./table.ts";
import { tryBursts, tryStudy } from "./try-engine.ts";
import { blockOf, burstOf, readSides, requireNoStrays, tableArgs, valuesOf } from "./try-tables.ts";
import { usage } from "./usage.ts";

/** Options of every question that has a target. */
const studyArgs = {
  train: { type: "string", description: "What teaches: files, folders, patterns in quotes; several may follow", required: true, valueHint: "FILE..." },
  test: { type: "string", description: "What judges: files of their own; else an exam at the end of the recorded blocks, or folds", valueHint: "FILE..." },
  group: { type: "string", description: "Rows of one value belong together: never split between learning and judging", valueHint: "COL" },
  order: { type: "string", description: "What rows of a group are ordered by", valueHint: "COL" },
  block: { type: "string", description: "What a block is: a number of rows, a length of time such as 1h, or a column; about 20 stretches unless given", valueHint: "ROWS|SPAN|COL" },
  folds: { type: "string", description: "Judge every block once, by models of the others", valueHint: "N" },
  window: { type: "string", description: "Of fast signals such as vibration: so many rows, or so much time such as 0.17s, are one burst, and its spectrum is looked at. Done by itself, with 2048 rows, where long files without times have a target by file; none forbids it", valueHint: "ROWS|SPAN" },
  rate: { type: "string", description: "With a --window of some time: samples a second of files without times, such as 12kHz", valueHint: "HERTZ" },
  lag: { type: "string", description: "Past rows of the inputs that a model may look at", default: "0", valueHint: "N" },
  "target-lags": { type: "string", description: "Past values of the target that a model may look at: a forecast, no longer a soft sensor", default: "0", valueHint: "N" },
  ...tableArgs,
  budget: { type: "string", description: "Time for choosing learners", default: "60s", valueHint: "SPAN" },
  seed: { type: "string", description: "Draws folds and chance levels", default: "1", valueHint: "N" },
  report: { type: "string", description: "Where the HTML report goes (else NAME-KIND-report.html here)", valueHint: "FILE.html" },
  save: { type: "string", description: "Write the model as one ONNX file", valueHint: "MODEL.onnx" },
  predictions: { type: "string", description: "Write a line for each judged row or group: file, row, prediction, truth", valueHint: "FILE.csv" },
  ...everywhere,
} as const;

const target = { target: { type: "string", description: "The column that is to be known; also file, folder, or file:PATTERN for what files are called", required: true, valueHint: "COL" } } as const;

type TargetKind = StudyReport["kind"];

/** Options by question. */
const argsOf = {
  classify: { ...target, stratified: { type: "boolean", description: "Deal rows out to folds by class; done by itself where no times, groups or blocks tie rows together" }, ...studyArgs },
  estimate: { ...target, ...studyArgs },
  "remaining-life": {
    truth: { type: "string", description: "What was left of each group of --test at its last row: one number a line, in the order of groups", valueHint: "FILE" },
    cap: { type: "string", description: "A remaining life above this counts as this", valueHint: "N" },
    ...studyArgs,
  },
} as const;

type Given = { readonly [K in Exclude<keyof typeof studyArgs, "transpose" | "json">]?: string | undefined } & {
  readonly transpose?: boolean | undefined;
  readonly json: boolean;
  readonly _: readonly string[];
  readonly target?: string | undefined;
  readonly truth?: string | undefined;
  readonly cap?: string | undefined;
  readonly stratified?: boolean | undefined;
};

export const classifyCommand = defineCommand({
  meta: {
    name: "classify",
    description: `Which known state or fault is this? Learns the classes of a column and judges rows, or groups, that it has not seen.

  millrace try classify --train faults.csv --target type --folds 10
  millrace try classify --train "run*.csv" --target file --block 2000     the name of the file is the class`,
  },
  args: argsOf.classify,
  run: async ({ args, rawArgs }) => await tryTarget("classify", args, rawArgs),
});

export const estimateCommand = defineCommand({
  meta: {
    name: "estimate",
    description: `What would the lab or the gauge say? Learns a number from the other columns and judges rows that it has not seen.

  millrace try estimate --train tower.csv --target butane --lag 8
  millrace try estimate --train gt_2011.csv gt_2012.csv --test gt_2014.csv --target NOX --exclude CO`,
  },
  args: argsOf.estimate,
  run: async ({ args, rawArgs }) => await tryTarget("estimate", args, rawArgs),
});

export const remainingLifeCommand = defineCommand({
  meta: {
    name: "remaining-life",
    description: `How long until it needs service? Learns from groups that ran to their end, and judges others.

  millrace try remaining-life --train train.txt --test test.txt --truth life.txt --group c1 --order c2 --cap 125`,
  },
  args: argsOf["remaining-life"],
  run: async ({ args, rawArgs }) => await tryTarget("remaining-life", args, rawArgs),
});

/** The question that these words ask of `try KIND`, its files read: what a peer needs to be asked the same. */
export const wordedStudy = async (kind: TargetKind, words: readonly string[]): Promise<TableStudy> => await readStudy(kind, parseArgs([...words], argsOf[kind]) as unknown as Given, words);

async function tryTarget(kind: TargetKind, args: Given, words: readonly string[]): Promise<void> {
  requireNoStrays(words, args._);
  const path = args.report ?? reportName(valuesOf(words, "train")[0] ?? kind, kind);
  requireReplaceable(path, "report", (head) => head.includes(reportMark));
  if (args.save !== undefined) requireReplaceable(args.save, "save", (head) => head.subarray(0, 32).includes("millrace"));
  if (args.predictions !== undefined) requireReplaceable(args.predictions, "predictions", (head) => head.toString("latin1").startsWith(predictionsHead));
  const { request, asked } = await readStudy(kind, args, words);
  const { study, cost } = await tryStudy(request, args.json);
  const report = reportOf(study, { asked, ...cost });
  if (args.save !== undefined) writeOwn(args.save, "save", study.learnt.bytes);
  if (args.predictions !== undefined) writeOwn(args.predictions, "predictions", `${predictionLines(study.judged, request.test ?? request.train).join("\n")}\n`);
  writeOwn(path, "report", studyPage(report));
  if (args.json) return printJson({ ...studyFacts(report), report: path, saved: args.save ?? null, predictions: args.predictions ?? null });
  const written = [["Report", path], ["Predictions", args.predictions], ["Model", args.save]] as const;
  printLines([...studyText(report), "", ...written.flatMap(([what, name]) => (name === undefined ? [] : [`${what}: ${harmless(name, 400)}${what === "Model" ? `, SHA-256 ${report.model.digest}` : ""}`]))]);
}

async function readStudy(kind: TargetKind, args: Given, words: readonly string[]): Promise<TableStudy> {
  const block = blockOf(args.block);
  const needed = [args.target, args.group, args.order, block?.by === "column" ? block.column : undefined];
  const read = await readSides(valuesOf(words, "train"), valuesOf(words, "test"), args, needed, args.json);
  const { train, test, bursts } = await tryBursts(read, burstOf(args, read), needed);
  if (bursts !== undefined && args["target-lags"] !== undefined && args["target-lags"] !== "0") throw usage("use --target-lags with bursts", "Leave out --target-lags or --window.");
  const [truth] = args.truth === undefined ? [] : await readTables([args.truth], { time: null, transpose: false });
  const { request, asked } = tableStudy({
    kind, train, test, truth, block,
    target: args.target,
    group: args.group,
    order: args.order,
    folds: args.folds === undefined ? undefined : wholeOf("folds", args.folds, 2),
    stratified: args.stratified,
    cap: args.cap === undefined ? null : capOf(args.cap),
    lag: wholeOf("lag", args.lag ?? "0", 0),
    targetLags: wholeOf("target-lags", args["target-lags"] ?? "0", 0),
    seed: wholeOf("seed", args.seed ?? "1", 0),
    budgetSeconds: spanOf("budget", args.budget ?? "60s") / 1e6,
  });
  return { request: { ...request, bursts }, asked };
}

/** `pump-estimate-report.html`, in the working directory. */
function reportName(file: string, kind: TargetKind): string {
  const name = basename(file).replace(/(\.[a-z0-9]{1,7})?(\.gz)?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "_");
  return `${name}-${kind}-report.html`;
}

function capOf(text: string): number {
  const cap = Number(text);
  if (!(cap > 0)) throw usage(`read --cap ${JSON.stringify(text.slice(0, 40))}`, "A number above 0 is needed.");
  return cap;
}

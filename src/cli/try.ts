import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { defineCommand } from "citty";
import { describe } from "../capture/describe.ts";
import { readRecording } from "../capture/recording.ts";
import { workerEngine } from "../engine/worker-engine.ts";
import { MillraceError } from "../errors.ts";
import { trial, type TrainingLength, type Trial } from "../wheel/trial.ts";
import { everywhere, readOptions, reading, spanOf, usage, wholeOf } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { progress } from "./progress.ts";
import { figureLines } from "./report/figures.ts";
import { timeText, type Clock } from "./report/format.ts";
import { reportMark, reportPage } from "./report/page.ts";
import { blamed, caveats, headline, lastedText, peakText, thresholdText } from "./report/words.ts";
import { table } from "./table.ts";

/** Events listed in the terminal; the report lists more. */
const listed = 20;

export const tryCommand = defineCommand({
  meta: {
    name: "try",
    description:
      "What would it have caught? The head of a recording teaches what is usual, the rest is judged; nothing is kept but the report. " +
      "For example: `millrace try pump.csv`, `millrace try pump.csv --train 2h --zone Europe/Berlin`, `millrace try turbine.csv --period 1h --exclude CO,NOX`.",
  },
  args: {
    file: { type: "positional", description: "A CSV file, plain or gzip", required: true },
    train: { type: "string", description: "How much of the head teaches: a share such as 40%, a number of rows, or a length of time such as 2h", default: "35%", valueHint: "HOW-MUCH" },
    report: { type: "string", description: "Where the HTML report goes (else NAME-report.html here)", valueHint: "FILE.html" },
    save: { type: "string", description: "Write the model as one ONNX file", valueHint: "MODEL.onnx" },
    seed: { type: "string", description: "Draws the chance levels", default: "1", valueHint: "N" },
    ...reading,
    ...everywhere,
  },
  async run({ args }) {
    const train = trainingLength(args.train);
    const seed = wholeOf("seed", args.seed, 0);
    const bar = progress("reading", args.json);
    const recording = await readRecording(args.file, { ...readOptions(args), onProgress: bar.at });
    bar.done();
    const told = describe(recording);
    const file = args.report ?? `${recording.file.name.replace(/(\.[a-z]{1,4})?(\.gz)?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "_")}-report.html`;
    requireFree(file);
    if (!args.json) printLines([...told, ""]);

    const engine = workerEngine();
    const stages = { teaching: progress("teaching", args.json), judging: progress("judging", args.json) };
    const onProgress = (stage: keyof typeof stages, done: number, of: number) => stages[stage].at(done, of);
    let tried: Trial;
    try {
      tried = await trial(recording, { train, seed, onProgress }, engine);
    } finally {
      await engine.close();
      for (const stage of Object.values(stages)) stage.done();
    }

    const clock: Clock = { zone: recording.dialect.zone, countedFrom: recording.dialect.time === null ? (recording.times[0] ?? 0) : null };
    write(file, reportPage(recording, tried, clock, told));
    if (args.save !== undefined) write(args.save, tried.model.bytes);
    if (args.json) return printJson({ ...facts(tried), report: file, saved: args.save ?? null });
    printLines([...lines(tried, clock), "", `Report: ${file}`, ...(args.save === undefined ? [] : [`Model: ${args.save}, SHA-256 ${tried.model.digest}`])]);
  },
});

/** `40%`, `2000` or `2h`. */
function trainingLength(text: string): TrainingLength {
  const share = /^(\d+(?:\.\d+)?) ?%$/.exec(text);
  if (share !== null) {
    const value = Number(share[1]) / 100;
    if (!(value > 0 && value < 1)) throw usage(`read --train ${JSON.stringify(text)}`, "A share lies between 0 and 100 %.");
    return { share: value };
  }
  return /^\d+$/.test(text) ? { rows: wholeOf("train", text, 1) } : { span: spanOf("train", text) };
}

function lines(tried: Trial, clock: Clock): string[] {
  const { events, signals, truth, period } = tried;
  const rows = events.slice(0, listed).map((event) => [
    timeText(clock, event.start, period),
    lastedText(event),
    peakText(event.peak),
    blamed(event).map(({ signal, share }) => `${signals[signal].name} ${Math.round(100 * share)} %`).join(", "),
  ]);
  const figures = truth === null ? [] : figureLines(truth).map(({ name, value, chance, meaning }) => [name, value, chance, meaning]);
  return [
    headline(tried),
    thresholdText(tried),
    ...caveats(tried).map((line) => `- ${line}`),
    ...(rows.length === 0 ? [] : ["", ...table(["start", "lasted", "peak", "to blame"], rows)]),
    ...(events.length > listed ? [`and ${events.length - listed} more, in the report`] : []),
    ...(figures.length === 0 ? [] : ["", ...table(["against the recorded truth", "value", "chance", ""], figures)]),
  ];
}

/** What --json prints: everything but the pictures and the model's bytes. */
function facts({ training, judged, signals, leftOut, events, truth, model, period, window }: Trial) {
  return {
    period,
    window,
    training,
    judged,
    signals: signals.map(({ name, unit, role, centre, spread }) => ({ name, unit, role, centre, spread })),
    leftOut,
    events: events.map(({ start, end, cutOff, peak, peakAt, blame }) => ({ start, end, cutOff, peak, peakAt, blame: blame.map(({ signal, share }) => ({ signal: signals[signal].name, share })) })),
    truth: truth && { name: truth.name, recordedFaults: truth.faults, ...truth.figures },
    model: { digest: model.digest, recipe: model.recipe, thresholds: model.thresholds, provisional: model.provisional },
  };
}

/** A file that is no report of ours is never written over. */
function requireFree(file: string): void {
  if (!existsSync(file) || readFileSync(file, "utf8").slice(0, 2000).includes(reportMark)) return;
  throw usage(`write the report to ${JSON.stringify(file)}: another file is there`, "Choose another place with --report.");
}

function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new MillraceError("cli.not-written", `Cannot write ${JSON.stringify(file)}: ${cause instanceof Error ? cause.message : String(cause)}`, { hint: "Choose another place with --report or --save.", cause });
  }
}

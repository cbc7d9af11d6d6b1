import { loadavg } from "node:os";
import { judgeBy, judging } from "../src/deploy/judge.ts";
import type { Asset } from "../src/schema/asset.ts";
import type { Turn } from "../src/schema/turn.ts";
import { hour } from "../src/schema/time.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import type { Site } from "../src/site.ts";
import { readBlock } from "../src/wheel/rows.ts";
import { faultIn, PlantRecorder, plantStart, type Plant } from "./synthetic.ts";
import { median, type Bench, type Outcome, type Run } from "./result.ts";
import { onNewSite, timed } from "./temporary.ts";

const plant: Plant = { signals: 50, seed: 7, start: plantStart };
const histories = [50_000, 500_000];
const repeats = 3;
/** Hours at the end that are judged on arrival: evidence for the verdicts. */
const recentHours = 9;
/** Rows imported at a time: ten hours. */
const pieceRows = 36_000;
/** Rows of a window that the first score is asked for. */
const windowRows = 60;
const operator = { name: "bench", origin: "person", scoreShown: false } as const;

/** From an answer to the first score by the model that it taught: how long, and how that grows with history. */
export const turn: Bench = {
  name: "turn",
  summary: "from an operator's answer to the first score by the new model, with little and much history",
  needs: "nothing (made-up signals), 1.5 GB of disk",
  takes: "2 to 3 minutes",
  parts: histories.map(String),
  run: runTurn,
};

interface Timing {
  readonly rows: number;
  readonly signals: number;
  readonly seconds: number;
  readonly repeats: readonly number[];
  /** Processor seconds of the turns, of all processes: what a busy machine does not change. */
  readonly cpuSeconds: number;
  readonly verdicts: readonly string[];
  /** Blocks of the exam that each challenger sat before it went into force, and how long ten of them take. */
  readonly examBlocks: number;
  readonly examSeconds: number | null;
  readonly backfillSeconds: number;
}

async function runTurn({ wants, say }: Run): Promise<Outcome> {
  const load = loadavg()[0];
  const timings: Timing[] = [];
  for (const rows of histories.filter((one) => wants(String(one)))) timings.push(await onNewSite((site) => timeTurns(site, rows, say)));
  const [short, long] = histories.map((rows) => timings.find((one) => one.rows === rows)?.seconds ?? null);
  const ratio10x = short === null || long === null ? null : long / short;
  return {
    figures: {
      labelToLive: timings.map(({ backfillSeconds: _backfill, ...timing }) => timing),
      ratio10x,
      backfillSeconds: timings.map(({ rows, backfillSeconds }) => ({ rows, seconds: backfillSeconds })),
    },
    goals: [
      ...timings.map(({ rows, seconds, examBlocks }) => ({ figure: `labelToLive ${rows} rows`, got: seconds, atMost: 2, cause: examCause(examBlocks) })),
      ...(ratio10x === null ? [] : [{ figure: "ratio10x", got: ratio10x, atMost: 1.3, cause: examCause(timings.at(-1)?.examBlocks ?? 0) }]),
    ],
    notes: [
      `Made-up signals at 1 Hz, blocks of an hour with a fault each, the asset's own baseline. All blocks but the last ${recentHours} teach the first turn, whose seconds are backfillSeconds: none of its sums existed. The last ${recentHours} are judged on arrival, and all but ${repeats} of them answered; a turn more, then the timed ones.`,
      "seconds: from handing in the answer (its own write included) to a score of the last minute by the bytes then in force; the median of three. Two recipes are learnt in each turn.",
      "A newer model of the recipe in force sits the exam after every fifth answered block, so not in the timed turns: when it does, examSeconds are added.",
      `The load of the machine was ${load.toFixed(1)} when this began. Learning runs at the lowest priority: beside other work it waits, which seconds show and cpuSeconds do not.`,
    ],
    variantsTried: 0,
  };
}

const examCause = (blocks: number): string => (blocks === 0 ? "not known" : `before it goes into force a challenger sits the exam: ${blocks} blocks of 3,600 rows here`);

async function timeTurns(site: Site, rows: number, say: (text: string) => void): Promise<Timing> {
  const recorder = new PlantRecorder(plant);
  const hours = Math.floor(rows / 3600);
  const recent = hours - recentHours;
  const { asset, wheel } = await take(site, recorder, recent * 3600, say);
  for (let hourOf = 0; hourOf < recent; hourOf++) await answer(site, asset, hourOf);
  const cold = await timed(() => site.turn(wheel, "hand"));
  say(`${rows} rows: cold turn ${cold.seconds.toFixed(1)} s`);

  await take(site, recorder, rows - recent * 3600, say);
  // An answer about a block that is set aside for the exam teaches nothing, so those are not timed.
  const teaching = (await site.store.records.blocks({ asset: asset.id })).filter(({ use }) => use === "teach").map(({ start }) => (start - plant.start) / hour);
  const unanswered = teaching.filter((hourOf) => hourOf < hours).slice(-repeats);
  for (let hourOf = recent; hourOf < hours; hourOf++) if (!unanswered.includes(hourOf)) await answer(site, asset, hourOf);
  await site.turn(wheel, "hand");

  const timedTurns: { seconds: number; cpuSeconds: number; verdict: string; examBlocks: number }[] = [];
  for (const hourOf of unanswered) {
    const { seconds, result } = await timed(() => answerToScore(site, asset, wheel, hourOf, plant.start + rows * 1e6));
    const cpuSeconds = (await site.store.records.turnLine(result.id))?.cpuSeconds ?? NaN;
    say(`${rows} rows: answer to first score ${seconds.toFixed(2)} s (processor ${cpuSeconds.toFixed(2)} s), ${result.verdict?.decision}: ${result.verdict?.reasons[0]}`);
    timedTurns.push({ seconds, cpuSeconds, verdict: result.verdict?.decision ?? "none", examBlocks: result.verdict?.figures.examBlocks ?? 0 });
  }
  const seconds = timedTurns.map((one) => one.seconds);
  return {
    rows,
    signals: plant.signals,
    seconds: median(seconds),
    repeats: seconds,
    cpuSeconds: median(timedTurns.map((one) => one.cpuSeconds)),
    verdicts: timedTurns.map(({ verdict }) => verdict),
    examBlocks: median(timedTurns.map(({ examBlocks }) => examBlocks)),
    examSeconds: await timeExam(site, wheel),
    backfillSeconds: cold.seconds,
  };
}

/** How long the bytes in force take over the newest ten blocks of the exam; `null` without ten. */
async function timeExam(site: Site, wheel: Wheel): Promise<number | null> {
  const exam = (await site.store.records.blocks({ asset: wheel.asset })).filter(({ use }) => use === "exam").slice(-10);
  const champion = await site.store.records.champion(wheel.id);
  if (exam.length < 10 || champion === null) return null;
  const { seconds } = await timed(() =>
    judging(champion.model, site.ports, async (judge) => {
      for (const block of exam) await judge(await readBlock(wheel, block, site.ports));
    }),
  );
  return seconds;
}

/** A plant's next rows, taken into the site piece by piece. */
async function take(site: Site, recorder: PlantRecorder, rows: number, say: (text: string) => void): Promise<{ asset: Asset; wheel: Wheel }> {
  const options = { asset: "plant", warmUpRows: 0, blockRule: { by: "duration", length: hour } } as const;
  const { result, seconds } = await timed(async () => {
    let intake = (await site.import(recorder.next(Math.min(pieceRows, rows)), options)).intake;
    for (let from = pieceRows; from < rows; from += pieceRows) intake = (await site.import(recorder.next(Math.min(pieceRows, rows - from)), options)).intake;
    return intake;
  });
  say(`${rows} rows × ${plant.signals} signals imported in ${seconds.toFixed(1)} s`);
  return result;
}

/** What an operator says of an hour: when its fault was, and that the time before was normal. */
async function answer(site: Site, asset: Asset, hourOf: number): Promise<void> {
  const fault = faultIn(plant, hourOf);
  await site.label(asset, { start: plant.start + hourOf * hour, end: fault.start }, { answer: "normal", faultKind: null, certainty: 1 }, operator);
  await site.label(asset, fault, { answer: "fault", faultKind: "shift", certainty: 1 }, operator);
}

async function answerToScore(site: Site, asset: Asset, wheel: Wheel, hourOf: number, end: number): Promise<Turn> {
  await answer(site, asset, hourOf);
  const turned = await site.turn(wheel, "answers");
  const { store } = site;
  const champion = await store.records.champion(wheel.id);
  if (champion === null) throw new Error("Cannot score: no model is in force");
  const known = new Map((await store.records.signals(asset.id)).map(({ id, key }) => [id, key]));
  const { period, hold } = wheel.grid;
  const { times, values } = await store.telemetry.rows({ keys: wheel.signals.map((id) => known.get(id) ?? -1), period, hold, start: end - windowRows * period, end });
  const { scores } = await judgeBy(champion.model, { rows: { rows: times.length, columns: wheel.signals.length, values }, warmUpRows: 0 }, site.ports);
  if (Number.isNaN(scores.at(-1))) throw new Error("Cannot time a score: it is unknown");
  return turned;
}

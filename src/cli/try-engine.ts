import { engineGram } from "../engine/gram.ts";
import { onnxEngine, onnxEngineOf } from "../engine/onnx.ts";
import { threadPool } from "../engine/pool.ts";
import { scoringEngine } from "../engine/scoring-engine.ts";
import type { Trial } from "../wheel/trial.ts";
import { trial, type TrainingLength } from "../wheel/trial.ts";
import type { Recording } from "../capture/recording.ts";
import type { StudyRequest } from "../wheel/study-request.ts";
import { study, type Study } from "../wheel/study.ts";
import { conditionStudy, type ConditionOptions, type ConditionStudy } from "../wheel/condition-study.ts";
import { burstTables, type Bursts } from "../wheel/table-bursts.ts";
import type { BothSides } from "./try-tables.ts";
import { progress } from "./progress.ts";

/** Tries a recording on an engine of its own, so that bars move and Ctrl-C is heard while it computes. */
export async function tryRecording(recording: Recording, train: TrainingLength, seed: number, silent: boolean): Promise<Trial> {
  const engine = scoringEngine({ threads: 2 });
  const stages = { teaching: progress("teaching", silent), judging: progress("judging", silent) };
  try {
    return await trial(recording, { train, seed, onProgress: (stage, done, of) => stages[stage].at(done, of) }, engine);
  } finally {
    await engine.close();
    for (const stage of Object.values(stages)) stage.done();
  }
}

/** What a study took, reading aside. */
export interface StudyCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const seconds = (): number => performance.now() / 1000;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const residentMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Teaches on rows of tables that are taken for normal, and judges others, in this process, so that its cost is known. */
export async function tryCondition(request: StudyRequest, options: Pick<ConditionOptions, "period" | "ownBlocks">, silent: boolean): Promise<{ study: ConditionStudy; cost: StudyCost }> {
  const stages = { learning: progress("learning", silent), judging: progress("judging", silent) };
  const [began, cpuBegan] = [seconds(), cpuSeconds()];
  try {
    const made = await conditionStudy(request, onnxEngine, { ...options, seconds, cpuSeconds, residentMiB, onProgress: (stage, done, of) => stages[stage].at(done, of) });
    return { study: made, cost: costSince(began, cpuBegan) };
  } finally {
    for (const stage of Object.values(stages)) stage.done();
  }
}

/** Cuts the tables of both sides into bursts of so many rows; as they are, of `null`. */
export async function tryBursts({ train, test }: BothSides, samples: number | null, needed: readonly (string | undefined)[]): Promise<BothSides & { readonly bursts?: Bursts | undefined }> {
  return samples === null ? { train, test } : await burstTables(train, test, samples, needed, onnxEngine);
}

const costSince = (began: number, cpuBegan: number): StudyCost => ({ seconds: seconds() - began, cpuSeconds: cpuSeconds() - cpuBegan, peakMiB: process.resourceUsage().maxRSS / 1024 });

/** Puts a question to tables in this process, with two threads for the loops of learning. */
export async function tryStudy(request: StudyRequest, silent: boolean): Promise<{ study: Study; cost: StudyCost }> {
  const pool = threadPool(2);
  const stages = { learning: progress("learning", silent), judging: progress("judging", silent) };
  const [began, cpuBegan] = [seconds(), cpuSeconds()];
  try {
    const made = await study(request, {
      engine: onnxEngineOf(2),
      tools: { gram: await engineGram(onnxEngine), pool },
      seconds,
      cpuSeconds,
      residentMiB,
      onProgress: (stage, done, of) => stages[stage].at(done, of),
    });
    return { study: made, cost: costSince(began, cpuBegan) };
  } finally {
    await pool.close();
    for (const stage of Object.values(stages)) stage.done();
  }
}

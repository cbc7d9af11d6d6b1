import { digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import type { Engine } from "../learn/engine.ts";
import type { Learner } from "../learn/learner.ts";
import { targetLearners } from "../learn/learners/targets.ts";
import { seriesItems } from "../learn/series-items.ts";
import { columnShares, targetModel, type TargetAnswer, type TargetPart } from "../learn/target-model.ts";
import { answerOf, largestShare, targetsOf } from "./study-answers.ts";
import { boundedRows } from "./study-bounded.ts";
import { calibrated } from "./study-calibrated.ts";
import { alwaysHeard, candidatesFor } from "./study-candidates.ts";
import { alikeParts, blendedParts } from "./study-chosen.ts";
import { fit, foldSums, taughtBy, type ContestPorts, type Entry, type Lesson, type Looked } from "./study-contest.ts";
import { joinJudged, judgeRows } from "./study-judge.ts";
import { mapsFor, type NamedMap, type StudyMaps } from "./study-maps.ts";
import { race } from "./study-race.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";
import { innerFolds, inputsOf, knownRows, matrixOf } from "./study-rows.ts";
import { frontOf } from "./table-bursts.ts";

/** What a study leans on; clocks and other cores are passed in. */
export interface StudyPorts extends Omit<ContestPorts, "onProgress"> {
  readonly engine: Engine;
  readonly learners?: readonly Learner[];
  readonly onProgress?: (stage: "learning" | "judging", done: number, of: number) => void;
}

/** A model that rows taught, and how it came about. */
export interface StudyLearnt {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly answer: TargetAnswer;
  readonly maps: StudyMaps;
  readonly parts: readonly { readonly entry: Entry; readonly weight: number }[];
  readonly tried: readonly Entry[];
  /** Folds that they were held out by. */
  readonly foldCount: number;
  /** By input of `maps`, then the age: what the model leans on; `null` when it cannot say. */
  readonly shares: Float64Array | null;
  /** Of the last fit, on all rows that teach. */
  readonly fitSeconds: number;
  /** Rows that taught: fewer than could have where these were too many to hold. */
  readonly taughtRows: number;
}

/** What a study found out: the model that all teaching rows made, and what models said of rows they had not seen. */
export interface Study {
  readonly request: StudyRequest;
  readonly learnt: StudyLearnt;
  readonly judged: StudyPredictions;
}

/** Folds by which learners are chosen; fewer where there is much to learn from, and where the judging is by folds too, for each of those chooses anew. */
const choosingFolds = { once: 5, large: 3, inFolds: 3 };
/** Numbers in a table from which it is large: rows × inputs. */
const largeTable = 200_000;
/** The share of the budget in which candidates are tried; the rest is for the last fit and for judging. */
const contestShare = 0.6;

/**
 * Puts a question to recorded rows: learns from those that teach, chooses by rows held out of them,
 * judges the rest through the model's own bytes.
 *
 * Where folds judge, each fold is judged by a model that was chosen and taught without it; the model
 * that is handed out was taught by all rows.
 * Cost: bounded by `request.budgetSeconds` but for the last fit and the judging.
 * Throws: `study.nothing-to-learn`.
 */
export async function study(request: StudyRequest, ports: StudyPorts): Promise<Study> {
  const { folds, test, train, budgetSeconds } = request;
  const teaches = knownRows(train);
  if (folds === null) {
    const learnt = await learnFrom(request, teaches, foldsFor(train), budgetSeconds, ports);
    const set = test ?? train;
    return { request, learnt, judged: await judgeRows(request, set, knownRows(set), learnt, ports) };
  }
  const judged: StudyPredictions[] = [];
  const each = budgetSeconds / (folds.count + 1);
  for (let fold = 0; fold < folds.count; fold++) {
    ports.onProgress?.("learning", fold, folds.count + 1);
    const others = teaches.map((flag, row) => (flag === 1 && folds.of[row] !== fold ? 1 : 0));
    const own = teaches.map((flag, row) => (flag === 1 && folds.of[row] === fold ? 1 : 0));
    const learnt = await learnFrom(request, others, choosingFolds.inFolds, each, ports);
    judged.push(await judgeRows(request, train, own, learnt, ports));
  }
  const learnt = await learnFrom(request, teaches, foldsFor(train), each, ports);
  return { request, learnt, judged: judged.reduce(joinJudged) };
}

const foldsFor = ({ rows, inputs }: TableSet): number => (rows * inputs.length > largeTable ? choosingFolds.large : choosingFolds.once);

/** A model of the rows that teach. Learners, parameters and weights are chosen by folds held out of these rows alone. */
async function learnFrom(asked: StudyRequest, mayTeach: Uint8Array, foldCount: number, seconds: number, ports: StudyPorts): Promise<StudyLearnt> {
  const { train, teaches } = boundedRows(asked, mayTeach);
  const request: StudyRequest = { ...asked, train };
  const { cap, seed, kind } = request;
  const until = ports.seconds() + contestShare * seconds;
  const maps = mapsFor(request, inputsOf(request, train), teaches);
  if (maps.inputs.length === 0) throw nothingToLearn("no input tells the rows that teach apart");
  const answer = answerOf(request, teaches);
  if (answer.kind === "class" && answer.classes.length < 2) throw nothingToLearn(`the rows that teach have but one class, ${JSON.stringify(answer.classes[0])}`);
  const taughtRows = teaches.reduce((sum, own) => sum + own, 0);
  const lesson: Lesson = {
    targets: targetsOf(train, answer, cap),
    folds: innerFolds(request, teaches, foldCount),
    foldCount,
    classes: answer.kind === "class" ? answer.classes : [],
    range: answer.kind === "class" ? [0, 1] : [(answer.least - answer.centre) / answer.spread, (answer.most - answer.centre) / answer.spread],
  };
  const contest: ContestPorts = { ...ports, onProgress: (done, of) => ports.onProgress?.("learning", done, of) };
  const rows = matrixOf(maps.inputs, train.rows);

  const sums = new Map<string, Awaited<ReturnType<typeof foldSums>>>();
  let looked: Looked | null = null;
  const look = async (map: NamedMap) => {
    // One map at a time is held: looking again costs little beside learning.
    if (looked?.map !== map) looked = { map, features: await seriesItems(ports.engine, map.map, rows, train.stretches) };
    const own = sums.get(map.name) ?? (await foldSums(looked, lesson, contest));
    sums.set(map.name, own);
    return { looked, sums: own };
  };
  const entering = candidatesFor(kind, maps.maps, ports.learners ?? targetLearners, answer, { rows: taughtRows, largestShare: largestShare(train, answer, teaches) });
  const tried = await race(entering, { lesson, look, always: alwaysHeard(kind), seed, until }, contest);

  const parts = kind === "estimate" ? alikeParts(tried, alwaysHeard(kind)) : blendedParts(tried, lesson);
  if (parts.length === 0) throw nothingToLearn(tried.find(({ stopped }) => stopped !== null)?.stopped ?? "nothing could be held out");
  const began = ports.seconds();
  const heads: TargetPart[] = [];
  for (const { entry, weight } of parts) {
    const head = await fit(entry.candidate, taughtBy(sums.get(entry.candidate.map.name) ?? []), seed, contest);
    if (typeof head === "string") throw nothingToLearn(head);
    heads.push({ map: entry.candidate.map.map, head, weight });
  }
  const fitSeconds = ports.seconds() - began;
  const certain = calibrated(request, answer, parts, lesson);
  const bytes = targetModel({ parts: heads, answer: certain, front: request.bursts && frontOf(request.bursts, maps.inputs) }, metadataOf(request, maps, certain));
  return { bytes, digest: digest(bytes), answer: certain, maps, parts, tried, foldCount, shares: columnShares(heads), fitSeconds, taughtRows };
}

/** What travels in the model file: enough to use it elsewhere, and nothing of the rows but the digests of their files. */
function metadataOf({ kind, train, lag, targetLags, cap, bursts }: StudyRequest, { inputs }: StudyMaps, answer: TargetAnswer): Record<string, string> {
  return {
    "millrace.format": "1",
    "millrace.kind": kind,
    "millrace.target": train.target?.name ?? "",
    "millrace.inputs": JSON.stringify(inputs.map(({ name, levels }) => (levels === null ? { name } : { name, levels }))),
    ...(answer.kind === "class" ? { "millrace.classes": JSON.stringify(answer.classes) } : {}),
    ...(cap === null ? {} : { "millrace.cap": String(cap) }),
    ...(bursts === undefined ? {} : { "millrace.burst": JSON.stringify({ samples: bursts.map.samples, channels: bursts.channels }) }),
    "millrace.lag": String(lag),
    "millrace.target-lags": String(targetLags),
    "millrace.taught": JSON.stringify(train.files.map(({ digest: own }) => own)),
  };
}

function nothingToLearn(seen: string): MillraceError {
  return new MillraceError("study.nothing-to-learn", `Cannot learn from these rows: ${seen}`, {
    hint: "Check the target and the columns left out; --budget gives more time, --keep and --exclude choose columns.",
  });
}

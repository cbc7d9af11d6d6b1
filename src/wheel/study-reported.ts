import { shareInterval } from "../prove/bootstrap.ts";
import { aShare, fromZero, namedFigure, type NamedFigure } from "../prove/figure.ts";
import { foldInterval } from "../prove/fold-interval.ts";
import type { Entry } from "./study-contest.ts";
import { timeIsUp } from "./study-race.ts";
import type { Study } from "./study.ts";
import { studyFigures } from "./study-figures.ts";
import { leakCaveats, suspectedLeaks } from "./study-leaks.ts";
import { knownRows } from "./study-rows.ts";
import type { StudyAsked, StudyCaveat, StudyModel, StudyReport, StudyTried } from "./study-report.ts";

/** What the study itself does not know: what was asked of whom, and what it cost. */
export interface StudyAbout {
  readonly asked: Omit<StudyAsked, "split"> & { readonly split: Omit<StudyAsked["split"], "judged" | "unknown" | "judgedBlocks" | "ordered"> };
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** A study as it is reported: figures with their intervals, what was tried, what mattered, and what to beware of. */
export function reportOf(study: Study, { asked, seconds, cpuSeconds, peakMiB }: StudyAbout): StudyReport {
  const { request, learnt, judged } = study;
  if (request.kind === "condition") throw new RangeError("Cannot report a condition as a study of targets: it is a trial");
  const { figures, skill, picture, caveats, positive, judged: decided, unknown, blocks, ordered } = studyFigures(request, judged, asked.positive === null ? {} : { positive: asked.positive });
  return {
    kind: request.kind,
    asked: { ...asked, positive, leftOut: [...asked.leftOut, ...learnt.maps.leftOut], split: { ...asked.split, judgedBlocks: blocks, ordered, judged: decided, unknown } },
    tried: triedOf(study),
    model: modelOf(study),
    figures,
    skill,
    mattered: matteredOf(study),
    picture,
    caveats: [...caveats, ...leakCaveats(suspectedLeaks(request), asked.target.name), ...ownCaveats(study)],
    seconds,
    cpuSeconds,
    peakMiB,
  };
}

/** What only the study knows: what it was not given the time for, and what was noticed while reading. */
function ownCaveats({ request, learnt }: Study): StudyCaveat[] {
  const mayTeach = knownRows(request.train).reduce((sum, own) => sum + own, 0);
  const late = [...new Set(learnt.tried.filter(({ stopped }) => stopped === timeIsUp).map(({ candidate }) => candidate.learner.name))];
  return [
    ...(late.length === 0 ? [] : [{ code: "budget-spent" as const, text: `The time was up before ${late.join(", ")} had been tried to the end: --budget gives more.` }]),
    ...(learnt.taughtRows < mayTeach ? [{ code: "note" as const, text: `${learnt.taughtRows} of the ${mayTeach} rows that may teach did, drawn evenly from all of them: more are not held at a time.` }] : []),
    ...request.remarks.map((text) => ({ code: "note" as const, text })),
  ];
}

function triedOf({ request, learnt }: Study): StudyTried[] {
  const { answer, parts, foldCount } = learnt;
  const figureOf = (entry: Entry) => (answer.kind === "class" ? accuracyOf(entry, foldCount) : errorOf(entry, foldCount, request.kind === "remaining-life" ? "rmseCapped" : "rmse", answer.spread));
  return learnt.tried.map((entry) => ({
    learner: entry.candidate.learner.name,
    map: entry.candidate.map.name,
    params: Object.entries(entry.candidate.params).map(([param, value]) => `${param} ${value}`).join(", "),
    figure: figureOf(entry),
    seconds: entry.seconds,
    cpuSeconds: entry.cpuSeconds,
    peakMiB: entry.peakMiB,
    chosen: parts.some((part) => part.entry === entry),
    stopped: entry.stopped,
  }));
}

/** Folds in which all rows are right tell of no spread: what so many rows can tell at most is the least width. */
function accuracyOf({ byFold }: Entry, folds: number): NamedFigure {
  const rows = byFold.map((fold) => fold.rows);
  const { mean, low, high } = foldInterval(byFold.map(({ accuracy }) => accuracy), rows, folds);
  const floor = shareInterval(mean, rows.reduce((sum, count) => sum + count, 0));
  return namedFigure("accuracy", mean, { low: Math.min(low, floor.low), high: Math.max(high, floor.high) }, NaN, aShare);
}

/** Errors are squared as losses are, in spreads of the target; the interval is one of squares and its ends' roots are shown. */
function errorOf({ byFold }: Entry, folds: number, name: "rmse" | "rmseCapped", spread: number): NamedFigure {
  const { mean, low, high } = foldInterval(byFold.map(({ loss }) => loss), byFold.map(({ rows }) => rows), folds);
  const shown = (square: number): number => spread * Math.sqrt(Math.max(0, square));
  return namedFigure(name, shown(mean), { low: shown(low), high: shown(high) }, spread, fromZero);
}

function modelOf({ learnt }: Study): StudyModel {
  const parts = learnt.parts.map(({ entry: { candidate }, weight }) => ({ learner: candidate.learner.name, map: candidate.map.name, params: Object.entries(candidate.params).map(([param, value]) => `${param} ${value}`).join(", "), weight }));
  return { parts, digest: learnt.digest, bytes: learnt.bytes.length, taughtRows: learnt.taughtRows, fitSeconds: learnt.fitSeconds, decisionMicros: null };
}

function matteredOf({ learnt }: Study): StudyReport["mattered"] {
  const { shares, maps } = learnt;
  if (shares === null) return [];
  const named = [...maps.inputs.map(({ name }, at) => ({ name, share: shares[at] })), { name: "age", share: shares[maps.inputs.length] }];
  return named.filter(({ share }) => share > 0).toSorted((a, b) => b.share - a.share);
}

import { readRecording, type Column, type ReadOptions, type Recording } from "../capture/recording.ts";
import { alarmRows } from "../deploy/events.ts";
import { noRows, rowCounts } from "../prove/metrics/rows.ts";
import type { Event } from "../schema/event.ts";
import type { Label } from "../schema/label.ts";
import type { RowCounts } from "../schema/judgement.ts";
import type { TurnLine } from "../schema/ledger-entry.ts";
import { second, type Micros } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Site } from "../site.ts";
import { dueTurns } from "./due-turns.ts";
import { withoutTargets } from "./truth-labels.ts";

/** Between the end of a run and the start of the next. */
export const pause = 60 * second;

export interface ReplayOptions {
  readonly asset: string;
  readonly warmUpRows: number;
  /** Whether each run's recorded truth is given as the operator's answer once the run is over. */
  readonly labels: "after-each-run" | "none";
  readonly read: ReadOptions;
  /** Columns that tell a target by its name: answers of the wheels that ask for it, and no signals. */
  readonly targets?: readonly string[];
  /** Recorded rows cut off the head of each run: moves where the run starts. */
  readonly skipRows: number;
  readonly onRun?: (name: string, at: number, of: number) => void;
}

/** One run, replayed: what was found, what it taught, what came of the turn. */
export interface ReplayedRun {
  readonly name: string;
  readonly wheel: Wheel;
  /** Events of the model then in force; `null` while there was none. */
  readonly events: readonly Event[] | null;
  /** By recorded row after the warm-up; all unknown without recorded truth. */
  readonly counts: RowCounts;
  /** 0 quiet, 1 in alarm, 2 unknown, and the score, by recorded row after the warm-up. */
  readonly alarms: Uint8Array;
  readonly scores: Float32Array;
  readonly truth: Uint8Array;
  readonly turn: Turn | null;
  /** Turns of wheels that ask for a target, which what this run told of it called for. */
  readonly targetTurns: readonly Turn[];
  readonly ledger: TurnLine | null;
}

/**
 * Replays recorded runs into a site, in the order of their first rows: each goes into the store, is
 * judged by the model in force, then its recorded truth is the operator's answer, and the wheel turns.
 *
 * Runs are moved in time so that each starts a minute after the one before ended: recordings of one
 * machine may overlap, and a machine cannot do two things at once. Nothing of a run is seen before it
 * is judged.
 */
export async function* replay(paths: readonly string[], options: ReplayOptions, site: Site): AsyncGenerator<ReplayedRun> {
  const ordered = await inOrder(paths, options);
  let startAt: Micros | undefined;
  for (const [at, { path, name }] of ordered.entries()) {
    options.onRun?.(name, at, ordered.length);
    const { recording, targets } = withoutTargets(withoutHead(await readRecording(path, options.read), options.skipRows), options.targets ?? []);
    const run = await replayRun(name, recording, targets, startAt, options, site);
    startAt = run.end + pause;
    yield run.replayed;
  }
}

async function replayRun(name: string, recording: Recording, targets: readonly Column[], startAt: Micros | undefined, options: ReplayOptions, site: Site): Promise<{ replayed: ReplayedRun; end: Micros }> {
  const { asset, warmUpRows, labels } = options;
  const { intake, arrivals } = await site.import(recording, { asset, warmUpRows, ...(startAt !== undefined && { startAt }) });
  const { wheel, movedBy } = intake;
  const judged = await rowsAsJudged(recording, wheel, movedBy, warmUpRows, arrivals.map(({ block }) => block.id), site);
  const answers = labels === "after-each-run" ? await site.labelByTruth(recording, intake, targets) : [];
  const turn = answers.some(saysCondition) ? await site.turn(wheel, "answers") : null;
  const targetTurns = await dueTurns(site, answers, ({ kind }) => kind !== "condition");
  const events = arrivals.some((arrival) => arrival.events === null) ? null : arrivals.flatMap((arrival) => arrival.events ?? []);
  const last = recording.times.reduce((latest, time) => Math.max(latest, time), -Infinity) + movedBy;
  return {
    replayed: { name, wheel, events, ...judged, turn, targetTurns, ledger: turn === null ? null : await site.store.records.turnLine(turn.id) },
    end: last + recording.grid.period,
  };
}

/** What the model in force said of each recorded row after the warm-up, on the tick that the row falls on. */
export async function rowsAsJudged(recording: Recording, wheel: Wheel, movedBy: number, warmUpRows: number, blocks: readonly string[], site: Site) {
  const rows = recording.times.length - warmUpRows;
  const scores = new Float32Array(Math.max(rows, 0)).fill(NaN);
  const alarms = new Uint8Array(scores.length).fill(2);
  const truth = Uint8Array.from({ length: scores.length }, (_, row) => truthOf(recording.label?.values[row + warmUpRows]));
  for (const block of blocks) {
    const [judged] = await site.store.records.judged({ wheel: wheel.id, block, role: "champion" });
    if (judged === undefined) continue;
    const alarm = alarmRows(judged.scores, wheel.alarm);
    for (let row = 0; row < rows; row++) {
      const tick = Math.ceil((recording.times[row + warmUpRows] + movedBy - judged.start) / judged.period);
      if (tick < 0 || tick >= judged.scores.length) continue;
      scores[row] = judged.scores[tick];
      alarms[row] = Number.isNaN(scores[row]) ? 2 : alarm[tick];
    }
  }
  return { scores, alarms, truth, counts: scores.length === 0 ? noRows : rowCounts(alarms, truth) };
}

/** Whether a label speaks of the machine's condition, and not of a target. */
export const saysCondition = ({ target = null }: Label): boolean => target === null;

const truthOf = (value: number | undefined): number => (value === 1 || value === 0 ? value : 2);

export async function inOrder(paths: readonly string[], { read }: Pick<ReplayOptions, "read">): Promise<{ path: string; name: string }[]> {
  const found: { path: string; name: string; first: Micros }[] = [];
  for (const path of paths) {
    const { file, times } = await readRecording(path, read);
    found.push({ path, name: file.name, first: times.reduce((least, time) => Math.min(least, time), Infinity) });
  }
  return found.sort((a, b) => a.first - b.first || (a.path < b.path ? -1 : 1));
}

/** A recording without its first rows. */
function withoutHead(recording: Recording, rows: number): Recording {
  if (rows === 0) return recording;
  const { times, columns, label } = recording;
  return {
    ...recording,
    rows: recording.rows - rows,
    times: times.slice(rows),
    columns: columns.map((column) => ({ ...column, values: column.values.slice(rows) })),
    label: label && { ...label, values: label.values.slice(rows) },
  };
}

import type { Matrix } from "../learn/matrix.ts";
import { seriesReach } from "../learn/maps/series-map.ts";
import { runStretches } from "../learn/series-items.ts";
import type { StudyLearnt, StudyPorts } from "./study.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";
import { inputsOf, matrixOf } from "./study-rows.ts";
import { burstRows } from "./table-bursts.ts";

/** Judges the flagged rows of a set through the model's own bytes. The past of a row may lie in rows that are not judged. */
export async function judgeRows(request: StudyRequest, set: TableSet, flags: Uint8Array, learnt: StudyLearnt, ports: StudyPorts): Promise<StudyPredictions> {
  const given = inputsOf(request, set);
  const inputs = learnt.maps.inputs.map(({ name }) => given.find((input) => input.name === name)).filter((input) => input !== undefined);
  const reach = Math.max(...learnt.parts.map(({ entry }) => seriesReach(entry.candidate.map.map)));
  const said = await runModel(learnt, request.bursts === undefined ? matrixOf(inputs, set.rows) : burstRows(request.bursts, set), set, reach, ports);
  return learnt.answer.kind === "class" ? classesSaid(request, set, flags, learnt, said.probabilities) : numbersSaid(request, set, flags, said);
}

async function runModel({ bytes, answer }: StudyLearnt, rows: Matrix, { stretches }: TableSet, reach: number, { engine }: StudyPorts) {
  const session = await engine.open(bytes);
  try {
    const outputs = answer.kind === "class" ? { probabilities: answer.classes.length } : { value: 1, ...(answer.interval === null ? {} : { low: 1, high: 1 }) };
    return await runStretches(session, outputs, rows, stretches, reach);
  } finally {
    await session.close();
  }
}

function numbersSaid({ judgedBy }: StudyRequest, set: TableSet, flags: Uint8Array, said: Record<string, ArrayLike<number>>): StudyPredictions {
  const flagged = Array.from(flags.keys()).filter((row) => flags[row] === 1);
  const rows = judgedBy === "group" ? lastOfGroups(flagged, set) : flagged;
  const of = (values: ArrayLike<number> | undefined) => (values === undefined ? null : Float64Array.from(rows, (row) => values[row]));
  return {
    rows: Int32Array.from(rows),
    values: of(said.value) ?? new Float64Array(0),
    low: of(said.low),
    high: of(said.high),
    truth: Float64Array.from(rows, (row) => set.target?.values[row] ?? NaN),
  };
}

function classesSaid({ judgedBy }: StudyRequest, set: TableSet, flags: Uint8Array, { answer }: StudyLearnt, probabilities: ArrayLike<number>): StudyPredictions {
  const classes = answer.kind === "class" ? answer.classes : [];
  const levels = set.target?.levels ?? [];
  const flagged = Array.from(flags.keys()).filter((row) => flags[row] === 1);
  const decisions = judgedBy === "group" ? [...groupsOf(flagged, set).values()] : flagged.map((row) => [row]);
  const likeliest = (rows: readonly number[]) => {
    const sums = classes.map((_, place) => rows.reduce((sum, row) => sum + probabilities[row * classes.length + place], 0));
    return levels.indexOf(classes[sums.indexOf(Math.max(...sums))]);
  };
  const last = decisions.map((rows) => rows.at(-1) ?? 0);
  return {
    rows: Int32Array.from(last),
    values: Float64Array.from(decisions, likeliest),
    low: null,
    high: null,
    truth: Float64Array.from(last, (row) => set.target?.values[row] ?? NaN),
  };
}

function groupsOf(rows: readonly number[], { groups }: TableSet): Map<number, number[]> {
  const of = new Map<number, number[]>();
  for (const row of rows) {
    const group = groups?.[row] ?? row;
    const own = of.get(group);
    if (own === undefined) of.set(group, [row]);
    else own.push(row);
  }
  return of;
}

const lastOfGroups = (rows: readonly number[], set: TableSet): number[] => [...groupsOf(rows, set).values()].map((own) => own.at(-1) ?? 0);

/** What two models said of different rows, as one. */
export function joinJudged(a: StudyPredictions, b: StudyPredictions): StudyPredictions {
  const join = (one: Float64Array, other: Float64Array) => Float64Array.from([...one, ...other]);
  const may = (one: Float64Array | null, other: Float64Array | null) => (one === null || other === null ? null : join(one, other));
  return { rows: Int32Array.from([...a.rows, ...b.rows]), values: join(a.values, b.values), low: may(a.low, b.low), high: may(a.high, b.high), truth: join(a.truth, b.truth) };
}

import type { LifePicture, NumberPart, NumberPicture } from "./study-report.ts";
import type { StudyPredictions, TableSet } from "./study-request.ts";

/** Groups whose course is drawn, and decisions shown in one picture. */
const mostCourses = 6;
const mostDecisions = 400;

/** True and predicted values by file, over time where there are times and over row numbers where not. */
export function numberPicture(set: TableSet, predictions: StudyPredictions): NumberPicture {
  const { times, files, stretches, rowNumbers } = set;
  const at = times ?? rowNumbers;
  const fileOf = (row: number) => stretches.find(({ start, end }) => row >= start && row < end)?.file ?? 0;
  const parts = new Map<number, number[]>();
  predictions.rows.forEach((row, place) => pushTo(parts, fileOf(row), place));
  const named = [...parts].toSorted(([a], [b]) => a - b);
  return { kind: "estimate", zone: times === null ? null : "UTC", parts: named.map(([file, places]) => partOf(named.length === 1 ? "" : (files[file]?.name ?? ""), places, predictions, at)) };
}

/** Each group at the point where it was judged, or decisions spread evenly where groups were judged row by row; and a few courses. */
export function lifePicture(set: TableSet, predictions: StudyPredictions, courses: StudyPredictions | null): LifePicture {
  const { groups, groupNames, order, rowNumbers } = set;
  const nameOf = (row: number) => (groups === null ? `row ${rowNumbers[row]}` : (groupNames[groups[row]] ?? ""));
  const { rows, values, truth, low, high } = predictions;
  const step = Math.max(1, rows.length / mostDecisions);
  const judged = Array.from({ length: Math.ceil(rows.length / step) }, (_, place) => Math.floor(place * step)).map((at) => ({
    group: nameOf(rows[at]), truth: truth[at], predicted: values[at], low: low?.[at] ?? NaN, high: high?.[at] ?? NaN,
  }));
  return { kind: "remaining-life", judged, courses: drawnCourses(courses ?? predictions, groups, order ?? rowNumbers, nameOf) };
}

/** Of groups with several decisions the ones that are evenly spread over the lengths of their lives. */
function drawnCourses(predictions: StudyPredictions, groups: Int32Array | null, age: Float64Array, nameOf: (row: number) => string): NumberPart[] {
  const parts = new Map<number, number[]>();
  predictions.rows.forEach((row, place) => pushTo(parts, groups?.[row] ?? 0, place));
  const long = [...parts.values()].filter((places) => places.length > 5).toSorted((a, b) => a.length - b.length);
  const chosen = long.length <= mostCourses ? long : Array.from({ length: mostCourses }, (_, at) => long[Math.round((at * (long.length - 1)) / (mostCourses - 1))]);
  return chosen.map((places) => partOf(nameOf(predictions.rows[places[0]]), places, predictions, age));
}

function partOf(name: string, places: readonly number[], { rows, values, truth, low, high }: StudyPredictions, at: Float64Array): NumberPart {
  const sorted = places.toSorted((a, b) => at[rows[a]] - at[rows[b]]);
  const of = (array: Float64Array | null) => Float64Array.from(sorted, (place) => array?.[place] ?? NaN);
  return { name, at: Float64Array.from(sorted, (place) => at[rows[place]]), truth: of(truth), predicted: of(values), low: of(low), high: of(high) };
}

function pushTo(parts: Map<number, number[]>, key: number, place: number): void {
  const own = parts.get(key);
  if (own === undefined) parts.set(key, [place]);
  else own.push(place);
}

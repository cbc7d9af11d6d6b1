import assert from "node:assert/strict";
import { test } from "node:test";
import type { StudyRequest, TableSet } from "./study-request.ts";
import { tableRecording } from "./table-recording.ts";

function setOf(rows: number, times: Float64Array | null, stretches: TableSet["stretches"], truth: number): TableSet {
  return {
    rows, times, stretches, order: null, groups: null, groupNames: [], blocks: new Int32Array(rows), blockCount: 1,
    inputs: [{ name: "flow", values: Float64Array.from({ length: rows }, (_, row) => 5 + row / 7), levels: null }],
    target: { name: "fault", values: new Float64Array(rows).fill(truth), levels: null },
    files: [{ name: "a.csv", digest: "0" }, { name: "b.csv", digest: "1" }],
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

const requestOf = (train: TableSet, judged: TableSet | null): StudyRequest => ({ kind: "condition", train, test: judged, folds: null, split: "", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed: 1, budgetSeconds: 1, remarks: [] });

test("tableRecording() puts files without times one after the other, with a pause between them", () => {
  const { recording, training, judgedTimes } = tableRecording(requestOf(setOf(3, null, [{ start: 0, end: 3, file: 0 }], 0), setOf(2, null, [{ start: 0, end: 2, file: 1 }], 1)));
  const seconds = Array.from(recording.times, (time) => (time - recording.times[0]) / 1e6);
  assert.deepEqual([seconds.slice(0, 3), seconds[4] - seconds[3]], [[0, 1, 2], 1]);
  assert.ok(seconds[3] - seconds[2] > 10 * (recording.grid.hold / 1e6), "no window reaches across");
  assert.deepEqual([training, [...judgedTimes]], [recording.times[3] - recording.times[0], [...recording.times.subarray(3)]]);
  assert.deepEqual([...(recording.label?.values ?? [])], [0, 0, 0, 1, 1]);
});

test("tableRecording() keeps recorded times where they follow each other, and moves a file that would go back", () => {
  const at = (...minutes: number[]) => Float64Array.from(minutes, (minute) => minute * 60e6);
  const stretch = [{ start: 0, end: 2, file: 0 }];
  const kept = tableRecording(requestOf(setOf(2, at(0, 1), stretch, 0), setOf(2, at(2, 3), stretch, 0)));
  assert.deepEqual([...kept.recording.times], [...at(0, 1, 2, 3)]);
  const moved = tableRecording(requestOf(setOf(2, at(10, 11), stretch, 0), setOf(2, at(2, 3), stretch, 0)));
  const { times } = moved.recording;
  assert.deepEqual([times[0], times[3] - times[2]], [600e6, 60e6]);
  assert.ok(times[2] > times[1]);
});

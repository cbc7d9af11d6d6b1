import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TableFile, TableOptions } from "./table-file.ts";
import { readTables } from "./tables.ts";

const recordings = join(import.meta.dirname, "../../../shared/data");

/** What a recorded set is known to hold. Shapes are rows × columns, times not counted. */
interface Known {
  readonly files: readonly string[];
  readonly options?: TableOptions;
  readonly shapes: readonly (readonly [number, number])[];
  /** First value of the first column, and last value of the last, of the first file. */
  readonly corners: readonly [number | string, number | string];
  readonly codes?: readonly string[];
  readonly also?: (tables: readonly TableFile[]) => void;
}

const named = (table: TableFile, name: string) => {
  const column = table.columns.find((one) => one.name === name);
  assert.ok(column !== undefined, `${table.name} has ${name}`);
  return column;
};
const unknown = ({ values }: { readonly values: Float64Array }) => values.reduce((count, value) => (Number.isNaN(value) ? count + 1 : count), 0);

const sets: Readonly<Record<string, Known>> = {
  skab: {
    files: ["anomaly-free/anomaly-free.csv", "valve1"],
    shapes: [[9405, 8]],
    corners: [0.202394, 125.648],
    also: ([free, ...runs]) => {
      assert.deepEqual([free.timeName, free.times?.length, runs.length], ["datetime", 9405, 16]);
      assert.deepEqual(runs.map(({ name }) => name), Array.from({ length: 16 }, (_, run) => `${run}.csv`));
      assert.equal(runs.reduce((sum, run) => sum + named(run, "anomaly").values.reduce((a, b) => a + b), 0), 6309);
    },
  },
  "tennessee-eastman": {
    files: ["d00.dat", "d01.dat", "d01_te.dat"],
    shapes: [[500, 52], [480, 52], [960, 52]],
    corners: [0.24987, 19.999],
    codes: ["transposed"],
    also: ([normal, fault]) => {
      // The level of the stripper, 3 % about its set-point of 50 in both: the columns mean the same now.
      const mean = (table: TableFile, at: number) => table.columns[at].values.reduce((a, b) => a + b) / table.rows;
      for (const at of [6, 11, 14]) assert.ok(Math.abs(mean(normal, at) / mean(fault, at) - 1) < 0.05, `column ${at + 1}`);
    },
  },
  cmapss: {
    files: ["train_FD001.txt.gz", "test_FD001.txt.gz", "RUL_FD001.txt.gz"],
    shapes: [[20631, 26], [13096, 26], [100, 1]],
    corners: [1, 23.0522],
    also: ([train, , life]) => {
      assert.equal(new Set(train.columns[0].values).size, 100);
      assert.deepEqual([life.columns[0].values[0], life.columns[0].values[99]], [112, 20]);
    },
  },
  "ai4i-2020": { files: ["ai4i2020.csv"], shapes: [[10000, 14]], corners: [1, 0], also: ([table]) => assert.deepEqual(named(table, "Type").levels, ["M", "L", "H"]) },
  "steel-plates-faults": { files: ["faults.csv"], shapes: [[1941, 29]], corners: [42, 0], also: ([table]) => assert.equal(new Set(named(table, "failure.type").values).size, 7) },
  "cwru-bearing": { files: ["*.csv.gz"], shapes: [[122571, 3], [121265, 3], [243938, 2], [121991, 3]], corners: [-0.0027613972055888225, -0.06683430267062315], codes: [] },
  debutanizer: { files: ["debutanizer_data.txt"], shapes: [[2394, 8]], corners: [0.26890035, 0.14992179], codes: ["preamble"] },
  "kamyr-digester": {
    files: ["kamyr-digester.csv"],
    shapes: [[301, 23]],
    corners: ["31-00:00", 30.46],
    codes: ["empty-cells"],
    also: ([table]) => assert.deepEqual(["Y-Kappa", "AAWhiteSt-4", "SulphidityL-4"].map((name) => unknown(named(table, name))), [0, 141, 141]),
  },
  "gas-turbine-emissions": { files: ["gt_20*.csv"], shapes: [[7411, 11], [7628, 11], [7152, 11], [7158, 11]], corners: [4.5878, 92.498], codes: [] },
  "uniwear-tool-wear": { files: ["uniwear.csv"], shapes: [[39903, 8]], corners: [0, "phm2010"], codes: ["changed-names"], also: ([table]) => assert.equal(named(table, "experiment_tag").levels?.length, 12) },
  "pronostia-bearing": {
    files: ["Learning_set/Bearing3_1/*.csv.gz"],
    shapes: [],
    corners: [9, -0.121],
    codes: [],
    also: (tables) => {
      assert.equal(tables.length, 27);
      for (const { path, rows, columns } of tables) assert.deepEqual([rows, columns.length], [2560, 6], path);
    },
  },
};

for (const [set, { files, options, shapes, corners, codes, also }] of Object.entries(sets)) {
  const folder = join(recordings, set);
  test(`readTables() reads ${set} as it was recorded`, { skip: existsSync(folder) ? false : "there are no recordings here" }, async () => {
    const tables = await readTables(files.map((file) => join(folder, file)), options);
    for (const [at, shape] of shapes.entries()) assert.deepEqual([tables[at].rows, tables[at].columns.length], shape, tables[at].name);
    const [table] = tables;
    const cell = ({ values, levels }: TableFile["columns"][number], row: number) => (levels === null ? values[row] : levels[values[row]]);
    assert.deepEqual([cell(table.columns[0], 0), cell(table.columns[table.columns.length - 1], table.rows - 1)], corners);
    if (codes !== undefined) assert.deepEqual(table.remarks.map(({ code }) => code), codes);
    also?.(tables);
  });
}

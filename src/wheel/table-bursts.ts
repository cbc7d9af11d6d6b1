import { shown } from "../capture/name.ts";
import type { TableColumn, TableFile } from "../capture/table-file.ts";
import { MillraceError } from "../errors.ts";
import { openBursts, type BurstFront, type BurstSession } from "../learn/bursts.ts";
import type { Engine } from "../learn/engine.ts";
import { spectrumMapOf, spectrumNames, type SpectrumMap } from "../learn/maps/spectrum-map.ts";
import type { Matrix } from "../learn/matrix.ts";
import type { StudyColumn, TableSet } from "./study-request.ts";

/** Recorded bursts of fast signals: what a model is given in place of a row. */
export interface Bursts {
  readonly map: SpectrumMap;
  readonly channels: readonly string[];
  /** The columns that a burst makes, in the order of the map's features. */
  readonly names: readonly string[];
  /** By file of the question, those that teach first: bursts × (samples × channels), and the place of a burst by its number. */
  readonly files: readonly { readonly values: Float64Array; readonly places: ReadonlyMap<number, number> }[];
}

/** Shortest burst that has a spectrum. */
export const leastSamples = 64;

/**
 * Tables of fast signals as tables of bursts: every `samples` rows side by side become one row of features
 * of their spectrum. Columns that are `needed` (target, group, order) keep their value at the burst's last
 * row; every other column of numbers that all files have is a channel. Rows are numbered by burst.
 *
 * Memory: 8 bytes a sample beside the tables. Throws `study.no-inputs`, `study.nothing-to-learn`.
 */
export async function burstTables(train: readonly TableFile[], test: readonly TableFile[], samples: number, needed: readonly (string | undefined)[], engine: Engine): Promise<{ train: TableFile[]; test: TableFile[]; bursts: Bursts }> {
  const files = [...train, ...test];
  const channels = channelsOf(files, needed);
  if (channels.length === 0) throw new MillraceError("study.no-inputs", "Cannot cut bursts: no column of numbers is in all files", { hint: "Check --keep and --exclude." });
  const short = files.find(({ rows }) => rows < samples);
  if (short !== undefined) throw new MillraceError("study.nothing-to-learn", `Cannot cut bursts of ${samples} rows: ${shown(short.name)} has ${short.rows}`, { hint: "Name a shorter --window." });
  const map = spectrumMapOf(samples, channels.map(() => 0), channels.map((name) => spreadOf(train, name)));
  const names = spectrumNames(map).flatMap((feature) => channels.map((channel) => `${channel} ${feature}`));
  const session = await openBursts(engine, map);
  const cut: { table: TableFile; raw: Bursts["files"][number] }[] = [];
  try {
    for (const file of files) cut.push(await cutFile(file, { samples, channels, names, needed, session }));
  } finally {
    await session.close();
  }
  const tables = cut.map(({ table }) => table);
  return { train: tables.slice(0, train.length), test: tables.slice(train.length), bursts: { map, channels, names, files: cut.map(({ raw }) => raw) } };
}

interface Cutting {
  readonly samples: number;
  readonly channels: readonly string[];
  readonly names: readonly string[];
  readonly needed: readonly (string | undefined)[];
  readonly session: BurstSession;
}

async function cutFile(file: TableFile, { samples, channels, names, needed, session }: Cutting): Promise<{ table: TableFile; raw: Bursts["files"][number] }> {
  const windows = windowsOf(file, channels, samples);
  const features = await session.features(windows);
  const ends = Array.from({ length: windows.rows }, (_, at) => (at + 1) * samples - 1);
  const at = (values: Float64Array) => Float64Array.from(ends, (row) => values[row]);
  const made = names.map((name, j): TableColumn => ({ name, values: Float64Array.from(ends, (_, row) => features.values[row * features.columns + j]), levels: null }));
  const kept = file.columns.filter(({ name }) => needed.includes(name)).map((column) => ({ ...column, values: at(column.values) }));
  const aside = file.columns.filter(({ name }) => !needed.includes(name) && !channels.includes(name)).map(({ name }) => ({ name, reason: "not a channel of numbers in all files" }));
  // Bursts are numbered, so that neighbours follow each other and those of later rows do not begin at 1.
  const rowNumbers = at(file.rowNumbers).map((row) => Math.ceil(row / samples));
  return {
    table: { ...file, rows: windows.rows, columns: [...made, ...kept], times: file.times === null ? null : at(file.times), rowNumbers, header: true, leftOut: [...file.leftOut, ...aside] },
    raw: { values: windows.values, places: new Map(Array.from(rowNumbers, (number, burst) => [number, burst])) },
  };
}

function channelsOf(files: readonly TableFile[], needed: readonly (string | undefined)[]): string[] {
  return files[0].columns.filter(({ name }) => !needed.includes(name) && files.every(({ columns }) => columns.find((column) => column.name === name)?.levels === null)).map(({ name }) => name);
}

/** The usual size of a channel where it teaches: a scale alone, for maps see each feature about its own centre. */
function spreadOf(files: readonly TableFile[], name: string): number {
  let [count, mean, squares] = [0, 0, 0];
  for (const { columns } of files) {
    for (const value of columns.find((column) => column.name === name)?.values ?? []) {
      if (Number.isNaN(value)) continue;
      const delta = value - mean;
      mean += delta / ++count;
      squares += delta * (value - mean);
    }
  }
  return Math.sqrt(squares / count) || 1;
}

function windowsOf({ rows, columns }: TableFile, channels: readonly string[], samples: number): Matrix {
  const count = Math.floor(rows / samples);
  const values = new Float64Array(count * samples * channels.length);
  for (const [j, name] of channels.entries()) {
    const own = columns.find((column) => column.name === name)?.values ?? new Float64Array(rows).fill(NaN);
    for (let row = 0; row < count * samples; row++) values[row * channels.length + j] = own[row];
  }
  return { rows: count, columns: samples * channels.length, values };
}

/** The bursts of a set's rows, as the model takes them. */
export function burstRows({ map, files }: Bursts, { rows, stretches, rowNumbers }: TableSet): Matrix {
  const width = map.samples * map.channels;
  const values = new Float64Array(rows * width).fill(NaN);
  for (const { start, end, file } of stretches) {
    const { values: own, places } = files[file];
    for (let row = start; row < end; row++) {
      const burst = places.get(rowNumbers[row]) ?? NaN;
      values.set(own.subarray(burst * width, (burst + 1) * width), row * width);
    }
  }
  return { rows, columns: width, values };
}

/** What a model over these inputs begins with. */
export const frontOf = ({ map, names }: Bursts, inputs: readonly StudyColumn[]): BurstFront => ({ map, picked: inputs.map(({ name }) => names.indexOf(name)) });

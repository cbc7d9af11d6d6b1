import { shown } from "../capture/name.ts";
import type { TableFile } from "../capture/table-file.ts";
import { localMicros, readWritten } from "../capture/timestamp.ts";
import { wallClock } from "../capture/zone.ts";
import { MillraceError } from "../errors.ts";

/** From where to where something was wrong, both ends included: times, or numbers of rows. */
type Window = readonly [string | number, string | number];

/** Windows of every file, or by file: a path's end, as in `runs/pump-1.csv`. */
export type FaultWindows = readonly Window[] | Readonly<Record<string, readonly Window[]>>;

/**
 * Reads `[[start, end], ...]` or `{"FILE": [[start, end], ...], ...}`, ends included: dates, or numbers of
 * rows from 1. Throws `study.bad-windows`.
 */
export function parseWindows(text: string, name: string): FaultWindows {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badWindows(name, "it is no JSON", cause);
  }
  if (isWindows(value)) return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isWindows)) return value as Readonly<Record<string, readonly Window[]>>;
  throw badWindows(name, "it is neither a list of [start, end] nor such a list by file");
}

const isWindows = (value: unknown): value is readonly Window[] => Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2 && one.every((end) => typeof end === "string" || typeof end === "number"));

/**
 * 1 for rows of a file in one of its windows, else 0; all unknown (NaN) when windows are given by file
 * and none of them is this one. Throws `study.bad-windows`.
 */
export function faultsIn(file: TableFile, windows: FaultWindows, zone = "UTC"): Float64Array {
  const own = ownWindows(file, windows);
  if (own === null) return new Float64Array(file.rows).fill(Number.NaN);
  const faults = new Float64Array(file.rows);
  for (const [start, end] of own) {
    const [from, to] = [endOf(file, start, zone), endOf(file, end, zone)];
    if (typeof start !== typeof end || from > to) throw badWindows(file.name, `the window from ${shown(String(start))} to ${shown(String(end))} makes no sense`);
    const places = typeof start === "number" ? file.rowNumbers : file.times;
    places?.forEach((at, row) => {
      if (at >= from && at <= to) faults[row] = 1;
    });
  }
  return faults;
}

function ownWindows({ path, name }: TableFile, windows: FaultWindows): readonly Window[] | null {
  if (Array.isArray(windows)) return windows as readonly Window[];
  const slashed = path.replaceAll("\\", "/");
  const found = Object.entries(windows as Readonly<Record<string, readonly Window[]>>).find(([key]) => key === name || slashed === key || slashed.endsWith(`/${key}`));
  return found?.[1] ?? null;
}

function endOf(file: TableFile, end: string | number, zone: string): number {
  if (typeof end === "number") return end;
  if (file.times === null) throw badWindows(file.name, `windows are given as times and the table holds none`);
  const written = readWritten(end.trim());
  const local = written === null ? Number.NaN : localMicros(written, "ymd");
  if (written === null || Number.isNaN(local)) throw badWindows(file.name, `${shown(end)} is no time; write 2026-03-09 10:24:05`);
  return local - (written.offset ?? wallClock(zone)(local).first);
}

function badWindows(name: string, seen: string, cause?: unknown): MillraceError {
  return new MillraceError("study.bad-windows", `Cannot use the fault windows for ${shown(name)}: ${seen}`, {
    hint: 'Write [["2026-03-09 10:00", "2026-03-09 10:20"]], {"FILE.csv": [[161, 960]]} with numbers of rows, or both kinds by file.',
    cause,
  });
}

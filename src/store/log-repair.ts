import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setAside, writeWhole } from "./files.ts";
import { messageOf } from "./storage-error.ts";

// The log of the open days, as DuckDB 1.x writes it: a head of 8 bytes, then entries of length (64 bits),
// checksum (64 bits) and content. Content begins with field 100, the kind. A commit ends with a flush.
const usualHead = Buffer.from("640062650002ffff", "hex");
const head = usualHead.length;
const preamble = 16;
const kind = { delete: 27, update: 28, flush: 100 } as const;
const mostKind = 110;

interface Entry {
  readonly start: number;
  readonly end: number;
  readonly kind: number; // NaN for a place that is none
}

/** Where an error of the driver says that the log is damaged; `null` when it is about something else. */
export function damagedAt(error: unknown): number | null {
  const found = /Corrupt WAL file: entry at byte position (\d+)/.exec(messageOf(error));
  return found === null ? null : Number(found[1]);
}

/** Where the log has a place whose lengths lead nowhere though commits follow it, which the driver would drop without a word. */
export function brokenAt(directory: string): number | null {
  const path = join(directory, "samples.duckdb.wal");
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  const log = readFileSync(path);
  if (log.length < head) return null;
  if (!log.subarray(0, head).equals(usualHead)) return log.subarray(0, 3).equals(usualHead.subarray(0, 3)) ? null : 0; // of another version, or damaged
  const entries = entriesOf(log);
  const broken = entries.findIndex((entry) => Number.isNaN(entry.kind));
  if (broken < 0) return null;
  return entries.slice(broken + 1).some((entry) => entry.kind === kind.flush) ? (entries[broken]?.start ?? 0) : null;
}

/** A log with its damaged commit cut out, and what is left of it should the rest not be replayable. */
export interface RepairedLog {
  readonly notice: string;
  /** Ends the log before the damage. */
  readonly cut: () => void;
}

/** Sets a log with a damaged entry aside and puts in its place what of it can still be replayed. */
export function repairLog(directory: string, position: number): RepairedLog {
  const path = join(directory, "samples.duckdb.wal");
  const log = readFileSync(path);
  const { bytes, before } = withoutDamage(log, position);
  const target = setAside(directory, path);
  writeWhole(path, bytes);
  return {
    notice: `The log of the open days was damaged at byte ${position} of ${log.length} and is now ${target}: what could not be read of it is missing`,
    cut: () => writeWhole(path, before),
  };
}

/**
 * A log without the commit that the place at `position` belongs to; the commits after it are kept where
 * they only add. Where they also take away, by the numbers of rows, or cannot be told from each other,
 * the log ends before the damage, as `before` does.
 */
export function withoutDamage(log: Buffer, position: number): { bytes: Buffer; before: Buffer } {
  const entries = entriesOf(log);
  const damaged = entries.findIndex(({ start, end }) => start <= position && position < end);
  if (damaged < 0 && position >= head) return { bytes: log.subarray(0, position), before: log.subarray(0, position) };
  const lastWhole = entries.slice(0, Math.max(0, damaged)).findLast((entry) => entry.kind === kind.flush)?.end ?? head;
  const before = Buffer.concat([usualHead, log.subarray(head, lastWhole)]);
  const next = position < head ? -1 : entries.findIndex((entry, index) => index > damaged && entry.kind === kind.flush);
  const after = next < 0 && position >= head ? [] : entries.slice(next + 1);
  const first = after.at(0);
  if (first === undefined || !after.every((entry) => isAdding(entry.kind) || Number.isNaN(entry.kind))) return { bytes: before, before };
  return { bytes: Buffer.concat([before, log.subarray(first.start, after.at(-1)?.end)]), before };
}

const isAdding = (given: number): boolean => isKind(given) && given !== kind.delete && given !== kind.update;
const isKind = (given: number): boolean => given >= 1 && given <= mostKind;

/** The entries of a log; one without a kind stands for a place where their lengths lead nowhere. */
function entriesOf(log: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let start = head; start < log.length; ) {
    const entry = entryAt(log, start) ?? { start, end: nextChain(log, start + 1), kind: NaN };
    entries.push(entry);
    start = entry.end;
  }
  return entries;
}

function entryAt(log: Buffer, start: number): Entry | null {
  if (start + preamble + 3 > log.length) return null;
  const end = start + preamble + Number(log.readBigUInt64LE(start));
  const found = log[start + preamble + 2];
  const isOne = end <= log.length && end > start + preamble && log.readUInt16LE(start + preamble) === 100 && isKind(found);
  return isOne ? { start, end, kind: found } : null;
}

/** Where the next few entries follow each other, from `from` on; the end of the log when they do nowhere. */
function nextChain(log: Buffer, from: number): number {
  for (let start = from; start + preamble < log.length; start++) {
    let at = start;
    let length = 0;
    for (let entry = entryAt(log, at); entry !== null && length < 3; entry = entryAt(log, at)) {
      at = entry.end;
      length++;
    }
    if (length === 3 || (length > 0 && at === log.length)) return start;
  }
  return log.length;
}

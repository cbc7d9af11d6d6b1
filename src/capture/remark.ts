/** Something about a file that is worth knowing and did not stop it being read. */
export interface Remark {
  readonly code: RemarkCode;
  readonly count: number;
  /** The line of the file on which it was first seen, from 1; `null` when it has none. */
  readonly firstLine: number | null;
  /** A sentence with the figure. */
  readonly text: string;
}

export type RemarkCode = keyof typeof sentences;

/** The sentence of each remark: `n` is its count, `seen` the first thing seen, quoted. */
const sentences = {
  preamble: (n: number) => `${rows(n)} before the table set aside`,
  "empty-rows": (n: number) => `${rows(n)} without anything in them set aside`,
  "ragged-rows": (n: number, seen: string) => `${rows(n)} set aside for the wrong number of cells (first: ${seen})`,
  "bad-times": (n: number, seen: string) => `${rows(n)} set aside for a time that makes no sense (first: ${seen})`,
  "empty-cells": (n: number) => `${cells(n)} empty: unknown`,
  "unknown-cells": (n: number, seen: string) => `${cells(n)} that say there is no value (first: ${seen}): unknown`,
  "infinite-cells": (n: number, seen: string) => `${cells(n)} infinite or too large (first: ${seen}): unknown`,
  "unparsable-cells": (n: number, seen: string) => `${cells(n)} that are no number (first: ${seen}): unknown`,
  "cut-texts": (n: number) => `${cells(n)} cut to 200 characters`,
  "duplicate-times": (n: number) => `${rows(n)} with a time that an earlier row has too; kept, of equal times the last counts`,
  "backward-times": (n: number) => `${rows(n)} with a time before the row above; kept`,
  "repeated-hour": (n: number, seen: string) => `${rows(n)} in an hour that the clock of ${seen} shows twice; told apart by the order of rows`,
  "skipped-hour": (n: number, seen: string) => `${rows(n)} in an hour that the clock of ${seen} skips; taken as if it had not been put forward`,
  "no-step": () => "No two rows differ in time: the grid is a guess of 1 s",
  "seconds-times": (_n: number, seen: string) => `Column ${seen} taken as seconds since the start`,
  "invented-times": (_n: number, seen: string) => `No time column: rows are taken as ${seen} apart`,
  "changed-names": (n: number, seen: string) => `${columns(n)} renamed: empty, double, over-long or with hidden characters (first: ${seen})`,
  "left-out": (n: number, seen: string) => `${columns(n)} left out: ${seen}`,
  "label-values": (n: number) => `${cells(n)} of the label above 1 taken as 1`,
  transposed: (_n: number, seen: string) => `Turned: it lies on its side, ${seen}`,
  "wrong-bytes": (n: number) => `${n === 1 ? "One stretch" : `${figure(n)} stretches`} of bytes that are no UTF-8: the characters are lost`,
} satisfies Record<string, (n: number, seen: string) => string>;

/** Counts what is seen while a file is read, keeping the first of each. */
export class Tally {
  readonly #seen = new Map<RemarkCode, { count: number; firstLine: number | null; first: string }>();

  add(code: RemarkCode, line: number | null, first: () => string = () => "", count = 1): void {
    const entry = this.#seen.get(code);
    if (entry === undefined) this.#seen.set(code, { count, firstLine: line, first: first() });
    else entry.count += count;
  }

  count(code: RemarkCode): number {
    return this.#seen.get(code)?.count ?? 0;
  }

  first(code: RemarkCode): { line: number | null; seen: string } | null {
    const entry = this.#seen.get(code);
    return entry === undefined ? null : { line: entry.firstLine, seen: entry.first };
  }

  /** In a fixed order, so that two readings of a file say the same. */
  remarks(): Remark[] {
    return (Object.keys(sentences) as RemarkCode[]).flatMap((code) => {
      const entry = this.#seen.get(code);
      if (entry === undefined) return [];
      const { count, firstLine, first } = entry;
      return [{ code, count, firstLine, text: sentences[code](count, first) }];
    });
  }
}

/** 12,345 for people. */
export const figure = (count: number): string => count.toLocaleString("en-US");

const rows = (n: number) => (n === 1 ? "1 row" : `${figure(n)} rows`);
const cells = (n: number) => (n === 1 ? "1 cell" : `${figure(n)} cells`);
const columns = (n: number) => (n === 1 ? "1 column" : `${figure(n)} columns`);

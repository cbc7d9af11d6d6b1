import { MillraceError } from "../errors.ts";
import { Growing } from "./growing.ts";
import { shown } from "./name.ts";
import { readNumber, whyUnknown, type Decimal } from "./number.ts";
import { ReadAgain } from "./read-again.ts";
import type { Tally } from "./remark.ts";

/** What a column is read as; `skip` for the time, and for what was asked to be left out. */
export type ReadAs = "number" | "text" | "skip";

/** A column as it was read. Texts are codes into `texts`; `NaN` is unknown. */
export interface RawColumn {
  readonly name: string;
  readonly values: Float64Array;
  readonly texts: readonly string[] | null;
  /** Cells with something in them that is no number. */
  readonly unparsable: number;
}

export interface Table {
  readonly times: Float64Array;
  readonly columns: readonly RawColumn[];
  /** The names of columns with too many different texts to be a signal. */
  readonly crowded: readonly string[];
}

/** Tells the time of row after row, in file order; `cell` is the text that it reads. */
export interface RowClock {
  read(cells: readonly string[], line: number): number;
  cell(cells: readonly string[]): string;
}

interface Reading {
  readonly name: string;
  readonly as: ReadAs;
  readonly at: number;
  readonly values: Growing;
  readonly codes: Map<string, number>;
  characters: number;
  unparsable: number;
}

const mostCells = 250_000_000; // 2 GB of doubles
const mostTexts = 65_536;
const mostCharacters = 16 * 1024 * 1024;
const longestText = 200;

const commaDecimal = /^[+-]?\d+,\d+$/;

/** At most one row in a hundred, and fewer than a thousand, may be set aside for the same fault. */
const tolerable = (count: number, rows: number) => count < 1000 && count < 0.01 * rows;

/**
 * Rows of cells becoming columns of numbers and text codes.
 *
 * Rows of another width and rows without a time are set aside and counted; when that is more than a
 * few, `capture.ragged` or `capture.bad-times` is thrown; ReadAgain when a decimal comma appears where
 * no cell had shown a decimal sign. One trailing empty cell is no fault.
 * Memory: eight bytes a cell.
 */
export class TableBuilder {
  readonly #file: string;
  readonly #clock: RowClock;
  readonly #decimal: Decimal;
  readonly #decimalKnown: boolean;
  readonly #width: number;
  readonly #kept: readonly Reading[];
  readonly #times = new Growing();
  readonly #tally: Tally;
  readonly #crowded = new Set<string>();
  #rows = 0;
  #previous = Number.NaN;

  constructor(
    file: string,
    columns: readonly { readonly name: string; readonly as: ReadAs }[],
    clock: RowClock,
    { decimal, decimalKnown }: { readonly decimal: Decimal; readonly decimalKnown: boolean },
    tally: Tally,
  ) {
    this.#file = file;
    this.#clock = clock;
    this.#decimal = decimal;
    this.#decimalKnown = decimalKnown;
    this.#width = columns.length;
    this.#tally = tally;
    this.#kept = columns.flatMap(({ name, as }, at) =>
      as === "skip" ? [] : [{ name, as, at, values: new Growing(), codes: new Map(), characters: 0, unparsable: 0 }],
    );
  }

  add(cells: readonly string[], line: number): void {
    if (cells.every((cell) => cell === "")) return this.#tally.add("empty-rows", line);
    this.#rows++;
    const fits = cells.length === this.#width || (cells.length === this.#width + 1 && cells[this.#width] === "");
    if (!fits) return this.#setAside("ragged-rows", line, `${cells.length} instead of ${this.#width}`);
    const time = this.#clock.read(cells, line);
    if (Number.isNaN(time)) return this.#setAside("bad-times", line, shown(this.#clock.cell(cells)));
    if (time <= this.#previous) this.#tally.add(time < this.#previous ? "backward-times" : "duplicate-times", line);
    this.#previous = time;
    this.#times.push(time);
    for (const reading of this.#kept) this.#store(reading, cells[reading.at], line);
    if (this.#times.length * this.#kept.length > mostCells) throw tooLarge(this.#file);
  }

  done(): Table {
    if (this.#rows === 0) throw noRows(this.#file);
    for (const code of ["ragged-rows", "bad-times"] as const) {
      if (this.#tally.count(code) > 0 && !tolerable(this.#tally.count(code), this.#rows)) throw this.#intolerable(code);
    }
    const kept = this.#kept.filter(({ name }) => !this.#crowded.has(name));
    const times = this.#times.done();
    if (this.#tally.count("backward-times") > 0) this.#countDuplicates(times);
    return {
      times,
      columns: kept.map(({ name, as, values, codes, unparsable }) => ({
        name,
        values: values.done(),
        texts: as === "text" ? [...codes.keys()] : null,
        unparsable,
      })),
      crowded: [...this.#crowded],
    };
  }

  /** Rows out of order hide equal times from their neighbours. */
  #countDuplicates(times: Float64Array): void {
    const sorted = times.slice().sort();
    let count = -this.#tally.count("duplicate-times");
    for (let row = 1; row < sorted.length; row++) if (sorted[row] === sorted[row - 1]) count++;
    if (count > 0) this.#tally.add("duplicate-times", null, undefined, count);
  }

  #store(reading: Reading, cell: string, line: number): void {
    reading.values.push(reading.as === "number" ? this.#number(reading, cell, line) : this.#code(reading, cell, line));
  }

  #number(reading: Reading, cell: string, line: number): number {
    const value = readNumber(cell, this.#decimal);
    if (Number.isFinite(value)) return value;
    const why = Number.isNaN(value) ? whyUnknown(cell) : "infinite";
    if (why === "unparsable") {
      // The first rows were whole numbers: only now does the file show its decimal sign.
      if (!this.#decimalKnown && commaDecimal.test(cell)) throw new ReadAgain({ decimal: "," });
      reading.unparsable++;
    }
    this.#tally.add(`${why}-cells`, line, () => `${shown(cell)} in ${shown(reading.name)}`);
    return Number.NaN;
  }

  #code(reading: Reading, cell: string, line: number): number {
    if (cell === "" || reading.characters > mostCharacters) {
      if (cell === "") this.#tally.add("empty-cells", line);
      return Number.NaN;
    }
    const text = cell.length > longestText ? cell.slice(0, longestText).toWellFormed() : cell;
    if (text !== cell) this.#tally.add("cut-texts", line);
    let code = reading.codes.get(text);
    if (code === undefined) {
      reading.codes.set(text, (code = reading.codes.size));
      reading.characters += text.length;
      if (reading.codes.size > mostTexts) reading.characters = Infinity;
      if (reading.characters > mostCharacters) {
        this.#crowded.add(reading.name);
        reading.codes.clear();
      }
    }
    return code;
  }

  #setAside(code: "ragged-rows" | "bad-times", line: number, seen: string): void {
    this.#tally.add(code, line, () => seen);
    if (this.#tally.count(code) >= 1000) throw this.#intolerable(code);
  }

  #intolerable(code: "ragged-rows" | "bad-times"): MillraceError {
    const { line, seen } = this.#tally.first(code) ?? { line: null, seen: "" };
    const share = `${this.#tally.count(code)} of ${this.#rows} rows`;
    if (code === "bad-times") {
      return new MillraceError("capture.bad-times", `Cannot read times of ${shown(this.#file)}: line ${line} has ${seen}, and so on in ${share}`, {
        hint: "Name the time column with --time and the order of dates with --dates.",
      });
    }
    return new MillraceError("capture.ragged", `Cannot read ${shown(this.#file)}: line ${line} has ${seen} cells, and so on in ${share}`, {
      hint: "Give every row as many cells as the header, or split the file where its columns change.",
    });
  }
}

function tooLarge(file: string): MillraceError {
  return new MillraceError("capture.too-large", `Cannot read ${shown(file)}: it has more than ${mostCells} cells`, {
    hint: "Split the recording by day or by month and read the files one after the other.",
  });
}

export function noRows(file: string): MillraceError {
  return new MillraceError("capture.empty", `Cannot read ${shown(file)}: it has a header and no rows`, {
    hint: "Check that the export ran to its end.",
  });
}

export function wrongNames(file: string, given: number, seen: number): MillraceError {
  return new MillraceError("capture.wrong-names", `Cannot name the columns of ${shown(file)}: ${given} names were given for ${seen} columns`, {
    hint: "Give one name for each column, the time column included.",
  });
}

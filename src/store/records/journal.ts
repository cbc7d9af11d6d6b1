import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../../digest.ts";
import type { SettledFact } from "./facts.ts";

/** One write of facts, by its number. */
export interface Line {
  readonly number: number;
  readonly facts: readonly SettledFact[];
}

/** As much of the end as the last line is looked for in first. */
const tailBytes = 4 * 2 ** 20;

/**
 * Every write of facts since the copy of the records was made, one line of checked JSON a write.
 *
 * What repairs records that were damaged: the copy, then these. It is written after the commit and
 * never fsynced, so it costs next to nothing and tells nothing that was not acknowledged; where it may
 * lag behind, opening makes a new copy. Sums and nodes are left out: they are made again from the blocks.
 */
export class Journal {
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;

  constructor(directory: string) {
    this.#path = join(directory, "records.journal");
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the last write in it; `null` when there is none that can be read. */
  last(): number | null {
    for (const text of this.#tail().split("\n").reverse()) {
      const line = parsed(text);
      if (line !== null) return line.number;
    }
    return null;
  }

  /** The number it begins after; `null` when that cannot be read. */
  first(): number | null {
    return parsed(this.#text().split("\n", 1)[0] ?? "")?.number ?? null;
  }

  /** The writes after number `after`, in order; what cannot be read is left out. */
  linesAfter(after: number): Line[] {
    return this.#text().split("\n").map(parsed).filter((line) => line !== null).filter(({ number }) => number > after);
  }

  /** Begins anew, after the write `after` that the copy holds. */
  restart(after: number): void {
    this.close();
    const draft = `${this.#path}.tmp`;
    this.#file = openSync(draft, "w");
    this.#bytes = writeSync(this.#file, lineOf({ number: after, facts: [] }));
    renameSync(draft, this.#path);
  }

  /** Goes on at the end of what is there. */
  resume(): void {
    this.close();
    this.#file = openSync(this.#path, "a");
    this.#bytes = fstatSync(this.#file).size;
    this.#bytes += writeSync(this.#file, "\n"); // what a crash cut off stays a line of its own
  }

  /** Adds a write that is committed. Throws when there is no room, and may then hold half a line. */
  append(number: number, facts: readonly SettledFact[]): void {
    if (this.#file === undefined) throw new RangeError("Cannot add to the journal: it is closed");
    const bytes = Buffer.from(lineOf({ number, facts: facts.filter(isKept) }));
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#bytes += bytes.length;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #text(): string {
    try {
      return readFileSync(this.#path, "utf8");
    } catch {
      return "";
    }
  }

  #tail(): string {
    try {
      const file = openSync(this.#path, "r");
      try {
        const { size } = fstatSync(file);
        const bytes = Buffer.alloc(Math.min(size, tailBytes));
        readSync(file, bytes, 0, bytes.length, size - bytes.length);
        const text = bytes.toString("utf8");
        return text.trimEnd().includes("\n") || size <= tailBytes ? text : this.#text();
      } finally {
        closeSync(file);
      }
    } catch {
      return "";
    }
  }
}

const derived: readonly string[] = ["sum", "node", "nodes"];
const isKept = (fact: SettledFact): boolean => !derived.includes("put" in fact ? fact.put : fact.drop);

function lineOf(line: Line): string {
  const text = JSON.stringify(line, encode);
  return `${digest(text).slice(0, 16)} ${text}\n`;
}

/** A line as it was written; `null` when it is not, as the last one after a crash. */
function parsed(line: string): Line | null {
  const text = line.slice(17);
  if (text === "" || digest(text).slice(0, 16) !== line.slice(0, 16)) return null;
  return JSON.parse(text, decode) as Line;
}

/** JSON has no arrays of bytes or floats. */
function encode(_name: string, value: unknown): unknown {
  if (value instanceof Float32Array) return { $float32: base64(value) };
  if (value instanceof Uint8Array) return { $bytes: base64(value) };
  return value;
}

function decode(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$float32" in value) return new Float32Array(new Uint8Array(Buffer.from(String(value.$float32), "base64")).buffer);
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  return value;
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string => Buffer.from(buffer, byteOffset, byteLength).toString("base64");

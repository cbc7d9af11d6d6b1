import { setImmediate } from "node:timers/promises";

/** Text up to this long is parsed in one go: some milliseconds. */
const atOnce = 256 * 1024;
const pieceLength = 128 * 1024;
/** Limits of a long text: how deep it goes, how many outermost lists it has, how much stands outside of them. */
const [deepest, mostLists, mostOutside] = [64, 20_000, 1 << 20];

/**
 * What `JSON.parse` gives, without holding up the event loop: of a long text, the elements of its
 * outermost lists are parsed some at a time.
 *
 * Throws SyntaxError for what is no JSON, and RangeError for a long text that is deeper than 64 levels
 * or has most of its content outside of lists: no body of readings has.
 */
export async function parseJson(text: string): Promise<unknown> {
  if (text.length <= atOnce) return JSON.parse(text) as unknown;
  const cutter = new Cutter(text);
  while (cutter.cut(performance.now() + 4)) await setImmediate();

  const lists: unknown[][] = cutter.lists.map(() => []);
  let until = performance.now() + 4;
  for (const { list, start, end } of cutter.pieces()) {
    const elements = JSON.parse(`[${text.slice(start, end)}]`) as unknown[];
    for (const element of elements) lists[list].push(element);
    if (performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + 4;
  }
  return filled(JSON.parse(cutter.outside()) as unknown, lists);
}

interface List {
  /** Behind the opening bracket; behind each comma where it is cut. */
  readonly starts: number[];
  end: number;
}

/** Finds the lists that lie in no other, and cuts them between elements. It tells brackets from strings; JSON.parse does the rest. */
class Cutter {
  readonly lists: List[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #open: List | null = null;
  #openDepth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes on until a time; false once the end is reached. */
  cut(until: number): boolean {
    const text = this.#text;
    for (let next = this.#at + 65_536; this.#at < text.length; this.#at++) {
      if (this.#at > next) {
        if (performance.now() > until) return true;
        next = this.#at + 65_536;
      }
      const code = text.charCodeAt(this.#at);
      if (code === 34) this.#at = this.#endOfString(this.#at);
      else if (code === 91 || code === 123) this.#enter(code === 91);
      else if (code === 93 || code === 125) this.#leave(code === 93);
      else if (code === 44 && this.#open !== null && this.#depth === this.#openDepth && this.#at - (this.#open.starts.at(-1) ?? 0) >= pieceLength) this.#open.starts.push(this.#at + 1);
    }
    if (this.#depth !== 0) throw new SyntaxError("a bracket is not closed");
    return false;
  }

  /** What is to be parsed, list by list. */
  *pieces(): Generator<{ list: number; start: number; end: number }> {
    for (const [list, { starts, end: last }] of this.lists.entries()) {
      for (const [at, start] of starts.entries()) {
        const next = starts[at + 1];
        const end = next === undefined ? last : next - 1;
        if (starts.length > 1 && /^\s*$/.test(this.#text.slice(start, Math.min(end, start + 100)))) throw new SyntaxError("a list has a comma too many");
        yield { list, start, end };
      }
    }
  }

  /** The text around the lists, with the number of each list as its only element. */
  outside(): string {
    let out = "";
    let from = 0;
    for (const [number, { starts, end }] of this.lists.entries()) {
      out += `${this.#text.slice(from, starts[0])}${number}`;
      from = end;
    }
    out += this.#text.slice(from);
    if (out.length > mostOutside) throw new RangeError("most of it lies outside of lists");
    return out;
  }

  #enter(isList: boolean): void {
    this.#depth++;
    if (this.#depth > deepest) throw new RangeError(`it is deeper than ${deepest} levels`);
    if (!isList || this.#open !== null) return;
    if (this.lists.length >= mostLists) throw new RangeError(`it has more than ${mostLists} lists`);
    this.#open = { starts: [this.#at + 1], end: 0 };
    this.#openDepth = this.#depth;
    this.lists.push(this.#open);
  }

  #leave(isList: boolean): void {
    if (this.#open !== null && this.#depth === this.#openDepth) {
      if (!isList) throw new SyntaxError("a bracket is closed by one of another kind");
      this.#open.end = this.#at;
      this.#open = null;
    }
    this.#depth--;
    if (this.#depth < 0) throw new SyntaxError("a bracket is closed that was not opened");
  }

  #endOfString(start: number): number {
    for (let at = start; ; ) {
      at = this.#text.indexOf('"', at + 1);
      if (at < 0) throw new SyntaxError("a quote is not closed");
      let before = at;
      while (this.#text.charCodeAt(before - 1) === 92) before--;
      if ((at - before) % 2 === 0) return at;
    }
  }
}

/** Puts the lists where their numbers stand. Every list in `outside` is such a place. */
function filled(outside: unknown, lists: readonly unknown[][]): unknown {
  if (Array.isArray(outside)) return lists[outside[0] as number];
  if (typeof outside !== "object" || outside === null) return outside;
  return Object.fromEntries(Object.entries(outside).map(([key, value]) => [key, filled(value, lists)]));
}

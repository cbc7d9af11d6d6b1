import { MillraceError } from "../errors.ts";
import { cleanName, shown } from "./name.ts";

/** How topics of one form become paths: `factory/{area}/{asset}/{signal}`, `{asset}/telemetry`, `plant/{rest...}`. */
export interface TopicPattern {
  /** `{name}` takes one level, `+` skips one, `{name...}` takes and `#` skips what is left; the rest is literal. */
  readonly topic: string;
  /** The path, of literals and `{name}`s; by default every name taken, in the order of the topic. */
  readonly path?: string;
}

const mostLevels = 16;
const longestPath = 1000;
const mostRemembered = 20_000;

/**
 * Why a path cannot name a signal; `null` when it can: 2 to 16 names joined by `/`, each 1 to 200
 * characters, trimmed, in Unicode's composed form, without characters that hide or reorder text.
 */
export function pathProblem(path: string): string | null {
  if (path.length > longestPath) return `it is longer than ${longestPath} characters`;
  const names = path.split("/");
  if (names.length < 2) return "it needs an asset and a signal";
  if (names.length > mostLevels) return `it has more than ${mostLevels} names`;
  for (const name of names) {
    if (name === "") return "a name in it is empty";
    if (cleanName(name) !== name) return "a name in it is too long, or has control characters or stray spaces";
  }
  return null;
}

/**
 * The paths that topics stand for.
 *
 * Without patterns a topic is its own path, a leading `/` aside. With patterns the first that matches
 * counts, and a topic that none matches has no path. Patterns are walked level by level: nothing in
 * them is a regular expression, so no topic can make matching slow.
 */
export class TopicPaths {
  readonly #patterns: readonly Compiled[];
  readonly #known = new Map<string, string | null>();

  /** Throws `capture.bad-pattern`. */
  constructor(patterns: readonly (string | TopicPattern)[] = []) {
    this.#patterns = patterns.map((pattern) => compile(typeof pattern === "string" ? { topic: pattern } : pattern));
  }

  /** The path of a topic; `null` when no pattern wants it. */
  pathOf(topic: string): string | null {
    if (this.#patterns.length === 0) return topic.startsWith("/") ? topic.slice(1) : topic;
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const levels = topic.split("/");
    let path: string | null = null;
    for (const pattern of this.#patterns) if ((path = pathBy(pattern, levels)) !== null) break;
    if (this.#known.size >= mostRemembered) this.#known.clear(); // topics made up by a client must not pile up
    this.#known.set(topic, path);
    return path;
  }
}

interface Level {
  readonly kind: "literal" | "one" | "rest";
  /** What is taken under; `null` for what is skipped. The text itself for a literal. */
  readonly name: string | null;
}

interface Compiled {
  readonly topic: readonly Level[];
  readonly path: readonly Level[];
}

function compile({ topic, path }: TopicPattern): Compiled {
  const levels = topic.split("/").map((text) => levelOf(text, topic));
  const taken = levels.filter(({ kind, name }) => kind !== "literal" && name !== null);
  const names = taken.map(({ name }) => name);
  if (levels.some(({ kind }, index) => kind === "rest" && index < levels.length - 1)) throw bad(topic, "what takes the rest stands before the end");
  if (new Set(names).size < names.length) throw bad(topic, "it takes two levels under one name");
  if (taken.length === 0) throw bad(topic, "it takes no level");
  const template = path === undefined ? taken : path.split("/").map((text) => levelOf(text, path));
  for (const { kind, name } of template) {
    if (kind !== "literal" && (name === null || !names.includes(name))) throw bad(path ?? topic, "it uses a name that the topic does not take");
  }
  return { topic: levels, path: template };
}

function levelOf(text: string, pattern: string): Level {
  if (text === "+") return { kind: "one", name: null };
  if (text === "#") return { kind: "rest", name: null };
  const match = /^\{([\w-]{1,60})(\.\.\.)?\}$/.exec(text);
  if (match !== null) return { kind: match[2] === undefined ? "one" : "rest", name: match[1] };
  if (/[{}+#]/.test(text)) throw bad(pattern, `the level ${shown(text)} is none of name, {name}, {name...}, + and #`);
  return { kind: "literal", name: text };
}

function pathBy({ topic, path }: Compiled, levels: readonly string[]): string | null {
  const last = topic.at(-1);
  if (last?.kind === "rest" ? levels.length < topic.length : levels.length !== topic.length) return null;
  const taken = new Map<string, string>();
  for (const [index, { kind, name }] of topic.entries()) {
    if (kind === "literal" && name !== levels[index]) return null;
    if (kind !== "literal" && name !== null) taken.set(name, kind === "rest" ? levels.slice(index).join("/") : levels[index]);
  }
  return path.map(({ kind, name }) => (kind === "literal" ? name : taken.get(name ?? ""))).join("/");
}

function bad(pattern: string, why: string): MillraceError {
  return new MillraceError("capture.bad-pattern", `Cannot use topic pattern ${shown(pattern)}: ${why}`, {
    hint: "Write it like factory/{area}/{asset}/{signal}, or {asset}/telemetry for devices that send JSON.",
  });
}

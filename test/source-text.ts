/**
 * What the tests of the tree read from source files, without a parser: enough for TypeScript laid out
 * as in this project, one statement a line and a block's brace at the end of its line.
 */

/** An import or re-export: what it names, and whether it is gone once types are stripped. */
export interface Import {
  readonly from: string;
  readonly isType: boolean;
}

/**
 * The source with comments, and on request the insides of strings and patterns, blanked out: every
 * character keeps its place and every line its number.
 */
export function blanked(source: string, alsoStrings: boolean): string {
  const out = source.split("");
  const blank = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (out[at] !== "\n") out[at] = " ";
  };
  /** Reads code from `at` to its end or to the brace that closes a template's hole. */
  const code = (start: number, isHole: boolean): number => {
    let depth = 0;
    for (let at = start; at < source.length; at++) {
      const rest = source.slice(at, at + 2);
      const char = source[at];
      if (rest === "//" || rest === "/*") {
        const end = rest === "//" ? source.indexOf("\n", at) : source.indexOf("*/", at + 2) + 2;
        const to = end < at ? source.length : end;
        blank(at, to);
        at = to - 1;
      } else if (char === '"' || char === "'" || (char === "/" && startsPattern(source, at))) {
        const end = endOfQuoted(source, at);
        if (alsoStrings) blank(at + 1, end);
        at = end;
      } else if (char === "`") at = template(at + 1);
      else if (char === "{") depth++;
      else if (char === "}" && --depth < 0 && isHole) return at;
    }
    return source.length;
  };
  const template = (start: number): number => {
    let from = start;
    for (let at = start; at < source.length; at++) {
      if (source[at] === "\\") at++;
      else if (source[at] === "`" || source.startsWith("${", at)) {
        if (alsoStrings) blank(from, at);
        if (source[at] === "`") return at;
        at = code(at + 2, true);
        from = at + 1;
      }
    }
    return source.length;
  };
  code(0, false);
  return out.join("");
}

/** Whether the slash at `at` opens a pattern rather than divides: after an operator, a bracket or a keyword. */
function startsPattern(source: string, at: number): boolean {
  const before = source.slice(Math.max(0, at - 40), at).trimEnd();
  return before === "" || /[=(,:?!&|[{};>]$/.test(before) || /\b(return|typeof|case|of|in)$/.test(before);
}

/** Where the string or pattern that opens at `at` closes; brackets of a pattern may hold a bare slash. */
function endOfQuoted(source: string, at: number): number {
  let inBrackets = false;
  for (let end = at + 1; end < source.length; end++) {
    const char = source[end];
    if (char === "\\") end++;
    else if (source[at] === "/" && (char === "[" || char === "]")) inBrackets = char === "[";
    else if (char === source[at] && !inBrackets) return end;
  }
  return source.length;
}

/** The imports of a file: `import`, `export ... from`, `import()`, and the type form `import("x")`. */
export function importsOf(source: string): Import[] {
  const text = blanked(source, false);
  const bare = blanked(source, true); // what stands inside of a string is no import
  const isCode = (at: number) => bare.slice(at, at + 6).trim() !== "";
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(?:(type\s[^;"']*?|[^;"'=(]*?)\s*from\s+)?["']([^"'\n]+)["']/gm)) {
    const [, clause = "", from = ""] = match;
    if (isCode(match.index)) found.push({ from, isType: isTypeClause(clause) });
  }
  for (const match of text.matchAll(/\bimport\(\s*["']([^"'\n]+)["']\s*\)/g)) {
    if (isCode(match.index)) found.push({ from: match[1] ?? "", isType: true }); // resolved when called: no part of a cycle
  }
  return found;
}

/** `type X`, `type { X }` or `{ type X, type Y }`. */
function isTypeClause(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  return names.split(",").every((name) => name.trim() === "" || /^type\s/.test(name.trim()));
}

/** The functions of a file: where each begins, counted from 1, and how many lines it has, brace to brace. */
export function functionsOf(source: string): { line: number; lines: number; text: string }[] {
  const text = blanked(source, true);
  const lines = text.split("\n");
  const found: { line: number; lines: number; text: string }[] = [];
  const open: number[] = [];
  for (const [at, line] of lines.entries()) {
    for (let column = 0; column < line.length; column++) {
      if (line[column] === "{") open.push(opensFunction(line.slice(0, column)) ? at : -1);
      else if (line[column] === "}") {
        const from = open.pop() ?? -1;
        if (from >= 0 && from < at) found.push({ line: from + 1, lines: at - from + 1, text: lines[from].trim() });
      }
    }
  }
  return found;
}

/** Whether a brace after this text opens a function: after `=>`, or after a parameter list that no `if` or the like has. */
function opensFunction(before: string): boolean {
  const text = before.trim();
  if (text.endsWith("=>")) return true;
  if (/^(\} )?(else |if|for|while|switch|catch|do|class|interface|export class|return|type|export type|export interface)\b/.test(text)) return false;
  return /\)(: [^=]+)?$/.test(text) && (/\bfunction\b/.test(text) || /^(static |async |get |set |override |private |public |\*)*[#\w]+(<[^(]*>)?\(/.test(text) || text.startsWith(")"));
}

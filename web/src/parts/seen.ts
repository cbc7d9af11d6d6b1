import type { Key } from "../strings/en.ts";
import type { Say } from "../strings/language.tsx";

/** What the site says it has seen of a signal, by the sentences that it makes. */
const sentences: readonly (readonly [RegExp, Key])[] = [
  [/^nothing for (?<seconds>\d+) s$/, "seen.stale"],
  [/^nothing since the start, (?<seconds>\d+) s$/, "seen.missing"],
  [/^stands at (?<value>\S+)$/, "seen.stuck"],
  [/^all of its signals stand still$/, "seen.still"],
  [/^reads (?<value>\S+), below its limit of (?<limit>\S+)$/, "seen.below"],
  [/^reads (?<value>\S+), above its limit of (?<limit>\S+)$/, "seen.above"],
  [/^reads (?<value>\S+)$/, "seen.reads"],
  [/^its clock is (?<seconds>-?\d+) s ahead of ours$/, "seen.clock"],
];

/** The same in the page's language; a sentence that the page does not know stands as the site made it. */
export function seenInWords(seen: string, say: Say): string {
  for (const [pattern, key] of sentences) {
    const found = pattern.exec(seen);
    if (found !== null) return say(key, { ...found.groups });
  }
  return seen;
}

import { normalFrom, type Random } from "../src/learn/random.ts";
import { lowerBound } from "../src/prove/bootstrap.ts";
import { evidenceOf, gateRule } from "../src/prove/e-process.ts";

/** What the rule for a newer model of the recipe in force does, beside the strict one that could be had instead. */
export interface Refresh {
  /** How much more the newer one loses a block. */
  readonly worseBy: number;
  /** Put in force at a look at so many blocks, and at any look up to there. */
  readonly once: number;
  readonly ever: number;
  /** Put in force within the blocks by evidence of 20 that it is not worse by more than the margin. */
  readonly strict: number;
  /** Blocks until it is taken back by evidence of 10, median; `null` where fewer than half are. */
  readonly takenBack: number | null;
}

const blocks = 40;
const fewest = 5;
const repetitions = 300;
const margin = 0.02;
/** Blocks on which the two differ, and by how much beside what the one is worse. */
const differ = 0.5;
const spread = 0.2;

export const refreshAbout = `refresh: ${repetitions} newer models of the recipe in force; on half of the blocks the two differ, normally with a spread of ${spread} about what the newer one is worse by on average. Looked at after each block from the ${fewest}th to the ${blocks}th: a bootstrap bound at 95 % above -${margin}. strict: evidence of 20 by betting, looked at after each block, that the loss is not higher by ${margin}.`;

export function refreshes(repeated: <T>(seed: number, draw: (random: Random) => T, many: number) => T[]): Refresh[] {
  return [0, 0.02, 0.05, 0.1, 0.2].map((worseBy, at) => {
    const seen = repeated(900 + at * 10, (random) => {
      const gains = drawn(worseBy, blocks, random);
      const isPast = (many: number): boolean => lowerBound(gains.subarray(0, many), { level: 0.95, least: -1, random }).lower > -margin;
      const looks = Array.from({ length: blocks - fewest + 1 }, (_, look) => isPast(fewest + look));
      const strict = evidenceOf(gains.map((gain) => gain + margin), { least: -1 + margin, most: 1 + margin }).some((evidence) => evidence >= Math.log(gateRule.promoteAt));
      return { once: looks[20 - fewest], ever: looks.includes(true), strict, takenBack: backAfter(drawn(worseBy, 100, random)) };
    }, repetitions);
    const share = (of: (one: (typeof seen)[number]) => boolean): number => seen.filter(of).length / seen.length;
    const waits = seen.map(({ takenBack }) => takenBack).toSorted((a, b) => a - b);
    const middle = waits[waits.length >> 1];
    return { worseBy, once: share(({ once }) => once), ever: share(({ ever }) => ever), strict: share(({ strict }) => strict), takenBack: Number.isFinite(middle) ? middle : null };
  });
}

function drawn(worseBy: number, many: number, random: Random): Float64Array {
  return Float64Array.from({ length: many }, () => (random() < differ ? Math.max(-1, Math.min(1, -worseBy / differ + spread * normalFrom(random))) : 0));
}

/** Blocks until the one before is put back; Infinity where it is not within those that are watched. */
function backAfter(gains: Float64Array): number {
  const at = evidenceOf(gains.map((gain) => -gain)).findIndex((evidence) => evidence >= Math.log(10));
  return at < 0 ? Infinity : at + 1;
}

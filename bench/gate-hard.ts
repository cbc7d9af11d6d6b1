import type { Random } from "../src/learn/random.ts";
import { normalFrom } from "../src/learn/random.ts";
import { rangeAt } from "../src/prove/chance.ts";
import { plainRange, type GainRange } from "../src/prove/e-process.ts";
import { blocksOf, bursts, geometric, heavyLength, wandering, type Errors, type StreamBlock } from "./gate-streams.ts";

/** A stream on which the challenger is no better on average, in a way that leads gates astray. */
export interface HardStream {
  readonly name: string;
  readonly about: string;
  readonly range: GainRange;
  readonly draw: (random: Random) => StreamBlock[];
}

const rows = 60_000;
const length = (random: Random): number => geometric(20, random);
/** Rows a block: above twenty of the longest autocorrelation times of these streams, but for the heavy tail. */
const blockRows = 500;
const atOnce = (blocks: readonly Omit<StreamBlock, "delay">[]): StreamBlock[] => blocks.map((block) => ({ ...block, delay: 0 }));
const pair = (rate: (row: number) => number, random: Random, theirs = rate, long = length): Errors => ({ champion: bursts(rows, rate, long, random), challenger: bursts(rows, theirs, long, random) });
const steady = (random: Random): Omit<StreamBlock, "delay">[] => blocksOf(pair(() => 0.02, random), blockRows);
const heavy = heavyLength(4, 3_000);

/** False alarms of two models that know equally little of each other, and which blocks chance would have asked about. */
function alarmsAskedAbout(random: Random): { champion: boolean; challenger: boolean; isPicked: boolean }[] {
  return Array.from({ length: 1500 }, () => ({ champion: random() < 0.2, challenger: random() < 0.2, isPicked: random() < 0.25 }));
}

export const hardStreams: readonly HardStream[] = [
  {
    name: "bad times in common",
    about: "the rate of errors of both wanders over a factor of ten or so, with a time of 5,000 rows",
    range: plainRange,
    draw(random) {
      const level = wandering(rows / 100, 50, 0.8, random);
      return atOnce(blocksOf(pair((row) => Math.min(0.3, 0.02 * level[Math.min(level.length - 1, Math.floor(row / 100))]), random), blockRows));
    },
  },
  { name: "drift of both", about: "the rate of errors of both rises from 0.5 % to 8 %", range: plainRange, draw: (random) => atOnce(blocksOf(pair((row) => 0.005 + (0.075 * row) / rows, random), blockRows)) },
  {
    name: "worse first, better later",
    about: "the challenger's rate falls from 3 % to 1 %, the champion's is 2 %: even over the whole, and never better so far",
    range: plainRange,
    draw: (random) => atOnce(blocksOf(pair(() => 0.02, random, (row) => 0.03 - (0.02 * row) / rows), blockRows)),
  },
  { name: "heavy-tailed bursts", about: "lengths with a tail of power 1.3, from 4 to 3,000 rows: longer than a block", range: plainRange, draw: (random) => atOnce(blocksOf(pair(() => 0.02, random, () => 0.02, heavy), blockRows)) },
  {
    name: "heavy-tailed values",
    about: "differences from Student's t with two degrees of freedom, cut to the range, of blocks that resemble their neighbours a little (0.2)",
    range: plainRange,
    draw(random) {
      let last = 0;
      const t2 = (): number => normalFrom(random) / Math.sqrt((normalFrom(random) ** 2 + normalFrom(random) ** 2) / 2);
      return atOnce(Array.from({ length: 200 }, () => ({ gain: Math.max(-1, Math.min(1, 0.05 * (last = 0.2 * last + t2()))), least: -1 })));
    },
  },
  {
    name: "many small wins, rare large losses",
    about: "the challenger wins 0.03 on 100 of 103 blocks and loses 1 on the others: nothing on average",
    range: plainRange,
    draw: (random) => atOnce(Array.from({ length: 300 }, () => ({ gain: random() < 0.03 / 1.03 ? -1 : 0.03, least: -1 }))),
  },
  { name: "answers late by chance", about: "an answer takes 5 blocks on average; the lag is 10", range: plainRange, draw: (random) => steady(random).map((block) => ({ ...block, delay: geometric(5, random) })) },
  { name: "bad news late", about: "where the challenger lost more the answer takes 30 blocks, else 1; the lag is 10", range: plainRange, draw: (random) => steady(random).map((block) => ({ ...block, delay: block.gain < 0 ? 30 : 1 })) },
  { name: "good news late", about: "where the challenger lost less the answer takes 30 blocks, else 1; the lag is 10", range: plainRange, draw: (random) => steady(random).map((block) => ({ ...block, delay: block.gain > 0 ? 30 : 1 })) },
  { name: "answers missing by chance", about: "one block in five is never answered", range: plainRange, draw: (random) => steady(random).map((block) => ({ ...block, delay: random() < 0.2 ? Infinity : 1 })) },
  { name: "bad news missing", about: "where the challenger lost more seven answers of ten never come, else one of ten", range: plainRange, draw: (random) => steady(random).map((block) => ({ ...block, delay: random() < (block.gain < 0 ? 0.7 : 0.1) ? Infinity : 1 })) },
  {
    name: "audit of a quarter",
    about: "a block in four is inspected, picked by chance; its difference counts four times, in a range four times as wide",
    range: { least: -4, most: 4 },
    draw: (random) => atOnce(steady(random).map(({ gain }) => ({ gain: random() < 0.25 ? 4 * gain : 0, least: 0 }))),
  },
  {
    name: "only alarms are asked about, and a quarter of the quiet blocks",
    about: "both raise a false alarm on one block in five, which costs 0.3; each of the champion's is asked about, the challenger's only where chance picks the block, and then it counts four times",
    range: rangeAt(0.25),
    draw: (random) => atOnce(alarmsAskedAbout(random).map(({ champion, challenger, isPicked }) => ({ gain: champion ? (challenger ? 0 : 0.3) : challenger && isPicked ? -0.3 / 0.25 : 0, least: 0 }))),
  },
];

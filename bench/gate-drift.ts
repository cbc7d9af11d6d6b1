import { normalFrom, randomFrom, type Random } from "../src/learn/random.ts";
import { lossDrift } from "../src/measure/drift.ts";
import { inputDrift, type BlockInputs } from "../src/measure/input-drift.ts";
import { shareInterval } from "../src/prove/bootstrap.ts";
import { Policy } from "../src/schema/wheel.ts";

/** A share with its 95 % interval. */
export interface Rate {
  readonly share: number;
  readonly low95: number;
  readonly upper95: number;
}

/** How often loss drift asks for a turn: at one look at a hundred blocks, and ever within a hundred. */
export interface LossDriftRates {
  readonly losses: string;
  readonly look: Rate;
  readonly within100: Rate;
  /** At the fifth block of a loss that has doubled. */
  readonly doubled: Rate;
}

/** How often input drift names any signal although none has shifted: at one look, and ever while a hundred blocks arrive. */
export interface InputDriftRates {
  readonly blocks: string;
  readonly look: Rate;
  readonly within100: Rate;
}

/** How often a shifted signal is named first, at the fifth and tenth block after, and its first block told to within two. */
export interface InputDriftPower {
  readonly spreads: number;
  readonly likeness: number;
  readonly five: Rate;
  readonly ten: Rate;
  readonly since: Rate;
}

export interface DriftRates {
  readonly loss: LossDriftRates[];
  readonly input: InputDriftRates[];
  readonly power: InputDriftPower[];
}

const looks = 10_000;
const streams = 1_000;
const signals = 8;
/** Blocks a wheel remembers the inputs of. */
const remembered = 65;
const asked = Policy.parse({}).drift;

export const driftNote = `drift: streams in which nothing drifts; ${looks.toLocaleString("en")} looks at independent streams, ${streams.toLocaleString("en")} streams looked at after each block (for inputs a fifth as many), ${signals} signals; likeness: autocorrelation of neighbouring blocks; heavy tails: Student's t with three degrees of freedom. Losses: even (0 to 1), skewed (sixth powers of even ones), rare (1 on one block of ten), steady (0.4 to 0.6). doubled: 35 blocks of half the loss, then five of the whole. Shifts in standard deviations between blocks.`;

/** False alarms and power of both tests of drift, on made-up blocks. */
export function driftRates(): DriftRates {
  return {
    loss: lossStreams.map(lossRates),
    input: inputStreams.map(inputRates),
    power: [0, 0.3].flatMap((likeness) => [1, 2, 3, 5].map((spreads) => inputPower(spreads, likeness))),
  };
}

const rateOf = (hits: readonly boolean[]): Rate => {
  const share = hits.filter(Boolean).length / hits.length;
  const { low, high } = shareInterval(share, hits.length);
  return { share, low95: low, upper95: high };
};
const times = (many: number, seed: number, draw: (random: Random) => boolean): Rate => rateOf(Array.from({ length: many }, (_, at) => draw(randomFrom(seed + at * 7919))));

/** Steps of a series of unit spread that resembles its last value by `likeness`; with heavy tails where asked. */
function steps(random: Random, likeness: number, isHeavy = false): () => number {
  const shock = (): number => normalFrom(random) / (isHeavy ? Math.sqrt(normalFrom(random) ** 2 + normalFrom(random) ** 2 + normalFrom(random) ** 2) : 1); // of t3, over the root of three: unit spread
  let last = shock();
  return () => (last = likeness * last + Math.sqrt(1 - likeness ** 2) * shock());
}

/** An even loss of each step. */
const evenly = (step: () => number) => (): number => 1 / (1 + Math.exp(-1.7 * step()));

const lossStreams: readonly { losses: string; draw: (random: Random) => () => number }[] = [
  { losses: "steady, blocks unrelated", draw: (random) => () => 0.4 + 0.2 * random() },
  { losses: "even, blocks unrelated", draw: (random) => random },
  { losses: "skewed, blocks unrelated", draw: (random) => () => random() ** 6 },
  { losses: "rare, blocks unrelated", draw: (random) => () => (random() < 0.1 ? 1 : 0) },
  { losses: "even, likeness 0.3", draw: (random) => evenly(steps(random, 0.3)) },
  {
    losses: "skewed, likeness 0.3",
    draw(random) {
      const even = evenly(steps(random, 0.3));
      return () => even() ** 6;
    },
  },
];

const isAsked = (losses: readonly number[]): boolean => (lossDrift(losses) ?? 0) >= asked;

function lossRates({ losses, draw }: (typeof lossStreams)[number]): LossDriftRates {
  const drawn = (random: Random, count: number): number[] => Array.from({ length: count }, draw(random));
  return {
    losses,
    look: times(looks, 11, (random) => isAsked(drawn(random, 100))),
    within100: times(streams, 12, (random) => {
      const all = drawn(random, 100);
      return all.some((_, at) => isAsked(all.slice(0, at + 1)));
    }),
    doubled: times(streams, 13, (random) => isAsked(drawn(random, 40).map((loss, at) => (at < 35 ? loss / 2 : loss)))),
  };
}

const inputStreams = [
  { blocks: "unrelated", likeness: 0, isHeavy: false },
  { blocks: "unrelated, heavy tails", likeness: 0, isHeavy: true },
  { blocks: "likeness 0.3", likeness: 0.3, isHeavy: false },
  { blocks: "likeness 0.3, heavy tails", likeness: 0.3, isHeavy: true },
  { blocks: "likeness 0.5, heavy tails", likeness: 0.5, isHeavy: true },
] as const;

function inputBlocks(random: Random, count: number, likeness: number, isHeavy = false): BlockInputs[] {
  const all = Array.from({ length: 2 * signals }, () => steps(random, likeness, isHeavy));
  const drawn = (): number[] => all.map((step) => step());
  for (let settling = 0; settling < 20; settling++) drawn();
  return Array.from({ length: count }, () => {
    const values = drawn();
    return { levels: values.slice(0, signals), spreads: values.slice(signals) };
  });
}

function inputRates({ blocks, likeness, isHeavy }: (typeof inputStreams)[number]): InputDriftRates {
  const isNamed = (some: readonly BlockInputs[]): boolean => inputDrift(some).length > 0;
  return {
    blocks,
    look: times(looks, 21, (random) => isNamed(inputBlocks(random, remembered, likeness, isHeavy))),
    within100: times(streams / 5, 22, (random) => {
      const all = inputBlocks(random, remembered + 99, likeness, isHeavy);
      return all.some((_, at) => at + 1 >= remembered && isNamed(all.slice(at + 1 - remembered, at + 1)));
    }),
  };
}

function inputPower(spreads: number, likeness: number): InputDriftPower {
  const shifted = (random: Random, since: number) =>
    inputDrift(inputBlocks(random, remembered, likeness).map(({ levels, ...rest }, at) => ({ levels: levels.map((value, signal) => value + (signal === 3 && at >= since ? spreads : 0)), ...rest }))).at(0);
  const found = (blocks: number): ((random: Random) => boolean) => (random) => shifted(random, remembered - blocks)?.signal === 3;
  return {
    spreads,
    likeness,
    five: times(streams, 31, found(5)),
    ten: times(streams, 32, found(10)),
    since: times(streams, 32, (random) => {
      const first = shifted(random, remembered - 10);
      return first?.signal === 3 && Math.abs(first.since - (remembered - 10)) <= 2;
    }),
  };
}

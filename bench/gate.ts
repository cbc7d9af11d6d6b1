import { existsSync } from "node:fs";
import { randomFrom, type Random } from "../src/learn/random.ts";
import { autocorrelationTime, blockRows } from "../src/prove/block-length.ts";
import { shareInterval } from "../src/prove/bootstrap.ts";
import { evidenceOf, gateRule, settledGains, watch } from "../src/prove/e-process.ts";
import { signTest } from "../src/prove/evidence.ts";
import { gateCost } from "./gate-cost.ts";
import { driftNote, driftRates } from "./gate-drift.ts";
import { hardStreams, type HardStream } from "./gate-hard.ts";
import { refreshAbout, refreshes } from "./gate-refresh.ts";
import { skabRegret, tepRegret, type Regret } from "./gate-regret.ts";
import { blocksOf, bursts, geometric, type StreamBlock } from "./gate-streams.ts";
import { dataDirectory } from "./recordings.ts";
import { median, type Bench, type Goal, type Outcome, type Run } from "./result.ts";

/** Whether the gate promotes what is no better, and how soon it promotes what is; on made-up streams of errors. */
export const gate: Bench = {
  name: "gate",
  summary: "false promotions and power of the gate on bursty, drifting, late and missing evidence; false alarms of drift; regret over real turns",
  needs: "for regret the data sets",
  takes: "twelve minutes",
  parts: ["equal", "halved", "rollback", "refresh", "hard", "drift", "regret", "cost"],
  run: runGate,
};

const repetitions = 1_000;
const rows = 60_000;
const meanBursts = [1.5, 20, 100];
const rate = 0.02;
/** Evidence from which a model is taken back, and so the share of good ones that may be. */
const rollbackAt = 10;

async function runGate({ wants, say }: Run): Promise<Outcome> {
  const equal = wants("equal") ? meanBursts.map((burst) => told(say, equalModels(burst))) : null;
  const halved = wants("halved") ? meanBursts.map((burst) => told(say, halvedLoss(burst))) : null;
  const rollback = wants("rollback") ? meanBursts.map((burst) => told(say, takenBack(burst))) : null;
  const refresh = wants("refresh") ? told(say, refreshes(repeated)) : null;
  const hard = wants("hard") ? hardStreams.map((stream) => told(say, hardStream(stream))) : null;
  const drift = wants("drift") ? told(say, driftRates()) : null;
  const real = wants("regret") && existsSync(dataDirectory) ? [told(say, await skabRegret()), told(say, await tepRegret())] : null;
  const cost = wants("cost") ? told(say, await gateCost(say)) : null;
  return {
    figures: { ...(equal && { equal }), ...(halved && { halved }), ...(rollback && { rollback }), ...(refresh && { refresh }), ...(hard && { hard }), ...(drift && { drift }), ...(real && { regret: { ...summed(real), sets: real } }), ...(cost && { cost }) },
    goals: [
      ...(equal ?? []).map(({ burst, millrace }): Goal => ({ figure: `equal ${burst}`, got: millrace, atMost: 0.05 })),
      ...(rollback ?? []).map(({ burst, falsely }): Goal => ({ figure: `rollback ${burst}`, got: falsely, atMost: 1 / rollbackAt })),
      ...(hard ?? []).map(({ stream, millrace }): Goal => ({ figure: `hard ${stream}`, got: millrace, atMost: 0.05 })),
    ],
    notes: [
      `${repetitions} repetitions each, looked at after each block; upper95 is the upper end of Wilson's 95 % interval of the share.`,
      `equal, halved, rollback: two streams of ${rows.toLocaleString("en")} rows, each wrong for ${rate * 100} % of them in bursts of geometric length, unrelated; halved: the challenger for half as many. The length of a block is 20 autocorrelation times of the champion's errors, estimated from ${rows.toLocaleString("en")} rows before.`,
      "A block is lost (loss 1) when a fifth of its rows is wrong; below it the loss is proportional. mcnemar: one-sided, on rows, at 5 %, looked at after each block. fixedPower: the exact sign test on all blocks at the end, at 5 %, which is not valid for the mean and may not be looked at twice. medianBlocks: until promotion, where needed on 200 streams twenty times as long; blocks: how many the 60,000 rows hold.",
      "rollback: the model in force errs as its forerunner does (falsely), or for twice as many rows (power); it is taken back at evidence of 10.",
      refreshAbout,
      driftNote,
      "regret: real runs in order, each judged on arrival, answered by its truth and turned; points of the wheel's own cost above those of one who knows, block by block, whether the first model or the newest is cheaper.",
      "cost: a turn by hand with 1,000 answered blocks of 1,000 rows of 50 signals, after one that made their sums; all but the first 40 blocks were judged on arrival and are evidence. peakMiB is of the whole run of the site's process.",
      ...hardStreams.map(({ name, about }) => `hard, ${name}: ${about}.`),
    ],
    variantsTried: 2,
  };
}

function told<T>(say: (text: string) => void, figures: T): T {
  say(JSON.stringify(figures));
  return figures;
}

const repeated = <T>(seed: number, draw: (random: Random) => T, many = repetitions): T[] => Array.from({ length: many }, (_, at) => draw(randomFrom(seed + at * 7919)));
const share = (many: readonly boolean[]): number => many.filter(Boolean).length / many.length;
const upper95 = (found: number): number => shareInterval(found, repetitions).high;

interface Course {
  readonly blocks: readonly Omit<StreamBlock, "delay">[];
  readonly champion: Uint8Array;
  readonly challenger: Uint8Array;
  readonly rowsPerBlock: number;
}

/** Champion and challenger over `rows` rows, cut into blocks of a length that the champion's rows before them tell. */
function course(burst: number, challengerRate: number, random: Random, many = rows): Course {
  const length = (draw: Random): number => geometric(burst, draw);
  const before = bursts(rows, () => rate, length, random);
  const rowsPerBlock = blockRows(autocorrelationTime(before, 4_000));
  const [champion, challenger] = [bursts(many, () => rate, length, random), bursts(many, () => challengerRate, length, random)];
  return { champion, challenger, rowsPerBlock, blocks: blocksOf({ champion, challenger }, rowsPerBlock) };
}

/** Regret over all sets, in points. */
function summed(sets: readonly Regret[]): Regret["regret"] {
  const total = (of: keyof Regret["regret"]): number => sets.reduce((sum, { regret }) => sum + regret[of], 0);
  return { always: total("always"), never: total("never"), millrace: total("millrace") };
}

const gainsOf = (blocks: readonly { readonly gain: number }[]): Float64Array => Float64Array.from(blocks, ({ gain }) => gain);

function equalModels(burst: number) {
  const seen = repeated(100 + burst * 10, (random) => {
    const drawn = course(burst, rate, random);
    return { mcnemar: mcNemarPeeked(drawn), millrace: watch(gainsOf(drawn.blocks)).state === "better", rowsPerBlock: drawn.rowsPerBlock };
  });
  const millrace = share(seen.map((one) => one.millrace));
  return { burst, mcnemar: share(seen.map((one) => one.mcnemar)), millrace, upper95: upper95(millrace), blockRows: median(seen.map((one) => one.rowsPerBlock)) };
}

function halvedLoss(burst: number) {
  const seen = repeated(200 + burst * 10, (random) => {
    const { blocks } = course(burst, rate / 2, random);
    const gains = gainsOf(blocks);
    const { state, blocks: needed } = watch(gains);
    const fixed = signTest(gains.filter((gain) => gain > 0).length, gains.filter((gain) => gain < 0).length) < 0.05;
    return { promoted: state === "better", rejected: state === "worse", needed: state === "better" ? needed : Infinity, fixed, blocks: blocks.length };
  });
  const power = share(seen.map(({ promoted }) => promoted));
  const medianBlocks = power > 0.5 ? median(seen.map((one) => one.needed)) : blocksOnLongCourses(burst);
  return { burst, power, low95: shareInterval(power, repetitions).low, upper95: upper95(power), fixedPower: share(seen.map(({ fixed }) => fixed)), medianBlocks, blocks: median(seen.map((one) => one.blocks)), rejected: share(seen.map(({ rejected }) => rejected)) };
}

/** Where 60,000 rows are too few for half of the promotions: the median over streams twenty times as long. */
function blocksOnLongCourses(burst: number): number | null {
  const needed = repeated(600 + burst * 10, (random) => {
    const { state, blocks } = watch(gainsOf(course(burst, rate / 2, random, 20 * rows).blocks));
    return state === "better" ? blocks : Infinity;
  }, 200);
  const middle = median(needed);
  return Number.isFinite(middle) ? middle : null;
}

/** The reverse process: the forerunner, in shadow, against the model in force. */
function takenBack(burst: number) {
  const reached = (forerunner: number, seed: number) =>
    repeated(seed + burst * 10, (random) => {
      // The one in force is the stream that would be promoted: it errs at `rate`, its forerunner at `forerunner`.
      const evidence = evidenceOf(gainsOf(course(burst, forerunner, random).blocks));
      return evidence.findIndex((value) => value >= Math.log(rollbackAt)) + 1;
    });
  const [good, bad] = [reached(rate, 300), reached(rate / 2, 400)];
  const [falsely, power] = [share(good.map((block) => block > 0)), share(bad.map((block) => block > 0))];
  const needed = bad.filter((block) => block > 0);
  return { burst, falsely, upper95: upper95(falsely), power, medianBlocks: needed.length === 0 ? null : median(needed) };
}

/** Blocks an answer may take before its block counts at its worst. */
const lag = 10;

function hardStream({ name, range, draw }: HardStream) {
  const promoted = repeated(500 + name.length, (random) => everPromoted(draw(random), range));
  const millrace = share(promoted);
  return { stream: name, millrace, upper95: upper95(millrace) };
}

/** Looks after each block, with what is answered by then. */
function everPromoted(blocks: readonly StreamBlock[], range: HardStream["range"]): boolean {
  const enough = Math.log(gateRule.promoteAt);
  if (blocks.every(({ delay }) => delay === 0)) return evidenceOf(gainsOf(blocks), range).some((evidence) => evidence >= enough);
  return blocks.some((_, now) => {
    const met = blocks.slice(0, now + 1).map(({ gain, least, delay }, at) => ({ gain: at + delay <= now ? gain : null, least, isLate: at + lag <= now }));
    return evidenceOf(settledGains(met), range).some((evidence) => evidence >= enough);
  });
}

/** McNemar's test on rows, one-sided at 5 %, after each block: what a gate that counts rows would say. */
function mcNemarPeeked({ champion, challenger, rowsPerBlock }: Course): boolean {
  let [won, lost] = [0, 0];
  for (let row = 0; row < champion.length; row++) {
    if (champion[row] > challenger[row]) won++;
    if (challenger[row] > champion[row]) lost++;
    if ((row + 1) % rowsPerBlock === 0 && won - lost > 1.6449 * Math.sqrt(won + lost) && won + lost >= 5) return true;
  }
  return false;
}

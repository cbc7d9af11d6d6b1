import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blocksToGo, discoveries, evidenceOf, gateRule, settledGains, signEvidence, watch, type MetBlock } from "./e-process.ts";

const runs = { numRuns: 200, seed: 20261127 };
const gain = fc.double({ min: -1, max: 1, noNaN: true });

test("evidence is the mean wealth of four fixed bets", () => {
  const naive = (gains: readonly number[], least: number) =>
    [1 / 8, 1 / 4, 1 / 2, 15 / 16].map((share) => gains.reduce((wealth, x) => wealth * (1 + (share * x) / -least), 1)).reduce((sum, wealth) => sum + wealth / 4, 0);
  fc.assert(
    fc.property(fc.array(gain, { minLength: 1, maxLength: 30 }), fc.constantFrom(1, 4), (gains, range) => {
      const wide = gains.map((value) => value * range);
      const evidence = evidenceOf(wide, { least: -range, most: range });
      gains.forEach((_, at) => assert.ok(Math.abs(Math.exp(evidence[at]) / naive(wide.slice(0, at + 1), -range) - 1) < 1e-9));
    }),
    runs,
  );
});

/** The chance that the evidence ever reaches `wanted`, over every course of blocks that win `win` or lose `lose`; by block the chance of a loss. */
function chanceOfReaching(wanted: number, chances: readonly number[], win: number, lose: number): number {
  let reached = 0;
  for (let course = 0; course < 2 ** chances.length; course++) {
    const gains = chances.map((_, at) => ((course >> at) & 1 ? -lose : win));
    const chance = chances.reduce((product, each, at) => product * ((course >> at) & 1 ? each : 1 - each), 1);
    if (evidenceOf(gains).some((evidence) => evidence >= Math.log(wanted))) reached += chance;
  }
  return reached;
}

test("a challenger that is no better reaches 1 / a with a chance of at most a, however often one looks: all courses of 12 blocks", () => {
  for (const [win, lose] of [[1, 1], [0.5, 0.5], [0.1, 0.9], [0.05, 1], [0.9, 0.1]] as const) {
    const even = win / (win + lose); // the chance of a loss at which nothing is gained on average
    const chance = chanceOfReaching(20, Array.from({ length: 12 }, () => even), win, lose);
    assert.ok(chance <= 0.05, `${win} ${lose}: ${chance}`);
    assert.ok(chanceOfReaching(2, Array.from({ length: 12 }, () => even), win, lose) <= 0.5);
  }
});

test("the promise holds with drift, as long as the mean so far is never better: worse first, then better", () => {
  const drifting = Array.from({ length: 12 }, (_, at) => (at < 6 ? 0.7 : 0.3)); // of a loss of 0.6 against a gain of 0.6
  assert.ok(chanceOfReaching(20, drifting, 0.6, 0.6) <= 0.05);
  assert.ok(chanceOfReaching(3, drifting, 0.6, 0.6) <= 1 / 3);
  // The other way about the challenger is better over the first blocks, and is found to be more often.
  assert.ok(chanceOfReaching(3, drifting.toReversed(), 0.6, 0.6) > 3 * chanceOfReaching(3, drifting, 0.6, 0.6));
});

test("ten small wins and one large loss are no evidence, though their signs are", () => {
  const gains = Float64Array.from([...Array.from({ length: 40 }, () => 0.02), -1]);
  assert.ok(Math.exp(signEvidence(40, 1)) > 20);
  assert.ok(watch(gains).better < 2);
});

test("half the loss is found, equal loss is watched, and a worse challenger is turned down", () => {
  const blocks = (gains: readonly number[], many: number) => Float64Array.from({ length: many }, (_, at) => gains[at % gains.length]);
  const better = watch(blocks([0.4, -0.1, 0.3], 60));
  assert.equal(better.state, "better");
  assert.ok(better.better >= gateRule.promoteAt && better.blocks < 60 && better.blocksToGo === 0);
  const same = watch(blocks([0.3, -0.3], 60));
  assert.deepEqual([same.state, same.blocks, same.blocksToGo], ["watching", 60, null]);
  const worse = watch(blocks([-0.4, 0.1, -0.3], 60));
  assert.equal(worse.state, "worse");
  assert.ok(worse.worse >= gateRule.rejectAt);
});

test("a state once reached is kept, whatever comes after", () => {
  const wins = Array.from({ length: 20 }, () => 0.5);
  const first = watch(Float64Array.from(wins));
  const later = watch(Float64Array.from([...wins, ...Array.from({ length: 50 }, () => -1)]));
  assert.deepEqual([later.state, later.blocks, later.better], [first.state, first.blocks, first.better]);
});

test("as many blocks more as are said bring the evidence home, and one less does not by any one bet", () => {
  fc.assert(
    fc.property(fc.array(gain, { minLength: 2, maxLength: 12 }), (gains) => {
      const more = blocksToGo(Float64Array.from(gains), 20);
      if (more === null || more > 2_000 || more % gains.length !== 0) return;
      const whole = Array.from({ length: gains.length + more }, (_, at) => gains[at % gains.length]);
      assert.ok(evidenceOf(whole)[whole.length - 1] >= Math.log(20) - 1e-9);
    }),
    { ...runs, numRuns: 2_000 },
  );
  assert.equal(blocksToGo(new Float64Array(0), 20), null);
});

test("whatever is late or never answered, what is counted is at most what the whole truth would give", () => {
  const block = fc.record({ truth: gain, slack: fc.double({ min: 0, max: 1, noNaN: true }), isKnown: fc.boolean(), isLate: fc.boolean() });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 20 }), (blocks) => {
      const met: MetBlock[] = blocks.map(({ truth, slack, isKnown, isLate }) => ({ gain: isKnown ? truth : null, least: Math.max(-1, truth - slack), isLate }));
      const [counted, whole] = [evidenceOf(settledGains(met)), evidenceOf(blocks.map(({ truth }) => truth))];
      counted.forEach((evidence, at) => assert.ok(evidence <= whole[at] + 1e-9));
    }),
    runs,
  );
});

test("blocks count up to the first that may still be answered", () => {
  const known = (value: number): MetBlock => ({ gain: value, least: -1, isLate: false });
  const open: MetBlock = { gain: null, least: -0.5, isLate: false };
  assert.deepEqual([...settledGains([known(0.1), open, known(0.2)])], [0.1]);
  assert.deepEqual([...settledGains([known(0.1), { ...open, isLate: true }, known(0.2)])], [0.1, -0.5, 0.2]);
});

test("evidence of signs is the mean over chances of winning from a half to one", () => {
  for (const [won, lost] of [[0, 0], [5, 0], [9, 2], [3, 7], [40, 31]] as const) {
    const steps = 200_000;
    let mean = 0;
    for (let step = 0; step < steps; step++) {
      const chance = 0.5 + (step + 0.5) / (2 * steps);
      mean += Math.exp((won + lost) * Math.LN2 + won * Math.log(chance) + lost * Math.log1p(-chance)) / steps;
    }
    assert.ok(Math.abs(Math.exp(signEvidence(won, lost)) / mean - 1) < 1e-6, `${won} ${lost}`);
  }
});

test("of several challengers those pass whose evidence stands against their number", () => {
  assert.deepEqual(discoveries([30, 5, 45, 1], 0.05), []); // one alone needs 80, two 40 each
  assert.deepEqual(discoveries([41, 5, 45, 1], 0.05), [0, 2]);
  assert.deepEqual(discoveries([19], 0.05), []);
  assert.deepEqual(discoveries([20], 0.05), [0]);
  assert.deepEqual(discoveries([], 0.05), []);
});

test("a gain that cannot be is refused", () => {
  assert.throws(() => evidenceOf([0.2, -1.2]), /Cannot weigh block 1: a gain of -1.2, -1 to 1 is possible/);
  assert.throws(() => evidenceOf([NaN]), RangeError);
});

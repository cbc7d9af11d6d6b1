import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom } from "../learn/random.ts";
import { type Pair, weigh } from "./evidence.ts";
import { stoppedBy } from "./guards.ts";

const policy = Object.freeze({ minEvents: 5, margin: 0.02 });

/** Blocks on which the challenger loses less, whatever else is said of them. */
function blocks(count: number, also: (at: number) => Partial<Pair>): Pair[] {
  const usual = { championLoss: 0.4, challengerLoss: 0.1, faults: 1, championMissed: 0, challengerMissed: 0, championFalseAlarms: 0, challengerFalseAlarms: 0 };
  return Array.from({ length: count }, (_, at) => ({ block: `block ${at}`, ...usual, ...also(at) }));
}

function stopped(arrivals: readonly Pair[], exam: readonly Pair[] = []): string | null {
  const [recipe, sat] = [arrivals, exam].map((pairs) => weigh(pairs, 0.95, randomFrom(1)));
  return stoppedBy(recipe, sat, arrivals, exam, policy);
}

const sure = (claimed: number, right: number) => ({ answers: 10, claimed, right });
const classes = (worst: number) => [
  { code: 0, rows: 10, championRight: 6, challengerRight: 10 },
  { code: 1, rows: 10, championRight: 6, challengerRight: worst },
];

test("stoppedBy() lets a challenger pass that is worse in nothing", () => {
  assert.equal(stopped(blocks(10, () => ({ delays: { champion: 0.5, challenger: 0.5 }, classes: classes(6) })), blocks(10, () => ({ sureness: { champion: sure(9, 9), challenger: sure(9, 9) } }))), null);
});

test("stoppedBy() stops one that loses less and misses a fault, or alarms half as often again", () => {
  assert.match(stopped(blocks(10, (at) => ({ challengerMissed: at === 0 ? 1 : 0 }))) ?? "", /missed 1 of 10 faults, the champion 0/);
  assert.match(stopped(blocks(10, () => ({ championFalseAlarms: 1, challengerFalseAlarms: 2 }))) ?? "", /raised 20 false alarms, the champion 10/);
  assert.equal(stopped(blocks(2, () => ({ challengerFalseAlarms: 1 }))), null, "two more are not three more");
});

test("stoppedBy() stops one that loses less and finds faults half as late again", () => {
  assert.match(stopped(blocks(5, () => ({ delays: { champion: 0.5, challenger: 0.8 } }))) ?? "", /finds faults 0\.8 h after they begin, the champion 0\.5 h/);
  assert.equal(stopped(blocks(5, () => ({ delays: { champion: 0.5, challenger: 0.74 } }))), null);
  assert.equal(stopped(blocks(5, () => ({ delays: { champion: 0.01, challenger: 0.1 } }))), null, "six minutes are not much");
  assert.equal(stopped(blocks(10, (at) => ({ delays: at < 4 ? { champion: 0.5, challenger: 5 } : null }))), null, "four faults are not enough");
});

test("stoppedBy() stops one that loses less on the mean and knows its worst class less", () => {
  assert.match(stopped(blocks(5, () => ({ classes: classes(5) }))) ?? "", /knows its worst class 50 % of the time, the champion 60 %/);
  assert.equal(stopped(blocks(4, () => ({ classes: classes(0) }))), null, "four blocks are not enough");
  const seldom = blocks(10, (at) => ({ classes: classes(at < 4 ? 0 : 6).filter(({ code }) => code === 0 || at < 4) }));
  assert.equal(stopped(seldom), null, "a class of four blocks cannot be judged");
});

test("stoppedBy() stops one whose answers are right less often, or more, than they say", () => {
  const exam = (right: number) => blocks(5, () => ({ sureness: { champion: sure(9, 9), challenger: sure(9, right) } }));
  assert.match(stopped(blocks(5, () => ({})), exam(7)) ?? "", /right 20 % more or less often than they say, the champion's 0 %/);
  assert.equal(stopped(blocks(5, () => ({})), exam(8)), null);
  assert.equal(stopped(blocks(5, () => ({})), exam(7).slice(1)), null, "four blocks are not enough");
  assert.match(stopped(blocks(5, () => ({})), blocks(5, () => ({ sureness: { champion: sure(9, 9), challenger: sure(5, 10) } }))) ?? "", /right 50 % more/);
});

test("stoppedBy() weighs blocks alike, however long they are", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 5, maxLength: 20 });
  fc.assert(fc.property(lengths, (rows) => {
    const pairs = blocks(rows.length, (at) => ({ classes: [{ code: 3, rows: 2 * rows[at], championRight: rows[at], challengerRight: at % 2 === 0 ? 2 * rows[at] : 0 }] }));
    const share = Math.ceil(rows.length / 2) / rows.length;
    assert.equal(stopped(pairs) === null, share >= 0.45);
  }));
});

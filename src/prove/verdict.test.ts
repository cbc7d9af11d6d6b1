import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom } from "../learn/random.ts";
import { Verdict } from "../schema/verdict.ts";
import type { Pair } from "./evidence.ts";
import { amongSeveral, type Contest, verdict } from "./verdict.ts";

const policy = Object.freeze({ minEvents: 5, level: 0.95, margin: 0.02 });
const champion = Object.freeze({ digest: "a".repeat(64), recipe: "mspc/1" });
/** What looks at no input, while nothing is in force. */
const reference = Object.freeze({ ...champion, inForce: false });
const other = Object.freeze({ digest: "b".repeat(64), recipe: "trees/2", learntBlocks: 12 });
const newer = Object.freeze({ digest: "c".repeat(64), recipe: "mspc/1", learntBlocks: 31 });

/** Blocks with one fault each, from pairs of losses; a loss of 0.8 and more is a missed fault. */
function pairs(losses: readonly (readonly [champion: number, challenger: number])[], faults = 1): Pair[] {
  return losses.map(([championLoss, challengerLoss], at) => ({
    block: `block-${at}`,
    championLoss,
    challengerLoss,
    faults,
    championMissed: championLoss >= 0.8 ? 1 : 0,
    challengerMissed: challengerLoss >= 0.8 ? 1 : 0,
    championFalseAlarms: 1,
    challengerFalseAlarms: 0,
  }));
}

const hold = (contest: Partial<Contest>) =>
  verdict({ champion, challenger: other, recipeEvidence: [], modelEvidence: [], policy, random: randomFrom(1), ...contest });

const better = pairs([
  [0.8, 0.1], [0.3, 0.1], [0.2, 0], [0.8, 0.2], [0.4, 0.2],
  [0.3, 0], [0.2, 0.1], [0.5, 0.1], [0.3, 0.2], [0.1, 0.1],
]);

test("verdict() promotes provisionally when nothing is in force", () => {
  assert.deepEqual(hold({ champion: null }), {
    decision: "promote",
    challenger: other.digest,
    champion: null,
    reasons: [
      "Nothing was in force, so this model is, provisionally: there was no champion to prove it against.",
      "The challenger learnt from 12 blocks.",
    ],
    figures: { blocks: 0, events: 0, championLoss: null, challengerLoss: null, gain: null, gainLower: null, examBlocks: 0, examGain: null },
  });
});

test("verdict() promotes a recipe that is better beyond chance than what looks at no input", () => {
  const { decision, reasons, figures } = hold({ champion: reference, recipeEvidence: better });
  assert.equal(decision, "promote");
  assert.deepEqual(reasons, [
    'Recipe "trees/2" loses less than "mspc/1": 0.110 against 0.390 a block, a gain of at least +0.151 at the 95 % level.',
    "On 10 blocks judged on arrival, with 10 faults: the challenger missed 0 and raised 0 false alarms, the champion missed 2 and raised 10; the challenger lost less on 9, more on 0.",
    "The exam was not sat.",
    "The challenger learnt from 12 blocks.",
  ]);
  assert.equal(figures.gain?.toFixed(3), "0.280");
  // Student's bound of the same ten differences: 0.280 - 1.833 × 0.2251 / √10.
  assert.ok(Math.abs((figures.gainLower ?? NaN) - 0.1495) < 0.01);
});

test("verdict() says how many events there are and how many are needed", () => {
  const { decision, reasons } = hold({ champion: reference, recipeEvidence: better.slice(0, 1) });
  assert.equal(decision, "not-enough-events");
  assert.deepEqual(reasons, [
    "The evidence holds 1 real fault, 5 are needed.",
    "On 1 block judged on arrival, with 1 fault: the challenger missed 0 and raised 0 false alarms, the champion missed 1 and raised 1; the challenger lost less on 1, more on 0.",
    "The exam was not sat.",
    "The challenger learnt from 12 blocks.",
  ]);
  assert.equal(hold({ champion: reference }).reasons[0], "The evidence holds 0 real faults, 5 are needed.");
  // Quiet blocks are no events, however many.
  assert.equal(hold({ champion: reference, recipeEvidence: pairs(better.map((p) => [p.championLoss, p.challengerLoss]), 0) }).decision, "not-enough-events");
});

test("verdict() puts a recipe into shadow while its gain over what looks at no input may be chance", () => {
  const uncertain = pairs([[0.3, 0.1], [0.1, 0.3], [0.3, 0.1], [0.2, 0.2], [0.1, 0.2], [0.4, 0.1], [0.2, 0.1], [0.1, 0.2], [0.3, 0.2]]);
  const { decision, reasons } = hold({ champion: reference, recipeEvidence: uncertain });
  assert.equal(decision, "shadow");
  assert.equal(
    reasons[0],
    'Recipe "trees/2" loses less than "mspc/1": 0.167 against 0.222 a block, but at the 95 % level the gain may be as low as -0.051: above 0 is needed.',
  );
});

test("verdict() asks few blocks for a sign test as well", () => {
  const four = pairs([[0.3, 0.1], [0.4, 0.2], [0.3, 0.1], [0.5, 0.3], [0.2, 0.2]]);
  const { decision, reasons } = hold({ champion: reference, recipeEvidence: four });
  assert.equal(decision, "shadow");
  assert.equal(
    reasons[0],
    'Recipe "trees/2" loses less than "mspc/1": 0.180 against 0.340 a block, but only 4 blocks tell the two apart: winning 4 of 4 is 6.3 % likely by chance, and below 5 % is needed.',
  );
  const five = pairs([[0.3, 0.1], [0.4, 0.2], [0.3, 0.1], [0.5, 0.3], [0.3, 0.1]]);
  assert.equal(hold({ champion: reference, recipeEvidence: five }).decision, "promote");
});

const repeated = (losses: readonly (readonly [number, number])[], times: number) => pairs(Array.from({ length: times }, () => losses).flat());

test("verdict() promotes another recipe than the one in force once its evidence is enough, and says how many blocks are wanting until then", () => {
  const few = hold({ recipeEvidence: better });
  assert.equal(few.decision, "shadow");
  assert.equal(
    few.reasons[0],
    'Recipe "trees/2" loses less than "mspc/1": 0.110 against 0.390 a block, but the evidence that this is no chance has come to 4, and 20 is needed: about 10 blocks more like these would do.',
  );
  const wins = better.map(({ championLoss, challengerLoss }) => [championLoss, challengerLoss] as const);
  const enough = hold({ recipeEvidence: repeated(wins, 2) });
  assert.equal(enough.decision, "promote");
  assert.match(enough.reasons[0], /^Recipe "trees\/2" loses less than "mspc\/1": 0\.110 against 0\.390 a block\. The evidence that this is no chance is \d+, and 20 is needed\.$/);
  assert.ok((enough.figures.evidence?.better ?? 0) >= 20);
});

test("verdict() does not count small wins: forty of them with one large loss leave a recipe in shadow", () => {
  const won = pairs(Array.from({ length: 40 }, () => [0.06, 0.03] as const));
  const lost = { ...pairs([[0, 1]])[0], block: "the-loss", challengerMissed: 0 };
  const { decision, figures } = hold({ recipeEvidence: [...won, lost] });
  assert.equal(decision, "shadow");
  assert.ok((figures.evidence?.signs ?? 0) > 20, "by signs it would be promoted");
});

test("verdict() turns down a recipe that is worse, and lets it try again on later blocks", () => {
  const worse = Array.from({ length: 25 }, () => [0.2, 0.5] as const);
  const down = hold({ recipeEvidence: pairs(worse.slice(0, 20)) });
  assert.equal(down.decision, "keep");
  const again = hold({ recipeEvidence: pairs([...worse.slice(0, 20), ...Array.from({ length: 60 }, () => [0.5, 0.2] as const)]) });
  assert.equal(again.decision, "promote");
});

test("verdict() waits for a block that may still be answered, and counts one that was not at its worst", () => {
  const wins = repeated(better.map(({ championLoss, challengerLoss }) => [championLoss, challengerLoss] as const), 2);
  const asked = (block: string, isLate: boolean, least = -1) => ({ block, isLate, least });
  assert.equal(hold({ recipeEvidence: wins }).decision, "promote");
  // "block-0-" comes after "block-0": one block of evidence is before it.
  const waiting = hold({ recipeEvidence: wins, unanswered: [asked("block-0-", false)] });
  assert.equal(waiting.decision, "shadow");
  assert.ok((waiting.figures.evidence?.better ?? NaN) < 2);
  const bad = hold({ recipeEvidence: wins, unanswered: ["block-0-", "block-1-", "block-2-"].map((block) => asked(block, true)) });
  assert.equal(bad.decision, "shadow");
  assert.equal(hold({ recipeEvidence: wins, unanswered: [asked("block-0-", true, 0)] }).decision, "promote", "where both say the same, no truth matters");
});

test("amongSeveral() asks more of one recipe when several are watched", () => {
  const wins = better.map(({ championLoss, challengerLoss }) => [championLoss, challengerLoss] as const);
  const strong = hold({ recipeEvidence: repeated(wins, 2) });
  const weak = hold({ recipeEvidence: pairs(wins.map(([a]) => [a, a] as const)) });
  assert.equal(strong.decision, "promote");
  assert.deepEqual(amongSeveral([strong], 0.95), [strong]);
  const [held, same] = amongSeveral([strong, ...Array.from({ length: 9 }, () => weak)], 0.95);
  assert.equal(held.decision, "shadow");
  assert.match(held.reasons[0], /^10 recipes are watched at once, so that evidence of 200 is needed of one alone; this one has \d+\.$/);
  assert.equal(same, weak);
});

test("verdict() keeps the champion when another recipe is no better", () => {
  const { decision, reasons } = hold({ recipeEvidence: pairs(better.map((p) => [p.challengerLoss, p.championLoss])) });
  assert.equal(decision, "keep");
  assert.equal(reasons[0], 'Recipe "trees/2" is no better than "mspc/1": its loss is 0.390 against 0.110 a block.');
});

test("verdict() keeps the champion when the challenger misses more faults, whatever it gains", () => {
  const recipeEvidence = better.map((p, at) => (at === 1 ? { ...p, challengerMissed: 3, faults: 3 } : p));
  for (const challenger of [other, newer]) {
    const { decision, reasons } = hold({ challenger, recipeEvidence });
    assert.equal(decision, "keep");
    assert.equal(reasons[0], "The challenger missed 3 of 12 faults, the champion 2: no more may be missed.");
  }
});

test("verdict() keeps the champion when the challenger cries wolf half as often again, whatever it gains", () => {
  const loud = better.map((p) => ({ ...p, championFalseAlarms: 0, challengerFalseAlarms: 0 })).with(0, { ...better[0], championFalseAlarms: 4, challengerFalseAlarms: 7 });
  const { decision, reasons } = hold({ challenger: newer, recipeEvidence: loud });
  assert.equal(decision, "keep");
  assert.match(reasons[0], /^The challenger raised 7 false alarms, the champion 4: /);
  assert.equal(hold({ challenger: newer, recipeEvidence: loud.with(0, { ...loud[0], challengerFalseAlarms: 6 }) }).decision, "promote");
});

test("verdict() promotes a newer model of the recipe in force when it is no worse", () => {
  const same = pairs(Array.from({ length: 8 }, () => [0.2, 0.2] as const));
  const { decision, reasons } = hold({ challenger: newer, recipeEvidence: same });
  assert.equal(decision, "promote");
  assert.deepEqual(reasons, [
    "A newer model of the recipe in force is no worse: it gains 0 a block, and at least 0 at the 95 % level (more than -0.020 is needed).",
    "On 8 blocks judged on arrival, with 8 faults: the challenger missed 0 and raised 0 false alarms, the champion missed 0 and raised 8; the challenger lost less on 0, more on 0.",
    "The exam was not sat.",
    "The challenger learnt from 31 blocks.",
  ]);
});

test("verdict() keeps the champion when a newer model of its recipe may be worse than the margin", () => {
  const worse = pairs(Array.from({ length: 8 }, (_, at) => [0.2, at % 2 === 0 ? 0.1 : 0.28] as const));
  const { decision, reasons } = hold({ challenger: newer, recipeEvidence: worse });
  assert.equal(decision, "keep");
  assert.match(reasons[0], /^A newer model of the recipe in force may be worse: it gains \+0\.010 a block, and at least -0\.0\d\d at the 95 % level, and more than -0\.020 is needed\.$/);
});

test("verdict() lets the exam stop a promotion once it holds enough faults, and never make one", () => {
  const bad = pairs(better.map((p) => [p.challengerLoss, p.championLoss]));
  const stopped = hold({ champion: reference, recipeEvidence: better, modelEvidence: bad });
  assert.equal(stopped.decision, "keep");
  assert.match(stopped.reasons[0], /^On the exam the challenger is worse: it gains -0\.280 a block there, and more than -0\.020 is needed\.$/);

  const few = hold({ champion: reference, recipeEvidence: better, modelEvidence: bad.slice(1, 3) });
  assert.equal(few.decision, "promote");
  assert.equal(
    few.reasons[2],
    "On 2 exam blocks with 2 faults the challenger gains -0.200 a block, missing 0 to the champion's 0; with fewer than 5 faults it decides nothing.",
  );
  assert.deepEqual([few.figures.examBlocks, few.figures.blocks], [2, 10]);

  assert.equal(hold({ champion: reference, modelEvidence: better }).decision, "not-enough-events");
});

test("verdict() keeps the champion against itself", () => {
  const { decision, reasons } = hold({ challenger: { ...newer, digest: champion.digest }, recipeEvidence: better });
  assert.equal(decision, "keep");
  assert.equal(reasons[0], "The challenger is, byte for byte, the model in force.");
});

test("verdict() never promotes another recipe on identical losses", () => {
  const losses = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(losses, fc.nat(), (list, seed) => {
      const recipeEvidence = pairs(list.map((loss) => [loss, loss] as const));
      const { decision } = hold({ recipeEvidence, modelEvidence: recipeEvidence, random: randomFrom(seed) });
      assert.equal(decision, list.length < 5 ? "not-enough-events" : "keep");
    }),
  );
});

test("verdict() always makes a record that its schema takes, with nothing unsaid", () => {
  const losses = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 12 });
  fc.assert(
    fc.property(losses, losses, fc.constantFrom(other, newer), (recipe, exam, challenger) => {
      const result = hold({ challenger, recipeEvidence: pairs(recipe), modelEvidence: pairs(exam) });
      assert.deepEqual(Verdict.parse(result), result);
      assert.ok(result.reasons.every((reason) => reason.endsWith(".") && !/NaN|undefined|null|Infinity/.test(reason)), result.reasons.join(" "));
      if (result.decision === "promote" && challenger === other) assert.ok((result.figures.evidence?.better ?? 0) >= 20);
    }),
    { numRuns: 60 },
  );
});

/** Share of rows in error by block: errors come in bursts of geometric length that may cross blocks. */
function burstyLosses(blocks: number, rows: number, burst: number, share: number, random: () => number): number[] {
  const start = share / (1 - share) / burst;
  let error = false;
  return Array.from({ length: blocks }, () => {
    let errors = 0;
    for (let row = 0; row < rows; row++) {
      error = error ? random() > 1 / burst : random() < start;
      if (error) errors++;
    }
    return errors / rows;
  });
}

/** How often a challenger with `ratio` times the champion's error share is promoted, over seeded trials. */
function promoted({ trials, blocks, burst, ratio }: { trials: number; blocks: number; burst: number; ratio: number }): number {
  const random = randomFrom(blocks * 1000 + burst);
  let promotions = 0;
  for (let trial = 0; trial < trials; trial++) {
    const championLosses = burstyLosses(blocks, 1000, burst, 0.02, random);
    const challengerLosses = burstyLosses(blocks, 1000, burst, 0.02 * ratio, random);
    const recipeEvidence = pairs(championLosses.map((loss, at) => [loss, challengerLosses[at]] as const));
    const guardless = recipeEvidence.map((p) => ({ ...p, championMissed: 0, challengerMissed: 0 }));
    if (hold({ champion: reference, recipeEvidence: guardless, random }).decision === "promote") promotions++;
  }
  return promotions / trials;
}

test("verdict() promotes equal models with bursty errors no more often than its level says", (t) => {
  for (const burst of [20, 100]) {
    const rate = promoted({ trials: 400, blocks: 20, burst, ratio: 1 });
    t.diagnostic(`equal models, 20 blocks, bursts of ${burst} rows: ${rate} promoted`);
    assert.ok(rate <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 400), `${rate}`);
  }
});

test("verdict() finds a halved loss", (t) => {
  const power = [20, 40, 80].map((blocks) => promoted({ trials: 100, blocks, burst: 20, ratio: 0.5 }));
  t.diagnostic(`halved loss, bursts of 20 rows, 20, 40 and 80 blocks: ${power.join(", ")} promoted`);
  assert.ok(power[2] > 0.75, power.join(", "));
});

test("amongSeveral() counts evidence that has gone on growing beyond what one alone needs", () => {
  const strong = pairs(Array.from({ length: 30 }, () => [0.6, 0.1] as const));
  const level = pairs(Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? ([0.4, 0.3] as const) : ([0.3, 0.4] as const))));
  const against = (recipeEvidence: Pair[]) => hold({ champion, recipeEvidence });
  const [first, ...others] = amongSeveral([against(strong), against(level), against(level), against(level)], policy.level);
  assert.equal(first.decision, "promote");
  assert.ok((first.figures.evidence?.better ?? 0) < 80 && (first.figures.evidence?.now ?? 0) > 80, "what it had when it was enough for one, and by now");
  assert.ok(others.every(({ decision }) => decision !== "promote"));
});

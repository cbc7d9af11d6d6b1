import assert from "node:assert/strict";
import { test } from "node:test";
import { madeClasses, madeEstimate, madeLife } from "../../../test/made-studies.ts";
import { hostileNames } from "../../../test/report-structure.ts";
import type { StudyReport } from "../../wheel/study-report.ts";
import { studyLines } from "./study-lines.ts";
import { studyFacts, studyHeadline, studyText } from "./study-words.ts";

const [classes, noise, estimate, life] = [madeClasses(), madeClasses(true), madeEstimate(), madeLife()];

test("studyHeadline() gives the first figure with its interval and chance, or that there is not enough evidence", () => {
  assert.match(studyHeadline(classes), /^Accuracy 87\.7 % \(95 % interval [\d.]+ to [\d.]+ %\) on 1,200 held-out rows in 30 blocks; knowing nothing gets 33\.3 %\.$/);
  assert.match(studyHeadline(life), /^RMSE, capped truth [\d.]+ cycles \(.*\) on [\d,]+ held-out rows in 40 groups; knowing nothing gets [\d.]+ cycles\.$/);
  assert.match(studyHeadline(noise), /^There is not enough evidence/);
  assert.doesNotMatch(studyHeadline(noise), /Accuracy/);
});

test("studyLines() writes a figure, its interval and chance with the same decimals and the target's unit", () => {
  const line = studyLines(estimate).find(({ name }) => name === "RMSE");
  assert.match(line?.value ?? "", /^0\.\d{4} %$/);
  assert.match(line?.interval ?? "", /^0\.\d{4} to 0\.\d{4} %$/);
  assert.match(line?.chance ?? "", /^0\.\d{4} %$/);
  const big: StudyReport = { ...estimate, asked: { ...estimate.asked, target: { name: "load", unit: "Cel" } }, figures: [{ name: "rmse", value: 12345.678, low: 9876.5, high: 23456.7, chance: null }, { name: "mae", value: 0, low: null, high: null, chance: 0 }] };
  assert.deepEqual(studyLines(big).map(({ value, interval, chance }) => [value, interval, chance]), [["12,346 °C", "9,877 to 23,457 °C", "–"], ["0 °C", "–", "0 °C"]]);
});

test("studyLines() leaves out what is unknown, and without a cap the capped figures", () => {
  const uncapped = { ...life, asked: { ...life.asked, cap: null } };
  assert.deepEqual(studyLines(uncapped).slice(0, 2).map(({ name }) => name), ["RMSE", "PHM08 score"]);
  assert.deepEqual(studyLines({ ...life, figures: life.figures.map((figure) => ({ ...figure, value: null })) }), []);
});

test("studyText() tells figures, confusion, what was tried and what it leans on", () => {
  const text = studyText(classes).join("\n");
  for (const part of [/Balanced accuracy +\d/, /true \\ said +healthy/, /boosted trees on levels and slopes, 31 leaves, 100 rounds +\S+ % +\S+ to \S+ % .*chosen/, /the budget was spent/, /vibration rms +41 %/, /^Model: 63 % boosted trees/m]) assert.match(text, part);
  assert.match(studyText(noise).join("\n"), /figure \(not known from chance\)/);
});

test("studyText() lets no control character through to the terminal", () => {
  const bad = `\u001b[31m${hostileNames[3]}`;
  const report: StudyReport = {
    ...classes, caveats: [{ code: "note", text: bad }], mattered: [{ name: bad, share: 1 }], skill: { ...classes.skill, words: bad },
    asked: { ...classes.asked, positive: null, split: { ...classes.asked.split, words: bad } }, tried: classes.tried.map((one) => ({ ...one, learner: bad })), model: { ...classes.model, parts: [{ learner: bad, map: bad, params: bad, weight: 1 }] },
    picture: classes.picture.kind === "classify" ? { ...classes.picture, classes: classes.picture.classes.map(() => bad) } : classes.picture,
  };
  for (const line of studyText(report)) assert.doesNotMatch(line, /[\u0000-\u001f\u202e\u007f]/);
});

test("studyFacts() has the keys that the reference promises, and survives JSON", () => {
  const usual = ["kind", "headline", "enough", "asked", "figures", "evidence", "tried", "model", "mattered"];
  const last = ["caveats", "seconds", "cpuSeconds", "peakMiB"];
  assert.deepEqual(Object.keys(studyFacts(classes)), [...usual, "confusion", "chance", "perClass", ...last]);
  assert.deepEqual(Object.keys(studyFacts(estimate)), [...usual, ...last]);
  assert.deepEqual(Object.keys(studyFacts(life)), [...usual, "judged", ...last]);
  const facts = JSON.parse(JSON.stringify(studyFacts(classes))) as ReturnType<typeof studyFacts>;
  assert.deepEqual(Object.keys(facts.figures), ["accuracy", "balancedAccuracy", "macroF1", "worstRecall", "rejected"]);
  assert.equal(facts.confusion?.counts.flat().reduce((sum, count) => sum + count, 0), 1200);
  assert.equal(facts.enough, true);
});

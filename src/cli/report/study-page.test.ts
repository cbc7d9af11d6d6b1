import assert from "node:assert/strict";
import { test } from "node:test";
import { madeClasses, madeEstimate, madeLife } from "../../../test/made-studies.ts";
import { assertPicturesNamed, assertSelfContained, hostileNames, structureOf } from "../../../test/report-structure.ts";
import type { StudyReport } from "../../wheel/study-report.ts";
import { reportMark } from "./document.ts";
import { studyPage } from "./study-page.ts";

const studies: Readonly<Record<string, StudyReport>> = { classes: madeClasses(), noise: madeClasses(true), estimate: madeEstimate(), life: madeLife() };
const pages = Object.fromEntries(Object.entries(studies).map(([name, report]) => [name, studyPage(report)]));
const headingsOf = (markup: string) => [...markup.matchAll(/<h[12][^>]*>([^<]*)/g)].map(([, text]) => text);

test("studyPage() has the parts that a reader is promised, in their order", () => {
  assert.deepEqual(headingsOf(pages.classes), ["Which state is this?", "Before you believe it", "How well it does", "What was taken for what", "What it leans on", "What was tried", "How this was made"]);
  assert.deepEqual(headingsOf(pages.estimate).slice(0, 4), ["What would the lab say?", "Before you believe it", "How well it does", "True and estimated"]);
  assert.deepEqual(headingsOf(pages.life).slice(0, 4), ["How long until it needs service?", "Before you believe it", "How well it does", "Predicted and true life"]);
  for (const markup of Object.values(pages)) assert.ok(markup.slice(0, 1000).includes(reportMark), "the mark by which it may be replaced stands at the head");
});

test("studyPage() is self-contained, well formed, names its pictures, and writes no unknown number as one", () => {
  for (const markup of Object.values(pages)) {
    assertSelfContained(markup);
    assert.doesNotMatch(structureOf(markup).texts.join("\n"), /NaN|Infinity|undefined|null/);
    assert.doesNotMatch(markup, / d="[^"]*NaN/);
  }
  assert.deepEqual(Object.values(pages).map(assertPicturesNamed), [0, 0, 3, 8]);
});

test("studyPage() of a target that nothing tells says first that there is not enough evidence, and shows no figure large", () => {
  assert.match(pages.noise, /<p class="lead">There is not enough evidence/);
  assert.match(pages.noise, /class="verdict not"/);
  assert.match(pages.noise, /Figures that do not stand out from chance/);
  assert.doesNotMatch(pages.noise.slice(0, pages.noise.indexOf('id="h-figures"')), /<dt>Accuracy/);
  assert.match(pages.classes, /<p class="lead">Accuracy 87\.7 %/);
  assert.doesNotMatch(pages.classes, /Not enough evidence/);
});

test("studyPage() has every learner tried, with the chosen ones marked and the reason of one that was stopped", () => {
  const tried = pages.life.slice(pages.life.indexOf('id="h-tried"'));
  for (const learner of ["boosted trees", "extra trees", "ridge", "nearest"]) assert.ok(tried.includes(`<th scope="row">${learner}`), learner);
  assert.equal(tried.match(/<span class="chosen-mark">/g)?.length, 2);
  assert.match(tried, /<td class="soft" colspan="2">the budget was spent before it began<\/td>/);
});

test("studyPage() breaks a course where rows are missing, and thins a long one", () => {
  const course = (markup: string) => /<svg class="chart"[\s\S]*?<\/svg>/.exec(markup)?.[0] ?? "";
  const said = /class="said filled" d="([^"]*)"/.exec(course(pages.estimate))?.[1] ?? "";
  assert.equal(said.match(/M/g)?.length, 2, "the night without rows");
  const long = studyPage(madeEstimate(40_000));
  assert.ok(long.length < 1.6 * pages.estimate.length, `${long.length}`);
});

test("studyPage() gives hostile names no way out of where they stand", () => {
  const [a, b, c, d, e] = hostileNames;
  for (const report of [studies.classes, studies.estimate, studies.life]) {
    const { asked, picture } = report;
    const hostile: StudyReport = {
      ...report,
      asked: {
        ...asked, files: asked.files.map((file, at) => ({ ...file, name: hostileNames[at] + e, digest: a })), target: { name: b, unit: asked.target.unit === null ? null : c }, inputs: hostileNames, leftOut: [{ name: a, reason: d }, { name: c, reason: b }],
        group: asked.group === null ? null : a, order: asked.order === null ? null : d, positive: null, split: { ...asked.split, words: d, block: b },
      },
      tried: report.tried.map((one) => ({ ...one, learner: a, map: b, params: c, stopped: one.stopped === null ? null : d })),
      model: { ...report.model, parts: report.model.parts.map((part) => ({ ...part, learner: d, map: a })), digest: b },
      skill: { ...report.skill, words: a, against: report.skill.against.map((one) => ({ ...one, over: b })) },
      mattered: report.mattered.map((one, at) => ({ ...one, name: hostileNames[at % 5] })),
      picture: picture.kind === "classify" ? { ...picture, classes: picture.classes.map((_, at) => hostileNames[at]), perClass: picture.perClass.map((one, at) => ({ ...one, name: hostileNames[at % 5] })) }
        : picture.kind === "estimate" ? { ...picture, parts: picture.parts.map((part) => ({ ...part, name: a })) }
        : { ...picture, judged: picture.judged.map((one) => ({ ...one, group: b })), courses: picture.courses.map((part, at) => ({ ...part, name: hostileNames[at % 5] })) },
      caveats: [{ code: "note", text: a }],
    };
    const [usual, seen] = [structureOf(studyPage(report)), structureOf(studyPage(hostile))];
    assert.deepEqual(seen.tags.filter((tag) => tag !== "figcaption"), usual.tags.filter((tag) => tag !== "figcaption"));
    assert.deepEqual(seen.attributes, usual.attributes);
    assertSelfContained(studyPage(hostile).replaceAll(/https?:/g, ""));
    assert.doesNotMatch(studyPage(hostile), /[\u0000-\u0009\u000b-\u001f\u202e\u2028\ud800-\udfff]/u);
    assert.ok(seen.texts.some((text) => text.includes("&lt;script&gt;window.hit = 1&lt;/script&gt;")), "the name is there to be read");
  }
});

test("studyPage() of many classes lists the pairs mixed up most in place of a table of all", () => {
  const classes = Array.from({ length: 30 }, (_, at) => `class ${at + 1}`);
  const counts = new Float64Array(31 * 31);
  for (let at = 0; at < 30; at++) [counts[at * 31 + at], counts[at * 31 + ((at + 1) % 30)]] = [20, at];
  const perClass = [...classes, "none of these"].map((name, at) => ({ name, rows: at < 30 ? 20 + at : 0, recall: at < 30 ? 0.8 : null, precision: 0.7, f1: 0.75 }));
  const { picture } = studies.classes;
  assert.ok(picture.kind === "classify");
  const markup = studyPage({ ...studies.classes, picture: { ...picture, classes, counts, perClass } });
  assert.match(markup, /30 classes: the 12 pairs mixed up most/);
  assert.match(markup, /<td>class 30<\/td><td>class 1<\/td><td class="number">29<\/td>/);
  assert.doesNotMatch(markup, /class="confusion"/);
});

test("studyPage() of a study without decisions draws nothing that it does not know", () => {
  const { picture } = studies.estimate;
  assert.ok(picture.kind === "estimate");
  const none = new Float64Array(0);
  const unknown = { name: "", at: Float64Array.of(1, 2), truth: Float64Array.of(NaN, NaN), predicted: Float64Array.of(NaN, NaN), low: Float64Array.of(NaN, NaN), high: Float64Array.of(NaN, NaN) };
  for (const parts of [[], [unknown], [{ name: "", at: none, truth: none, predicted: none, low: none, high: none }], [{ ...unknown, truth: Float64Array.of(3, 3), predicted: Float64Array.of(3, 3) }]]) {
    const markup = studyPage({ ...studies.estimate, figures: [], mattered: [], tried: [], picture: { ...picture, zone: null, parts } });
    assertSelfContained(markup);
    assert.doesNotMatch(markup, /(?:[dxy]|width|height)[12]?="[^"]*(?:NaN|Infinity)/);
  }
});

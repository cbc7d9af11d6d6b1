import assert from "node:assert/strict";
import { test } from "node:test";
import { assertPicturesNamed, assertSelfContained, hostileNames, structureOf } from "../../../test/report-structure.ts";
import { recordingOf } from "../../../test/synthetic.ts";
import type { Recording } from "../../capture/recording.ts";
import { onnxEngine } from "../../engine/onnx.ts";
import { trial } from "../../wheel/trial.ts";
import type { Clock } from "./format.ts";
import { reportMark } from "./document.ts";
import { reportPage } from "./page.ts";

const utc: Clock = { zone: "UTC", countedFrom: null };
const faulty = recordingOf({ seed: 4, rows: 1500, fault: { from: 1000, to: 1100, signal: 2, size: 4 } });
const page = async (recording: Recording): Promise<string> => reportPage(recording, await trial(recording, {}, onnxEngine), utc);
const plain = await page(faulty);

test("reportPage() has the parts that a reader is promised, in their order", () => {
  const headings = [...plain.matchAll(/<h[12][^>]*>([^<]*)/g)].map(([, text]) => text);
  assert.deepEqual(headings, [
    "What would it have caught?",
    "Before you believe it",
    "The score, and what would have alarmed",
    "Against the recorded truth",
    "Event by event",
    "4 signals",
    "How this was made, and what it cannot say",
  ]);
  assert.ok(plain.slice(0, 1000).includes(reportMark), "the mark by which it may be replaced stands at the head");
  assert.match(plain, /would have alarmed in/);
  assert.match(plain, /<th scope="col">Chance<\/th>|Chance<\/th>/);
  assert.equal(plain.match(/<article class="strip">/g)?.length, 4);
});

test("reportPage() lists the detectors that were tried, with what each found and cost, and why one was not heard out", async () => {
  const cost = { seconds: 1.25, cpuSeconds: 2.5, peakMiB: 321 };
  const tried = [{ name: "novelty", found: 0.25, foundTogether: 0.5, ...cost, chosen: true, stopped: null }, { name: "neighbours", found: null, foundTogether: null, ...cost, chosen: false, stopped: "the time was up" }];
  const text = reportPage(faulty, await trial(faulty, {}, onnxEngine), utc, tried);
  assert.match(text, /novelty, judges.*25 %.*50 %.*1\.3.*2\.5.*321/);
  assert.match(text, /neighbours<\/th>.*the time was up/);
  assertSelfContained(text);
});

test("reportPage() names and describes every picture, and no id stands twice", () => {
  assert.ok(assertPicturesNamed(plain) >= 5);
});

test("reportPage() holds no script, no handler and nothing that would be fetched", () => {
  assertSelfContained(plain);
});

test("reportPage() gives hostile names no way out of where they stand: the page has the same elements and attributes", async () => {
  const renamed: Recording = {
    ...faulty,
    file: { ...faulty.file, name: hostileNames.join("") },
    columns: faulty.columns.map((column, at) => ({ ...column, name: hostileNames[at], unit: hostileNames[at] })),
    label: faulty.label && { ...faulty.label, name: hostileNames[0] },
    remarks: [{ code: "left-out", count: 1, firstLine: null, text: hostileNames[1] }],
    dialect: { ...faulty.dialect, zone: "UTC" },
  };
  const markup = await page(renamed);
  const [usual, seen] = [structureOf(plain), structureOf(markup)];
  assert.deepEqual(seen.tags.filter((tag) => tag !== "ul" && tag !== "li"), usual.tags.filter((tag) => tag !== "ul" && tag !== "li"));
  assert.deepEqual(seen.attributes, usual.attributes);
  assert.doesNotMatch(markup, /[\u0000-\u0009\u000b-\u001f\u202e\ud800-\udfff]/u);
  assert.ok(seen.texts.some((text) => text.includes("&lt;script&gt;window.hit = 1&lt;/script&gt;")), "the name is there to be read");
});

test("reportPage() hatches what is unknown and says which signal was missing", async () => {
  const holed = faulty.columns.map((column, at) => (at === 1 ? { ...column, values: column.values.map((value, row) => (row >= 700 && row < 800 ? NaN : value)) } : column));
  const markup = await page({ ...faulty, columns: holed, label: null });
  assert.match(markup, /class="unknown" d="M/);
  assert.match(markup, /have no score and are unknown, not normal \(no readings of pressure\)/);
  assert.doesNotMatch(markup, /Against the recorded truth/);
});

test("reportPage() of a quiet recording says that nothing would have alarmed, and that a short training stretch is one", async () => {
  const markup = await page({ ...recordingOf({ seed: 15, rows: 900 }), label: null });
  assert.match(markup, /No event: nothing would have alarmed/);
  assert.doesNotMatch(markup, /Event by event|To blame/);
  assert.match(markup, /The training stretch is short: 10 windows side by side/);
});

test("reportPage() draws a recording of many pauses", async () => {
  const times = faulty.times.map((time, row) => time + Math.floor(row / 300) * 3_600_000_000);
  const markup = await page({ ...faulty, times });
  assert.match(markup, /4 pauses that no window reaches across/);
  assert.equal(/<svg class="chart"[\s\S]*?<\/svg>/.exec(markup)?.[0].match(/class="pause"/g)?.length, 4);
  assert.doesNotMatch(markup, /NaN|Infinity|undefined/);
});

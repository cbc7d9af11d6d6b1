import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { recordingOf, temporaryDirectory } from "./synthetic.ts";

const main = join(import.meta.dirname, "../src/cli/main.ts");
const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
const { path: home, remove } = temporaryDirectory();
after(remove);

const hostile = [`<script>window.hit = 1</script>`, `x" onload="window.hit = 2`, `</title><img src=x onerror="window.hit = 3">`, `a\u202eb\u0007c`];

/** A recording with a fault, under the given names. */
function write(file: string, names: readonly string[]): void {
  const { times, columns, label } = recordingOf({ seed: 3, rows: 1500, fault: { from: 1000, to: 1100, signal: 1, size: 5 } });
  const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  const rows = Array.from(times, (time, row) => [new Date(time / 1000).toISOString(), ...columns.map(({ values }) => values[row].toFixed(4)), label?.values[row]].join(","));
  writeFileSync(join(home, file), [`time,${quoted.join(",")},fault`, ...rows].join("\n"));
}

const millrace = (...words: string[]) => spawnSync(process.execPath, [main, ...words], { cwd: home, encoding: "utf8" });

test("try prints what it would have caught and writes one page that asks for nothing else", () => {
  write("pump.csv", ["flow [l/min]", "pressure [bar]", "current [A]", "vibration [mm/s]"]);
  const { status, stdout } = millrace("try", "pump.csv", "--save", "pump.onnx");
  assert.equal(status, 0);
  assert.match(stdout, /would have alarmed in/);
  assert.match(stdout, /pressure.* \d+ %/);
  assert.match(stdout, /Faults found +1 of 1/);
  const page = readFileSync(join(home, "pump-report.html"), "utf8");
  assert.doesNotMatch(page, /<script|https?:\/\/(?!www\.w3\.org)|<link|@import|url\(/);
  assert.match(page, /default-src 'none'/);
  assert.ok(existsSync(join(home, "pump.onnx")));
});

test("try --json prints one object, and a report is never written over another file", () => {
  const { status, stdout } = millrace("try", "pump.csv", "--json");
  assert.equal(status, 0);
  const said = JSON.parse(stdout) as { events: { blame: { signal: string }[] }[]; report: string };
  assert.equal(said.events.some(({ blame }) => blame[0].signal.startsWith("pressure")), true);
  writeFileSync(join(home, "mine.html"), "<p>something of mine</p>");
  assert.equal(millrace("try", "pump.csv", "--report", "mine.html").status, 2);
  assert.equal(readFileSync(join(home, "mine.html"), "utf8"), "<p>something of mine</p>");
});

test("try condition teaches on files and judges others, with a line for each judged row", () => {
  write("pump.csv", ["flow", "pressure", "current", "vibration"]);
  const lines = readFileSync(join(home, "pump.csv"), "utf8").split("\n");
  writeFileSync(join(home, "normal.csv"), lines.slice(0, 901).join("\n"));
  writeFileSync(join(home, "later.csv"), [lines[0], ...lines.slice(901)].join("\n"));
  const { status, stdout } = millrace("try", "condition", "--train", "normal.csv", "--test", "later.csv", "--predictions", "scores.csv", "--save", "tables.onnx", "--json");
  assert.equal(status, 0);
  const said = JSON.parse(stdout) as { events: { file: string; firstRow: number }[]; truth: { found: { value: number; chance: number } }; detectors: unknown[]; report: string };
  assert.deepEqual([said.truth.found.value, said.events[0].file, said.report], [1, "later.csv", "normal-report.html"]);
  const fault = said.events.find(({ firstRow }) => firstRow > 100 && firstRow <= 140);
  assert.ok(fault !== undefined, JSON.stringify(said.events));
  const [head, ...scores] = readFileSync(join(home, "scores.csv"), "utf8").trimEnd().split("\n");
  assert.equal(head, "file,row,group,prediction,low,high,truth");
  assert.equal(scores.length, 600);
  const [file, row, , score, , , truth] = scores[fault.firstRow - 1].split(",");
  assert.deepEqual([file, Number(row), Number(score) >= 1, truth], ["later.csv", fault.firstRow, true, "1"]);
  assert.match(readFileSync(join(home, "normal-report.html"), "utf8"), /Against the recorded truth/);
  assert.ok(existsSync(join(home, "tables.onnx")));
  assert.equal(millrace("try", "pump.csv", "--predictions", "scores.csv").status, 2);
});

test("try says clearly what is wrong with its words and files", () => {
  assert.equal(millrace("try", "pump.csv", "--train", "150%").status, 2);
  writeFileSync(join(home, "short.csv"), "time,x\n2026-03-09T10:00:00Z,1\n2026-03-09T10:00:01Z,2\n");
  const { status, stderr } = millrace("try", "short.csv");
  assert.equal(status, 65);
  assert.match(stderr, /Cannot try .*short\.csv.*are needed/);
  assert.ok(!existsSync(join(home, "short-report.html")));
});

test("a report shows hostile names as text: nothing of them runs or is asked for", { skip: browser === undefined ? "there is no Chromium at /usr/bin/chromium" : false }, async () => {
  write("hostile.csv", hostile);
  assert.equal(millrace("try", "hostile.csv").status, 0);
  mkdirSync(join(home, "profile"));
  const context = await chromium.launchPersistentContext(join(home, "profile"), {
    executablePath: browser ?? "",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  try {
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const address = pathToFileURL(join(home, "hostile-report.html")).href;
    await page.goto(address);
    assert.deepEqual(asked, [address]);
    assert.equal(await page.evaluate("window.hit"), undefined);
    assert.equal(await page.locator("script, img, iframe, object, link, a, [onload], [onerror]").count(), 0);
    const text = await page.locator("body").innerText();
    assert.ok(text.includes(hostile[0]), "the name stands there, as text");
    assert.doesNotMatch(text, /[\u202e\u0007]/);
    assert.ok((await page.locator("svg").count()) >= 5);
  } finally {
    await context.close();
  }
});

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { openSite } from "../src/site.ts";
import { madeRun, madeTable } from "./made-kinds.ts";
import { temporaryDirectory } from "./synthetic.ts";

const root = join(import.meta.dirname, "..");
const main = join(root, "src/cli/main.ts");

/** Fenced blocks of a language in the section of a guide that begins with a heading, one after the other. */
function blocksOf(guide: string, heading: string, language: string): string {
  const text = readFileSync(join(root, "docs/guides", `${guide}.md`), "utf8");
  const from = text.indexOf(`\n## ${heading}\n`);
  assert.ok(from !== -1, `${guide}.md has a section "${heading}"`);
  const section = text.slice(from + 1, text.indexOf("\n## ", from + 1));
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, block = ""]) => block).join("");
}

/** Words of a command line, out of their quotes. */
const wordsOf = (line: string): string[] => [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? "");

/** A site with fourteen runs of a dryer and two of a pump, and nothing said of them. */
async function makeSite(home: string): Promise<void> {
  const site = await openSite(join(home, "site"), { create: true });
  for (let run = 0; run < 14; run++) await site.import(madeRun(run).recording, { asset: "dryer-1", warmUpRows: 0 });
  for (let run = 0; run < 2; run++) await site.import({ ...madeRun(run).recording, file: { name: `pump-${run}.csv`, digest: `${run}`.padStart(64, "0"), bytes: 1 } }, { asset: "P-101", warmUpRows: 0 });
  await site.close();
}

test("the commands of the guides about classes, values and lives do what the guides say, in their order", { timeout: 240_000 }, async () => {
  const { path: home, remove } = temporaryDirectory();
  const run = (line: string) => spawnSync(process.execPath, [main, ...wordsOf(line).slice(1)], { cwd: home, encoding: "utf8" });
  const runAll = (guide: string, heading: string): string => {
    const lines = blocksOf(guide, heading, "console").split("\n").filter((line) => line.startsWith("$ ./millrace "));
    assert.ok(lines.length > 0);
    return lines.map((line) => {
      const { status, stdout, stderr } = run(line.slice(2));
      assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
      return stdout;
    }).join("");
  };
  try {
    mkdirSync(home, { recursive: true });
    await makeSite(home);

    writeFileSync(join(home, "changes.csv"), blocksOf("maintenance", "Which fault is it, and how long will it last?", "csv"));
    const told = runAll("maintenance", "Which fault is it, and how long will it last?");
    assert.match(told, /cavitation/, "the table is taken in and listed");
    assert.match(told, /not-enough-events|not enough/i, "two ends of life prove nothing");

    const asked = run("./millrace wheels add --kind estimate --asset dryer-1 --target moisture --unit % --inputs heat,flow --data site");
    assert.equal(asked.status, 0, asked.stderr);
    const runs = Array.from({ length: 14 }, (_, at) => madeRun(at));
    writeFileSync(join(home, "lab.csv"), madeTable(runs, "value").replaceAll(/^machine,/gm, "dryer-1,"));
    const proven = runAll("quality", "What is a soft sensor worth?");
    assert.match(proven, /loses less than "no-input\/1"/);
    assert.match(proven, /^# Model [0-9a-f]{12}/m);

    await withSiteUp(home, async (url) => {
      writeFileSync(join(home, "lab.csv"), blocksOf("integrator", "Ask for classes, laboratory values and remaining lives", "csv"));
      const lines = blocksOf("integrator", "Ask for classes, laboratory values and remaining lives", "sh").trim().split("\n");
      let wheel = "";
      for (const line of lines) {
        const { status, body } = await curl(line.replace("http://127.0.0.1:8080", url).replace("WHEEL", wheel), home);
        assert.ok(status < 300, `${line}: ${status} ${JSON.stringify(body)}`);
        if (wheel === "") wheel = String(body["id"]);
        if (line.includes("labels/csv")) assert.deepEqual([(body["labels"] as unknown[]).length, body["rejected"]], [1, []]);
        if (line.includes("/answer")) assert.deepEqual([body["wheel"], body["answer"]], [wheel, null], "the rows are old: nothing is carried on");
        if (line.includes("/shadows")) assert.ok(Array.isArray(body["shadows"]));
      }
    });
  } finally {
    remove();
  }
});

async function withSiteUp(home: string, work: (url: string) => Promise<void>): Promise<void> {
  writeFileSync(join(home, "site/site.json"), JSON.stringify({ http: { port: 0 }, mqtt: { port: 0 } }));
  const up = spawn(process.execPath, [main, "up", "--data", "site", "--json"], { cwd: home, stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [line] = (await once(createInterface(up.stdout), "line")) as [string];
    await work((JSON.parse(line) as { http: string }).http);
  } finally {
    up.kill("SIGTERM");
    if (up.exitCode === null && up.signalCode === null) await once(up, "exit");
  }
}

/** What a line of curl asks for: its address, -X, -H, -d and --data-binary. */
async function curl(line: string, home: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const words = wordsOf(line).slice(1);
  const after = (option: string) => (words.includes(option) ? words[words.indexOf(option) + 1] : undefined);
  const [name = "", value = ""] = (after("-H") ?? "").split(": ");
  const file = after("--data-binary")?.slice(1);
  const body = file === undefined ? after("-d") : readFileSync(join(home, file), "utf8");
  const answer = await fetch(words.find((word) => word.startsWith("http")) ?? "", { method: after("-X") ?? "GET", ...(name !== "" && { headers: { [name]: value } }), ...(body !== undefined && { body }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { inspectModel } from "../src/learn/onnx/inspect.ts";
import { recordingOf, temporaryDirectory, usualRun, type RunPlan } from "./synthetic.ts";

const main = join(import.meta.dirname, "../src/cli/main.ts");
const { path: home, remove } = temporaryDirectory();
after(remove);
const data = join(home, "site");

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const millrace = (...words: string[]): Ran => spawnSync(process.execPath, [main, ...words], { cwd: home, env: { ...process.env, MILLRACE_DATA: data }, encoding: "utf8" });

/** The object that a command prints with --json. */
function json(...words: string[]): Record<string, never> {
  const { status, stdout, stderr } = millrace(...words, "--json");
  assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, never>;
}

/** A run as a CSV file, with the truth in a column of its own. */
function writeRun(name: string, plan: RunPlan): string {
  const { times, columns, label } = recordingOf(plan);
  const rows = Array.from(times, (time, row) => [new Date(time / 1000).toISOString(), ...columns.map(({ values }) => values[row].toFixed(4)), label?.values[row]].join(","));
  const file = join(home, name);
  writeFileSync(file, [`time,${columns.map((column) => column.name).join(",")},fault`, ...rows].join("\n"));
  return file;
}

test("import shows what it understood, then takes a run in, judges it and answers by its truth", () => {
  const file = writeRun("run-1.csv", usualRun(1));
  const look = millrace("import", file, "--look");
  assert.equal(look.status, 0);
  assert.match(look.stdout, /flow: number, unit unknown.*measured/);
  assert.match(look.stdout, /Label: fault/);
  assert.ok(!existsSync(data), "looking stores nothing");

  const { status, stdout } = millrace("import", file, "--asset", "pump", "--warm-up", "120", "--truth");
  assert.equal(status, 0);
  assert.match(stdout, /Stored 1680 samples of "pump" in 1 block\./);
  assert.match(stdout, /Turn 2: not enough events to decide \(1 block, 3 labels/);
});

test("signals says what a signal can read at all, and takes it back", () => {
  const { signal } = json("signals", "pressure", "--low", "0.5", "--high", "9") as unknown as { signal: { limits: unknown; revision: number } };
  assert.deepEqual([signal.limits, signal.revision], [{ low: 0.5, high: 9 }, 2]);
  assert.match(millrace("signals").stdout, /pressure .* 0\.5 to 9 /);
  assert.match(millrace("signals", "pressure", "--low", "10").stderr, /the low limit must lie below the high one/);
  assert.match(millrace("signals", "pressure", "--low", "much").stderr, /A number in the signal's unit is needed, or none/);
  assert.match(millrace("signals", "pressure", "--low", "none", "--high", "none").stdout, /revision 3/);
});

test("events names the signal to blame, and label answers the event and turns the wheel", () => {
  const { events } = json("events") as unknown as { events: { id: string; answered: string }[] };
  assert.ok(events.length > 0);
  assert.match(millrace("events").stdout, /pressure \d/);
  const labelled = json("label", events[0].id, "fault", "--kind", "leak", "--by", "Ada") as unknown as { label: { answer: string; faultKind: string; author: string }; turn: { number: number } };
  assert.deepEqual([labelled.label.answer, labelled.label.faultKind, labelled.label.author, labelled.turn.number], ["fault", "leak", "Ada", 3]);
  assert.match(millrace("events").stdout, /fault: leak/);
  assert.match(millrace("label", "--list").stdout, /Ada/);
});

test("turn, models, ledger, rollback, export and doctor work on the site that was made", () => {
  assert.match(millrace("turn").stdout, /^Turn 4: /);
  const { champion, models } = json("models") as unknown as { champion: string; models: { digest: string; recipe: { name: string } }[] };
  assert.ok(models.length >= 4);
  assert.match(millrace("models", "--all").stdout, new RegExp(champion.slice(0, 12)));
  assert.match(millrace("models", "--at", "2999-01-01T00:00:00Z").stdout, new RegExp(champion.slice(0, 12)));
  assert.match(millrace("models", "--at", "1999-01-01T00:00:00Z").stdout, /none/);
  assert.match(millrace("models", "card").stdout, new RegExp(`^# Model ${champion.slice(0, 12)}`));
  assert.equal((JSON.parse(millrace("models", "card", champion.slice(0, 12), "--format", "mlbom").stdout) as { specVersion: string }).specVersion, "1.6");
  const other = models.find(({ digest, recipe }) => digest !== champion && recipe.name === "condition");
  assert.ok(other !== undefined);
  assert.match(millrace("rollback", other.digest.slice(0, 12), "--reason", "trying it").stdout, /is in force again/);
  const verified = json("ledger", "verify") as unknown as { whole: boolean; lines: number; head: string };
  assert.deepEqual([verified.whole, verified.lines], [true, 8]); // its key, two answers, four turns, a rollback
  assert.equal(millrace("ledger", "verify", "--head", `9:${"0".repeat(64)}`).status, 65);
  writeFileSync(join(home, "head.json"), millrace("ledger", "head").stdout);
  writeFileSync(join(home, "key.pem"), millrace("ledger", "key", "--rotate").stdout);
  assert.equal(millrace("ledger", "verify", "--head", "head.json", "--key", "key.pem").status, 0);
  assert.equal(millrace("ledger", "verify", "--key", "head.json").status, 2);
  assert.match(millrace("ledger").stdout, /rollback/);

  assert.equal(millrace("export", "--out", "pump.onnx").status, 0);
  const { metadata } = inspectModel(readFileSync(join(home, "pump.onnx")));
  assert.deepEqual(JSON.parse(metadata["millrace.signals"]).map(({ name }: { name: string }) => name), ["flow", "pressure", "current", "vibration"]);
  assert.equal(millrace("export", "--out", "pump.onnx").status, 2, "an existing file is not overwritten");
  const doctor = millrace("doctor");
  assert.equal(doctor.status, 0);
  assert.doesNotMatch(doctor.stdout, /BAD/);
});

test("models, their cards and files, prove, promote and rollback say of a site that is up what they say of its directory", async () => {
  const commands = [["models"], ["models", "--at", "2100-01-01T00:00:00Z"], ["models", "card", "--format", "prov"], ["prove", "4"], ["wheels"]];
  const file = (name: string) => {
    assert.equal(millrace("export", "--out", name).status, 0);
    return readFileSync(join(home, name));
  };
  const [said, bytes] = [commands.map((words) => json(...words)), file("down.onnx")];
  const up = spawn(process.execPath, [main, "up", "--data", data, "--http-port", "0", "--mqtt-port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(createInterface(up.stdout), "line");
    const [models, inForce, card, proven, wheels] = commands.map((words) => json(...words));
    assert.deepEqual([models, inForce, card], said.slice(0, 3));
    assert.deepEqual([proven["identical"], proven["models"]], [true, said[3]["models"]]);
    assert.equal((wheels["wheels"] as { champion: string }[])[0].champion, models["champion"]);
    assert.deepEqual(file("up.onnx"), bytes);
    assert.match(millrace("promote").stderr, /none is proven and waits for your word/);
    assert.match(millrace("models", "card", "zz").stderr, /none begins so/);
    const { champion } = json("rollback", "--reason", "while it is up") as unknown as { champion: { digest: string } };
    assert.notEqual(champion.digest, models["champion"]);
    assert.equal(json("models")["champion"], champion.digest);
    json("rollback", String(models["champion"]).slice(0, 12));
  } finally {
    up.kill("SIGTERM");
    await once(up, "exit");
  }
});

test("forget says what would go, and takes it away with --yes", () => {
  const looked = json("forget", "--answers", "Ada");
  assert.equal(looked["done"], false);
  assert.match(millrace("label", "--list").stdout, /Ada/);
  const { status, stdout } = millrace("forget", "--answers", "Ada", "--yes", "--reason", "asked for");
  assert.equal(status, 0);
  assert.match(stdout, /Forgotten: 0 blocks, \d answers?, 0 samples; line \d+ of the ledger/);
  assert.doesNotMatch(millrace("label", "--list").stdout, /Ada/);
  assert.equal(millrace("ledger", "verify").status, 0);
  assert.equal(millrace("forget", "--answers", "Ada").status, 65);
  assert.equal(millrace("forget", "--block", "x", "--source", "pump").status, 2);
});

test("signals lists what was guessed, and a correction is a new revision", () => {
  const revised = (unit: string) => (json("signals", "pressure", "--unit", unit) as unknown as { signal: { unit: string; revision: number } }).signal;
  const before = revised("mbar");
  assert.deepEqual(revised("bar"), { ...before, unit: "bar", revision: before.revision + 1 });
  assert.match(millrace("signals").stdout, /pressure\s+bar/);
});

test("replay prints run by run what was found, learnt, decided and recorded", () => {
  const runs = join(home, "runs");
  mkdirSync(runs);
  for (let run = 1; run <= 2; run++) writeRun(join("runs", `run-${run}.csv`), { ...usualRun(run), at: Date.UTC(2026, 3, run) * 1000 });
  const { status, stdout } = millrace("replay", runs, "--data", join(home, "replayed"), "--warm-up", "120");
  assert.equal(status, 0);
  assert.match(stdout, /Run 1 of 2, run-1\.csv: \d+ events?; row by row F1 [\d.]+, false alarms in [\d.]+ % of normal rows/);
  assert.match(stdout, /Turn 3: not enough events to decide/);
  assert.match(stdout, /Ledger line 6: .* hash [0-9a-f]{12}/);
  assert.match(stdout, /All 2 runs, row by row: F1/);
});

test("wrong uses are refused with a code, a hint and exit code 2, in text and in JSON", () => {
  for (const words of [["evnts"], ["turn", "--whel", "x"], ["label", "fault"], ["import"], ["ledger", "verfy"], ["import", "x.csv", "--period", "soon"]]) {
    const { status, stderr } = millrace(...words);
    assert.equal(status, 2, `${words.join(" ")}: ${stderr}`);
    assert.match(stderr, /^millrace: Cannot /);
  }
  const { status, stdout } = millrace("label", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "fault", "--json");
  assert.equal(status, 65);
  assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "review.unknown-event");
});

test("bad input changes nothing: exit code 65, the file and the reason named", () => {
  const before = json("models");
  writeFileSync(join(home, "binary.csv"), Buffer.from([0, 1, 2, 3, 0, 255, 254, 0]));
  const { status, stderr } = millrace("import", "binary.csv");
  assert.equal(status, 65);
  assert.match(stderr, /binary\.csv/);
  assert.equal(millrace("import", "nowhere.csv").status, 65);
  assert.deepEqual(json("models"), before);
});

test("every command teaches with --help", () => {
  const commands = [...millrace("help").stdout.matchAll(/^ {2}millrace (\w+)/gm)].map(([, name]) => name);
  assert.ok(commands.length >= 12);
  for (const command of new Set(commands)) {
    const { status, stdout } = millrace(command, "--help");
    assert.equal(status, 0, command);
    assert.match(stdout, /USAGE/, command);
  }
});

test("a second process on the same directory is refused and told which process has it; Ctrl-C leaves the site whole", async () => {
  const many = join(home, "many");
  mkdirSync(many);
  for (let run = 1; run <= 20; run++) writeRun(join("many", `run-${run}.csv`), { ...usualRun(run), at: Date.UTC(2026, 4, run) * 1000 });
  const holder = spawn(process.execPath, [main, "replay", many, "--data", join(home, "held"), "--warm-up", "120"], { cwd: home, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const { status, stderr } = millrace("models", "--data", join(home, "held"));
  assert.equal(status, 75, stderr);
  assert.match(stderr, new RegExp(`${holder.pid}`));
  const left = new Promise<number | null>((resolve) => holder.once("exit", (code) => resolve(code)));
  holder.kill("SIGINT");
  assert.equal(await left, 130);
  assert.equal(millrace("doctor", "--data", join(home, "held")).status, 0);
});

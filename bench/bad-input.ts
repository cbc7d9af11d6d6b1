import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readRecording } from "../src/capture/recording.ts";
import { MillraceError } from "../src/errors.ts";
import { openSite, type Site } from "../src/site.ts";
import { verifyLedger } from "../src/wheel/ledger.ts";
import { badDoors } from "./bad-doors.ts";
import { badFiles, hostileFile, hostileNames, type BadFile } from "./bad-files.ts";
import { badModels } from "./bad-models.ts";
import type { Bench, Outcome, Run } from "./result.ts";
import { PlantRecorder, plantStart } from "./synthetic.ts";
import { inTemporary, onNewSite } from "./temporary.ts";
import { tryFile } from "./try.ts";

/** What one bad input got. */
interface Row {
  readonly input: string;
  /** The code and what was said, or what was read and remarked. */
  readonly got: string;
  /** What was there before, and whether it still is. */
  readonly kept: string;
  /** `null` when it could not be tried here. */
  readonly asWanted: boolean | null;
}

const plant = { signals: 6, seed: 3, start: plantStart };

/** Everything bad that may be handed in, and what each gets. */
export const badInput: Bench = {
  name: "bad-input",
  summary: "what damaged files, hostile names, a full disk and foreign models get, and bad input at every door of a site that is up; what is unharmed",
  needs: "nothing; the full disk needs root on Linux",
  takes: "three minutes",
  parts: ["files", "doors"],
  run: runBadInput,
};

async function runBadInput({ say, wants }: Run): Promise<Outcome> {
  const files = wants("files") ? await inTemporary(everyFile) : [];
  for (const { input, got, kept, asWanted } of files) say(`${asWanted === true ? "ok  " : asWanted === null ? "--  " : "MISS"} ${input}: ${got} | ${kept}`);
  const doors = wants("doors") ? await inTemporary((directory) => badDoors(directory, say)) : [];
  const rows: Row[] = [...files, ...doors];
  return {
    figures: { rows },
    goals: rows.filter(({ asWanted }) => asWanted === false).map(({ input, got, kept }) => ({ figure: input, got: null, atLeast: 1, cause: `${got}; ${kept}` })),
    notes: rows.filter(({ asWanted }) => asWanted === null).map(({ input, got }) => `${input} was not tried: ${got}`),
    variantsTried: 0,
  };
}

async function everyFile(directory: string): Promise<Row[]> {
  const found = await onNewSite((site) => everyInput(site, directory));
  const rows = [...found, await hostileReport(directory), await fullDisk(directory)];
  return rows.map((row) => ({ ...row, got: row.got.replaceAll(`${directory}/`, "").replaceAll(directory, "a-directory") })); // where it ran is nobody's business
}

/** A site with a history and a model, to which every bad input is then handed. */
async function everyInput(site: Site, directory: string): Promise<Row[]> {
  const { intake } = await site.import(new PlantRecorder(plant).next(4000), { asset: "plant", warmUpRows: 400 });
  const champion = await site.store.records.champion(intake.wheel.id);
  if (champion === null) throw new Error("Cannot try bad input: the site has no model");
  const rows: Row[] = [];
  for (const file of badFiles(directory)) rows.push(await handIn(site, file));
  rows.push(await hostileNamesIn(site, directory));
  for (const { input, bytes } of badModels(site.exportModel(champion.model))) {
    rows.push(await refusal(site, input, "engine.model-refused", async () => (await site.ports.engine.open(bytes)).close()));
  }
  rows.push(await refusal(site, "label for an unknown event", "review.unknown-event", () => site.answer("01ARZ3NDEKTSV4RRFFQ69G5FAV", { answer: "fault", faultKind: null, certainty: 1 }, "bench")));
  const again = await site.import(new PlantRecorder({ ...plant, start: plantStart + 86_400_000_000 }).next(2000), { asset: "plant", warmUpRows: 400 });
  rows.push({ input: "after all of these: a good recording", got: `taken in and judged: ${again.intake.samples} samples`, kept: "the model in force judged it", asWanted: again.arrivals.every(({ events }) => events !== null) });
  return rows;
}

/** Reads a bad file and, when it can be read, takes it in under an asset of its own. */
async function handIn(site: Site, { input, wanted, path }: BadFile): Promise<Row> {
  if (!wanted.startsWith("read")) return await refusal(site, input, wanted, () => readRecording(path).then((recording) => site.import(recording, { asset: input, warmUpRows: 0 })));
  try {
    const recording = await readRecording(path);
    const { intake } = await site.import(recording, { asset: input, warmUpRows: 0 });
    const codes = recording.remarks.map(({ code }): string => code);
    const missing = wanted.split(" ").slice(1).filter((code) => !codes.includes(code));
    const kept = `${recording.rows} rows, ${intake.samples} samples taken in`;
    return { input, got: `read: ${recording.remarks.map(({ text }) => text).join("; ")}`, kept, asWanted: missing.length === 0 };
  } catch (error) {
    return { input, got: said(error).text, kept: "", asWanted: false };
  }
}

/** Does what must be refused with a code, and looks whether the site is as it was. */
async function refusal(site: Site, input: string, wanted: string, work: () => Promise<unknown>): Promise<Row> {
  const before = await factsOf(site);
  try {
    await work();
    return { input, got: "accepted", kept: "", asWanted: false };
  } catch (error) {
    const { code, text } = said(error);
    const after = await factsOf(site);
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    return { input, got: text, kept: isSame ? `unharmed: ${after.samples} samples, ${after.blocks} blocks, ${after.models} models, ledger whole` : `changed: ${JSON.stringify(before)} became ${JSON.stringify(after)}`, asWanted: code === wanted && isSame };
  }
}

function said(error: unknown): { code: string; text: string } {
  if (error instanceof MillraceError) return { code: error.code, text: `${error.code}: ${error.message}` };
  return { code: "", text: `no code: ${error instanceof Error ? error.message : String(error)}` };
}

async function factsOf({ store }: Site) {
  const { records, telemetry } = store;
  const [ledger, check] = [await records.ledger(), await telemetry.check()];
  const assets = await records.assets();
  const blocks = await Promise.all(assets.map(({ id }) => records.blocks({ asset: id })));
  return {
    samples: check.openSamples + check.sealedDays.reduce((sum, { samples }) => sum + samples, 0),
    problems: check.problems,
    assets: assets.length,
    blocks: blocks.flat().length,
    models: store.models.list().length,
    ledger: [ledger.length, ledger.at(-1)?.hash ?? "", verifyLedger(ledger).length],
  };
}

/** Names that try to get out, taken in as names of signals and of the asset. */
async function hostileNamesIn(site: Site, directory: string): Promise<Row> {
  const input = "hostile names of signals, file and asset";
  const before = readdirSync(site.store.directory).toSorted();
  const recording = await readRecording(hostileFile(directory));
  const { intake } = await site.import(recording, { asset: hostileNames[2], warmUpRows: 0 });
  const after = readdirSync(site.store.directory).toSorted();
  const names = (await site.store.records.signals(intake.asset.id)).map(({ name }) => name);
  // oxlint-disable-next-line no-control-regex -- looking for what must not be there
  const shown = names.every((name) => !/[\u0000-\u001f\u202e]/.test(name)) && names.length === hostileNames.length;
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  return { input, got: `read: ${names.length} signals; ${recording.remarks.map(({ text }) => text).join("; ")}`, kept: isSame ? "no file made beyond the site's own; hidden characters made visible" : `files now ${after.join(", ")}`, asWanted: shown && isSame };
}

/** The same file through `try`: what of it reaches the report as markup. */
async function hostileReport(directory: string): Promise<Row> {
  const input = "hostile names in the HTML report";
  const report = join(directory, "report.html");
  const { ended, stderr } = await tryFile([hostileFile(directory), "--report", report]);
  if (ended !== 0) return { input, got: `try ended with ${ended}: ${stderr.trim().slice(0, 200)}`, kept: "", asWanted: false };
  const html = readFileSync(report, "utf8");
  const live = ["<script>alert", "<img src=x", "</script>alert"].filter((markup) => html.includes(markup));
  return { input, got: live.length === 0 ? `report of ${Math.round(html.length / 1024)} KiB, names as text` : `live markup: ${live.join(" ")}`, kept: "nothing is kept by try", asWanted: live.length === 0 };
}

/** Fills a small disk under a site, then looks whether all that was acknowledged is there and opens again. */
async function fullDisk(directory: string): Promise<Row> {
  const input = "full disk";
  const disk = join(directory, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk], { stdio: "pipe" });
  } catch {
    return { input, got: "this account may not mount a small disk (root on Linux may)", kept: "", asWanted: null };
  }
  try {
    return await fillUp(join(disk, "site"));
  } finally {
    execFileSync("umount", ["-l", disk], { stdio: "pipe" });
  }
}

async function fillUp(path: string): Promise<Row> {
  const input = "full disk";
  const recorder = new PlantRecorder({ ...plant, signals: 40 });
  let acknowledged = 0;
  let refused = { code: "", text: "never full" };
  const site = await openSite(path, { create: true });
  try {
    for (let piece = 0; piece < 60; piece++) acknowledged += (await site.import(recorder.next(5000), { asset: "plant", warmUpRows: 400, blockRule: { by: "file" } })).intake.samples;
  } catch (error) {
    refused = said(error);
  } finally {
    await site.close().catch(() => {});
  }
  const { samples, problems } = await openAgain(path);
  const isKept = samples >= acknowledged && problems.length === 0;
  return { input, got: refused.text, kept: `${acknowledged} samples acknowledged, ${samples} there when opened again${problems.map((problem) => `; ${problem}`).join("")}`, asWanted: refused.code === "store.disk-full" && isKept };
}

/** The samples of a site on a disk that is still full. */
async function openAgain(path: string): Promise<{ samples: number; problems: readonly string[] }> {
  try {
    const site = await openSite(path);
    try {
      return await factsOf(site);
    } finally {
      await site.close().catch(() => {});
    }
  } catch (error) {
    return { samples: 0, problems: [said(error).text] };
  }
}

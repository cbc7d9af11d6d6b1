import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { canonicalJson, digest } from "../src/digest.ts";
import { randomFrom } from "../src/learn/random.ts";
import type { LedgerHead } from "../src/schema/ledger-head.ts";
import { ModelFiles } from "../src/store/models.ts";
import { openRecordsReadOnly } from "../src/store/records.ts";
import { verifyRows } from "../src/wheel/ledger.ts";
import { factFindings } from "../src/wheel/ledger-facts.ts";

/** A site's records as they are, as they were earlier, and what was kept outside of it. */
export interface Witnessed {
  readonly directory: string;
  /** Of an earlier day: a copy of `records.sqlite`. */
  readonly yesterday: string;
  readonly head: LedgerHead;
  /** Where tampered copies may be made. */
  readonly scratch: string;
}

export interface Tampers {
  readonly tried: number;
  readonly found: number;
  /** What was done and not found. */
  readonly missed: readonly string[];
}

type Random = () => number;
type Tamper = (database: DatabaseSync, random: Random) => string;

/** Changes a site's records behind its back in `count` random ways, each in a copy of its own, and asks the verification of each. */
export function tamperWith(witnessed: Witnessed, count: number, seed: number): Tampers {
  const random = randomFrom(seed);
  const missed: string[] = [];
  for (let tried = 0; tried < count; tried++) {
    const kind = tried % (tampers.length + 1);
    const copy = join(witnessed.scratch, String(tried));
    mkdirSync(join(copy, "models"), { recursive: true });
    copyFileSync(kind === tampers.length ? witnessed.yesterday : join(witnessed.directory, "records.sqlite"), join(copy, "records.sqlite"));
    const done = kind === tampers.length ? "yesterday's file in its place" : tampered(copy, tampers[kind], random);
    if (isWhole(copy, witnessed.head)) missed.push(done);
    rmSync(copy, { recursive: true });
  }
  return { tried: count, found: count - missed.length, missed };
}

/** Whether a directory's ledger and the facts it speaks of are whole, by a head kept outside. */
export function isWhole(directory: string, head: LedgerHead): boolean {
  const records = openRecordsReadOnly(directory);
  try {
    if (verifyRows(records.ledgerRows(), { head }).length > 0) return false;
    return factFindings(records.ledger(), records.ledgerFacts(), new ModelFiles(directory)).length === 0;
  } finally {
    records.close();
  }
}

function tampered(directory: string, tamper: Tamper, random: Random): string {
  const database = new DatabaseSync(join(directory, "records.sqlite"));
  try {
    return tamper(database, random);
  } finally {
    database.close();
  }
}

const tampers: readonly Tamper[] = [changeField, changeFieldAndChain, removeLine, removeLineAndChain, swapLines, insertLine, cutTail, changeLabel, removeLabel, addLabel, changeTurn, changeModel, moveChampion];

interface Line extends Record<string, unknown> {
  number: number;
  hash: string;
  previous: string;
}

const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)];
const linesOf = (database: DatabaseSync): Line[] => database.prepare("SELECT body FROM ledger ORDER BY number").all().map(({ body }) => JSON.parse(String(body)) as Line);

function rewrite(database: DatabaseSync, lines: readonly Line[]): void {
  database.exec("DELETE FROM ledger");
  const insert = database.prepare("INSERT OR REPLACE INTO ledger (number, hash, body) VALUES (?, ?, ?)");
  for (const line of lines) insert.run(line.number, line.hash, canonicalJson(line));
}

/** Numbers, links and hashes made right again, as somebody without the key would. */
function chainedAnew(lines: readonly Line[]): Line[] {
  let previous = "0".repeat(64);
  return lines.map((line, at) => {
    const { hash: _, signature, ...content }: Record<string, unknown> = { ...line, number: at + 1, previous };
    const hash = digest(canonicalJson(content));
    previous = hash;
    return { ...content, hash, ...(signature !== undefined && { signature }) } as Line;
  });
}

/** A leaf of a value, somewhere, made another. */
function altered(value: unknown, random: Random): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return value === "" ? "x" : value.slice(0, -1) + (value.endsWith("0") ? "1" : "0");
  if (value === null || value === undefined) return "0".repeat(64);
  if (typeof value === "boolean") return !value;
  const entries = Object.entries(value);
  if (entries.length === 0) return Array.isArray(value) ? ["0".repeat(64)] : { x: 1 };
  const [name, inner] = pick(entries, random);
  const changed = { ...value, [name]: altered(inner, random) };
  return Array.isArray(value) ? Object.values(changed) : changed;
}

function changed(lines: readonly Line[], random: Random): { lines: Line[]; what: string } {
  const at = Math.floor(random() * lines.length);
  const field = pick(Object.keys(lines[at]), random);
  return { lines: lines.map((line, i) => (i === at ? { ...line, [field]: altered(line[field], random) } : line)), what: `${field} of line ${at + 1} changed` };
}

function changeField(database: DatabaseSync, random: Random): string {
  const { lines, what } = changed(linesOf(database), random);
  rewrite(database, lines);
  return what;
}

function changeFieldAndChain(database: DatabaseSync, random: Random): string {
  const before = linesOf(database);
  for (;;) {
    const { lines, what } = changed(before, random);
    const anew = chainedAnew(lines);
    if (canonicalJson(anew) === canonicalJson(before)) continue; // a number or a link, which was made right again
    rewrite(database, anew);
    return `${what}, and chained anew`;
  }
}

function removeLine(database: DatabaseSync, random: Random): string {
  const lines = linesOf(database);
  const at = Math.floor(random() * lines.length);
  rewrite(database, lines.toSpliced(at, 1));
  return `line ${at + 1} removed`;
}

function removeLineAndChain(database: DatabaseSync, random: Random): string {
  const lines = linesOf(database);
  const at = Math.floor(random() * lines.length);
  rewrite(database, chainedAnew(lines.toSpliced(at, 1)));
  return `line ${at + 1} removed, and chained anew`;
}

function swapLines(database: DatabaseSync, random: Random): string {
  const lines = linesOf(database);
  const at = Math.floor(random() * (lines.length - 1));
  const swapped = lines.with(at, lines[at + 1]).with(at + 1, lines[at]);
  rewrite(database, random() < 0.5 ? swapped.map((line, i) => ({ ...line, number: i + 1 })) : chainedAnew(swapped));
  return `lines ${at + 1} and ${at + 2} swapped`;
}

function insertLine(database: DatabaseSync, random: Random): string {
  const lines = linesOf(database);
  const at = Math.floor(random() * (lines.length + 1));
  const forged = chainedAnew(lines.toSpliced(at, 0, pick(lines, random)));
  rewrite(database, forged);
  return `a line inserted before line ${at + 1}`;
}

function cutTail(database: DatabaseSync, random: Random): string {
  const lines = linesOf(database);
  const kept = Math.floor(random() * lines.length);
  rewrite(database, lines.slice(0, kept));
  return `all after line ${kept} cut off`;
}

function changeLabel(database: DatabaseSync, random: Random): string {
  const { id, revision, body } = pick(database.prepare("SELECT id, revision, body FROM label").all(), random);
  const label = JSON.parse(String(body)) as { answer: string; start: number };
  const other = random() < 0.5 ? { ...label, answer: label.answer === "fault" ? "normal" : "fault" } : { ...label, start: label.start - 1_000_000 };
  database.prepare("UPDATE label SET body = ? WHERE id = ? AND revision = ?").run(canonicalJson(other), id, revision);
  return `label ${String(id)} changed`;
}

function removeLabel(database: DatabaseSync, random: Random): string {
  const { id, revision } = pick(database.prepare("SELECT id, revision FROM label").all(), random);
  database.prepare("DELETE FROM label WHERE id = ? AND revision = ?").run(id, revision);
  return `label ${String(id)} removed`;
}

function addLabel(database: DatabaseSync, random: Random): string {
  const { id, revision } = pick(database.prepare("SELECT id, revision FROM label").all(), random);
  database.prepare('INSERT INTO label SELECT id, revision + 100, 0, asset, start, "end", withdrawn, json_set(body, \'$.revision\', revision + 100) FROM label WHERE id = ? AND revision = ?').run(id, revision);
  return `a revision of label ${String(id)} added`;
}

function changeTurn(database: DatabaseSync, random: Random): string {
  const { id, body } = pick(database.prepare("SELECT id, body FROM turn WHERE state = 'recorded'").all(), random);
  const turn = JSON.parse(String(body)) as { verdict: { reasons: string[] } | null };
  database.prepare("UPDATE turn SET body = ? WHERE id = ?").run(canonicalJson({ ...turn, verdict: turn.verdict && { ...turn.verdict, reasons: ["It is much better."] } }), id);
  return `the verdict of turn ${String(id)} changed`;
}

function changeModel(database: DatabaseSync, random: Random): string {
  const { digest: name, body } = pick(database.prepare("SELECT digest, body FROM model").all(), random);
  database.prepare("UPDATE model SET body = ? WHERE digest = ?").run(canonicalJson({ ...(JSON.parse(String(body)) as object), totalDigest: "0".repeat(64) }), name);
  return `the record of model ${String(name)} changed`;
}

function moveChampion(database: DatabaseSync, random: Random): string {
  const models = database.prepare("SELECT wheel, digest FROM model").all();
  const { wheel, digest: name } = pick(models, random);
  database.prepare("INSERT INTO champion (wheel, model, at, turn, reason) VALUES (?, ?, ?, NULL, 'by hand')").run(wheel, name, 1 + Math.floor(random() * 1e15));
  return `model ${String(name)} put in force`;
}

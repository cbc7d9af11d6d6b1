import type { SQLInputValue } from "node:sqlite";
import type { z } from "zod";
import { canonicalJson, digest } from "../../digest.ts";
import { MillraceError } from "../../errors.ts";
import { Alarm } from "../../schema/alarm.ts";
import { Asset } from "../../schema/asset.ts";
import { Baseline } from "../../schema/baseline.ts";
import { Block } from "../../schema/block.ts";
import { Event } from "../../schema/event.ts";
import { Inflow } from "../../schema/inflow.ts";
import { BlockLoss } from "../../schema/judgement.ts";
import { Label } from "../../schema/label.ts";
import { LedgerEntry } from "../../schema/ledger-entry.ts";
import { Model } from "../../schema/model.ts";
import { Part } from "../../schema/part.ts";
import { Question } from "../../schema/question.ts";
import { Signal } from "../../schema/signal.ts";
import { Site } from "../../schema/site.ts";
import { Turn } from "../../schema/turn.ts";
import { Wheel } from "../../schema/wheel.ts";
import { genesis, hashOf } from "./chain.ts";
import { forget } from "./forget.ts";
import { putInflow } from "./inflows.ts";
import { Champion, Judged, Person, Setting, StoredNode, StoredSum, type Forgotten, type Puttable, type SettledFact } from "./facts.ts";
import type { Sql } from "./sql.ts";

type Columns = Readonly<Record<string, SQLInputValue>>;
type Put = (sql: Sql, value: unknown) => void;

/** How each noun is written: its schema, and beside its body the columns that queries need. */
const puts: Readonly<Record<keyof Puttable, Put>> = {
  site: checked("site", Site, putSite),
  asset: kept("asset", Asset, ({ id }) => ({ id })),
  part: kept("part", Part, ({ id, serial }) => ({ id, serial })),
  event: kept("event", Event, ({ id, asset, wheel, block, start, end }) => ({ id, asset, wheel, block, start, end })),
  alarm: kept("alarm", Alarm, ({ id, event, state, since }) => ({ id, event, state, since })),
  turn: kept("turn", Turn, ({ id, wheel, number, state }) => ({ id, wheel, number, state })),
  setting: checked("setting", Setting, (sql, setting) => insert(sql, "INSERT OR REPLACE", "setting", setting)),
  person: checked("person", Person, (sql, person) => insert(sql, "INSERT OR REPLACE", "person", person)),
  node: checked("node", StoredNode, (sql, node) => insert(sql, "INSERT OR REPLACE", "node", node)),
  inflow: checked("inflow", Inflow, putInflow),
  signal: checked("signal", Signal, putSignal),
  wheel: revised("wheel", Wheel, ({ asset, name }) => ({ asset, name })),
  baseline: revised("baseline", Baseline, ({ asset, regime }) => ({ asset, regime })),
  block: revised("block", Block, ({ asset, start, end, sequence }) => ({ asset, start, end, sequence })),
  label: revised("label", Label, ({ asset, start, end, withdrawn }) => ({ asset, start, end, withdrawn: Number(withdrawn) })),
  question: revised("question", Question, ({ wheel, reason, state, askedAt, interval, label }) => ({ wheel, reason, state, asked_at: askedAt, ...interval, label })),
  model: checked("model", Model, putModel),
  sum: checked("sum", StoredSum, putSum),
  loss: checked("loss", BlockLoss, putLoss),
  judged: checked("judged", Judged, putJudged),
  champion: checked("champion", Champion, putChampion),
  ledger: checked("ledger", LedgerEntry, putLedger),
};

/** Writes one fact inside the open transaction. Throws TypeError for a value that its schema refuses. */
export function writeFact(sql: Sql, fact: SettledFact): void {
  if ("drop" in fact) drop(sql, fact);
  else if (Object.hasOwn(puts, fact.put)) puts[fact.put](sql, fact.value);
  else throw new TypeError(`Cannot write a fact: nothing is called ${JSON.stringify(fact.put)}`);
}

function checked<T>(noun: string, schema: z.ZodType<T>, put: (sql: Sql, value: T) => void): Put {
  return (sql, value) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new TypeError(`Cannot write a ${noun}: ${describe(parsed.error.issues)}`);
    put(sql, parsed.data);
  };
}

function describe(issues: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  return issues.map(({ path, message }) => `${path.map(String).join(".") || "it"}: ${message}`.slice(0, 160)).join("; ").slice(0, 400);
}

/** A noun that is kept as last put. */
function kept<T>(table: string, schema: z.ZodType<T>, columns: (value: T) => Columns): Put {
  return checked(table, schema, (sql, value) => insert(sql, "INSERT OR REPLACE", table, { ...columns(value), body: canonicalJson(value) }));
}

/** A noun that is kept in all its revisions. */
function revised<T extends { id: string; revision: number }>(table: string, schema: z.ZodType<T>, columns: (value: T) => Columns): Put {
  return checked(table, schema, (sql, value) => putRevision(sql, table, value, columns(value)));
}

function putRevision(sql: Sql, table: string, value: { id: string; revision: number }, columns: Columns): void {
  const { id, revision } = value;
  const body = canonicalJson(value);
  const existing = sql.text(`SELECT body FROM ${table} WHERE id = ? AND revision = ?`, id, revision);
  if (existing !== undefined) return requireEqual(existing, body, `${table} ${id} revision ${revision}`);
  const isNewest = (sql.number(`SELECT revision FROM ${table} WHERE id = ? AND newest = 1`, id) ?? 0) < revision;
  if (isNewest) sql.run(`UPDATE ${table} SET newest = 0 WHERE id = ? AND newest = 1`, id);
  insert(sql, "INSERT", table, { id, revision, ...columns, body, newest: isNewest ? 1 : 0 });
}

function putSite(sql: Sql, site: Site): void {
  const other = sql.text("SELECT id FROM site WHERE id <> ?", site.id);
  if (other !== undefined) throw new TypeError(`Cannot write a site: this directory belongs to site ${other}`);
  insert(sql, "INSERT OR REPLACE", "site", { id: site.id, body: canonicalJson(site) });
}

/** Samples are stored under a signal's key, so a key is never another signal's and never changes. */
function putSignal(sql: Sql, signal: Signal): void {
  const { id, asset, key } = signal;
  const owner = sql.text("SELECT id FROM signal WHERE key = ? AND id <> ?", key, id);
  if (owner !== undefined) throw new TypeError(`Cannot write signal ${id}: its key ${key} is that of signal ${owner}`);
  const before = sql.number("SELECT key FROM signal WHERE id = ? AND key <> ?", id, key);
  if (before !== undefined) throw new TypeError(`Cannot write signal ${id}: its key is ${before}, not ${key}`);
  putRevision(sql, "signal", signal, { asset, key });
}

function requireEqual(stored: string, given: string, what: string): void {
  if (stored === given) return;
  throw new MillraceError("store.revision-conflict", `Cannot write ${what}: another content is stored under it`, {
    hint: "Read it again and write the change as the next revision.",
  });
}

function putModel(sql: Sql, model: Model): void {
  const body = canonicalJson(model);
  const existing = sql.text("SELECT body FROM model WHERE digest = ?", model.digest);
  if (existing !== undefined) return requireEqual(existing, body, `model ${model.digest}`);
  insert(sql, "INSERT", "model", { digest: model.digest, wheel: model.wheel, created_at: model.createdAt, body });
}

function putChampion(sql: Sql, { wheel, model, at, turn, reason }: Champion): void {
  if (model !== null && sql.get("SELECT 1 FROM model WHERE digest = ?", model) === undefined) throw new TypeError(`Cannot make ${model} champion: there is no such model`);
  const last = sql.get("SELECT model, at, turn, reason FROM champion WHERE wheel = ? ORDER BY number DESC LIMIT 1", wheel);
  if (last !== undefined && last["model"] === model && last["at"] === at && last["turn"] === turn && last["reason"] === reason) return;
  insert(sql, "INSERT", "champion", { wheel, model, at, turn, reason });
}

function putLoss(sql: Sql, loss: BlockLoss): void {
  const { wheel, evidence, block, recipe, model } = loss;
  const subject = evidence === "recipe" ? recipe : model;
  insert(sql, "INSERT OR REPLACE", "loss", { wheel, evidence, subject, block, recipe, model, body: canonicalJson(loss) });
}

function putJudged(sql: Sql, { wheel, block, blockRevision, model, recipe, role, start, period, scores, at }: Judged): void {
  const subject = role === "recipe" ? recipe : model;
  const bytes = new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength);
  const columns = { wheel, block, role, subject, block_revision: blockRevision, model, recipe, start, period, at, scores: bytes };
  insert(sql, "INSERT OR REPLACE", "judged", columns);
}

function putSum(sql: Sql, { name, wheel, block, blockRevision, labelsDigest, mapDigest, bytes }: StoredSum): void {
  const existing = sql.bytes("SELECT bytes FROM sum WHERE name = ?", name);
  if (existing !== undefined) return requireEqual(digest(existing), digest(bytes), `sum ${name}`);
  const columns = { name, wheel, map_digest: mapDigest, block, block_revision: blockRevision, labels_digest: labelsDigest, bytes };
  insert(sql, "INSERT", "sum", columns);
}

/** A line of the ledger as it was written before: it may come after a hole, which verification then finds, and is whole itself. */
export function restoreLine(sql: Sql, entry: LedgerEntry): void {
  const last = sql.number("SELECT max(number) FROM ledger") ?? 0;
  if (entry.number <= last || hashOf(entry) !== entry.hash) return putLedger(sql, entry);
  insert(sql, "INSERT", "ledger", { number: entry.number, hash: entry.hash, body: canonicalJson(entry) });
}

/** The next line of the ledger: its number, its link to the line before and its hash must be right. */
function putLedger(sql: Sql, entry: LedgerEntry): void {
  const body = canonicalJson(entry);
  const existing = sql.text("SELECT body FROM ledger WHERE number = ?", entry.number);
  if (existing !== undefined) return requireEqual(existing, body, `ledger line ${entry.number}`);
  const next = (sql.number("SELECT max(number) FROM ledger") ?? 0) + 1;
  const previous = sql.text("SELECT hash FROM ledger WHERE number = ?", next - 1) ?? genesis;
  if (entry.number !== next) throw new TypeError(`Cannot write ledger line ${entry.number}: the next is ${next}`);
  if (entry.previous !== previous) throw new TypeError(`Cannot write ledger line ${next}: it does not follow the hash of line ${next - 1}`);
  if (hashOf(entry) !== entry.hash) throw new TypeError(`Cannot write ledger line ${next}: its hash is not that of its content`);
  insert(sql, "INSERT", "ledger", { number: entry.number, hash: entry.hash, body });
}

function insert(sql: Sql, verb: "INSERT" | "INSERT OR REPLACE", table: string, columns: Columns): void {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  sql.run(`${verb} INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`, ...Object.values(columns));
}

function drop(sql: Sql, fact: Extract<SettledFact, { drop: string }>): void {
  if (fact.drop === "events") sql.run("DELETE FROM event WHERE wheel = ? AND block = ?", fact.wheel, fact.block);
  else if (fact.drop === "losses") sql.run("DELETE FROM loss WHERE wheel = ? AND block = ?", fact.wheel, fact.block);
  else if (fact.drop === "nodes") sql.run("DELETE FROM node WHERE substr(name, 1, length(?1)) = ?1", fact.prefix);
  else if (fact.drop === "node") sql.run("DELETE FROM node WHERE name = ?", fact.name);
  else if (fact.drop === "setting") sql.run("DELETE FROM setting WHERE name = ?", fact.name);
  else if (fact.drop === "sum") sql.run("DELETE FROM sum WHERE name = ?", fact.name);
  else if (!forget(sql, fact as Forgotten)) throw new TypeError(`Cannot drop a fact: nothing is called ${JSON.stringify(Reflect.get(fact, "drop"))}`);
}

import type { SQLInputValue } from "node:sqlite";
import { canonicalJson, digest } from "../../digest.ts";
import { MillraceError } from "../../errors.ts";
import type { LedgerEntry } from "../../schema/ledger-entry.ts";
import { kept, revised, schemas, type Champion, type Fact, type Judged, type StoredSum } from "./facts.ts";
import type { Sql } from "./sql.ts";

type Put<K> = Extract<Fact, { put: K }>["value"];

/** Writes one fact inside the open transaction. Throws TypeError for a value that its schema refuses. */
export function writeFact(sql: Sql, fact: Fact): void {
  if ("drop" in fact) return drop(sql, fact);
  const parsed = schemas[fact.put]?.safeParse(fact.value);
  if (parsed === undefined) throw new TypeError(`Cannot write a fact: nothing is called ${JSON.stringify(fact.put)}`);
  if (!parsed.success) throw new TypeError(`Cannot write a ${fact.put}: ${describe(parsed.error.issues)}`);
  if (fact.put in kept) return putKept(sql, fact.put as keyof typeof kept, parsed.data);
  if (fact.put in revised) return putRevised(sql, fact.put as keyof typeof revised, parsed.data);
  const put = { model: putModel, champion: putChampion, loss: putLoss, judged: putJudged, sum: putSum, node: putNode, ledger: putLedger, setting: putSetting };
  (put[fact.put as keyof typeof put] as (sql: Sql, value: unknown) => void)(sql, parsed.data);
}

function describe(issues: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  return issues.map(({ path, message }) => `${path.map(String).join(".") || "it"}: ${message}`.slice(0, 160)).join("; ").slice(0, 400);
}

function putKept(sql: Sql, table: keyof typeof kept, value: unknown): void {
  const columns = { ...kept[table].columns(value as never), body: canonicalJson(value) };
  if (table === "site") requireOneSite(sql, String(columns["id" as never]));
  insert(sql, "INSERT OR REPLACE", table, columns);
}

function requireOneSite(sql: Sql, id: string): void {
  const other = sql.text("SELECT id FROM site WHERE id <> ?", id);
  if (other !== undefined) throw new TypeError(`Cannot write a site: this directory belongs to site ${other}`);
}

function putRevised(sql: Sql, table: keyof typeof revised, value: unknown): void {
  const columns = { ...revised[table].columns(value as never), body: canonicalJson(value) };
  const { id, revision, body } = columns as unknown as { id: string; revision: number; body: string };
  const existing = sql.text(`SELECT body FROM ${table} WHERE id = ? AND revision = ?`, id, revision);
  if (existing !== undefined) return requireEqual(existing, body, `${table} ${id} revision ${revision}`);
  const isNewest = (sql.number(`SELECT revision FROM ${table} WHERE id = ? AND newest = 1`, id) ?? 0) < revision;
  if (isNewest) sql.run(`UPDATE ${table} SET newest = 0 WHERE id = ? AND newest = 1`, id);
  if (table === "signal") requireFreeKey(sql, id, Number(columns["key" as never]));
  insert(sql, "INSERT", table, { ...columns, newest: isNewest ? 1 : 0 });
}

/** Samples are stored under a signal's key, so a key is never another signal's and never changes. */
function requireFreeKey(sql: Sql, id: string, key: number): void {
  const owner = sql.text("SELECT id FROM signal WHERE key = ? AND id <> ?", key, id);
  if (owner !== undefined) throw new TypeError(`Cannot write signal ${id}: its key ${key} is that of signal ${owner}`);
  const before = sql.number("SELECT key FROM signal WHERE id = ? AND key <> ?", id, key);
  if (before !== undefined) throw new TypeError(`Cannot write signal ${id}: its key is ${before}, not ${key}`);
}

function requireEqual(stored: string, given: string, what: string): void {
  if (stored === given) return;
  throw new MillraceError("store.revision-conflict", `Cannot write ${what}: another content is stored under it`, {
    hint: "Read it again and write the change as the next revision.",
  });
}

function putModel(sql: Sql, model: Put<"model">): void {
  const body = canonicalJson(model);
  const existing = sql.text("SELECT body FROM model WHERE digest = ?", model.digest);
  if (existing !== undefined) return requireEqual(existing, body, `model ${model.digest}`);
  insert(sql, "INSERT", "model", { digest: model.digest, wheel: model.wheel, created_at: model.createdAt, body });
}

function putChampion(sql: Sql, { wheel, model, at, turn, reason }: Champion): void {
  if (sql.get("SELECT 1 FROM model WHERE digest = ?", model) === undefined) throw new TypeError(`Cannot make ${model} champion: there is no such model`);
  const last = sql.get("SELECT model, at, turn, reason FROM champion WHERE wheel = ? ORDER BY number DESC LIMIT 1", wheel);
  if (last !== undefined && last["model"] === model && last["at"] === at && last["turn"] === turn && last["reason"] === reason) return;
  insert(sql, "INSERT", "champion", { wheel, model, at, turn, reason });
}

function putLoss(sql: Sql, loss: Put<"loss">): void {
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

function putNode(sql: Sql, node: Put<"node">): void {
  insert(sql, "INSERT OR REPLACE", "node", node);
}

function putSetting(sql: Sql, setting: Put<"setting">): void {
  insert(sql, "INSERT OR REPLACE", "setting", setting);
}

/** The next line of the ledger: its number, its link to the line before and its hash must be right. */
function putLedger(sql: Sql, entry: LedgerEntry): void {
  const body = canonicalJson(entry);
  const existing = sql.text("SELECT body FROM ledger WHERE number = ?", entry.number);
  if (existing !== undefined) return requireEqual(existing, body, `ledger line ${entry.number}`);
  const next = (sql.number("SELECT max(number) FROM ledger") ?? 0) + 1;
  const previous = sql.text("SELECT hash FROM ledger WHERE number = ?", next - 1) ?? "0".repeat(64);
  if (entry.number !== next) throw new TypeError(`Cannot write ledger line ${entry.number}: the next is ${next}`);
  if (entry.previous !== previous) throw new TypeError(`Cannot write ledger line ${next}: it does not follow the hash of line ${next - 1}`);
  const { hash, ...hashed } = entry;
  if (digest(canonicalJson(hashed)) !== hash) throw new TypeError(`Cannot write ledger line ${next}: its hash is not that of its content`);
  insert(sql, "INSERT", "ledger", { number: entry.number, hash, body });
}

function insert(sql: Sql, verb: "INSERT" | "INSERT OR REPLACE", table: string, columns: Readonly<Record<string, SQLInputValue>>): void {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  sql.run(`${verb} INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`, ...Object.values(columns));
}

function drop(sql: Sql, fact: Extract<Fact, { drop: string }>): void {
  if (fact.drop === "events") sql.run("DELETE FROM event WHERE wheel = ? AND block = ?", fact.wheel, fact.block);
  else if (fact.drop === "losses") sql.run("DELETE FROM loss WHERE wheel = ? AND block = ?", fact.wheel, fact.block);
  else if (fact.drop === "nodes") sql.run("DELETE FROM node WHERE substr(name, 1, length(?1)) = ?1", fact.prefix);
  else if (fact.drop === "node") sql.run("DELETE FROM node WHERE name = ?", fact.name);
  else if (fact.drop === "sum") sql.run("DELETE FROM sum WHERE name = ?", fact.name);
  else throw new TypeError(`Cannot drop ${JSON.stringify((fact as { drop: unknown }).drop)}: nothing is called that`);
}

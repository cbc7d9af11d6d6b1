import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** The changes that are kept: the name of a statement below and its values. */
export type Change =
  | readonly ["retain", topic: string, payload: Uint8Array, qos: number]
  | readonly ["unretain", topic: string]
  | readonly ["session", client: string, user: string]
  | readonly ["end", client: string]
  | readonly ["subscribe", client: string, filter: string, qos: number]
  | readonly ["unsubscribe", client: string, filter: string]
  | readonly ["queue", client: string, number: number, topic: string, payload: Uint8Array, qos: number, retain: number]
  | readonly ["sent", client: string, number: number, messageId: number, released: number]
  | readonly ["unqueue", client: string, number: number]
  | readonly ["incoming", client: string, messageId: number]
  | readonly ["released", client: string, messageId: number]
  | readonly ["will", client: string, user: string, topic: string, payload: Uint8Array, qos: number, retain: number]
  | readonly ["unwill", client: string];

/** All that is kept, as it is read at start; lists in the order they were made. */
export interface Kept {
  readonly retained: readonly { readonly topic: string; readonly payload: Uint8Array; readonly qos: number }[];
  readonly sessions: readonly { readonly client: string; readonly user: string }[];
  readonly subscriptions: readonly { readonly client: string; readonly filter: string; readonly qos: number }[];
  readonly queue: readonly KeptMessage[];
  readonly incoming: readonly { readonly client: string; readonly messageId: number }[];
  readonly wills: readonly { readonly client: string; readonly user: string; readonly topic: string; readonly payload: Uint8Array; readonly qos: number; readonly retain: number }[];
  /** What was wrong with the file, which was set aside; `null` when nothing was. */
  readonly problem: string | null;
}

export interface KeptMessage {
  readonly client: string;
  readonly number: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: number;
  /** Under which the client knows it; 0 before it was sent. */
  readonly messageId: number;
  /** 1 once the client has it and only the release is open. */
  readonly released: number;
}

const format = 1;

const schema = `
  CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL) STRICT;
  CREATE TABLE sessions (client TEXT PRIMARY KEY, user TEXT NOT NULL) STRICT;
  CREATE TABLE subscriptions (client TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL, PRIMARY KEY (client, filter)) STRICT, WITHOUT ROWID;
  CREATE TABLE queue (client TEXT NOT NULL, number INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL,
    retain INTEGER NOT NULL, messageId INTEGER NOT NULL DEFAULT 0, released INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (client, number)) STRICT, WITHOUT ROWID;
  CREATE TABLE incoming (client TEXT NOT NULL, messageId INTEGER NOT NULL, PRIMARY KEY (client, messageId)) STRICT, WITHOUT ROWID;
  CREATE TABLE wills (client TEXT PRIMARY KEY, user TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${format};`;

const statements: Readonly<Record<Change[0], string | readonly string[]>> = {
  // Deleted first, so that the row moves to the end: the oldest is the first to go when there are too many.
  retain: ["DELETE FROM retained WHERE topic = ?1", "INSERT INTO retained VALUES (?1, ?2, ?3)"],
  unretain: "DELETE FROM retained WHERE topic = ?1",
  session: "INSERT INTO sessions VALUES (?1, ?2) ON CONFLICT DO UPDATE SET user = ?2",
  end: ["DELETE FROM sessions WHERE client = ?1", "DELETE FROM subscriptions WHERE client = ?1", "DELETE FROM queue WHERE client = ?1", "DELETE FROM incoming WHERE client = ?1"],
  subscribe: "INSERT INTO subscriptions VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET qos = ?3",
  unsubscribe: "DELETE FROM subscriptions WHERE client = ?1 AND filter = ?2",
  queue: "INSERT OR REPLACE INTO queue (client, number, topic, payload, qos, retain) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  sent: "UPDATE queue SET messageId = ?3, released = ?4 WHERE client = ?1 AND number = ?2",
  unqueue: "DELETE FROM queue WHERE client = ?1 AND number = ?2",
  incoming: "INSERT OR IGNORE INTO incoming VALUES (?1, ?2)",
  released: "DELETE FROM incoming WHERE client = ?1 AND messageId = ?2",
  will: "INSERT OR REPLACE INTO wills VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  unwill: "DELETE FROM wills WHERE client = ?1",
};

/**
 * The broker's memory on disk, `broker.sqlite`: retained messages, sessions with what they want and
 * what waits for them, wills. A file that cannot be read is set aside and named; a new one is begun.
 */
export class Keeper {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, readonly { readonly statement: StatementSync; readonly values: number }[]>();
  readonly #problem: string | null;

  constructor(directory: string) {
    const path = join(directory, "broker.sqlite");
    let problem: string | null = null;
    let database: DatabaseSync;
    try {
      database = openAt(path);
    } catch (error) {
      // Room or rights that are missing are no fault of the file, and would stop a new one as well.
      if (!isUnreadable(error)) throw error;
      const aside = `broker-unreadable-${Date.now()}.sqlite`;
      problem = `broker.sqlite could not be read (${error.message}) and is now ${aside}: retained messages and sessions start empty`;
      for (const end of ["-wal", "-shm"]) rmSync(path + end, { force: true });
      renameSync(path, join(directory, aside));
      database = openAt(path);
    }
    this.#problem = problem;
    this.#database = database;
    for (const [name, sql] of Object.entries(statements)) {
      this.#statements.set(name, [sql].flat().map((one) => ({ statement: database.prepare(one), values: valuesIn(one) })));
    }
  }

  load(): Kept {
    const all = <Row>(sql: string): Row[] => this.#database.prepare(sql).all() as Row[];
    return {
      retained: all("SELECT topic, payload, qos FROM retained ORDER BY rowid"),
      sessions: all("SELECT client, user FROM sessions ORDER BY rowid"),
      subscriptions: all("SELECT client, filter, qos FROM subscriptions"),
      queue: all("SELECT * FROM queue ORDER BY client, number"),
      incoming: all("SELECT client, messageId FROM incoming"),
      wills: all("SELECT * FROM wills ORDER BY rowid"),
      problem: this.#problem,
    };
  }

  /** Makes changes durable, all or none. */
  commit(changes: readonly Change[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const [name, ...values] of changes) {
        for (const { statement, values: count } of this.#statements.get(name) ?? []) statement.run(...values.slice(0, count));
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Leaves nothing of what was taken out in free pages or the log. */
  purge(): void {
    purge(this.#database);
  }

  close(): void {
    this.#database.close();
  }
}

/** Leaves nothing in a database's free pages or log. */
export function purge(database: DatabaseSync): void {
  database.exec("VACUUM");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** How many values a statement names; it may be given no more. */
const valuesIn = (sql: string): number => Math.max(0, ...[...sql.matchAll(/\?(\d)/g)].map(([, digit]) => Number(digit)));

function openAt(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > format) throw new UnknownFormat(`it has format ${version}, known is ${format}`);
    if (version === 0) database.exec(`BEGIN; ${schema} COMMIT;`);
    const check = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (check !== "ok") throw new UnknownFormat(String(check).slice(0, 200));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class UnknownFormat extends Error {}

/** SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR (tables that are not ours), or our own findings. */
function isUnreadable(error: unknown): error is Error {
  return error instanceof UnknownFormat || (error instanceof Error && "errcode" in error && [1, 11, 26].includes(Number(error.errcode) & 0xff));
}

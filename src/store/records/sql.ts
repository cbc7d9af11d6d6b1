import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { MillraceError } from "../../errors.ts";

/** A row by column name. */
export type SqlRow = Readonly<Record<string, string | number | null | Uint8Array<ArrayBuffer>>>;

/** SQL with its statements kept prepared, and the driver's errors as ones a person can act on. */
export class Sql {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    return this.#do(() => this.#prepared(sql).all(...values)).map(toRow);
  }

  get(sql: string, ...values: SQLInputValue[]): SqlRow | undefined {
    const row = this.#do(() => this.#prepared(sql).get(...values));
    return row && toRow(row);
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#do(() => this.#prepared(sql).run(...values));
  }

  /** The one value of a query of one column; `undefined` without a row, or when it is NULL. */
  text(sql: string, ...values: SQLInputValue[]): string | undefined {
    const value = this.#value(sql, values);
    return typeof value === "string" ? value : undefined;
  }

  number(sql: string, ...values: SQLInputValue[]): number | undefined {
    const value = this.#value(sql, values);
    return typeof value === "number" ? value : undefined;
  }

  bytes(sql: string, ...values: SQLInputValue[]): Uint8Array<ArrayBuffer> | undefined {
    const value = this.#value(sql, values);
    return value instanceof Uint8Array ? value : undefined;
  }

  /** Records of a query whose only column is `body`; what was written by its schema is not checked again. */
  bodies<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.all(sql, ...values).map(({ body }): T => JSON.parse(String(body)));
  }

  /** Runs `work` in one transaction: all of it is durable on return, or none of it happened. */
  transaction(work: () => void): void {
    this.#do(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        work();
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #value(sql: string, values: SQLInputValue[]): SqlRow[string] | undefined {
    const row = this.get(sql, ...values);
    return row === undefined ? undefined : Object.values(row)[0];
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #do<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw recordsError(error);
    }
  }
}

function toRow(row: Record<string, SQLOutputValue>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
}

/** Conditions of a query that were given, and their values. */
export class Where {
  readonly values: SQLInputValue[] = [];
  readonly #conditions: string[] = [];

  and(condition: string, value: SQLInputValue | undefined): this {
    if (value === undefined) return this;
    this.#conditions.push(condition);
    this.values.push(value);
    return this;
  }

  get sql(): string {
    return ["TRUE", ...this.#conditions].join(" AND ");
  }
}

/** An error of SQLite as one a person can act on; others as they are. */
export function recordsError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code: unknown = Reflect.get(error, "errcode");
  const { message } = error;
  if (typeof code !== "number") return error;
  const primary = code & 0xff; // the rest of the number is detail
  if (primary === 13) {
    return new MillraceError("store.disk-full", "Cannot write the records: the disk is full", {
      hint: "Free some space; nothing was acknowledged that is not stored.",
      cause: error,
    });
  }
  if (primary === 11 || primary === 26) {
    return damaged(message, error);
  }
  return new MillraceError("store.disk-failed", `Cannot use the records: ${message}`, {
    hint: "Check the disk and its permissions, then run `millrace doctor`.",
    cause: error,
  });
}

/** Records that cannot be read, nor made again. */
export function damaged(why: string, cause?: Error): MillraceError {
  return new MillraceError("store.records-damaged", `Cannot read the records: records.sqlite is damaged (${why})`, {
    hint: "Nothing was changed. Restore a backup with `millrace restore`, or run SQLite's `.recover` on a copy of the file.",
    ...(cause !== undefined && { cause }),
  });
}

/** True when the content of the database itself is damaged. */
export function isDamage(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.code === "store.records-damaged";
}

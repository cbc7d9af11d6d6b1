import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { MillraceError } from "../../errors.ts";

export type SqlRow = Record<string, SQLInputValue>;

/** SQL with its statements kept prepared, and the driver's errors as ones a person can act on. */
export class Sql {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    return this.#do(() => this.#prepared(sql).all(...values)).map((row) => ({ ...row })); // the driver's rows have no prototype
  }

  get(sql: string, ...values: SQLInputValue[]): SqlRow | undefined {
    return this.#do(() => this.#prepared(sql).get(...values));
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#do(() => this.#prepared(sql).run(...values));
  }

  /** The one value of a query of one column, or `undefined` without a row. */
  text(sql: string, ...values: SQLInputValue[]): string | undefined {
    return this.#value(sql, values) as string | undefined;
  }

  number(sql: string, ...values: SQLInputValue[]): number | undefined {
    return this.#value(sql, values) as number | undefined;
  }

  bytes(sql: string, ...values: SQLInputValue[]): Uint8Array<ArrayBuffer> | undefined {
    return this.#value(sql, values) as Uint8Array<ArrayBuffer> | undefined;
  }

  /** Records of a query whose only column is `body`. */
  bodies<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.all(sql, ...values).map(({ body }) => JSON.parse(body as string) as T);
  }

  body<T>(sql: string, ...values: SQLInputValue[]): T | null {
    return this.bodies<T>(sql, ...values).at(0) ?? null;
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

  #value(sql: string, values: SQLInputValue[]): SQLInputValue | undefined {
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
  const code = (error as { errcode?: number }).errcode;
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined) return error instanceof Error ? error : new Error(message);
  const primary = code & 0xff; // the rest of the number is detail
  if (primary === 13) {
    return new MillraceError("store.disk-full", "Cannot write the records: the disk is full", {
      hint: "Free some space; nothing was acknowledged that is not stored.",
      cause: error,
    });
  }
  if (primary === 11 || primary === 26) {
    return new MillraceError("store.records-damaged", `Cannot read the records: records.sqlite is damaged (${message})`, {
      hint: "Nothing was changed. Put back a copy of records.sqlite, or run SQLite's `.recover` on a copy of it.",
      cause: error,
    });
  }
  return new MillraceError("store.disk-failed", `Cannot use the records: ${message}`, {
    hint: "Check the disk and its permissions, then run `millrace doctor`.",
    cause: error,
  });
}

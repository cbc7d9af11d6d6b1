import { randomBytes } from "node:crypto";
import type { Alarm } from "../../schema/alarm.ts";
import type { Label } from "../../schema/label.ts";
import type { Fact } from "./facts.ts";
import type { Sql } from "./sql.ts";

const pattern = /^person-[0-9A-F]{16}$/;

/** Whether a text is a pseudonym: of somebody whose name is not, or no longer, known. */
export const isPseudonym = (text: string): boolean => pattern.test(text);

/** The pseudonym of a name; `null` for one that is not known. */
export function pseudonymOf(sql: Sql, name: string): string | null {
  return sql.text("SELECT pseudonym FROM person WHERE name = ?", name) ?? null;
}

/**
 * Facts with people by pseudonym, and before them the names that are new. To be called inside the
 * transaction that writes them.
 *
 * A pseudonym is drawn, not derived: once its name is erased, nothing leads back to it. Facts that hold
 * no name are left as they are.
 */
export function pseudonymised(sql: Sql, facts: readonly Fact[]): Fact[] {
  const fresh = new Map<string, string>();
  const of = (name: string): string => {
    if (isPseudonym(name)) return name;
    const known = fresh.get(name) ?? pseudonymOf(sql, name);
    if (known !== null) return known;
    const drawn = `person-${randomBytes(8).toString("hex").toUpperCase()}`;
    fresh.set(name, drawn);
    return drawn;
  };
  const written = facts.map((fact): Fact => {
    if (!("put" in fact)) return fact;
    if (fact.put === "label") return { put: "label", value: { ...fact.value, author: of(fact.value.author) } };
    return fact.put === "alarm" ? { put: "alarm", value: withNames(fact.value, of) } : fact;
  });
  return [...Array.from(fresh, ([name, pseudonym]): Fact => ({ put: "person", value: { pseudonym, name } })), ...written];
}

function withNames(alarm: Alarm, of: (name: string) => string): Alarm {
  const by = (name: string | null): string | null => (name === null ? null : of(name));
  return { ...alarm, by: by(alarm.by), ...(alarm.history !== undefined && { history: alarm.history.map((step) => ({ ...step, by: by(step.by) })) }) };
}

/** The names of people, for what is read: an erased one stays a pseudonym. */
export class Persons {
  readonly #sql: Sql;
  #known: Map<string, string> | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }


  labels(labels: readonly Label[]): Label[] {
    return labels.map((label) => ({ ...label, author: this.#name(label.author) }));
  }

  alarms(alarms: readonly Alarm[]): Alarm[] {
    return alarms.map((alarm) => withNames(alarm, (pseudonym) => this.#name(pseudonym)));
  }

  #name(pseudonym: string): string {
    this.#known ??= new Map(this.#sql.all("SELECT pseudonym, name FROM person").map((row) => [String(row["pseudonym"]), String(row["name"])]));
    return this.#known.get(pseudonym) ?? pseudonym;
  }
}

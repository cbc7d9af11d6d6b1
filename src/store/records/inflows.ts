import { canonicalJson } from "../../digest.ts";
import { joinedInflow, type Inflow } from "../../schema/inflow.ts";
import type { Interval } from "../../schema/time.ts";
import { Where, type Sql } from "./sql.ts";

export interface InflowQuery {
  readonly connector?: string;
  /** A signal's. */
  readonly key?: number;
}

/** In order of connector and key. */
export function inflowsOf(sql: Sql, { connector, key }: InflowQuery): Inflow[] {
  const where = new Where().and("connector = ?", connector).and("key = ?", key);
  return sql.bodies(`SELECT body FROM inflow WHERE ${where.sql} ORDER BY connector, key`, ...where.values);
}

/** Which connectors have sent samples of some signals in hours that reach into [start, end), by name. */
export function connectorsOver(sql: Sql, { keys, start, end }: Interval & { readonly keys: readonly number[] }): string[] {
  const found = new Set<string>();
  for (const key of keys) for (const { connector, hours } of inflowsOf(sql, { key })) if (hours.some((one) => one.start < end && one.end > start)) found.add(connector);
  return [...found].toSorted();
}

/** Adds to what is known of a inflow. */
export function putInflow(sql: Sql, fresh: Inflow): void {
  const [known] = inflowsOf(sql, fresh);
  sql.run("INSERT OR REPLACE INTO inflow (connector, key, body) VALUES (?, ?, ?)", fresh.connector, fresh.key, canonicalJson(known === undefined ? fresh : joinedInflow(known, fresh)));
}

import type { Forgotten } from "./facts.ts";
import type { Sql } from "./sql.ts";

/** Blocks that stay may name a connector all the same: they know it to the hour. */
function dropInflows(sql: Sql, fact: Extract<Forgotten, { drop: "inflows" }>): void {
  if ("key" in fact) return sql.run("DELETE FROM inflow WHERE key = ?", fact.key);
  sql.run("DELETE FROM inflow WHERE connector = ?", fact.connector);
  sql.run(
    `UPDATE block SET body = json_set(body, '$.connectors', (SELECT json_group_array(value) FROM json_each(body, '$.connectors') WHERE value <> ?1))
     WHERE EXISTS (SELECT 1 FROM json_each(body, '$.connectors') WHERE value = ?1)`,
    fact.connector,
  );
}

/** Takes away what is forgotten, inside the open transaction; false for what is none of these. */
export function forget(sql: Sql, fact: Forgotten): boolean {
  switch (fact.drop) {
    case "block":
      sql.run("DELETE FROM alarm WHERE event IN (SELECT id FROM event WHERE block = ?)", fact.name);
      for (const table of ["event", "judged", "loss", "sum"]) sql.run(`DELETE FROM ${table} WHERE block = ?`, fact.name);
      sql.run("DELETE FROM block WHERE id = ?", fact.name);
      return true;
    case "found":
      sql.run("DELETE FROM alarm WHERE event IN (SELECT id FROM event WHERE asset = ? AND start >= ? AND start < ?)", fact.asset, fact.start, fact.end);
      sql.run("DELETE FROM event WHERE asset = ? AND start >= ? AND start < ?", fact.asset, fact.start, fact.end);
      sql.run("DELETE FROM question WHERE json_extract(body, '$.asset') = ? AND start >= ? AND start < ?", fact.asset, fact.start, fact.end);
      return true;
    case "label":
      sql.run("DELETE FROM label WHERE id = ? AND revision = ?", fact.name, fact.revision);
      sql.run("UPDATE label SET newest = revision = (SELECT max(revision) FROM label WHERE id = ?1) WHERE id = ?1", fact.name);
      return true;
    case "sums":
      sql.run("DELETE FROM sum WHERE block = ?", fact.block);
      return true;
    case "baseline":
      sql.run("DELETE FROM baseline WHERE id = ?", fact.name);
      return true;
    case "person":
      sql.run("DELETE FROM person WHERE pseudonym = ?", fact.name);
      return true;
    case "inflows":
      dropInflows(sql, fact);
      return true;
    default:
      return false;
  }
}

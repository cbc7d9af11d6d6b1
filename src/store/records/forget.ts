import type { Forgotten } from "./facts.ts";
import type { Sql } from "./sql.ts";

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
      sql.run("DELETE FROM inflow WHERE connector = ?", fact.connector);
      return true;
    default:
      return false;
  }
}

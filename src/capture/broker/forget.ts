import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { purge } from "./keeper.ts";

/**
 * Takes messages out of `broker.sqlite` that are about some assets: retained ones, and those that wait for absent
 * subscribers. About an asset is a topic with its name as a level; a message that the broker cannot tell apart by time
 * goes with the others of its topic. Nothing of them stays in free pages or the log.
 *
 * To be called while no broker has the file open: one that has forgets by itself. Returns how many went.
 */
export function forgetMessages(directory: string, assets: readonly string[]): number {
  const path = join(directory, "broker.sqlite");
  if (assets.length === 0 || !existsSync(path)) return 0;
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    let gone = 0;
    for (const table of ["retained", "queue", "wills"]) {
      const topics = database.prepare(`SELECT DISTINCT topic FROM ${table}`).all().map(({ topic }) => String(topic));
      const about = topics.filter((topic) => isAbout(topic, assets));
      for (const topic of about) gone += Number(database.prepare(`DELETE FROM ${table} WHERE topic = ?`).run(topic).changes);
    }
    purge(database);
    return gone;
  } finally {
    database.close();
  }
}

/** Whether a topic is about one of some assets: one of its levels, or some in a row, are the asset's name. */
export const isAbout = (topic: string, assets: readonly string[]): boolean => assets.some((asset) => `/${topic}/`.includes(`/${asset}/`));

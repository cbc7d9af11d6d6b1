import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSite, type Site } from "../src/site.ts";

/** Work in a directory that is gone afterwards. */
export async function inTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove); // also of a bench that is stopped half-way
  try {
    return await work(directory);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Work on a new site that is gone afterwards. */
export async function onNewSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  return await inTemporary(async (directory) => {
    const site = await openSite(directory, { create: true });
    try {
      return await work(site);
    } finally {
      await site.close();
    }
  });
}

/** What came of some work, and the seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

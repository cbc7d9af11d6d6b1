import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { writeWhole } from "./files.ts";

// The operating system's lock on samples.duckdb decides who has a directory open: it goes with its
// process, whatever became of that. The file `lock` only tells people and other processes who it is.
// That lock does not keep one process from opening a directory twice; this does.
const openHere = new Set<string>();

/** Claims a directory within this process. Throws `store.in-use` when it is open here already. */
export function claim(directory: string): { tell(): void; release(): void } {
  const path = realpathSync(directory);
  if (openHere.has(path)) {
    throw new MillraceError("store.in-use", `Cannot open the site in ${JSON.stringify(directory)}: process ${process.pid}, this one, has it open`, {
      hint: "Close the site before opening it again.",
    });
  }
  openHere.add(path);
  return {
    tell: () => writeWhole(join(path, "lock"), Buffer.from(`${process.pid}\n`)),
    release() {
      if (readLock(path) === process.pid) rmSync(join(path, "lock"), { force: true });
      openHere.delete(path);
    },
  };
}

/** The process that says it has the directory open: a hint, it may be long gone. */
export function readLock(directory: string): number | null {
  try {
    return Number.parseInt(readFileSync(join(directory, "lock"), "utf8"), 10) || null;
  } catch {
    return null;
  }
}

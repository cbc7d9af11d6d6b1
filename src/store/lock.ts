import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { writeWhole } from "./files.ts";

// The operating system's lock on samples.duckdb decides who has a directory open: it goes with its
// process, whatever became of that. The file `lock` only tells people and other processes who it is.
// That lock does not keep one process from opening a directory twice; this does.
const openHere = new Set<string>();

/** Claims a directory within this process. Throws `store.in-use` when it is open here already. */
export function claim(directory: string): { tell(address?: string): void; release(): void } {
  const path = realpathSync(directory);
  if (openHere.has(path)) {
    throw new MillraceError("store.in-use", `Cannot open the site in ${JSON.stringify(directory)}: process ${process.pid}, this one, has it open`, {
      hint: "Close the site before opening it again.",
    });
  }
  openHere.add(path);
  return {
    tell: (address) => writeWhole(join(path, "lock"), Buffer.from(`${process.pid}\n${address === undefined ? "" : `${address}\n`}`)),
    release() {
      if (readLock(path) === process.pid) rmSync(join(path, "lock"), { force: true });
      openHere.delete(path);
    },
  };
}

/** Where the process that has the directory open says it can be asked; `null` when it does not say, or none has. */
export function readAddress(directory: string): string | null {
  try {
    return readFileSync(join(directory, "lock"), "utf8").split("\n")[1] || null;
  } catch {
    return null;
  }
}

/** The process that says it has the directory open: a hint, it may be long gone. */
export function readLock(directory: string): number | null {
  try {
    return Number.parseInt(readFileSync(join(directory, "lock"), "utf8"), 10) || null;
  } catch {
    return null;
  }
}

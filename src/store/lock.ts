import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { MillraceError } from "../errors.ts";
import { writeWhole } from "./files.ts";

/** How the process that has a directory open can be asked by whoever may read the directory's private files. */
export const Control = z.object({
  address: z.string(),
  /** Lets its bearer do everything, until the site stops. */
  key: z.string(),
  /** What the address shows for itself, in PEM; `null` without TLS. */
  certificate: z.string().nullable(),
});
export type Control = z.infer<typeof Control>;

// The operating system's lock on samples.duckdb decides who has a directory open: it goes with its
// process, whatever became of that. The file `lock` only tells people and other processes who it is.
// That lock does not keep one process from opening a directory twice; this does.
const openHere = new Set<string>();

/** Claims a directory within this process. Throws `store.in-use` when it is open here already. */
export function claim(directory: string): { tell(address?: string): void; allow(control: Control): void; release(): void } {
  const path = realpathSync(directory);
  if (openHere.has(path)) {
    throw new MillraceError("store.in-use", `Cannot open the site in ${JSON.stringify(directory)}: process ${process.pid}, this one, has it open`, {
      hint: "Close the site before opening it again.",
    });
  }
  openHere.add(path);
  return {
    tell: (address) => writeWhole(join(path, "lock"), Buffer.from(`${process.pid}\n${address === undefined ? "" : `${address}\n`}`)),
    allow: (control) => writeWhole(join(path, "control"), Buffer.from(`${JSON.stringify(control)}\n`), 0o600),
    release() {
      if (readLock(path) === process.pid) for (const file of ["lock", "control"]) rmSync(join(path, file), { force: true });
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

/** How to ask the process that has the directory open; `null` when it does not say, or not to this user. */
export function readControl(directory: string): Control | null {
  try {
    return Control.parse(JSON.parse(readFileSync(join(directory, "control"), "utf8")));
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

import { lstatSync, openSync, readSync, closeSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { MillraceError } from "../errors.ts";
import { harmless } from "./table.ts";
import { usage } from "./usage.ts";

/**
 * Refuses to put a file where something of somebody else's is: throws `cli.usage` unless there is
 * nothing at `path`, or a plain file that `isOurs` by its first kilobytes.
 */
export function requireReplaceable(path: string, option: string, isOurs: (head: Buffer) => boolean): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isFile() && isOurs(headOf(path))) return;
  const what = found.isFile() ? "it exists, and Millrace did not make it" : "it is no plain file";
  throw usage(`write ${named(path)}: ${what}`, `Choose another name with --${option}.`);
}

/** Puts content under a name so that the name never shows part of it. Throws `cli.not-written`. */
export function writeOwn(path: string, option: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, content, { flag: "wx" });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError("cli.not-written", `Cannot write ${named(path)}: ${harmless(seen, 200)}`, { hint: `Choose another place with --${option}.`, cause });
  }
}

const named = (path: string): string => JSON.stringify(harmless(path, 200));

function headOf(path: string): Buffer {
  const head = Buffer.alloc(4096);
  const file = openSync(path, "r");
  try {
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}

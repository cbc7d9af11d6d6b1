import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync, readSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Makes renames, new and deleted names in a folder survive a power cut. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return; // cannot open a folder there, and need not
  syncFile(directory);
}

/** Makes what was written to a file survive a power cut. */
export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Puts bytes under a name so that the name never shows part of them, whatever happens. `mode` is that of a new file. */
export function writeWhole(path: string, bytes: Uint8Array, mode = 0o666): void {
  const draft = `${path}.tmp`;
  rmSync(draft, { force: true }); // one left by a crash would keep its mode
  const file = openSync(draft, "wx", mode);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/** Moves an unreadable file out of the way, its name and the time kept; tells where it went. */
export function setAside(directory: string, path: string): string {
  const folder = join(directory, "set-aside");
  mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, "").replace(/\..*/, "Z");
  let target = join(folder, `${basename(path)}.${stamp}`);
  for (let count = 2; existsSync(target); count++) target = join(folder, `${basename(path)}.${stamp}.${count}`);
  renameSync(path, target);
  syncDirectory(folder);
  syncDirectory(dirname(path));
  return join("set-aside", basename(target));
}

/** The SHA-256 of a file of any size, as 64 hex digits. */
export function fileDigest(path: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(1 << 20);
  const file = openSync(path, "r");
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read));
    return hash.digest("hex");
  } finally {
    closeSync(file);
  }
}

/** Copies a file under a name that is not there yet. Where the file system can, both share their blocks until one changes. */
export async function copyOne(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

/** Removes drafts that a crash left behind. */
export function removeDrafts(folder: string): void {
  for (const file of readdirSync(folder)) if (file.endsWith(".tmp")) rmSync(join(folder, file), { force: true });
}

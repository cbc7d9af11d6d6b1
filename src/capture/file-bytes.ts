import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { MillraceError } from "../errors.ts";
import { shown } from "./name.ts";

/** A file that can be read: its size on disk, and whether its first bytes say gzip. */
export interface SourceFile {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly gzip: boolean;
}

/** What one pass over a file saw of the bytes on disk. */
export interface Tap {
  readonly hash: ReturnType<typeof createHash>;
  bytes: number;
}

export interface PassOptions {
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const newTap = (): Tap => ({ hash: createHash("sha256"), bytes: 0 });

/** Looks at a file without reading it. Throws `capture.not-found`, `capture.not-a-file`, `capture.not-allowed`, `capture.empty`. */
export async function findFile(path: string): Promise<SourceFile> {
  const name = basename(path);
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw notAFile(path, facts.isDirectory());
    if (facts.size === 0) throw empty(name);
    const handle = await open(path, "r");
    try {
      const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return { path, name, size: facts.size, gzip: buffer[0] === 0x1f && buffer[1] === 0x8b };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asFileError(error, path);
  }
}

/**
 * The bytes of a file, unpacked, chunk by chunk; `tap` sees the bytes as on disk.
 *
 * Throws `capture.truncated` for packed data that ends early, `capture.damaged` for packed data that
 * is not what it says.
 */
export async function* bytesOf(file: SourceFile, tap: Tap, { onProgress, signal }: PassOptions = {}): AsyncGenerator<Buffer> {
  async function* tapped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      tap.hash.update(chunk);
      tap.bytes += chunk.length;
      onProgress?.(tap.bytes, file.size);
      yield chunk;
    }
  }
  signal?.throwIfAborted();
  const disk = createReadStream(file.path, signal === undefined ? {} : { signal });
  try {
    if (!file.gzip) return yield* tapped(disk);
    const gunzip = createGunzip();
    // The last stream carries the errors of all three; the callback is only there to hear them.
    yield* pipeline(disk, tapped, gunzip, () => {}) as unknown as AsyncIterable<Buffer>;
    if (gunzip.bytesWritten !== file.size) throw damaged(file.path, "bytes follow the end of its packed data");
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw asFileError(error, file.path);
  }
}

/** At most the first `limit` bytes of a file, unpacked, and whether that was all of it. */
export async function headOf(file: SourceFile, limit: number, signal?: AbortSignal): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(file, newTap(), { signal })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

export function empty(name: string): MillraceError {
  return new MillraceError("capture.empty", `Cannot read ${shown(name)}: it is empty`, {
    hint: "Check that the export ran to its end.",
  });
}

function notAFile(path: string, isDirectory: boolean): MillraceError {
  const seen = isDirectory ? "it is a directory" : "it is not a regular file";
  return new MillraceError("capture.not-a-file", `Cannot read ${shown(path)}: ${seen}`, {
    hint: "Name one file; read the files of a directory one by one.",
  });
}

function damaged(path: string, seen: string, cause?: unknown): MillraceError {
  return new MillraceError("capture.damaged", `Cannot read ${shown(path)}: ${seen}`, { hint: "Copy or export the file again.", cause });
}

function asFileError(error: unknown, path: string): unknown {
  if (error instanceof MillraceError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const refuse = (condition: string, seen: string, hint: string) =>
    new MillraceError(`capture.${condition}`, `Cannot read ${shown(path)}: ${seen}`, { hint, cause: error });
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return refuse("not-found", "there is no such file", "Check the spelling and the folder.");
    case "EACCES":
    case "EPERM":
      return refuse("not-allowed", "this account may not read it", "Give the account that runs Millrace the right to read the file.");
    case "Z_BUF_ERROR":
      return refuse("truncated", "its packed data ends early", "Copy or export the file again: a part of it is missing.");
    case "Z_DATA_ERROR":
      return damaged(path, "its packed data is damaged", error);
    case undefined:
      return error;
    default:
      return refuse("unreadable", code, "Check the disk or the network share that holds the file.");
  }
}

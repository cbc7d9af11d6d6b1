import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, lstat, mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { MillraceError } from "../../errors.ts";
import type { Digest } from "../../schema/id.ts";
import { cleanName, shown } from "../name.ts";

export const FolderOptions = z.object({
  directory: z.string().min(1).describe("Folder that files are dropped into"),
  endings: z.array(z.string().regex(/^\.[\w.]+$/)).min(1).default([".csv", ".tsv", ".txt", ".gz"]).describe("Endings of the files that are taken; others stay"),
  settle: z.number().min(0).max(3600).default(5).describe("Seconds for which a file must not grow before it counts as whole"),
  look: z.number().min(0.01).max(3600).default(2).describe("Seconds between two looks"),
});
export type FolderOptions = z.infer<typeof FolderOptions>;

/** A whole file that was found. Exactly one of `done` and `failed` is called, when it was taken in or could not be. */
export interface FoundFile {
  /** Where it lies while it is taken in: nobody writes there. */
  readonly path: string;
  /** As it was dropped. */
  readonly name: string;
  readonly digest: Digest;
  /** Moves it to `done/`; its content will not be handed over again. */
  done(): Promise<void>;
  /** Moves it to `failed/`, with a file beside it that says why. Dropped again, it is tried again. */
  failed(reason: string): Promise<void>;
}

/**
 * A watched folder: hands over each whole file once, until `stop` aborts.
 *
 * It looks every few seconds (shares of other machines do not tell), takes a file whose size and time
 * have not changed for `settle` seconds, moves it to `taking/`, and hands it over. Content that was taken
 * in before, by digest, goes to `done/` without being handed over again. What was being taken in when
 * the process ended is handed over again. Links, hidden files and those that end in `.part`, `.tmp` or
 * `~` are left alone: write under such a name and rename, and a file is whole at once.
 *
 * Throws `capture.no-folder` when the folder cannot be read or written.
 */
export async function* watchFolder(options: FolderOptions, stop: AbortSignal): AsyncIterable<FoundFile> {
  const places = await makePlaces(options.directory);
  const seen = new Map<string, Look>();
  const known = await readDigests(places);
  for (const name of await filesIn(places.taking)) yield* handOver(name, places, known);
  while (!stop.aborted) {
    for (const name of await wholeFiles(options, seen)) {
      if (stop.aborted) return;
      if (await moved(join(options.directory, name), join(places.taking, name))) yield* handOver(name, places, known);
    }
    await delay(options.look * 1000, undefined, { signal: stop }).catch(() => {}); // aborted: the loop ends
  }
}

interface Places {
  readonly taking: string;
  readonly done: string;
  readonly failed: string;
  /** Digests of what is done, one a line. */
  readonly digests: string;
}

interface Look {
  readonly size: number;
  readonly changed: number;
  readonly since: number;
}

async function makePlaces(directory: string): Promise<Places> {
  const at = (name: string): string => join(directory, name);
  const places: Places = { taking: at("taking"), done: at("done"), failed: at("failed"), digests: at("done/digests") };
  try {
    for (const place of [places.taking, places.done, places.failed]) await mkdir(place, { recursive: true });
  } catch (cause) {
    throw new MillraceError("capture.no-folder", `Cannot watch ${shown(directory)}: ${(cause as NodeJS.ErrnoException).code}`, {
      hint: "Name a folder that exists and that this user may write to: files are moved within it.",
      cause,
    });
  }
  return places;
}

async function readDigests({ digests }: Places): Promise<Set<string>> {
  const text = await readFile(digests, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return new Set(text.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line)));
}

/** Names of files that have not changed for long enough, oldest first. */
async function wholeFiles({ directory, endings, settle }: FolderOptions, seen: Map<string, Look>): Promise<string[]> {
  const names = (await filesIn(directory)).filter((name) => endings.includes(extname(name).toLowerCase()) && !/^\.|~$|\.(?:part|tmp)\./i.test(name));
  const now = performance.now();
  const whole: { name: string; changed: number }[] = [];
  for (const name of seen.keys()) if (!names.includes(name)) seen.delete(name);
  for (const name of names) {
    const stat = await lstat(join(directory, name)).catch(() => null); // it may just have gone
    if (stat === null) continue;
    const last = seen.get(name);
    if (last?.size !== stat.size || last.changed !== stat.mtimeMs) seen.set(name, { size: stat.size, changed: stat.mtimeMs, since: now });
    const since = seen.get(name)?.since ?? now;
    if (stat.size > 0 && now - since >= settle * 1000) whole.push({ name, changed: stat.mtimeMs });
  }
  return whole.sort((a, b) => a.changed - b.changed).map(({ name }) => name);
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name).sort();
}

async function* handOver(name: string, places: Places, known: Set<string>): AsyncGenerator<FoundFile> {
  const path = join(places.taking, name);
  const digest = await digestOf(path);
  if (known.has(digest)) return await putAway(path, places.done);
  yield {
    path,
    name,
    digest,
    async done() {
      // Noted before it is moved: a crash between the two leaves a file in `taking/` that is known.
      await appendFile(places.digests, `${digest}\n`, { flush: true });
      known.add(digest);
      await putAway(path, places.done);
    },
    async failed(reason) {
      const place = await freeName(places.failed, basename(path));
      await writeFile(`${place}.reason.txt`, `${shownReason(reason)}\n`);
      await rename(path, place);
    },
  };
}

async function digestOf(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function putAway(path: string, place: string): Promise<void> {
  await rename(path, await freeName(place, basename(path)));
}

/** A path in a folder that nothing has yet: `a.csv`, `a (2).csv`. */
async function freeName(place: string, name: string): Promise<string> {
  const ending = extname(name);
  for (let copy = 1; ; copy++) {
    const path = join(place, copy === 1 ? name : `${name.slice(0, name.length - ending.length)} (${copy})${ending}`);
    if (!(await exists(path))) return path;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await (await open(path)).close();
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Whether a file could be moved: one that is gone, or that is in the way, waits for the next look. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    if (await exists(to)) return false;
    await rename(from, to);
    return true;
  } catch (error) {
    if (["ENOENT", "EACCES", "EPERM", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

const shownReason = (reason: string): string => reason.split("\n").map(cleanName).join("\n");

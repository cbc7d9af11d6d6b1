import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, rmdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { canonicalJson, digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import { Digest, Id } from "../schema/id.ts";
import { Micros } from "../schema/time.ts";
import { remote, workerLine } from "../thread.ts";
import { copyOne, syncDirectory, writeWhole } from "./files.ts";
import { keyFile } from "./ledger-key.ts";
import { messageOf, storageError } from "./storage-error.ts";
import type { Store } from "./store.ts";
import type { Seals, StoreWorkerData } from "./worker.ts";

/** What a backup may hold, so that a manifest can lead nowhere else. */
const paths = /^(?:records\.sqlite|samples\.duckdb|site\.json|ledger-key\.pem|README\.txt|samples\/\d{4}-\d\d-\d\d(?:\.\d+)?\.parquet|(?:models|blobs)\/[0-9a-f]{64}(?:\.[a-z0-9]+)?)$/;

/** What is in a backup: every file by its digest. `digest` is that of all the rest. */
export const Manifest = z.object({
  format: z.literal(1),
  /** When it was begun: all that was acknowledged before is in it. */
  at: Micros,
  site: z.object({ id: Id, name: z.string() }).nullable(),
  counts: z.object({ openSamples: z.int(), sealedSamples: z.int(), sealedDays: z.int(), models: z.int(), ledgerLines: z.int() }),
  files: z.array(z.object({ path: z.string().regex(paths), bytes: z.int(), digest: Digest })),
  digest: Digest,
});
export type Manifest = z.infer<typeof Manifest>;

/** Before the name of the setting that tells of a backup that was made. */
export const backupPrefix = "backup-made.";

const underWay = new Set<string>();

const manifestName = "manifest.json";

/**
 * Writes a backup of an open site, at work or not, into a directory that is not there yet or is empty.
 *
 * It holds everything acknowledged before it began, as of one moment for the samples and one for the
 * records; it is a site's directory itself, with a manifest. Appends go on meanwhile. The name shows a whole
 * backup or none; on return it survives a power cut.
 * Throws `store.backup-target`, `store.disk-full`, `store.disk-failed`.
 */
export async function backupSite(store: Store, target: string, options: { readonly now?: () => number } = {}): Promise<Manifest> {
  const { now = () => Date.now() * 1000 } = options;
  const path = resolve(target);
  requireFree(path, "back up into");
  if (isWithin(store.directory, path)) throw refusedTarget("back up into", path, "it is inside the site itself");
  if (underWay.has(path)) throw refusedTarget("back up into", path, "a backup into it is under way");
  underWay.add(path);
  const draft = `${path}.partial`;
  const seals = startSeals();
  try {
    rmSync(draft, { recursive: true, force: true });
    for (const folder of ["samples", "models", "blobs"]) mkdirSync(join(draft, folder), { recursive: true, mode: 0o700 });
    const at = now();
    // Facts name samples and models, so theirs is the earlier moment.
    await store.records.backup(join(draft, "records.sqlite"));
    const samples = await store.telemetry.backup(draft);
    await copyFolder(store.directory, draft, "models");
    await copyFolder(store.directory, draft, "blobs");
    for (const file of ["README.txt", "site.json", keyFile]) if (existsSync(join(store.directory, file))) await copyOne(join(store.directory, file), join(draft, file));
    const files = await seals.remote.seal(draft, filesIn(draft));
    const site = await store.records.site();
    const ledgerLines = (await store.records.lastLedger())?.number ?? 0;
    const models = files.filter(({ path: name }) => name.startsWith("models/")).length;
    const said = { format: 1 as const, at, site: site && { id: site.id, name: site.name }, counts: { ...samples, models, ledgerLines }, files };
    const manifest: Manifest = { ...said, digest: digest(canonicalJson(said)) };
    writeWhole(join(draft, manifestName), Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
    putInPlace(draft, path);
    await store.records.write([{ put: "setting", value: { name: `${backupPrefix}${at}`, text: JSON.stringify({ at, target: path }) } }]);
    return manifest;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw storageError(`back up into ${JSON.stringify(path)}`, error);
  } finally {
    underWay.delete(path);
    await seals.stop();
  }
}

/** What is wrong with a backup, in sentences, having read all of it; empty when nothing is. Throws `store.no-backup`, `store.newer`. */
export async function verifyBackup(directory: string): Promise<string[]> {
  const path = resolve(directory);
  const manifest = readManifest(path);
  if (typeof manifest === "string") return [manifest];
  const named = new Set(manifest.files.map((file) => file.path));
  const present = new Set(filesIn(path));
  const problems = [...named].filter((file) => !present.has(file)).map((file) => `${file} is missing`);
  problems.push(...[...present].filter((file) => !named.has(file)).map((file) => `${JSON.stringify(file).slice(0, 80)} does not belong to it`));
  const seals = startSeals();
  try {
    const found = new Map((await seals.remote.seal(path, [...named].filter((file) => present.has(file)))).map((file) => [file.path, file]));
    for (const file of manifest.files) {
      const seen = found.get(file.path);
      if (seen !== undefined && seen.digest !== file.digest) problems.push(`${file.path} has other content than when it was made`);
    }
  } finally {
    await seals.stop();
  }
  return problems;
}

/**
 * Makes a site of a backup, in a directory that is not there yet or is empty.
 *
 * Every file is verified first, and again as it was copied; the name shows a whole site or none.
 * Throws `store.no-backup`, `store.backup-damaged`, `store.backup-target`, `store.newer`, `store.disk-full`, `store.disk-failed`.
 */
export async function restoreSite(backup: string, target: string): Promise<Manifest> {
  const [from, path] = [resolve(backup), resolve(target)];
  requireFree(path, "restore into");
  if (isWithin(from, path)) throw refusedTarget("restore into", path, "it is inside the backup");
  const problems = await verifyBackup(from);
  if (problems.length > 0) throw damagedBackup(from, problems);
  const manifest = readManifest(from);
  if (typeof manifest === "string") throw damagedBackup(from, [manifest]);
  const draft = `${path}.partial`;
  const seals = startSeals();
  try {
    rmSync(draft, { recursive: true, force: true });
    for (const folder of ["samples", "models", "blobs", "set-aside"]) mkdirSync(join(draft, folder), { recursive: true });
    for (const file of manifest.files) await copyOne(join(from, file.path), join(draft, file.path));
    const copied = await seals.remote.seal(draft, manifest.files.map((file) => file.path));
    const changed = copied.filter((file, index) => file.digest !== manifest.files[index].digest).map((file) => `${file.path} changed while it was copied`);
    if (changed.length > 0) throw damagedBackup(from, changed);
    putInPlace(draft, path);
    return manifest;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw storageError(`restore into ${JSON.stringify(path)}`, error);
  } finally {
    await seals.stop();
  }
}

/** A backup's manifest, or what is wrong with it. */
function readManifest(path: string): Manifest | string {
  const file = join(path, manifestName);
  if (!existsSync(file)) {
    throw new MillraceError("store.no-backup", `Cannot read a backup in ${JSON.stringify(path)}: there is no ${manifestName}`, {
      hint: "Name the directory that `millrace backup` made; one ending in .partial was never finished.",
    });
  }
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return `${manifestName} is no JSON: ${messageOf(error).slice(0, 80)}`;
  }
  const format: unknown = typeof content === "object" && content !== null && "format" in content ? content.format : undefined;
  if (typeof format === "number" && format > 1) {
    throw new MillraceError("store.newer", `Cannot read the backup in ${JSON.stringify(path)}: it has format ${format}, this version of Millrace knows 1`, {
      hint: "Use the version of Millrace that made this backup, or a later one.",
    });
  }
  const parsed = Manifest.safeParse(content);
  if (!parsed.success) return `${manifestName} is not as it was made: ${parsed.error.issues[0]?.path.map(String).join(".") ?? "it"}`;
  const { digest: name, ...rest } = parsed.data;
  if (digest(canonicalJson(rest)) !== name) return `${manifestName} has other content than when it was made`;
  return new Set(rest.files.map((one) => one.path)).size === rest.files.length ? parsed.data : `${manifestName} names a file twice`;
}

/** All files of a directory but its manifest, by their paths within it. */
function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const named = entries.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1).replaceAll("\\", "/"));
  return named.filter((name) => name !== manifestName).toSorted();
}

async function copyFolder(from: string, to: string, folder: string): Promise<void> {
  // A draft that is being written there is a file of its own, which is whole under its name or not there.
  const files = readdirSync(join(from, folder)).filter((file) => paths.test(`${folder}/${file}`));
  for (const file of files) await copyOne(join(from, folder, file), join(to, folder, file));
}

/** Gives a finished draft its name; all in it is on the disk already. */
function putInPlace(draft: string, path: string): void {
  for (const folder of readdirSync(draft, { withFileTypes: true })) if (folder.isDirectory()) syncDirectory(join(draft, folder.name));
  syncDirectory(draft);
  if (existsSync(path)) rmdirSync(path);
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

function requireFree(path: string, action: string): void {
  if (basename(path) === "") throw refusedTarget(action, path, "it is a root directory");
  if (!existsSync(path)) return mkdirAbove(path);
  if (!statSync(path).isDirectory()) throw refusedTarget(action, path, "it is a file");
  if (readdirSync(path).length > 0) throw refusedTarget(action, path, "it is not empty");
}

function mkdirAbove(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw storageError(`make ${JSON.stringify(dirname(path))}`, error);
  }
}

function isWithin(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}\\`);
}

function refusedTarget(action: string, path: string, seen: string): MillraceError {
  return new MillraceError("store.backup-target", `Cannot ${action} ${JSON.stringify(path)}: ${seen}`, {
    hint: "Name a directory that does not exist yet, or is empty.",
  });
}

function damagedBackup(path: string, problems: readonly string[]): MillraceError {
  const more = problems.length > 3 ? ` and ${problems.length - 3} more` : "";
  return new MillraceError("store.backup-damaged", `Cannot restore the backup in ${JSON.stringify(path)}: ${problems.slice(0, 3).join("; ")}${more}`, {
    hint: "Nothing was changed. Use another backup.",
  });
}

/** A thread of its own for digests and fsyncs, which would hold up whatever shares it. */
function startSeals() {
  const data: StoreWorkerData = { part: "seals" };
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData: data, execArgv: [] });
  return { remote: remote<Seals>("the backup worker", workerLine(worker)), stop: async () => void (await worker.terminate()) };
}

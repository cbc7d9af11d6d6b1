import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { MillraceError } from "../errors.ts";
import { remote, workerLine, type Remote } from "../thread.ts";
import { removeDrafts } from "./archive.ts";
import { syncDirectory } from "./files.ts";
import { claim } from "./lock.ts";
import { ModelFiles } from "./models.ts";
import type { Records } from "./records.ts";
import type { Telemetry } from "./telemetry.ts";
import type { StoreWorkerData } from "./worker.ts";

/** Everything a site has stored, open. The halves live in a worker each. */
export interface Store {
  readonly directory: string;
  readonly telemetry: Remote<Telemetry>;
  readonly records: Remote<Records>;
  readonly models: ModelFiles;
  /** What was repaired or set aside while opening, in sentences; empty when nothing was. */
  readonly notices: readonly string[];
  /** Waits for what is under way, then lets go of the directory. May be called again. */
  readonly close: () => Promise<void>;
}

export interface StoreOptions {
  /** Memory the sample store may take before it swaps to its own directory. */
  readonly memoryLimitMiB?: number;
  /** Make the directory a site when it is none; otherwise that is `store.not-found`. */
  readonly create?: boolean;
}

/**
 * Opens the store of a site, and repairs what a crash left.
 *
 * Unreadable samples are set aside and named in `notices`; unreadable records are refused.
 * Throws `store.in-use` with the process that has it open, `store.not-found`, `store.records-damaged`,
 * `store.newer`, `store.disk-full`, `store.disk-failed`.
 */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const { memoryLimitMiB = 512, create = true } = options;
  const path = resolve(directory);
  if (!create && !existsSync(join(path, "records.sqlite"))) throw notFound(path);
  layOut(path);
  const claimed = claim(path);
  const workers: Worker[] = [];
  const start = <T extends object>(data: StoreWorkerData): Remote<T> => {
    // No execArgv: what this process was started with (an inline program, a test runner) is not for workers.
    const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData: data, execArgv: [] });
    workers.push(worker);
    return remote<T>(`the ${data.part} worker`, workerLine(worker));
  };
  const stop = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()));
    claimed.release();
  };

  try {
    // The samples first: opening them takes the lock of the whole directory.
    const telemetry = start<Telemetry>({ part: "telemetry", directory: path, memoryLimitMiB });
    const notices = await telemetry.open();
    claimed.tell();
    const records = start<Records>({ part: "records", directory: path });
    await records.open();
    await telemetry.raiseSequence(await records.highestBlockSequence());
    removeDrafts(join(path, "models"));
    syncDirectory(path);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      // A worker that died has nothing left to close.
      const closed = await Promise.allSettled([telemetry.close(), records.close()]);
      await stop();
      const failed = closed.find((part) => part.status === "rejected" && codeOf(part.reason) !== "thread.lost");
      if (failed?.status === "rejected") throw failed.reason;
    };
    return { directory: path, telemetry, records, models: new ModelFiles(path), notices, close: () => (closing ??= close()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

const codeOf = (error: unknown): string | null => (error instanceof MillraceError ? error.code : null);

function notFound(path: string): MillraceError {
  return new MillraceError("store.not-found", `Cannot open the site in ${JSON.stringify(path)}: there is none`, {
    hint: "Check the path, or make a site there with `millrace import FILE`.",
  });
}

const readMe = `This directory is one Millrace site: everything it has stored.

lock             which process has it open, while one has
records.sqlite   machines, signals, blocks, labels, events, turns, the ledger (SQLite)
samples.duckdb   samples of the open days (DuckDB)
sequence         the number of the last sample acknowledged, to tell when some are missing
samples/         samples of the days that are over, one Parquet file a day (UTC); read them with any tool
models/          the models, one ONNX file each, named by the SHA-256 of its bytes
blobs/           pictures, named by the SHA-256 of their bytes
set-aside/       files that could not be read, with the time they were moved here

Files ending in .wal, -wal or -shm belong to the database beside them: never remove or copy one alone.
To copy a site, stop it first and copy all of the directory.
`;

function layOut(path: string): void {
  try {
    for (const folder of ["samples", "models", "blobs", "set-aside"]) mkdirSync(join(path, folder), { recursive: true });
    if (!existsSync(join(path, "README.txt"))) writeFileSync(join(path, "README.txt"), readMe);
  } catch (error) {
    throw new MillraceError("store.disk-failed", `Cannot make a site in ${JSON.stringify(path)}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "Check that the directory may be written to and that the disk has room.",
      cause: error,
    });
  }
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { MillraceError } from "../errors.ts";
import { remote, workerLine, type Remote } from "../thread.ts";
import { removeDrafts, syncDirectory } from "./files.ts";
import { claim, type Control } from "./lock.ts";
import { ModelFiles } from "./models.ts";
import type { Records } from "./records.ts";
import type { Telemetry } from "./telemetry.ts";
import type { Held, StoreWorkerData } from "./worker.ts";

/** Everything a site has stored, open. The halves live in a worker each. */
export interface Store {
  readonly directory: string;
  readonly telemetry: Remote<Telemetry>;
  readonly records: Remote<Records>;
  readonly models: ModelFiles;
  /** What was repaired or set aside while opening, in sentences; empty when nothing was. */
  readonly notices: readonly string[];
  /** The same as of now: while open, more may be found and repaired. */
  readonly noticesNow: () => Promise<readonly string[]>;
  /** Bytes that its halves hold: in JavaScript, in buffers, and the database of samples, which keeps to its own limit. */
  readonly memory: () => Promise<Readonly<Record<"samples" | "records", { heap: number; buffers: number }> & { database: number }>>;
  /** Says in the directory how this process can be asked, for commands that find it in use: where to all who may read it, with which key to its owner only. */
  readonly announce: (control: Control) => void;
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
 * What is unreadable is set aside and named in `notices`: samples are then missing, records are made again
 * from their copy and journal. Records that have neither are refused.
 * Throws `store.in-use` with the process that has it open, `store.not-found`, `store.records-damaged`,
 * `store.newer`, `store.disk-full`, `store.disk-failed`.
 */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const { memoryLimitMiB = 512, create = true } = options;
  const path = resolve(directory);
  if (!create && !["records.sqlite", "records-copy.sqlite", "records.journal"].some((file) => existsSync(join(path, file)))) throw notFound(path);
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
    const telemetry = start<Telemetry & Held>({ part: "telemetry", directory: path, memoryLimitMiB });
    const records = start<Records & Held>({ part: "records", directory: path }); // it loads what it needs meanwhile
    // The samples first: opening them takes the lock of the whole directory.
    const notices = await telemetry.open();
    claimed.tell();
    const repaired = await records.open();
    if (repaired.length > 0) await records.raiseSignalKey(await telemetry.highestKey());
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
    const noticesNow = async (): Promise<string[]> => [...(await telemetry.notices()), ...(await records.notices())];
    const memory = async () => ({ samples: await telemetry.held(), records: await records.held(), database: await telemetry.databaseMemory() });
    return {
      directory: path,
      telemetry,
      records,
      models: new ModelFiles(path),
      notices: [...notices, ...repaired],
      noticesNow,
      memory,
      announce(control) {
        claimed.allow(control);
        claimed.tell(control.address);
      },
      close: () => (closing ??= close()),
    };
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
control          how its owner's commands ask that process: a key that lasts until it stops
records.sqlite   machines, signals, blocks, labels, events, turns, the ledger (SQLite)
records.journal  the newest of the same, in a form to repair records.sqlite from
records-copy.sqlite  what that form begins after
ledger-key.pem   the private key that the ledger is signed with: its owner's alone
samples.duckdb   samples of the open days (DuckDB)
sequence         the number of the last sample acknowledged, to tell when some are missing
samples/         samples of the days that are over, one Parquet file a day (UTC); read them with any tool
models/          the models, one ONNX file each, named by the SHA-256 of its bytes
blobs/           pictures, named by the SHA-256 of their bytes
set-aside/       files that could not be read, with the time they were moved here

Files ending in .wal, -wal or -shm belong to the database beside them: never remove or copy one alone.
To copy a site, also one that is up, use \`millrace backup\`; or stop it and copy all of the directory.
`;

function layOut(path: string): void {
  try {
    makeDirectory(path);
    for (const folder of ["samples", "models", "blobs", "set-aside"]) mkdirSync(join(path, folder), { recursive: true });
    const about = join(path, "README.txt");
    if (!existsSync(about) || readFileSync(about, "utf8") !== readMe) writeFileSync(about, readMe);
  } catch (error) {
    throw new MillraceError("store.disk-failed", `Cannot make a site in ${JSON.stringify(path)}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "Check that the directory may be written to and that the disk has room.",
      cause: error,
    });
  }
}

/** Makes a directory, and those above it that are missing; its name survives a power cut. */
function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncDirectory(dirname(made));
}

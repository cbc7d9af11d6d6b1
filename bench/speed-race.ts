import { spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { median } from "./result.ts";

/** The data of a race: float32 features row by row, then targets; the last rows are kept for judging. */
export interface RaceData {
  readonly rows: number;
  readonly judged: number;
  readonly columns: number;
  /** Writes them once for both sides. */
  readonly write: (path: string) => void;
}

/** Millrace against a peer at one task: the same data, two threads each, turn by turn. */
export interface Comparison {
  /** Its key among the figures, and its name in both children. */
  readonly key: string;
  readonly atLeast: number;
  /** Why it falls short of that, where this is known. */
  readonly cause?: string;
  /** What a run may take at most, where that is a goal of its own. */
  readonly atMostSeconds?: number;
  readonly data: RaceData;
  /** The file beside this one whose `tasks` has the task. */
  readonly ours: string;
  /** The script in `peers` that has it. */
  readonly peer: string;
  /** The share by which the peer's loss on judged rows may be exceeded, where there is a loss. */
  readonly lossWithin?: number;
}

/** How a task is done in our child: what is timed, how many of it a run does, and facts afterwards. */
export interface Task {
  run(): unknown;
  readonly times?: number;
  facts?(): Readonly<Record<string, number>>;
}
export type Tasks = Readonly<Record<string, (data: LoadedData) => Promise<Task> | Task>>;
export interface LoadedData {
  readonly rows: number;
  readonly columns: number;
  readonly features: Float32Array;
  readonly targets: Float32Array;
  readonly judged: { readonly rows: number; readonly features: Float32Array; readonly targets: Float32Array };
}

/** What came of one comparison. */
export interface Race {
  readonly seconds: number;
  readonly peerSeconds: number | null;
  readonly ratio: number | null;
  readonly peakMiB: number;
  readonly peerPeakMiB: number | null;
  readonly loss?: number;
  readonly peerLoss?: number;
}

const runs = 5;
const peers = join(import.meta.dirname, "peers");
export const python = join(peers, ".venv/bin/python");

/** Both sides in fresh processes, warm, one run of each in turn; the medians of five. `path` holds the data. */
export async function race({ key, ours, peer, data }: Comparison, path: string): Promise<Race> {
  const shape = JSON.stringify({ rows: data.rows, columns: data.columns, judged: data.judged });
  const us = new Side(process.execPath, [join(import.meta.dirname, "speed-child.ts"), ours, key, path, shape]);
  const them = existsSync(python) ? new Side(python, [join(peers, peer), key, path, shape]) : null;
  await us.ready;
  await them?.ready;
  const [own, theirs]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    own.push(await us.run());
    if (them !== null) theirs.push(await them.run());
  }
  const [end, peerEnd] = [await us.end(), (await them?.end()) ?? null];
  const [seconds, peerSeconds] = [median(own), them === null ? null : median(theirs)];
  return {
    seconds,
    peerSeconds,
    ratio: peerSeconds === null ? null : peerSeconds / seconds,
    peakMiB: end.peakMiB,
    peerPeakMiB: peerEnd?.peakMiB ?? null,
    ...(end.facts.loss === undefined ? {} : { loss: end.facts.loss }),
    ...(peerEnd?.facts.loss === undefined ? {} : { peerLoss: peerEnd.facts.loss }),
  };
}

interface End {
  readonly peakMiB: number;
  readonly facts: Readonly<Record<string, number>>;
}

/** A child that says when it is ready, and runs once for each line that asks. */
class Side {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly ready: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, OMP_NUM_THREADS: "2", NODE_OPTIONS: "" } });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.ready = this.#reply();
  }

  async run(): Promise<number> {
    this.#child.stdin.write("run\n");
    return ((await this.#reply()) as { seconds: number }).seconds;
  }

  async end(): Promise<End> {
    this.#child.stdin.end("end\n");
    return (await this.#reply()) as End;
  }

  async #reply(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`Cannot race: ${this.#child.spawnargs.slice(0, 3).join(" ")} ended early`);
    return JSON.parse(value);
  }
}

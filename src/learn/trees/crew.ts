import { doChunk } from "./histogram.ts";
import { chunksOf, job, type SplitMemory } from "./split-memory.ts";

/** Additions and steps of search below which waking another thread costs more than it saves. */
const worthSharing = 40_000;
const searchSteps = 2 * 256;
/** Looks at the memory before a thread lies down, a few microseconds; and how long it lies at most. */
const looks = 2_000;
const napMs = 50;
/** A chunk takes milliseconds: a thread that is this late with one has died. */
const lostMs = 120_000;

/**
 * Has every chunk of the job in `memory` done, on this thread and on those that help.
 *
 * Whoever is free takes the next chunk, so helpers that come late, leave or never come cost time only.
 */
export function doJob(memory: SplitMemory, isShared: boolean): void {
  const { job: now } = memory;
  const chunks = chunksOf(memory);
  const size = (now[job.to] - now[job.from] + searchSteps) * memory.active.length;
  if (!isShared || size < worthSharing) {
    for (let chunk = 0; chunk < chunks; chunk++) doChunk(memory, chunk);
    return;
  }
  Atomics.store(now, job.done, 0);
  Atomics.store(now, job.next, 0); // from here on chunks may be taken
  Atomics.add(now, job.epoch, 1);
  Atomics.notify(now, job.epoch);
  takeChunks(memory, chunks);
  for (let done = Atomics.load(now, job.done), look = 0; done < chunks; done = Atomics.load(now, job.done), look++) {
    if (look > looks && Atomics.wait(now, job.done, done, lostMs) === "timed-out") throw new RangeError("Cannot grow trees: a thread that helped is gone");
  }
}

/** Before any job: nothing may be taken. */
export function openJobs(memory: SplitMemory): void {
  Atomics.store(memory.job, job.next, chunksOf(memory));
}

export function closeJobs({ job: now }: SplitMemory): void {
  Atomics.store(now, job.stop, 1);
  Atomics.add(now, job.epoch, 1);
  Atomics.notify(now, job.epoch);
}

/** Kernel: helps with the jobs of a fit until it is over. */
export function helpGrow(memory: SplitMemory): void {
  const { job: now } = memory;
  const chunks = chunksOf(memory);
  for (let seen = Atomics.load(now, job.epoch); Atomics.load(now, job.stop) === 0; seen = Atomics.load(now, job.epoch)) {
    takeChunks(memory, chunks);
    for (let look = 0; look < looks && Atomics.load(now, job.epoch) === seen; look++);
    if (Atomics.load(now, job.epoch) === seen) Atomics.wait(now, job.epoch, seen, napMs);
  }
}

function takeChunks(memory: SplitMemory, chunks: number): void {
  const { job: now } = memory;
  for (let chunk = Atomics.add(now, job.next, 1); chunk < chunks; chunk = Atomics.add(now, job.next, 1)) {
    doChunk(memory, chunk);
    if (Atomics.add(now, job.done, 1) === chunks - 1) Atomics.notify(now, job.done);
  }
}

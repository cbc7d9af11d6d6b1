import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Pool } from "../learn/pool.ts";
import { remote, workerLine, type Remote } from "../thread.ts";
import type { KernelRunner } from "./kernel-worker.ts";

interface Hand {
  readonly worker: Worker;
  readonly kernels: Remote<KernelRunner>;
}

/**
 * Threads for kernels, started when they are first needed and kept. Kernels start in the order in which
 * they were asked for. Idle threads do not keep the process alive. A thread that dies fails its kernel
 * with `thread.lost` and is replaced.
 */
export function threadPool(size = 2): Pool & { close(): Promise<void> } {
  const idle: Hand[] = [];
  const all = new Set<Hand>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  const start = (): Hand => {
    const worker = new Worker(new URL(`./kernel-worker${extname(import.meta.url)}`, import.meta.url), { execArgv: [] });
    const hand = { worker, kernels: remote<KernelRunner>("a thread of the pool", workerLine(worker)) };
    all.add(hand);
    worker.once("exit", () => {
      all.delete(hand);
      if (idle.includes(hand)) idle.splice(idle.indexOf(hand), 1);
    });
    return hand;
  };
  const run = async (kernel: string, args: readonly unknown[]): Promise<unknown> => {
    if (busy === size) await new Promise<void>((free) => waiting.push(free));
    else busy++;
    let hand: Hand | undefined;
    try {
      hand = idle.pop() ?? start();
      hand.worker.ref();
      return await hand.kernels.run(kernel, args);
    } finally {
      hand?.worker.unref();
      if (hand !== undefined && all.has(hand)) idle.push(hand);
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };
  return { size, run, close: async () => void (await Promise.all([...all].map(({ worker }) => worker.terminate()))) };
}

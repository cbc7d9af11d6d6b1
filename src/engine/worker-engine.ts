import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Engine, Session } from "../learn/engine.ts";
// Held by this thread: once the last thread that holds it ends, ONNX Runtime cannot be loaded again.
// oxlint-disable-next-line import/no-unassigned-import -- it is held, not used
import "onnxruntime-node";
import { remote, workerLine } from "../thread.ts";
import type { Sessions } from "./worker.ts";

/** ONNX Runtime in a worker of its own, so that scoring never holds up the thread that asks. */
export function workerEngine(): Engine & { close(): Promise<void> } {
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { execArgv: [] });
  const sessions = remote<Sessions>("the scoring worker", workerLine(worker));
  return {
    async open(model) {
      const { id, inputs, outputs } = await sessions.open(model);
      return {
        inputs,
        outputs,
        run: (given, wanted) => sessions.run(id, given, wanted),
        close: () => sessions.close(id),
      } satisfies Session;
    },
    close: async () => void (await worker.terminate()),
  };
}

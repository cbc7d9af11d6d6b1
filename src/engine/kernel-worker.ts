import { parentPort } from "node:worker_threads";
import { kernels } from "../learn/kernels.ts";
import { parentLine, serve } from "../thread.ts";

/** Kernels of learning, called by name from the thread that started this one. */
export class KernelRunner {
  run(kernel: string, args: readonly unknown[]): unknown {
    if (!Object.hasOwn(kernels, kernel)) throw new RangeError(`Cannot run kernel ${JSON.stringify(kernel)}: there is none of that name`);
    return (kernels[kernel as keyof typeof kernels] as (...given: unknown[]) => unknown)(...args);
  }
}

if (parentPort !== null) serve(new KernelRunner(), parentLine(parentPort));

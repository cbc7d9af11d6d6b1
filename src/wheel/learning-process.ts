import { fork, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { processLine, remote, type Remote } from "../thread.ts";
import type { Learning } from "./learning.ts";

/** Learning in a child process: started when first used, so that opening a site stays quick. */
export interface LearningProcess {
  readonly learning: Remote<Learning>;
  /** The process that is; `null` before the first call, and after one that was let go. */
  readonly pid: number | null;
  readonly close: () => void;
}

interface Life {
  readonly child: ChildProcess;
  readonly learning: Remote<Learning>;
  open: number; // calls under way
  answered: number;
}

/**
 * What the process may hold once it has answered, in bytes: some 180 MiB are its code and what it needs again soon.
 * The rest is what its engine and the collector have not given back; for one beyond it the next call starts another.
 */
const mostHeld = 256 * 2 ** 20;
/** Calls that one answers before it may be let go, so that starting another costs little of the whole even where much is needed. */
const fewestAnswered = 20;

/** A crash or a memory limit in the child rejects its calls with `thread.lost` and stops nothing else. */
export function learningProcess({ most = mostHeld }: { readonly most?: number } = {}): LearningProcess {
  let running: Life | undefined;
  let spent = 0; // processor seconds of those that were let go
  const start = (): Life => {
    const child = fork(fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)), { serialization: "advanced", execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const life: Life = { child, learning: remote<Learning>("the learning process", processLine(child)), open: 0, answered: 0 };
    child.once("exit", () => {
      if (running === life) running = undefined;
    });
    return (running = life);
  };
  const letGo = async (life: Life): Promise<void> => {
    if (life.answered < fewestAnswered || life.open > 0 || running !== life) return;
    const { bytes, cpuSeconds } = await life.learning.held();
    if (bytes <= most || life.open > 0 || running !== life) return;
    running = undefined;
    spent += cpuSeconds;
    life.child.kill();
  };
  const ask = async <T>(work: (learning: Remote<Learning>) => Promise<T>): Promise<T> => {
    const life = running ?? start();
    life.open++;
    try {
      return await work(life.learning);
    } finally {
      life.open--;
      life.answered++;
      letGo(life).catch(() => {}); // it was lost: who calls next is told, or gets another
    }
  };
  return {
    learning: {
      sum: (...args) => ask((learning) => learning.sum(...args)),
      targetSum: (...args) => ask((learning) => learning.targetSum(...args)),
      learn: (...args) => ask((learning) => learning.learn(...args)),
      held: () => ask((learning) => learning.held()),
      cpuSeconds: async () => spent + (running === undefined ? 0 : await running.learning.cpuSeconds()),
    },
    get pid() {
      return running?.child.pid ?? null;
    },
    close: () => void running?.child.kill(),
  };
}

import { fork, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { processLine, remote, type Remote } from "../thread.ts";
import type { Learning } from "./learning.ts";

/** Learning in a child process: started when first used, so that opening a site stays quick. */
export interface LearningProcess {
  readonly learning: Remote<Learning>;
  readonly close: () => void;
}

/** A crash or a memory limit in the child rejects its calls with `thread.lost` and stops nothing else. */
export function learningProcess(): LearningProcess {
  let running: { child: ChildProcess; learning: Remote<Learning> } | undefined;
  const start = () => {
    const child = fork(fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)), { serialization: "advanced", execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    running = { child, learning: remote<Learning>("the learning process", processLine(child)) };
    child.once("exit", () => (running = undefined));
    return running;
  };
  const ask = () => (running ?? start()).learning;
  return {
    learning: {
      sum: (...args) => ask().sum(...args),
      targetSum: (...args) => ask().targetSum(...args),
      learn: (...args) => ask().learn(...args),
      cpuSeconds: async () => (running === undefined ? 0 : await running.learning.cpuSeconds()),
    },
    close: () => void running?.child.kill(),
  };
}

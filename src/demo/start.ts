import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { requireRate, type FaultOrder, type PlantNews, type PlantOptions, type PlantOrder } from "./messages.ts";

/** The simulated plant in its own process. */
export interface StartedPlant {
  /** Of the process that runs now; `undefined` between two of them. */
  readonly pid: number | undefined;
  /** Starts a fault by hand. */
  fault(order: FaultOrder): void;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** A process that dies is started again this many times within five minutes, a little later each time. */
const mostRestarts = 5;
const restartWindow = 5 * 60_000;
const longestStop = 4000;

/**
 * Starts the simulated water loop: a process of its own that publishes over MQTT like a device.
 *
 * It is started again when it dies, but not for ever: a plant that cannot run is told of once, as `gave-up`.
 * `onNews` hears what it does. When this process dies, the plant ends by itself.
 * Throws RangeError for a rate outside of 0.1 to 50 a second.
 */
export function startPlant(options: PlantOptions, onNews: (news: PlantNews) => void = () => {}): StartedPlant {
  requireRate(options.rate);
  const deaths: number[] = [];
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let isStopping = false;

  const start = () => {
    const own = fork(fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)), { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child = own;
    own.on("message", (news) => onNews(news as PlantNews));
    own.on("error", (error) => {
      if (own.pid === undefined) died(error.message); // it never ran; else `exit` says so
    });
    own.once("exit", (code, signal) => died(`it ended with ${signal ?? `code ${code}`}`));
    send(own, { type: "begin", options });
  };

  const died = (why: string) => {
    child = undefined;
    if (isStopping) return;
    const now = performance.now();
    deaths.push(now);
    const recent = deaths.filter((at) => at > now - restartWindow).length;
    if (recent > mostRestarts) return onNews({ type: "gave-up", why });
    onNews({ type: "restarted", why });
    again = setTimeout(start, 500 * 2 ** (recent - 1));
  };

  start();
  return {
    get pid() {
      return child?.pid;
    },
    fault(order) {
      if (child !== undefined) send(child, { type: "fault", fault: order });
    },
    async stop() {
      isStopping = true;
      clearTimeout(again);
      if (child !== undefined) await ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  const hard = setTimeout(() => child.kill("SIGKILL"), longestStop);
  send(child, { type: "stop" });
  await gone;
  clearTimeout(hard);
}

function send(child: ChildProcess, order: PlantOrder): void {
  if (child.connected) child.send(order, () => {}); // one that goes just now is told of by its exit
}

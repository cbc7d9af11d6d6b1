import { begin, type BegunPlant } from "./begin.ts";
import type { PlantNews, PlantOrder } from "./messages.ts";

// The plant's own process: told what to do over the line to the one that started it, and gone with it.

let plant: BegunPlant | undefined;

const tell = (news: PlantNews): void => {
  if (process.connected) process.send?.(news);
};

async function stop(): Promise<void> {
  await plant?.stop();
  process.exit(0);
}

process.on("message", (order: PlantOrder) => {
  if (order.type === "begin") plant ??= begin(order.options, tell);
  else if (order.type === "fault") plant?.fault(order.fault);
  else void stop();
});
process.on("disconnect", () => void stop());
// Ctrl-C goes to every process of the terminal; the one that started this one says when to stop.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => void stop());

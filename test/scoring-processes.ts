import { readFileSync } from "node:fs";

/** Numbers of the scoring processes that this process has started and that are there now. */
export function scoringProcesses(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter((id) => id !== "");
  return children.map(Number).filter((id) => commandOf(id).includes("engine/worker"));
}

function commandOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { program } from "./program.ts";

/** What `millrace try WORDS --json` answers, in a process of its own, or how it ended. Its report goes into the directory. */
export async function askTry<Answer>(words: readonly string[], directory: string): Promise<Answer | string> {
  const child = spawn(process.execPath, [program, "try", ...words, "--json", "--report", join(directory, "report.html")], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [ended] = (await once(child, "close")) as [number | null];
  return ended === 0 ? (JSON.parse(stdout) as Answer) : `ended with ${ended}: ${(stderr.trim() || stdout.trim()).slice(0, 300)}`;
}

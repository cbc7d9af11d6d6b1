import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bringUp } from "./program.ts";
import { median, type Bench, type Outcome, type Run } from "./result.ts";
import { makeArchive } from "./start-archive.ts";
import { inTemporary } from "./temporary.ts";

const archiveBytes = 10e9;
const starts = 3;
/** How long a site is left alone before its memory is read, in milliseconds. */
const idle = 10_000;
const mostReady = 3;

export const start: Bench = {
  name: "start",
  summary: "`up` to ready, with an empty directory and with one of 10 GB; memory while nothing happens",
  needs: "11 GB of free disk",
  takes: "6 minutes",
  parts: ["empty", "archive"],
  run: async (run) => await measure(run),
};

/** How a site started: the middle of several times, and the memory of its processes. */
interface Started {
  readonly readySeconds: number;
  readonly slowestReadySeconds: number;
  readonly idleMiB: number;
}

async function measure({ wants, say }: Run): Promise<Outcome> {
  return await inTemporary(async (directory) => {
    const empty = wants("empty") ? await startAgainAndAgain(join(directory, "empty"), say) : null;
    const archive = wants("archive") ? await measureArchive(join(directory, "archive"), say) : null;
    const { readySeconds = null, idleMiB = null } = archive ?? empty ?? {};
    return {
      figures: { readySeconds, idleMiB, empty, archive },
      goals: [
        { figure: "empty.readySeconds", got: empty?.readySeconds ?? null, atMost: mostReady },
        { figure: "archive.readySeconds", got: archive?.readySeconds ?? null, atMost: mostReady },
      ].filter(({ figure }) => wants(figure.split(".")[0] ?? "")),
      notes: [
        `readySeconds: from the start of the process to its line that says ready, the middle of ${starts}; the first start of the empty directory makes the site. Files are in the page cache.`,
        `idleMiB: resident memory of the process and all it started, ${idle / 1000} s after ready.`,
        "archive: a wheel over 36 signals at 1 Hz and a block an hour; the days are written as sealing lays them out, but not compressed.",
      ],
      variantsTried: 0,
    };
  });
}

async function measureArchive(directory: string, say: Run["say"]): Promise<Started & Awaited<ReturnType<typeof makeArchive>>> {
  mkdirSync(directory);
  const archive = await makeArchive(directory, archiveBytes, say);
  say(`an archive of ${archive.days} days, ${(archive.bytes / 1e9).toFixed(1)} GB, ${archive.blocks} blocks`);
  return { ...archive, ...(await startAgainAndAgain(directory, say)) };
}

async function startAgainAndAgain(directory: string, say: Run["say"]): Promise<Started> {
  const seconds: number[] = [];
  let idleMiB = 0;
  for (let count = 1; count <= starts; count++) {
    const one = await startOnce(directory, count === starts ? idle : 0);
    seconds.push(one.seconds);
    idleMiB = one.mebibytes;
    say(`${directory.split("/").at(-1)}: start ${count} ready in ${one.seconds.toFixed(2)} s, ${one.mebibytes.toFixed(0)} MiB`);
  }
  return { readySeconds: median(seconds), slowestReadySeconds: Math.max(...seconds), idleMiB };
}

/** Brings a site up, waits until it is ready and so long, and stops it. */
export async function startOnce(directory: string, wait: number): Promise<{ seconds: number; mebibytes: number }> {
  const { child, readySeconds: seconds } = await bringUp(directory);
  const ended = once(child, "exit");
  try {
    await pause(wait);
    return { seconds, mebibytes: memoryOf(child.pid ?? 0) / 2 ** 20 };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** Resident bytes of a process and of all that it started. */
function memoryOf(process: number): number {
  const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, "utf8"))?.[1] ?? 0) * 1024;
  const children = readFileSync(`/proc/${process}/task/${process}/children`, "utf8").trim().split(" ").filter((id) => id !== "").map(Number);
  return children.reduce((sum, id) => sum + memoryOf(id), resident);
}

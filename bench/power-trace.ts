import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** What a program did to files below one directory, in order, and what it said on its stdout. */
export type DiskEvent =
  | { readonly do: "create" | "empty" | "mkdir" | "unlink"; readonly path: string }
  | { readonly do: "write"; readonly path: string; readonly at: number | null; readonly bytes: Buffer } // null: at the end
  | { readonly do: "cut"; readonly path: string; readonly size: number }
  | { readonly do: "rename"; readonly path: string; readonly to: string }
  /** An fsync covers what was done before it was asked for, once it has returned. */
  | { readonly do: "sync" | "synced"; readonly path: string; readonly call: number }
  | { readonly do: "said"; readonly text: string };

const calls = [
  ...["openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "truncate", "fallocate"],
  ...["fsync", "fdatasync", "sync_file_range", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat", "rmdir", "copy_file_range", "sendfile"],
];

/** Longest write that is traced whole, in bytes. */
const longestWrite = 2 ** 25;

/**
 * Runs a program under strace until `isEnough` says so of the lines it prints, then kills it; what it did
 * goes into the file `log`. Throws where there is no strace.
 */
export async function trace(command: readonly string[], log: string, isEnough: (lines: readonly string[]) => boolean): Promise<void> {
  const options = ["-f", "-qq", "-y", "-xx", "-s", String(longestWrite), "--seccomp-bpf", "-e", `trace=${calls.join(",")}`, "-o", log];
  // Of a group of its own, so that all it starts ends with it; io_uring would not be seen.
  const child = spawn("strace", [...options, "--", ...command], { detached: true, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, UV_USE_IO_URING: "0" } });
  const ended = Promise.race([once(child, "exit"), once(child, "error").then(([error]) => Promise.reject(error as Error))]);
  const lines: string[] = [];
  let isOver = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (isOver || !isEnough(lines) || child.pid === undefined) return;
    isOver = true;
    process.kill(-child.pid, "SIGKILL");
  });
  await ended;
  if (!isOver) throw new Error(`Cannot trace ${command.join(" ")}: it ended by itself after ${lines.length} lines`);
}

/** A call as it stands in the log: what it was given, and where it began and came back. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly begun: number;
  ended: number;
  result: number;
}

/** Reads a log of `trace`: what was done below `root`, in the order in which the calls began. */
export async function eventsOf(log: string, root: string): Promise<DiskEvent[]> {
  const finished: Call[] = [];
  const open = new Map<string, Call>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(log, "latin1"), crlfDelay: Infinity })) {
    line++;
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(text) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>.* = (-?\d+)/.exec(rest);
    const call = resumed === null ? callOf(rest, line) : open.get(thread);
    if (call === undefined || call === null) continue;
    if (resumed !== null) Object.assign(call, { ended: line, result: Number(resumed[1]) });
    if (rest.endsWith("<unfinished ...>")) open.set(thread, call);
    else finished.push(call);
  }
  const ordered = finished.filter(({ result }) => result >= 0).flatMap((call) => eventsOfCall(call, root));
  return ordered.toSorted((a, b) => a.line - b.line).map(({ event }) => event);
}

function callOf(text: string, line: number): Call | null {
  const open = text.indexOf("(");
  if (open < 1 || text.startsWith("---") || text.startsWith("+++")) return null;
  const close = text.lastIndexOf(") ");
  const isWhole = !text.endsWith("<unfinished ...>");
  const args = text.slice(open + 1, isWhole && close > 0 ? close : text.lastIndexOf(" <unfinished"));
  const result = Number(/= (-?\d+)/.exec(isWhole ? text.slice(close) : "")?.[1] ?? NaN);
  return { name: text.slice(0, open), args, begun: line, ended: line, result };
}

const unhexed = (text: string): Buffer => Buffer.from(text.replaceAll("\\x", ""), "hex");
const quotedIn = (args: string): string[] => [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)].map(([, text = "", isCut]) => (isCut === undefined ? text : raise("a write is too long to be traced")));
const fileIn = (args: string): string => unhexed(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1] ?? "").toString();

function eventsOfCall({ name, args, begun, ended }: Call, root: string): { line: number; event: DiskEvent }[] {
  const isInside = (path: string): boolean => (path === root || path.startsWith(`${root}/`)) && !path.endsWith(" (deleted)");
  const at = (event: DiskEvent): { line: number; event: DiskEvent }[] => [{ line: begun, event }];
  const paths = (): string[] => quotedIn(args).map((text) => unhexed(text).toString());
  const path = fileIn(args);
  if (name === "write" && args.startsWith("1<")) return at({ do: "said", text: unhexed(quotedIn(args)[0] ?? "").toString() });
  if (["write", "pwrite64", "fsync", "fdatasync", "ftruncate"].includes(name)) {
    if (!isInside(path)) return [];
    const last = Number(/, (\d+)$/.exec(args)?.[1] ?? NaN);
    if (name === "ftruncate") return at({ do: "cut", path, size: last });
    if (name === "write" || name === "pwrite64") return at({ do: "write", path, at: name === "write" ? null : last, bytes: unhexed(quotedIn(args)[0] ?? "") });
    return [...at({ do: "sync", path, call: begun }), { line: ended, event: { do: "synced", path, call: begun } }];
  }
  const [first = "", second = ""] = paths();
  if (!isInside(first) && !isInside(second) && !isInside(path)) return [];
  if (name === "openat" || name === "open") {
    const created: DiskEvent[] = args.includes("O_CREAT") ? [{ do: "create", path: first }] : [];
    const emptied: DiskEvent[] = args.includes("O_TRUNC") ? [{ do: "empty", path: first }] : [];
    return [...created, ...emptied].flatMap(at);
  }
  if (name.startsWith("rename")) return at({ do: "rename", path: first, to: second });
  if (name.startsWith("unlink") || name === "rmdir") return at({ do: "unlink", path: first });
  if (name.startsWith("mkdir")) return at({ do: "mkdir", path: first });
  return raise(`${name} on ${first || path} is not modelled`);
}

function raise(what: string): never {
  throw new Error(`Cannot follow the trace: ${what}`);
}

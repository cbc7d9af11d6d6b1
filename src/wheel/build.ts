import { readdirSync, readFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { join } from "node:path";
import { digest } from "../digest.ts";
import type { Digest } from "../schema/id.ts";
import { softwareVersion } from "../version.ts";

/** What a model was made by: equal builds on equal processors make equal bytes of equal inputs. */
export interface Build {
  /** Versions in words: of Millrace and of the runtime. */
  readonly version: string;
  /** Digest of the files that learning consists of. */
  readonly code: Digest;
  /** The kind of processor. */
  readonly cpu: string;
}

/** The folders whose code a model's bytes depend on. */
const folders = ["learn", "engine", "wheel", "review", "deploy", "store", "schema"];

let known: Build | undefined;

/** This build on this machine. Reads the program's own files, once. */
export function thisBuild(): Build {
  if (known !== undefined) return known;
  const root = join(import.meta.dirname, "..");
  const files = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)));
  const code = files.filter((name) => /(?<!\.d)\.[jt]s$/.test(name) && !/\.test\.[jt]s$/.test(name)).toSorted();
  const parts = code.map((name) => `${name} ${digest(readFileSync(join(root, name)))}`);
  known = { version: `Millrace ${softwareVersion}, Node ${process.versions.node}`, code: digest(parts.join("\n")), cpu: `${cpus()[0]?.model.trim() ?? "unknown"}, ${platform()} ${arch()}` };
  return known;
}

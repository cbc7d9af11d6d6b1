import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BadInput, Doors } from "./bad-doors.ts";
import { ask, fieldsOf } from "./door-client.ts";

const door = "watched folder";
const january = Date.UTC(2026, 0, 5);
const clock = (row: number): string => new Date(january + row * 1000).toISOString();
const rows = (count: number, from = 0): string => Array.from({ length: count }, (_, at) => `${clock(from + at)};${(4 + (at % 7) / 10).toFixed(1)};${(20 + (at % 11) / 10).toFixed(1)}`).join("\n");
const table = (count: number): string => `time;pressure;flow\n${rows(count)}\n`;
/** Time in which a whole file is found, and read. */
const patience = 30_000;

const content: Readonly<Record<string, () => string | Uint8Array>> = {
  "binary.csv": () => Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 256),
  "cut.csv.gz": () => gzipSync(table(20_000)).subarray(0, 3000),
  "empty.csv": () => "",
  "header.csv": () => "time;pressure;flow\n",
  "quote.csv": () => `${table(50)}"2026;1;2\n${rows(50, 100)}`,
  "%2f..%2fx' OR 1=1;--<b>.csv": () => "nothing like a table",
  "program.exe": () => "MZ",
  "good.csv": () => table(500),
};

/** Drops all files at once, each whole, when the first is asked for: how each of them ends is then looked at in turn. */
function drop({ folder }: Doors): void {
  if (existsSync(join(folder, "folder.csv"))) return;
  mkdirSync(join(folder, "folder.csv"));
  for (const [name, make] of Object.entries(content)) {
    writeFileSync(join(folder, `${name}.part`), make());
    renameSync(join(folder, `${name}.part`), join(folder, name));
  }
}

/** What became of a dropped file: where it lies, and the reason that was written beside it. */
async function fateOf(name: string, site: Doors): Promise<string> {
  drop(site);
  const at = (place: string): string => join(site.folder, place, name);
  const until = performance.now() + patience;
  while (performance.now() < until) {
    if (existsSync(at("done"))) return "taken in";
    const reason = `${at("failed")}.reason.txt`;
    if (existsSync(reason) && existsSync(at("failed"))) return `set aside: ${readFileSync(reason, "utf8").trim().slice(0, 150)}`;
    if (existsSync(at("")) && existsSync(join(site.folder, "done", "good.csv"))) return "left where it is";
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return `still ${existsSync(at("taking")) ? "being taken in" : "there"} after ${patience / 1000} s`;
}

const file = (input: string, name: string, wanted: RegExp): BadInput => ({ door, input, wanted, stored: null, hand: (site) => fateOf(name, site) });

/** The good file: is what was in it there to be asked for? */
async function readBack(site: Doors): Promise<string> {
  const fate = await fateOf("good.csv", site);
  const { assets = [], signals = [] } = (fieldsOf((await ask(site.http, "/api/v1/site")).text) ?? {}) as { assets?: { id: string; name: string }[]; signals?: { id: string; asset: string }[] };
  const own = signals.filter(({ asset }) => assets.some(({ id, name }) => id === asset && name === "from-files"));
  const known = await Promise.all(
    own.map(async ({ id }) => {
      const { text } = await ask(site.http, `/api/v1/signals/${id}/course?start=${january * 1000}&end=${(january + 500_000) * 1000}&points=500`);
      return ((fieldsOf(text)?.["low"] ?? []) as (number | null)[]).filter((value) => value !== null).length;
    }),
  );
  return `${fate}: ${own.length} signals, ${known.join(" and ")} values read back`;
}

const sorted = (folder: string): string[] => readdirSync(folder).toSorted();

/** Bad files put into the folder that the site watches, and a good one beside them. */
export const folderInputs: readonly BadInput[] = [
  file("binary as CSV", "binary.csv", /^set aside: .*(zero|no text)/),
  file("a gz that is cut short", "cut.csv.gz", /^set aside: .*ends early/),
  file("an empty file", "empty.csv", /^(set aside|left where it is)/),
  file("a header without rows", "header.csv", /^set aside: .*no rows/),
  file("a quote that never closes", "quote.csv", /^set aside: .*never closed/),
  file("a name that tries to get out", "%2f..%2fx' OR 1=1;--<b>.csv", /^set aside: /),
  file("a program", "program.exe", /^left where it is/),
  file("a directory that is called like a file", "folder.csv", /^left where it is/),
  { door, input: "a good file beside these", wanted: /^taken in: 2 signals, 500 and 500 values read back/, stored: null, hand: readBack },
  { door, input: "after all of these: what lies in the folder", wanted: /^done, empty\.csv, failed, folder\.csv, program\.exe, taking$/, hand: async ({ folder }) => sorted(folder).join(", ") },
];

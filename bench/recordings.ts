import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Where the public data sets lie: `MILLRACE_BENCH_DATA`, else beside the clone. */
export const dataDirectory = process.env["MILLRACE_BENCH_DATA"] ?? join(import.meta.dirname, "../../shared/data");

/** Rows at the head of each SKAB run that are its own baseline, by the protocol of its leaderboard. */
export const skabWarmUp = 400;

/** A labelled run of SKAB. */
export interface SkabRun {
  readonly path: string;
  /** `valve1/0`, for example. */
  readonly name: string;
  readonly group: string;
}

export const skabDirectory = join(dataDirectory, "skab");
export const skabCalm = join(skabDirectory, "anomaly-free/anomaly-free.csv");

/** The 34 labelled runs in the order of their timestamps. Throws when they are not there. */
export function skabRuns(): SkabRun[] {
  if (!existsSync(skabDirectory)) throw new Error(`Cannot find SKAB in ${skabDirectory}: set MILLRACE_BENCH_DATA to the folder that holds skab/`);
  return globSync(join(skabDirectory, "{valve1,valve2,other}/*.csv"))
    .map((path) => ({ path, name: relative(skabDirectory, path).replaceAll("\\", "/").replace(/\.csv$/, ""), start: startOf(path) }))
    .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    .map(({ path, name }) => ({ path, name, group: name.split("/")[0] ?? "" }));
}

/** The first row of a file, which begins with its time. */
const startOf = (path: string): string => readFileSync(path, "utf8").split("\n", 2)[1] ?? "";

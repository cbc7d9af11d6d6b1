import { MillraceError } from "../errors.ts";
import type { Site } from "../site.ts";

/** Where a site lives unless `--data` or MILLRACE_DATA says otherwise. */
export const defaultData = "millrace-data";

export const dataDirectory = (given: string | undefined): string => given ?? process.env["MILLRACE_DATA"] ?? defaultData;

let open: Pick<Site, "close"> | undefined;

/** Opens a site for one command and closes it whatever happens. What was repaired at opening goes to stderr. */
export async function withSite<T>(data: string | undefined, create: boolean, work: (site: Site) => Promise<T>): Promise<T> {
  const { openSite } = await import("../site.ts"); // once what was compiled before is looked for
  const site = await openSite(dataDirectory(data), { create });
  open = site;
  for (const notice of site.store.notices) process.stderr.write(`millrace: ${notice}\n`);
  try {
    return await work(site);
  } finally {
    open = undefined;
    await site.close();
  }
}

/** Waits until the process is asked to stop, then closes what is up; `stopOnInterrupt` ends the process with 130 for commands, 0 here. */
export async function stayUp(up: { close(): Promise<void> }): Promise<never> {
  isStaying = true;
  open = up;
  return await new Promise<never>(() => {});
}

let isStaying = false;

/** Ctrl-C: closes what is open and leaves. What was acknowledged is durable, and a turn under way is made again. */
export function stopOnInterrupt(): void {
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130);
      asked = true;
      process.stderr.write("\nmillrace: stopping; nothing that was acknowledged is lost\n");
      void (open?.close() ?? Promise.resolve()).then(
        () => process.exit(isStaying ? 0 : 130),
        () => process.exit(70),
      );
    });
  }
}

const byPrefix: readonly (readonly [string, number])[] = [
  ["store.in-use", 75],
  ["store.", 74],
  ["thread.", 70],
  ["cli.", 2],
];

/** Exit codes after sysexits: 2 usage, 65 bad input, 70 a fault of ours, 74 storage, 75 in use, 130 stopped. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof MillraceError)) return 70;
  return byPrefix.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 65;
}

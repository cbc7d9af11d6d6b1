import { readFileSync, statSync } from "node:fs";
import { MillraceError } from "../errors.ts";
import type { OrderPlan } from "../review/work-orders.ts";
import { dueTurns } from "../wheel/due-turns.ts";
import type { TakeOrders } from "../wheel/work-orders.ts";
import { oneOf } from "./options.ts";
import { counted, printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { harmless, table } from "./table.ts";
import { turnLines } from "./turn.ts";

export interface TableGiven {
  readonly data?: string | undefined;
  readonly json: boolean;
  readonly look: boolean;
  readonly zone?: string | undefined;
  readonly dates?: string | undefined;
  readonly by?: string | undefined;
  readonly measured: boolean;
  readonly turn: boolean;
}

const mostBytes = 64 * 1024 * 1024;
const shownLines = 20;

/** Labels from a table of work orders. The exit code is 65 when a line was rejected; the others are taken in. */
export async function labelByTable(path: string, given: TableGiven): Promise<void> {
  const content = contentOf(path);
  const dates = oneOf("dates", given.dates, ["dmy", "mdy", "ymd"] as const);
  const options: TakeOrders = {
    look: given.look,
    origin: given.measured ? "measurement" : "person",
    ...(given.zone !== undefined && { zone: given.zone }),
    ...(dates !== undefined && { dates }),
    ...(given.by !== undefined && { author: given.by }),
  };
  await withSite(given.data, false, async (site) => {
    const plan = await site.takeOrders(content, options);
    const turns = given.look || !given.turn ? [] : await dueTurns(site, plan.labels);
    if (given.json) printJson({ look: given.look, ...plan, turns });
    else printLines([...linesOf(plan, given.look), ...turns.flatMap(turnLines)]);
    if (plan.rejected.length > 0) process.exitCode = 65;
  });
}

function linesOf({ labels, known, withdrawn, rejected, remarks }: OrderPlan, look: boolean): string[] {
  const rows = labels.slice(0, shownLines).map(({ start, end, answer, faultKind, author, revision }) => [timeText(start), timeText(end), answer, faultKind ?? "", author, String(revision)]);
  const more = (all: readonly unknown[]): string[] => (all.length > shownLines ? [`  and ${all.length - shownLines} more`] : []);
  const listed = (all: OrderPlan["remarks"]): string[] => [...all.slice(0, shownLines).map(({ row, seen }) => `  line ${row}: ${harmless(seen, 200)}`), ...more(all)];
  const taken = look ? `Would write ${counted(labels.length, "label")}` : `Wrote ${counted(labels.length, "label")}`;
  return [
    ...(rows.length > 0 ? [...table(["start", "end", "answer", "kind", "by", "revision"], rows), ...more(labels), ""] : []),
    `${taken}; ${known} known already${withdrawn > 0 ? `, of which ${withdrawn} had been taken back and stay so` : ""}.`,
    ...(remarks.length > 0 ? [`Kept, and worth a look (${remarks.length}):`, ...listed(remarks)] : []),
    ...(rejected.length > 0 ? [`Left out (${rejected.length}):`, ...listed(rejected)] : []),
  ];
}

function contentOf(path: string): Uint8Array {
  const shown = JSON.stringify(harmless(path, 200));
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw new MillraceError("capture.not-a-file", `Cannot read ${shown}: it is not a regular file`, { hint: "Name one file." });
    if (facts.size > mostBytes) throw new MillraceError("capture.too-large", `Cannot read ${shown}: it has ${facts.size} bytes, at most ${mostBytes} are read`, { hint: "Split the table by year or by machine." });
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new MillraceError(isMissing ? "capture.not-found" : "capture.unreadable", `Cannot read ${shown}: ${isMissing ? "there is no such file" : harmless(String(cause), 200)}`, { hint: "Check the spelling, the folder and the rights of this account.", cause });
  }
}

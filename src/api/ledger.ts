import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { canonicalJson, digest } from "../digest.ts";
import { LedgerEntry, TurnLine } from "../schema/ledger-entry.ts";
import { LedgerHead } from "../schema/ledger-head.ts";
import type { App, Ground } from "./app.ts";

/** Turns and roll-backs as the ledger has them, newest last; `verified` says whether the whole chain, from its first line, is whole. */
export const LedgerView = z.object({ entries: z.array(TurnLine), verified: z.boolean() });
export type LedgerView = z.infer<typeof LedgerView>;

/** Lines of every kind. */
export const LinesView = z.object({ lines: z.array(LedgerEntry) });
export type LinesView = z.infer<typeof LinesView>;

export const LedgerQuery = z.object({
  /** The number of the first line; the newest ones unless said. */
  from: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});
export type LedgerQuery = z.infer<typeof LedgerQuery>;

export function ledgerRoutes(app: App, ground: Ground): void {
  const { records } = ground.site.store;
  const isWhole = chainWatch(ground);
  app.get("/api/v1/ledger", { schema: { tags: ["ledger"], summary: "What each turn gained and cost, each line chained to the one before", querystring: LedgerQuery, response: { 200: LedgerView } } }, async ({ query: { from, limit } }) => {
    const entries = (await records.ledger({ kinds: ["turn", "rollback", "promotion"], ...(from === undefined ? { limit } : { from }) })) as TurnLine[];
    return { entries: entries.slice(0, limit), verified: await isWhole() };
  });
  app.get("/api/v1/ledger/lines", { schema: { tags: ["ledger"], summary: "Lines of every kind: turns, labels, keys, what was forgotten", querystring: LedgerQuery, response: { 200: LinesView } } }, async ({ query: { from, limit } }) => {
    const lines = await records.ledger(from === undefined ? { limit } : { from });
    return { lines: lines.slice(0, limit) };
  });
  app.get("/api/v1/ledger/head", { schema: { tags: ["ledger"], summary: "How far the ledger goes, signed: to be kept elsewhere", response: { 200: LedgerHead } } }, async () => {
    return await records.ledgerHead((await records.site())?.id ?? "", ground.site.ports.now());
  });
}

/** After this long the chain is checked from its first line again. */
const again = 3_600_000; // milliseconds

/**
 * Whether the chain is whole. Only lines that are new since the last look are checked, in slices, so
 * that a ledger of years holds nobody up.
 */
function chainWatch({ site }: Ground): () => Promise<boolean> {
  let seen = { number: 0, hash: "0".repeat(64), whole: true };
  let startedAt = 0;
  let looking: Promise<boolean> | null = null;
  const look = async (): Promise<boolean> => {
    if (performance.now() - startedAt > again) {
      seen = { number: 0, hash: "0".repeat(64), whole: true };
      startedAt = performance.now();
    }
    const entries = await site.store.records.ledger({ from: seen.number + 1 });
    for (const [at, entry] of entries.entries()) {
      if (at % 200 === 199) await setImmediate();
      const { hash, signature: _, ...content } = entry;
      const isNext = entry.number === seen.number + 1 && entry.previous === seen.hash && digest(canonicalJson(content)) === hash;
      seen = { number: entry.number, hash, whole: seen.whole && isNext };
    }
    return seen.whole;
  };
  return async () => {
    looking ??= look().finally(() => (looking = null));
    return await looking;
  };
}

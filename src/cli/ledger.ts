import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { verifyLedger } from "../wheel/ledger.ts";
import { onSite } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { table } from "./table.ts";

const verifyCommand = defineCommand({
  meta: { name: "verify", description: "Check every line against its hash and the line before. Keep the printed head elsewhere: with --head a ledger cut short is found too." },
  args: { head: { type: "string", description: "NUMBER:HASH as printed by an earlier verify", valueHint: "HEAD" }, ...onSite },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const entries = await site.store.records.ledger();
      const [number, hash] = (args.head ?? "").split(":");
      const findings = verifyLedger(entries, hash === undefined ? undefined : { number: Number(number), hash });
      const last = entries.at(-1);
      const head = last === undefined ? null : `${last.number}:${last.hash}`;
      if (findings.length > 0) {
        if (!args.json) printLines(findings.map((finding) => `line ${finding.number}: ${finding.what}`));
        const [first] = findings;
        throw new MillraceError("wheel.ledger-broken", `Cannot vouch for the ledger: line ${first?.number}: ${first?.what}`, {
          hint: "Compare with a backup; lines before the first broken one are whole.",
        });
      }
      if (args.json) printJson({ lines: entries.length, whole: true, head });
      else printLines([`${entries.length} lines, all whole.`, ...(head === null ? [] : [`Head: ${head}`])]);
    });
  },
});

const showCommand = defineCommand({
  meta: { name: "show", description: "What each turn decided, gained and cost." },
  args: onSite,
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const entries = await site.store.records.ledger();
      if (args.json) return printJson({ ledger: entries });
      if (entries.length === 0) return printLines(["The ledger is empty."]);
      const rows = entries.map((entry) => [
        String(entry.number),
        timeText(entry.at),
        entry.decision,
        entry.gain === null ? "-" : entry.gain.toFixed(3),
        `${entry.durationSeconds.toFixed(2)} s`,
        `${entry.cpuSeconds.toFixed(2)} s`,
        entry.outputs.champion?.slice(0, 12) ?? "none",
        entry.hash.slice(0, 12),
      ]);
      printLines(table(["line", "at", "decision", "gain", "took", "processor", "in force", "hash"], rows));
    });
  },
});

export const ledgerCommand = defineCommand({
  meta: { name: "ledger", description: "The ledger: what each turn decided, gained and cost, each line chained to the one before." },
  subCommands: { show: showCommand, verify: verifyCommand },
  default: "show",
});

import { existsSync, readFileSync } from "node:fs";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import type { LedgerEntry } from "../schema/ledger-entry.ts";
import { publicKeyOf, publicKeyPem } from "../store/ledger-key.ts";
import { headOf, type Witness } from "../wheel/ledger.ts";
import { verifySite } from "../wheel/ledger-facts.ts";
import { onSite } from "./options.ts";
import { counted, printJson, printLines, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { table } from "./table.ts";
import { usage } from "./usage.ts";

const verifyCommand = defineCommand({
  meta: {
    name: "verify",
    description: "Check every line against its hash, its signature and the line before, and labels, turns, models and what is in force against the lines. With --head a ledger cut short or set back is found too, with --key one written anew.",
  },
  args: {
    head: { type: "string", description: "A file of `millrace ledger head` kept elsewhere, or NUMBER:HASH", valueHint: "FILE" },
    key: { type: "string", description: "A file of `millrace ledger key` kept elsewhere", valueHint: "FILE" },
    ...onSite,
  },
  async run({ args }) {
    const witness = { ...(args.head !== undefined && { head: readHead(args.head) }), ...(args.key !== undefined && { publicKey: readKey(args.key) }) };
    await withSite(args.data, false, async (site) => {
      const { findings, lines } = await verifySite(site.store, witness);
      if (findings.length > 0) {
        if (!args.json) printLines(findings.map(({ number, what }) => (number === 0 ? what : `line ${number}: ${what}`)));
        const [first] = findings;
        throw new MillraceError("wheel.ledger-broken", `Cannot vouch for the ledger: ${first.number === 0 ? "" : `line ${first.number}: `}${first.what}`, {
          hint: "Compare with a backup; lines before the first broken one are whole.",
        });
      }
      const last = await site.store.records.lastLedger();
      const head = last === null ? null : `${last.number}:${last.hash}`;
      if (args.json) printJson({ lines, whole: true, head });
      else printLines([`${counted(lines, "line")}, all whole; labels, turns, models and what is in force are as they say.`, ...(head === null ? [] : [`Head: ${head}`])]);
    });
  },
});

const headCommand = defineCommand({
  meta: { name: "head", description: "Print how far the ledger goes, signed: keep it elsewhere (`millrace ledger head > head.json`), and verify with it later." },
  args: onSite,
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const { records } = site.store;
      printJson(await records.ledgerHead((await records.site())?.id ?? "", site.ports.now()));
    });
  },
});

const keyCommand = defineCommand({
  meta: { name: "key", description: "Print the public key that the ledger is signed with (PEM): keep it elsewhere. With --rotate sign with a new one from now on; the old one vouches for it." },
  args: { rotate: { type: "boolean", description: "Make a new key first", default: false }, ...onSite },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const { records, directory } = site.store;
      const line = { site: (await records.site())?.id ?? "", at: site.ports.now() };
      if (args.rotate) await records.rotateLedgerKey(line);
      await records.ledgerHead(line.site, line.at); // makes the key where there is none yet
      const publicKey = publicKeyPem(directory) ?? "";
      if (args.json) printJson({ publicKey });
      else process.stdout.write(publicKey);
    });
  },
});

const showCommand = defineCommand({
  meta: { name: "show", description: "What each turn decided, gained and cost; with --all also labels, keys and what was forgotten." },
  args: { all: { type: "boolean", description: "Lines of every kind", default: false }, ...onSite },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const entries = await site.store.records.ledger(args.all ? {} : { kinds: ["turn", "rollback", "promotion", "forget"] });
      if (args.json) return printJson({ ledger: entries });
      if (entries.length === 0) return printLines(["The ledger is empty."]);
      printLines(table(["line", "at", "decision", "gain", "took", "processor", "in force", "hash"], entries.map(rowOf)));
    });
  },
});

function rowOf(entry: LedgerEntry): string[] {
  const { number, at, hash } = entry;
  const cells = (...middle: string[]): string[] => [String(number), timeText(at), ...middle, hash.slice(0, 12)];
  if (entry.kind === "labels") return cells(counted(entry.labels.length, "label"), "", "", "", "");
  if (entry.kind === "key") return cells("key", "", "", "", "");
  if (entry.kind === "forget") return cells(`forget ${entry.what}`, "", "", "", "");
  const { decision, gain, durationSeconds, cpuSeconds, outputs } = entry;
  return cells(decision, gain === null ? "-" : gain.toFixed(3), `${durationSeconds.toFixed(2)} s`, `${cpuSeconds.toFixed(2)} s`, outputs.champion?.slice(0, 12) ?? "none");
}

function readHead(given: string): NonNullable<Witness["head"]> {
  const head = headOf(existsSync(given) ? readText(given) : given);
  if (head === null) throw usage(`read --head ${JSON.stringify(given.slice(0, 80))}`, "Give a file that `millrace ledger head` wrote, or NUMBER:HASH as `millrace ledger verify` prints.");
  return head;
}

function readKey(given: string): string {
  const key = existsSync(given) ? publicKeyOf(readText(given)) : null;
  if (key === null) throw usage(`read --key ${JSON.stringify(given.slice(0, 80))}`, "Give a file that `millrace ledger key` wrote.");
  return key;
}

const readText = (path: string): string => readFileSync(path, "utf8");

export const ledgerCommand = defineCommand({
  meta: { name: "ledger", description: "The ledger: what each turn decided, gained and cost, each line signed and chained to the one before." },
  subCommands: { show: showCommand, verify: verifyCommand, head: headCommand, key: keyCommand },
  default: "show",
});

import { resolve } from "node:path";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { backupSite, Manifest, verifyBackup } from "../store/backup.ts";
import { readAddress } from "../store/lock.ts";
import { openStore } from "../store/store.ts";
import { onSite, usage } from "./options.ts";
import { counted, printJson, printLines } from "./output.ts";
import { dataDirectory } from "./session.ts";

export const backupCommand = defineCommand({
  meta: {
    name: "backup",
    description:
      "Write a backup of a site into a new directory, also of a site that is up: everything it had acknowledged by then, with a digest of each file. `millrace restore` makes a site of it again; keep it on another disk. Where the site asks for an API token, it is taken from MILLRACE_TOKEN.",
  },
  args: {
    target: { type: "positional", description: "The directory to make; with --verify a backup to look at", required: true },
    verify: { type: "boolean", description: "Only read a backup and say whether it is as it was made; exit code 65 when not", default: false },
    ...onSite,
  },
  async run({ args }) {
    const target = resolve(args.target);
    if (args.verify) return await verify(target, args.json);
    const manifest = await backUp(dataDirectory(args.data), target, process.env["MILLRACE_TOKEN"]);
    if (args.json) printJson({ target, manifest });
    else printLines([`Backed up into ${target}: ${contentOf(manifest)}.`]);
  },
});

export function contentOf({ counts, files }: Manifest): string {
  const mebibytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  return `${counted(counts.openSamples + counts.sealedSamples, "sample")}, ${counted(counts.models, "model")}, ${counted(counts.ledgerLines, "ledger line")}; ${counted(files.length, "file")}, ${mebibytes.toFixed(1)} MiB`;
}

async function verify(target: string, json: boolean): Promise<void> {
  const problems = await verifyBackup(target);
  if (json) printJson({ target, problems });
  else printLines(problems.length === 0 ? [`The backup in ${target} is as it was made.`] : problems);
  if (problems.length > 0) process.exitCode = 65;
}

/** Makes the backup here, or has the process make it that has the site open. */
async function backUp(directory: string, target: string, token: string | undefined): Promise<Manifest> {
  try {
    const store = await openStore(directory, { create: false });
    try {
      return await backupSite(store, target);
    } finally {
      await store.close();
    }
  } catch (error) {
    const address = error instanceof MillraceError && error.code === "store.in-use" ? readAddress(directory) : null;
    if (address === null) throw error;
    return await askFor(address, target, token);
  }
}

async function askFor(address: string, target: string, token: string | undefined): Promise<Manifest> {
  const url = new URL("/api/v1/backup", address);
  const headers = { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ target }) }).catch((cause: unknown) => {
    throw new MillraceError("cli.unreachable", `Cannot ask the site at ${address} for a backup: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: "Check that the site is up; where it has a certificate of its own, name it in NODE_EXTRA_CA_CERTS.",
      cause,
    });
  });
  const body: unknown = await response.json().catch(() => null);
  const manifest = Manifest.safeParse(body);
  if (response.ok && manifest.success) return manifest.data;
  const { code, message, hint } = errorIn(body);
  if (code !== "") throw new MillraceError(code, message, { hint });
  throw usage(`back up the site at ${address}: it answered ${response.status}`, response.status === 401 ? "Set MILLRACE_TOKEN to an API token of the site." : "Stop the site and back it up then.");
}

function errorIn(body: unknown): { code: string; message: string; hint: string } {
  const error: unknown = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  const text = (name: string): string => (typeof error === "object" && error !== null ? String(Reflect.get(error, name) ?? "") : "");
  return { code: text("code"), message: text("message"), hint: text("hint") };
}

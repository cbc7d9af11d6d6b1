import { resolve } from "node:path";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { backupSite, Manifest, verifyBackup } from "../store/backup.ts";
import { openStore } from "../store/store.ts";
import { askSite } from "./ask-site.ts";
import { onSite } from "./options.ts";
import { counted, printJson, printLines } from "./output.ts";
import { dataDirectory } from "./session.ts";
import { controlOf } from "./site-or-asked.ts";

export const backupCommand = defineCommand({
  meta: {
    name: "backup",
    description:
      "Write a backup of a site into a new directory, also of a site that is up: everything it had acknowledged by then, with a digest of each file. `millrace restore` makes a site of it again; keep it on another disk. Who may not read the site's private files sets MILLRACE_TOKEN to an API token.",
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
    const control = error instanceof MillraceError && error.code === "store.in-use" ? controlOf(directory, token) : null;
    if (control === null) throw error;
    return await askSite(control, { method: "POST", path: "/api/v1/backup", body: { target }, answer: Manifest, what: "a backup" });
  }
}

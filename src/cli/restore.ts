import { defineCommand } from "citty";
import { restoreSite } from "../store/backup.ts";
import { contentOf } from "./backup.ts";
import { onSite } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { dataDirectory } from "./session.ts";

export const restoreCommand = defineCommand({
  meta: {
    name: "restore",
    description: "Make a site of a backup, in a directory that does not exist yet or is empty. Every file is verified first; one that is not as it was made is refused and nothing is written.",
  },
  args: {
    backup: { type: "positional", description: "The directory that `millrace backup` made", required: true },
    ...onSite,
  },
  async run({ args }) {
    const target = dataDirectory(args.data);
    const manifest = await restoreSite(args.backup, target);
    if (args.json) printJson({ target, manifest });
    else printLines([`Restored ${manifest.site === null ? "a site" : `site ${JSON.stringify(manifest.site.name)}`} as of ${timeText(manifest.at)} into ${target}: ${contentOf(manifest)}.`]);
  },
});

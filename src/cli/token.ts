import { defineCommand } from "citty";
import { withAccess } from "./access.ts";
import { onSite } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { table } from "./table.ts";
import { usage } from "./usage.ts";

const name = { type: "positional", description: "What it is for: a script, a person, a gateway", required: false, valueHint: "NAME" } as const;

/** A name that must be given. */
function named(what: string, given: string | undefined): string {
  if (given !== undefined && given !== "") return given;
  throw usage(`${what} without a name`, `Give one: \`millrace token ${what} NAME\`.`);
}

const addCommand = defineCommand({
  meta: { name: "add", description: "Make a token and show it, this once." },
  args: { name, ...onSite },
  async run({ args }) {
    const given = named("add", args.name);
    const token = await withAccess(args.data, (access) => access.addToken(given));
    if (args.json) printJson({ name: given, token });
    else printLines([token, "Keep it: it is not shown again. Send it as `Authorization: Bearer TOKEN`."]);
  },
});

const listCommand = defineCommand({
  meta: { name: "list", description: "The tokens there are, when each was made and last used." },
  args: onSite,
  async run({ args }) {
    const tokens = (await withAccess(args.data, (access) => access.tokens())).map(({ name, createdAt, lastUsed }) => ({ name, createdAt, lastUsed }));
    if (args.json) return printJson({ tokens });
    if (tokens.length === 0) return printLines(["No tokens."]);
    printLines(table(["token", "made", "last used"], tokens.map(({ name, createdAt, lastUsed }) => [name, timeText(createdAt), lastUsed === null ? "never" : timeText(lastUsed)])));
  },
});

const removeCommand = defineCommand({
  meta: { name: "remove", description: "Take a token back; a site that is up refuses it at once and ends its streams." },
  args: { name, ...onSite },
  async run({ args }) {
    const given = named("remove", args.name);
    await withAccess(args.data, (access) => access.removeToken(given));
    if (args.json) printJson({ removed: given });
    else printLines([`Token ${JSON.stringify(given)} is removed.`]);
  },
});

export const tokenCommand = defineCommand({
  meta: { name: "token", description: "API tokens: who may use the site over HTTP from beyond this machine." },
  subCommands: { add: addCommand, list: listCommand, remove: removeCommand },
  default: "list",
});

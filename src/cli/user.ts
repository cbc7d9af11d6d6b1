import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { defineCommand } from "citty";
import { withAccess } from "./access.ts";
import { onSite } from "./options.ts";
import { printJson, printLines, timeText } from "./output.ts";
import { table } from "./table.ts";
import { usage } from "./usage.ts";

const name = { type: "positional", description: "The name that the device logs in by", required: false, valueHint: "NAME" } as const;

/** A name that must be given. */
function named(what: string, given: string | undefined): string {
  if (given !== undefined && given !== "") return given;
  throw usage(`${what} without a name`, `Give one: \`millrace user ${what} NAME\`.`);
}

const filters = (given: string | undefined): string[] => (given ?? "").split(",").map((filter) => filter.trim()).filter((filter) => filter !== "");

const addCommand = defineCommand({
  meta: { name: "add", description: "Let a device in by MQTT. Its password is made and shown this once, or read from standard input." },
  args: {
    name,
    publish: { type: "string", description: "Topic filters it may publish to, separated by commas; + and # work", valueHint: "FILTERS" },
    subscribe: { type: "string", description: "Topic filters it may subscribe to, separated by commas", valueHint: "FILTERS" },
    "password-stdin": { type: "boolean", description: "Read the password from standard input, first line", default: false },
    ...onSite,
  },
  async run({ args }) {
    const given = named("add", args.name);
    const rights = { publish: filters(args.publish), subscribe: filters(args.subscribe) };
    if (rights.publish.length + rights.subscribe.length === 0) throw usage("add a user who may do nothing", "Give --publish, --subscribe or both, for example --publish 'plant/line-1/#'.");
    const isMade = !args["password-stdin"];
    const password = isMade ? randomBytes(18).toString("base64url") : ((await text(process.stdin)).split(/\r?\n/)[0] ?? "");
    await withAccess(args.data, (access) => access.addUser(given, password, rights));
    if (args.json) printJson({ name: given, ...rights, ...(isMade && { password }) });
    else printLines(isMade ? [password, "Keep it: it is not shown again."] : [`User ${JSON.stringify(given)} is added.`]);
  },
});

const listCommand = defineCommand({
  meta: { name: "list", description: "The users there are, and their rights." },
  args: onSite,
  async run({ args }) {
    const users = (await withAccess(args.data, (access) => access.users())).map(({ name, createdAt, rights }) => ({ name, createdAt, ...rights }));
    if (args.json) return printJson({ users });
    if (users.length === 0) return printLines(["No users."]);
    printLines(table(["user", "made", "may publish", "may subscribe"], users.map(({ name, createdAt, publish, subscribe }) => [name, timeText(createdAt), publish.join(", ") || "-", subscribe.join(", ") || "-"])));
  },
});

const removeCommand = defineCommand({
  meta: { name: "remove", description: "Take a user's access back; a site that is up ends its connections at once." },
  args: { name, ...onSite },
  async run({ args }) {
    const given = named("remove", args.name);
    await withAccess(args.data, (access) => access.removeUser(given));
    if (args.json) printJson({ removed: given });
    else printLines([`User ${JSON.stringify(given)} is removed.`]);
  },
});

export const userCommand = defineCommand({
  meta: { name: "user", description: "MQTT users: which devices may log in to the broker, and the topics each has rights to." },
  subCommands: { add: addCommand, list: listCommand, remove: removeCommand },
  default: "list",
});

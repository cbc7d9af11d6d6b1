import { defineCommand } from "citty";
import { faultKinds, type FaultKind } from "../demo/faults.ts";
import type { PlantNews } from "../demo/messages.ts";
import { startPlant } from "../demo/start.ts";
import type { Settings } from "../schema/settings.ts";
import { oneOf, onSite } from "./options.ts";
import { stayUp } from "./session.ts";
import { doors, startUp, withDoors } from "./up.ts";
import { readSettings } from "./site-settings.ts";

/** Where the demonstration lives unless `--data` or MILLRACE_DATA says otherwise: never in a site of one's own. */
const demoData = "millrace-demo";

/** A plant that lives fast: a reading every fifth of a second, blocks of ten seconds, the first model from four of them. */
const fast = { auto: true, settle: 3, period: 0.2, block: 10, warmUpRows: 0, firstBlocks: 4, promotion: "automatic", make: [] } satisfies Settings["wheels"];

/** Faults a minute apart are questions of their own there, and nobody's shift is spared. */
const many = { perShift: 1000, auditsPerShift: 8, burstGap: 5 } satisfies Settings["questions"];

export const demoCommand = defineCommand({
  meta: {
    name: "demo",
    description:
      "A simulated water loop and a site that watches it: within a minute a model is learnt, then faults come, each a question to answer on the page. Nothing to configure. Ctrl-C stops it; starting again goes on. Its data are marked as a simulator's.",
  },
  args: {
    answer: { type: "boolean", description: "Let the simulator answer too, as an operator would who knows what it did", default: false },
    fault: { type: "string", description: `The fault that comes first: ${faultKinds.join(", ")}`, valueHint: "KIND" },
    seed: { type: "string", description: "Seed of the plant's noise and faults", default: "1", valueHint: "NUMBER" },
    ...doors,
    ...onSite,
  },
  async run({ args }) {
    const directory = args.data ?? process.env["MILLRACE_DATA"] ?? demoData;
    const firstKind = oneOf("fault", args.fault, faultKinds);
    const settings = readSettings(directory);
    const up = await startUp(directory, withDoors({ ...settings, mqtt: { ...settings.mqtt, port: 0 }, wheels: fast, questions: many }, args), args.json, "Water loop");
    if (up.mqtt === null) throw new RangeError("Cannot run the plant: the site has no MQTT door");
    const plant = startPlant(
      { mqttUrl: up.mqtt, apiUrl: up.http, answer: args.answer, seed: Number(args.seed), ...(firstKind !== undefined && { firstKind }) },
      (news) => args.json || tell(news),
    );
    await stayUp({
      async close() {
        await plant.stop();
        await up.close();
      },
    });
  },
});

const kindText = (kind: FaultKind): string => kind.replaceAll("-", " ");

/** What the plant does, for whoever watches the terminal. */
function tell(news: PlantNews): void {
  const line = lineOf(news);
  if (line !== null) process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
}

function lineOf(news: PlantNews): string | null {
  switch (news.type) {
    case "connected":
      return "The plant runs and publishes.";
    case "connection-lost":
      return `The plant lost its connection: ${news.reason}.`;
    case "fault":
      return `The plant has a fault: ${kindText(news.kind)}, for ${Math.round((news.end - news.start) / 1e6)} s.`;
    case "answered":
      return `The simulated operator answered: ${news.answer}${news.kind === null ? "" : `, ${kindText(news.kind)}`}.`;
    case "dropped":
      return `The plant could not send ${news.messages} messages while it was cut off.`;
    case "restarted":
      return `The plant's process was started again: ${news.why}.`;
    case "gave-up":
      return `The plant does not run any more: ${news.why}.`;
  }
}

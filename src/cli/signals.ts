import { defineCommand } from "citty";
import { Role, type Signal } from "../schema/signal.ts";
import type { Site } from "../site.ts";
import { onSite, oneOf, usage } from "./options.ts";
import { printJson, printLines, spanText } from "./output.ts";
import { withSite } from "./session.ts";
import { table } from "./table.ts";

export const signalsCommand = defineCommand({
  meta: {
    name: "signals",
    description: "The signals of a site with unit, rate and role, as guessed or told; `signals NAME --unit bar` corrects one. Each correction is a new revision.",
  },
  args: {
    name: { type: "positional", description: "The signal to correct", required: false },
    asset: { type: "string", description: "Only of this machine", valueHint: "NAME" },
    unit: { type: "string", description: "Its unit, as UCUM writes it; the values stay as they are", valueHint: "UNIT" },
    role: { type: "string", description: `Its role: ${Role.options.join(", ")}; wheels made from now on go by it`, valueHint: "ROLE" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const signals = await signalsOf(site, args.asset);
      if (args.name !== undefined) {
        const corrected = await correct(site, signals, args.name, { unit: args.unit, role: oneOf("role", args.role, Role.options) });
        return args.json ? printJson({ signal: corrected }) : printLines([`Signal ${corrected.name}: ${corrected.unit ?? "unit unknown"}, ${corrected.role}, revision ${corrected.revision}.`]);
      }
      if (args.json) return printJson({ signals });
      const rows = signals.map(({ name, unit, period, role, valueType, revision }) => [name, unit ?? "?", period === null ? "irregular" : `every ${spanText(period)}`, role, valueType, String(revision)]);
      printLines(signals.length === 0 ? ["No signals yet."] : table(["signal", "unit", "rate", "role", "values", "revision"], rows));
    });
  },
});

async function signalsOf(site: Site, assetName: string | undefined): Promise<Signal[]> {
  const { records } = site.store;
  if (assetName === undefined) return await records.signals();
  const asset = (await records.assets()).find(({ name }) => name === assetName);
  if (asset === undefined) throw usage(`find machine ${JSON.stringify(assetName.slice(0, 80))}: there is none`, "Machines are named when recordings are imported.");
  return await records.signals(asset.id);
}

async function correct(site: Site, signals: readonly Signal[], name: string, change: { unit: string | undefined; role: Role | undefined }): Promise<Signal> {
  const found = signals.filter((signal) => signal.name === name);
  const [only] = found;
  if (found.length !== 1 || only === undefined) throw usage(`correct signal ${JSON.stringify(name.slice(0, 80))}: ${found.length === 0 ? "there is none" : "several machines have one"}`, "List them with `millrace signals`, and name the machine with --asset.");
  if (change.unit === undefined && change.role === undefined) throw usage(`correct signal ${JSON.stringify(name.slice(0, 80))}: nothing was said of it`, "Give --unit, --role or both.");
  const corrected: Signal = { ...only, revision: only.revision + 1, unit: change.unit ?? only.unit, role: change.role ?? only.role };
  await site.store.records.write([{ put: "signal", value: corrected }]);
  return corrected;
}

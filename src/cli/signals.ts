import { defineCommand } from "citty";
import { SignalChanged } from "../api/courses.ts";
import { InflowList } from "../api/inflows.ts";
import { SiteView } from "../api/site.ts";
import { MillraceError } from "../errors.ts";
import { Role, type Limits, type Signal } from "../schema/signal.ts";
import type { Site } from "../site.ts";
import { readControl, type Control } from "../store/lock.ts";
import { askSite } from "./ask-site.ts";
import { onSite, oneOf } from "./options.ts";
import { printJson, printLines, spanText, timeText } from "./output.ts";
import { dataDirectory, withSite } from "./session.ts";
import { siteOrAsked } from "./site-or-asked.ts";
import { table } from "./table.ts";
import { usage } from "./usage.ts";

export const signalsCommand = defineCommand({
  meta: {
    name: "signals",
    description: "The signals of a site with unit, rate and role, as guessed or told; `signals NAME --unit bar` corrects one, and `signals NAME --low 0 --high 10` says what it can read at all, also of a site that is up. Each correction is a new revision.",
  },
  args: {
    name: { type: "positional", description: "The signal to correct", required: false },
    asset: { type: "string", description: "Only of this machine", valueHint: "NAME" },
    unit: { type: "string", description: "Its unit, as UCUM writes it; the values stay as they are", valueHint: "UNIT" },
    role: { type: "string", description: `Its role: ${Role.options.join(", ")}; wheels made from now on go by it`, valueHint: "ROLE" },
    low: { type: "string", description: "The least it can read, in its unit, or none; readings below are events", valueHint: "NUMBER" },
    high: { type: "string", description: "The most it can read, or none; readings above are events", valueHint: "NUMBER" },
    inflows: { type: "boolean", description: "List through which connectors the samples came, by signal, in which hours and by which software; also on a site that is up", default: false },
    ...onSite,
  },
  async run({ args }) {
    if (args.inflows) return await listInflows(args.data, args.asset, args.json);
    const limits = { low: limitOf("low", args.low), high: limitOf("high", args.high) };
    const isOnlyLimits = args.name !== undefined && args.unit === undefined && args.role === undefined && (limits.low !== undefined || limits.high !== undefined);
    const control = isOnlyLimits ? readControl(dataDirectory(args.data)) : null;
    const live = control === null ? null : await limitLive(control, { name: args.name ?? "", asset: args.asset, ...limits });
    if (live !== null) return tell(live, args.json);
    await withSite(args.data, false, async (site) => {
      const signals = await signalsOf(site, args.asset);
      if (args.name !== undefined) {
        const corrected = await correct(site, signals, args.name, { unit: args.unit, role: oneOf("role", args.role, Role.options), ...limits });
        return tell(corrected, args.json);
      }
      if (args.json) return printJson({ signals });
      const rows = signals.map(({ name, unit, period, role, valueType, limits, revision }) => [name, unit ?? "?", period === null ? "irregular" : `every ${spanText(period)}`, role, valueType, limitsText(limits), String(revision)]);
      printLines(signals.length === 0 ? ["No signals yet."] : table(["signal", "unit", "rate", "role", "values", "limits", "revision"], rows));
    });
  },
});

async function listInflows(data: string | undefined, asset: string | undefined, json: boolean): Promise<void> {
  const ask = (control: Control): Promise<InflowList> => askSite(control, { method: "GET", path: "/api/v1/inflows", answer: InflowList, what: "its sample streams" });
  const { inflows: all } = await siteOrAsked(data, async (site) => ({ inflows: await site.inflows() }), ask);
  const inflows = all.filter(({ assetName }) => asset === undefined || asset === assetName);
  if (json) return printJson({ inflows });
  const rows = inflows.map(({ connector, assetName, name, origins, hours, software }) => [
    connector, assetName, name, origins.join(", "), timeText(hours[0].start), timeText(hours[hours.length - 1].end), hours.length === 1 ? "" : `${hours.length - 1}`, software.map(({ version }) => version).join(", "),
  ]);
  printLines(inflows.length === 0 ? ["Nothing is known of through what samples came."] : table(["through", "machine", "signal", "made by", "from", "to", "pauses", "software"], rows));
}

async function signalsOf(site: Site, assetName: string | undefined): Promise<Signal[]> {
  const { records } = site.store;
  if (assetName === undefined) return await records.signals();
  const asset = (await records.assets()).find(({ name }) => name === assetName);
  if (asset === undefined) throw usage(`find machine ${JSON.stringify(assetName.slice(0, 80))}: there is none`, "Machines are named when recordings are imported.");
  return await records.signals(asset.id);
}

interface Change {
  readonly unit: string | undefined;
  readonly role: Role | undefined;
  /** `null` takes a limit back, `undefined` leaves it. */
  readonly low: number | null | undefined;
  readonly high: number | null | undefined;
}

async function correct(site: Site, signals: readonly Signal[], name: string, change: Change): Promise<Signal> {
  const only = onlyOne(signals.filter((signal) => signal.name === name), name);
  const { unit, role, low, high } = change;
  if ([unit, role, low, high].every((one) => one === undefined)) throw usage(`correct signal ${JSON.stringify(name.slice(0, 80))}: nothing was said of it`, "Give --unit, --role, --low or --high.");
  if (low !== undefined || high !== undefined) await site.limitSignal(only.id, limitsWith(only, change));
  const newest = onlyOne((await site.store.records.signals(only.asset)).filter(({ id }) => id === only.id), name);
  if (unit === undefined && role === undefined) return newest;
  const corrected: Signal = { ...newest, revision: newest.revision + 1, unit: unit ?? newest.unit, role: role ?? newest.role };
  await site.store.records.write([{ put: "signal", value: corrected }]);
  return corrected;
}

function onlyOne<T>(found: readonly T[], name: string): T {
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw usage(`correct signal ${JSON.stringify(name.slice(0, 80))}: ${found.length === 0 ? "there is none" : "several machines have one"}`, "List them with `millrace signals`, and name the machine with --asset.");
}

const limitsWith = ({ limits }: Pick<Signal, "limits">, { low, high }: Pick<Change, "low" | "high">): Limits => ({ low: low === undefined ? (limits?.low ?? null) : low, high: high === undefined ? (limits?.high ?? null) : high });

/** Limits by asking the process that has the site open; `null` when that cannot be reached, as it is down after all. */
async function limitLive(control: Control, { name, asset, ...change }: { readonly name: string; readonly asset: string | undefined } & Pick<Change, "low" | "high">): Promise<Signal | null> {
  const site = await askSite(control, { method: "GET", path: "/api/v1/site", answer: SiteView, what: "its signals" }).catch((error: unknown) => {
    if (error instanceof MillraceError && error.code === "cli.unreachable") return null;
    throw error;
  });
  if (site === null) return null;
  const assets = new Set(site.assets.filter((one) => asset === undefined || one.name === asset).map(({ id }) => id));
  const only = onlyOne(site.signals.filter((signal) => signal.name === name && assets.has(signal.asset)), name);
  return (await askSite(control, { method: "PUT", path: `/api/v1/signals/${only.id}/limits`, body: limitsWith(only, change), answer: SignalChanged, what: "other limits of a signal" })).signal;
}

function tell(signal: Signal, json: boolean): void {
  if (json) return printJson({ signal });
  const limits = signal.limits ? `, limits ${limitsText(signal.limits)}` : "";
  printLines([`Signal ${signal.name}: ${signal.unit ?? "unit unknown"}, ${signal.role}${limits}, revision ${signal.revision}.`]);
}

const limitsText = (limits: Signal["limits"]): string => (limits ? `${limits.low ?? "none"} to ${limits.high ?? "none"}` : "-");

function limitOf(option: string, text: string | undefined): number | null | undefined {
  if (text === undefined || text === "none") return text === undefined ? undefined : null;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, "A number in the signal's unit is needed, or none.");
}

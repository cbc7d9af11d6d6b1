import { defineCommand } from "citty";
import { inspectModel } from "../learn/onnx/inspect.ts";
import type { Site } from "../site.ts";
import { markedModels } from "../wheel/marked-models.ts";
import { verifySite } from "../wheel/ledger-facts.ts";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withSite } from "./session.ts";

/** One thing looked at: what was seen, and whether it is as it should be. */
interface Check {
  readonly what: string;
  readonly seen: string;
  readonly ok: boolean;
}

export const doctorCommand = defineCommand({
  meta: { name: "doctor", description: "Look at everything a site keeps and say whether it is whole. Changes nothing beyond what opening repairs; exit code 65 when something is not as it should be." },
  args: onSite,
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const checks = await examine(site);
      if (args.json) printJson({ directory: site.store.directory, notices: site.store.notices, checks });
      else printLines([`Site in ${site.store.directory}`, ...checks.map(({ what, seen, ok }) => `${ok ? "ok  " : "BAD "} ${what}: ${seen}`)]);
      if (checks.some(({ ok }) => !ok)) process.exitCode = 65;
    });
  },
});

async function examine(site: Site): Promise<Check[]> {
  const { records, telemetry } = site.store;
  const samples = await telemetry.check();
  const sealed = samples.sealedDays.reduce((sum, { samples: count }) => sum + count, 0);
  const damage = await records.check();
  const ledger = (await verifySite(site.store)).findings;
  const unfinished = await records.unfinishedTurns();
  const runtime = Number(process.versions.node.split(".")[0]);
  return [
    { what: "runtime", seen: `Node ${process.versions.node}`, ok: runtime >= 24 },
    { what: "samples", seen: samples.problems.length === 0 ? `${samples.openSamples} open, ${sealed} in ${samples.sealedDays.length} sealed days` : samples.problems.join("; "), ok: samples.problems.length === 0 },
    { what: "records", seen: damage.length === 0 ? "whole" : damage.join("; "), ok: damage.length === 0 },
    { what: "ledger", seen: ledger.length === 0 ? "every line follows from the one before, and the records say the same" : ledger.map(({ number, what }) => `line ${number}: ${what}`).join("; "), ok: ledger.length === 0 },
    { what: "turns", seen: unfinished.length === 0 ? "none was cut off" : `${unfinished.length} cut off, which the next turn takes up`, ok: true },
    ...(await examineModels(site)),
  ];
}

async function examineModels(site: Site): Promise<Check[]> {
  const { records, models } = site.store;
  const checks: Check[] = [];
  for (const wheel of await records.wheels()) {
    const forgotten = await markedModels(site);
    const known = (await records.models(wheel.id)).filter(({ digest }) => models.has(digest) || !forgotten.has(digest));
    const broken = known.filter(({ digest }) => !isWhole(() => inspectModel(models.read(digest))));
    checks.push({ what: `models of ${JSON.stringify(wheel.name)}`, seen: broken.length === 0 ? `${known.length} whole` : `damaged or missing: ${broken.map(({ digest }) => digest.slice(0, 12)).join(", ")}`, ok: broken.length === 0 });
    const champion = await records.champion(wheel.id);
    checks.push({ what: `in force for ${JSON.stringify(wheel.name)}`, seen: champion === null ? "no model yet" : `${champion.model.slice(0, 12)}: ${champion.reason}`, ok: true });
  }
  return checks;
}

function isWhole(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

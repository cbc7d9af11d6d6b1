import type { Site } from "../src/site.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";

/** What a killed site had said is durable. */
export type Acknowledged =
  | { readonly what: "ready" }
  | { readonly what: "samples"; readonly block: string; readonly start: number; readonly end: number; readonly samples: number }
  | { readonly what: "labels"; readonly ids: readonly string[] }
  | { readonly what: "turn"; readonly run: number; readonly id: string; readonly line: number; readonly hash: string };

export interface Tally {
  readonly samples: number;
  readonly labels: number;
  readonly turns: number;
}

export const nothing: Tally = { samples: 0, labels: 0, turns: 0 };

export function tallyOf(facts: readonly Acknowledged[]): Tally {
  const each = facts.map((fact): Tally => {
    if (fact.what === "samples") return { ...nothing, samples: fact.samples };
    if (fact.what === "labels") return { ...nothing, labels: fact.ids.length };
    return { ...nothing, turns: fact.what === "turn" ? 1 : 0 };
  });
  return each.reduce(addTallies, nothing);
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { samples: a.samples + b.samples, labels: a.labels + b.labels, turns: a.turns + b.turns };
}

/** What of the acknowledged facts a site that was opened again has not. */
export async function lostFrom(site: Site, facts: readonly Acknowledged[]): Promise<Tally> {
  let lost = nothing;
  for (const fact of facts) lost = addTallies(lost, await lostOf(site, fact));
  return lost;
}

async function lostOf(site: Site, fact: Acknowledged): Promise<Tally> {
  const { records } = site.store;
  if (fact.what === "samples") {
    const kept = (await records.block(fact.block)) === null ? 0 : await samplesIn(site, fact.start, fact.end);
    return { ...nothing, samples: Math.max(0, fact.samples - kept) };
  }
  if (fact.what === "labels") {
    const histories = await Promise.all(fact.ids.map((id) => records.labelHistory(id)));
    return { ...nothing, labels: histories.filter((history) => history.length === 0).length };
  }
  if (fact.what === "ready") return nothing;
  const turn = await records.turn(fact.id);
  const line = (await records.ledger({ from: fact.line })).at(0);
  return { ...nothing, turns: turn?.state === "recorded" && line?.hash === fact.hash ? 0 : 1 };
}

async function samplesIn(site: Site, start: number, end: number): Promise<number> {
  let count = 0;
  for (const { key } of await site.store.records.signals()) {
    const { values } = await site.store.telemetry.series({ key, start, end });
    count += values.reduce((known, value) => (Number.isNaN(value) ? known : known + 1), 0);
  }
  return count;
}

/** What is wrong with a site that was opened again, beyond lost facts; in sentences. */
export async function faultsOf(site: Site): Promise<string[]> {
  const { records, models, telemetry } = site.store;
  const faults = (await verifySite(site.store)).findings.map(({ number, what }) => `ledger line ${number}: ${what}`);
  faults.push(...(await records.check()), ...(await telemetry.check()).problems);
  for (const wheel of await records.wheels()) {
    const champion = await records.champion(wheel.id);
    if (champion !== null) models.read(champion.model); // throws when it is missing or has other bytes
    // A turn that was cut off must be taken up by the next one, under its own number.
    for (const { number } of (await records.unfinishedTurns()).filter(({ trigger }) => trigger !== "first")) {
      const { number: taken, state } = await site.turn(wheel, "answers");
      if (taken !== number || state !== "recorded") faults.push(`turn ${number} was cut off and not taken up`);
    }
  }
  return faults;
}

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSite } from "../src/site.ts";
import { verifyLedger } from "../src/wheel/ledger.ts";
import { apiInputs } from "./bad-api.ts";
import { folderInputs } from "./bad-folder.ts";
import { httpInputs } from "./bad-http.ts";
import { mqttInputs } from "./bad-mqtt.ts";
import { ask, countedBy, Device, type Counted } from "./door-client.ts";
import { onSiteProcess, storedSamples, type SiteProcess } from "./ingest-site.ts";

/** Something bad to hand in at a door of a site that is up, and what it must get. */
export interface BadInput {
  readonly door: string;
  readonly input: string;
  /** Hands it in; what it got, in a line. */
  readonly hand: (site: Doors) => Promise<string>;
  /** What was got must match this. */
  readonly wanted: RegExp;
  /** Samples that are stored of it all the same; `null` where chance decides. */
  readonly stored?: number | null;
  /** A reason that must have been counted. */
  readonly counted?: string;
}

/** Where a site that is up can be reached, and the folder that it watches. */
export interface Doors extends SiteProcess {
  readonly folder: string;
}

/** What one bad input got, as in the rows of the bench. */
export interface DoorRow {
  readonly input: string;
  readonly got: string;
  readonly kept: string;
  readonly asWanted: boolean;
}

/** A device that sends a good reading after every bad one, by each live door, and knows what was acknowledged. */
interface Pulse {
  readonly acknowledged: number;
  beat(site: Doors): Promise<string | null>;
}

/**
 * Hands every bad input to a site that is up, one after another: after each, a good reading through
 * each live door must be acknowledged by the same process, and no more stored than was promised. At the
 * end the site is killed, and everything acknowledged must be there when it is opened again.
 */
export async function badDoors(directory: string, say: (text: string) => void): Promise<DoorRow[]> {
  const folder = join(directory, "watched");
  mkdirSync(folder);
  mkdirSync(join(directory, "site"), { recursive: true });
  writeFileSync(join(directory, "site", "site.json"), JSON.stringify({ folders: [{ path: folder, asset: "from-files" }] }));
  const pulse = newPulse();
  const inputs = [...httpInputs, ...mqttInputs, ...folderInputs, ...apiInputs];
  const rows: DoorRow[] = [];
  const tell = ({ input, got, kept, asWanted }: DoorRow): void => say(`${asWanted ? "ok  " : "MISS"} ${input}: ${got} | ${kept}`);
  const stored = await onSiteProcess(directory, async (process) => {
    const site = { ...process, folder };
    const first = await pulse.beat(site);
    if (first !== null) throw new Error(`Cannot try the doors: a good reading is not taken: ${first}`);
    for (const input of inputs) {
      const row = await handIn(input, site, pulse);
      rows.push({ ...row, got: row.got.replaceAll(`${directory}/`, "") }); // where it ran is nobody's business
      tell(rows[rows.length - 1]);
    }
    return (await countedBy(site.http)).stored;
  });
  const last = await afterKill(directory, stored, pulse);
  tell(last);
  return [...rows, last];
}

async function handIn({ door, input, hand, wanted, stored = 0, counted }: BadInput, site: Doors, pulse: Pulse): Promise<DoorRow> {
  const before = await countedBy(site.http);
  const got = (await hand(site).catch((error: unknown) => `no answer: ${error instanceof Error ? error.message : String(error)}`)).replaceAll(/\s+/g, " ");
  const after = await settled(site, before, stored);
  const more = after.stored - before.stored;
  const reasons = Object.entries(after.dropped).flatMap(([reason, count]) => (count > (before.dropped[reason] ?? 0) ? [`${reason} ${count - (before.dropped[reason] ?? 0)}`] : []));
  const dead = await pulse.beat(site);
  const isAsPromised = (stored === null || more === stored) && (counted === undefined || reasons.some((reason) => reason.startsWith(`${counted} `)));
  const kept = [`${more} stored`, reasons.length > 0 ? `left out: ${reasons.join(", ")}` : "", dead ?? "the site goes on", counted !== undefined && !isAsPromised ? `wanted ${stored ?? "any"} stored, ${counted} counted` : ""];
  return { input: `${door}: ${input}`, got: got.slice(0, 240), kept: kept.filter((text) => text !== "").join("; "), asWanted: wanted.test(got) && isAsPromised && dead === null };
}

/** What the site has counted, once what was handed in has had its time: a publish without an answer is taken in later. */
async function settled(site: Doors, before: Counted, stored: number | null): Promise<Counted> {
  for (let look = 0; ; look++) {
    const counted = await countedBy(site.http);
    if (look >= 20 || (look >= 2 && (stored === null || counted.stored - before.stored >= stored))) return counted;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function newPulse(): Pulse {
  let acknowledged = 0;
  let beats = 0;
  const next = () => Date.now() * 1000 + (++beats % 1000);
  return {
    get acknowledged() {
      return acknowledged;
    },
    async beat(site) {
      const json = await ask(site.http, "/api/v1/write", { type: "application/json", body: JSON.stringify({ readings: [{ path: "hall/witness/json", time: next(), value: beats }] }) });
      if (json.status !== 200) return `a good reading over HTTP got ${json.status} ${json.text.slice(0, 100)}`;
      acknowledged++;
      const line = await ask(site.http, "/api/v1/write/line?precision=us", { type: "text/plain", body: `witness,asset=hall line=${beats} ${next()}` });
      if (line.status !== 200) return `a good line got ${line.status} ${line.text.slice(0, 100)}`;
      acknowledged++;
      const device = await Device.connected(site.mqtt, `witness-${randomBytes(4).toString("hex")}`).catch(() => null);
      const published = (await device?.publish("hall/witness/mqtt", `{"time":${next()},"value":${beats}}`)) ?? "no connection";
      device?.end();
      if (published !== "acknowledged") return `a good message over MQTT got: ${published}`;
      acknowledged++;
      return null;
    },
  };
}

/** The site was killed: is all that was acknowledged there, and is everything whole? */
async function afterKill(directory: string, counted: number, pulse: Pulse): Promise<DoorRow> {
  const input = "after all of these: kill -9, and opened again";
  const samples = await storedSamples(directory);
  const site = await openSite(join(directory, "site"));
  try {
    const ledger = verifyLedger(await site.store.records.ledger());
    const witness = (await site.store.records.assets()).some(({ name }) => name === "witness");
    const isWhole = ledger.length === 0 && witness && site.store.notices.length === 0;
    return {
      input,
      got: `${samples} samples there, ${counted} were counted as stored, ${pulse.acknowledged} of them good readings that were acknowledged in between`,
      kept: isWhole ? "samples, records and ledger whole" : `ledger ${ledger.length} faults; ${site.store.notices.join("; ")}`,
      asWanted: samples >= counted && isWhole,
    };
  } finally {
    await site.close();
  }
}

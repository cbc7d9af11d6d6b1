import type { Digest } from "../schema/id.ts";
import type { LedgerEntry, TurnLine } from "../schema/ledger-entry.ts";
import { turnContent } from "../store/records/chain.ts";
import type { LedgerFacts } from "../store/records/ledger-facts.ts";
import type { ModelFiles } from "../store/models.ts";
import type { Store } from "../store/store.ts";
import { verifyRows, type Finding, type Witness } from "./ledger.ts";

/** Everything there is to check about a site's ledger: the chain, its signatures, and the facts that its lines speak of. */
export async function verifySite({ records, models }: Pick<Store, "records" | "models">, witness: Witness = {}): Promise<{ findings: Finding[]; lines: number }> {
  const rows = await records.ledgerRows();
  const findings = verifyRows(rows, witness);
  if (findings.length === 0) findings.push(...factFindings(await records.ledger(), await records.ledgerFacts(), models));
  return { findings, lines: rows.length };
}

/**
 * What the records say otherwise than the ledger: a label, a turn, a model or a champion that was changed,
 * added or taken away behind its back, and a model file with other bytes.
 *
 * To be asked of a ledger that is whole. Turns from before lines held their content, and labels from before
 * the site had a key, are vouched for from the line that first names them. Cost: reads every model file.
 */
export function factFindings(entries: readonly LedgerEntry[], facts: LedgerFacts, files: Pick<ModelFiles, "has" | "read">): Finding[] {
  return [...labelFindings(entries, facts), ...turnFindings(entries, facts), ...championFindings(entries, facts), ...fileFindings(facts, files)];
}

function labelFindings(entries: readonly LedgerEntry[], { labels }: LedgerFacts): Finding[] {
  const nameOf = ({ label, revision }: { label: string; revision: number }): string => `label ${label} revision ${revision}`;
  const said = new Map<string, { number: number; content: Digest }>();
  for (const entry of entries) {
    if (entry.kind === "labels") for (const one of entry.labels) said.set(nameOf(one), { number: entry.number, content: one.content });
    if (entry.kind === "forget") for (const one of entry.labels) said.delete(nameOf(one));
  }
  if (said.size === 0 && !entries.some(({ kind }) => kind === "key")) return []; // a ledger from before labels had lines
  const findings: Finding[] = [];
  for (const one of labels) {
    const line = said.get(nameOf(one));
    said.delete(nameOf(one));
    if (line === undefined) findings.push({ number: 0, what: `${nameOf(one)} is in no line` });
    else if (line.content !== one.content) findings.push({ number: line.number, what: `${nameOf(one)} says something else than when it was written` });
  }
  for (const [name, { number }] of said) findings.push({ number, what: `${name} is gone` });
  return findings;
}

function turnFindings(entries: readonly LedgerEntry[], { turns, models }: LedgerFacts): Finding[] {
  const findings: Finding[] = [];
  const [byId, byDigest] = [new Map(turns.map((turn) => [turn.id, turn])), new Map(models.map((model) => [model.digest, model]))];
  for (const line of entries.filter(isTurn)) {
    const turn = byId.get(line.turn ?? "");
    byId.delete(line.turn ?? "");
    if (turn === undefined) findings.push({ number: line.number, what: `turn ${line.turn} is gone` });
    const made = line.outputs.models.map((name) => byDigest.get(name));
    if (made.includes(undefined)) findings.push({ number: line.number, what: "a model that it made is gone from the records" });
    else if (turn !== undefined && line.content !== undefined && turnContent(turn, made.filter((model) => model !== undefined)) !== line.content) {
      findings.push({ number: line.number, what: "its turn or a model that it made is recorded otherwise than when it was written" });
    }
  }
  for (const { id } of byId.values()) findings.push({ number: 0, what: `turn ${id} is in no line` });
  return findings;
}

const isTurn = (line: LedgerEntry): line is TurnLine => line.kind === "turn";

/** Each champion must be what a line put in force at its time, and the last one what the newest line leaves in force. */
function championFindings(entries: readonly LedgerEntry[], { champions }: LedgerFacts): Finding[] {
  const findings: Finding[] = [];
  const put = new Set<string>();
  const inForce = new Map<string, { number: number; champion: Digest | null }>();
  for (const line of entries) {
    const said = line.kind === "forget" ? line.outOfForce : line.kind === "turn" || line.kind === "rollback" || line.kind === "promotion" ? [{ wheel: line.wheel, champion: line.outputs.champion }] : [];
    for (const { wheel, champion } of said) {
      put.add(`${wheel} ${line.at} ${champion}`);
      inForce.set(wheel, { number: line.number, champion });
    }
  }
  for (const { wheel, at, model } of champions) if (!put.has(`${wheel} ${at} ${model}`)) findings.push({ number: 0, what: `model ${model} was put in force for wheel ${wheel} by no line` });
  for (const [wheel, { number, champion }] of inForce) {
    const now = champions.findLast((one) => one.wheel === wheel)?.model ?? null;
    if (now !== champion) findings.push({ number, what: `model ${champion} should be in force for wheel ${wheel}, and ${now} is` });
  }
  return findings;
}

function fileFindings({ models }: LedgerFacts, files: Pick<ModelFiles, "has" | "read">): Finding[] {
  return models.flatMap(({ digest }) => {
    if (!files.has(digest)) return [];
    try {
      files.read(digest);
      return [];
    } catch {
      return [{ number: 0, what: `models/${digest}.onnx has other bytes than its name says` }];
    }
  });
}

import type { Ledger, LedgerEntry } from "../api/types.ts";
import { shortDigest } from "../format.ts";
import { useLanguage, type Say } from "../strings/language.tsx";
import { DetailTable } from "./detail-table.tsx";

const decisions = ["promote", "shadow", "keep", "not-enough-events", "rollback", "ask"] as const;

/** The decision in the reader's words; one this page does not know as it was written. */
const decisionIn = (say: Say, decision: string): string => {
  const known = decisions.find((one) => one === decision);
  return known === undefined ? decision : say(`verdict.${known}`);
};

export function LedgerTable({ ledger }: { readonly ledger: Ledger }) {
  const { say, format } = useLanguage();
  if (ledger.entries.length === 0) return <p className="soft padded">{say("ledger.none")}</p>;
  const unmeasured = <span className="soft" title={say("ledger.unmeasured")}>–</span>;
  const columns = [
    { title: say("ledger.number"), cell: ({ number }: LedgerEntry) => format.count(number), isNumber: true },
    { title: say("ledger.at"), cell: ({ at }: LedgerEntry) => format.time(at) },
    { title: say("ledger.decision"), cell: ({ decision, kind }: LedgerEntry) => decisionIn(say, kind === "rollback" ? "rollback" : decision) },
    { title: say("ledger.gain"), cell: ({ gain }: LedgerEntry) => format.signed(gain), isNumber: true },
    { title: say("ledger.seconds"), cell: ({ durationSeconds }: LedgerEntry) => format.seconds(durationSeconds), isNumber: true },
    { title: say("ledger.cpu"), cell: ({ cpuSeconds }: LedgerEntry) => format.seconds(cpuSeconds), isNumber: true },
    { title: say("ledger.energy"), cell: ({ energyJoules }: LedgerEntry) => (energyJoules === null ? unmeasured : format.energy(energyJoules)), isNumber: true },
    { title: say("ledger.hash"), cell: ({ hash }: LedgerEntry) => <code title={hash}>{shortDigest(hash)}</code> },
  ];
  const detail = ({ reason, inputs, previous, hash }: LedgerEntry) => (
    <>
      <p>{reason}</p>
      <p className="soft">
        {say("ledger.inputs", { blocks: format.count(inputs.blockCount), labels: format.count(inputs.labelCount) })}
        <br />
        {say("ledger.hash")} <code className="long">{hash}</code>
        <br />
        {say("ledger.previous")} <code className="long">{previous}</code>
      </p>
    </>
  );
  return <DetailTable rows={ledger.entries} columns={columns} keyOf={({ number }) => number} nameOf={({ number }) => `${say("ledger.number")} ${number}`} caption={say("records.ledger")} detail={detail} />;
}

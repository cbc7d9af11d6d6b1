import { useState } from "react";
import type { Digest, Id, Turn, Verdict } from "../api/types.ts";
import { shortDigest } from "../format.ts";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";
import { Ask } from "./ask.tsx";

/** The proven model that waits for a person's word, as long as what it was held against is in force. */
export function proposalIn(turns: readonly Turn[], champion: Digest | null): Verdict | null {
  const asked = turns.findLast(({ verdict }) => verdict?.decision === "ask")?.verdict ?? null;
  return asked !== null && asked.champion === champion ? asked : null;
}

/** A line that says so, with the button that puts it in force. */
export function Proposal({ verdict, wheel, onNote }: { readonly verdict: Verdict; readonly wheel: Id; readonly onNote: (note: string) => void }) {
  const { say } = useLanguage();
  const { client, put } = useSite();
  const [isAsking, setIsAsking] = useState(false);
  const { challenger, reasons } = verdict;
  if (challenger === null) return null;
  const digest = shortDigest(challenger);
  return (
    <div className="proposal" role="status">
      <p><strong>{say("proposal.title")}</strong> {reasons[0]}</p>
      <button type="button" className="button" onClick={() => setIsAsking(true)}>{say("proposal.promote")}</button>
      {isAsking && (
        <Ask
          title={say("proposal.ask", { digest })}
          explain={say("proposal.explain")}
          action={say("proposal.promote")}
          needsReason
          onClose={() => setIsAsking(false)}
          onDo={async (reason) => {
            await client.promote(wheel, challenger, reason);
            onNote(say("proposal.done", { digest }));
            put.recorded();
          }}
        />
      )}
    </div>
  );
}

import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Digest, Id, Ledger, Model, Turn } from "../api/types.ts";
import { inWords, useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";
import { Ask } from "./ask.tsx";
import { LedgerTable } from "./ledger-table.tsx";
import { ModelsTable } from "./models-table.tsx";
import { Proposal, proposalIn } from "./proposal.tsx";
import { TurnsTable } from "./turns-table.tsx";

const tabs = ["turns", "models", "ledger"] as const;
type Tab = (typeof tabs)[number];

interface Props {
  readonly wheel: Id | null;
  readonly champion: Digest | null;
  /** Goes up when there is something new to load. */
  readonly recorded: number;
  readonly isLive: boolean;
}

/** What the wheel has done: its turns, its models, and what it all cost. */
export const Records = memo(function Records({ wheel, champion, recorded, isLive }: Props) {
  const { say } = useLanguage();
  const [tab, setTab] = useState<Tab>("turns");
  const { said, problem, reload } = useRecords(wheel, recorded, isLive);
  const [isAsking, setIsAsking] = useState(false);
  const [note, setNote] = useState("");
  const site = useSite();
  const proposal = said === null ? null : proposalIn(said.turns, champion);
  return (
    <section className="panel records" aria-label={say("records.title")}>
      <div className="records-head">
        <Tabs tab={tab} onTab={setTab} />
        <span className="spring" />
        <span className="soft" role="status">{note}</span>
        {tab === "ledger" && said !== null && said.ledger.entries.length > 0 && <span className={said.ledger.verified ? "pill" : "pill pill-bad"}>{say(said.ledger.verified ? "ledger.whole" : "ledger.broken")}</span>}
        {tab === "turns" && wheel !== null && <button type="button" className="button" disabled={!isLive} onClick={() => setIsAsking(true)}>{say("turns.now")}</button>}
      </div>
      <div className="records-body" role="tabpanel" id="records-panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {problem !== "" && <p className="bad padded" role="alert">{say("records.failed", { message: problem })} <button type="button" className="link" onClick={reload}>{say("records.retry")}</button></p>}
        {wheel === null && tab !== "ledger" && <p className="soft padded">{say("records.noWheel")}</p>}
        {proposal !== null && wheel !== null && <Proposal verdict={proposal} wheel={wheel} onNote={setNote} />}
        {said !== null && wheel !== null && tab === "turns" && <TurnsTable turns={said.turns} />}
        {said !== null && wheel !== null && tab === "models" && <ModelsTable models={said.models} champion={champion} wheel={wheel} onNote={setNote} />}
        {said !== null && tab === "ledger" && <LedgerTable ledger={said.ledger} />}
      </div>
      {isAsking && wheel !== null && (
        <Ask
          title={say("turns.nowTitle")}
          explain={say("turns.nowExplain")}
          action={say("turns.now")}
          needsReason={false}
          onClose={() => setIsAsking(false)}
          onDo={async () => {
            await site.client.turnNow(wheel);
            setNote(say("turns.asked"));
            site.put.recorded();
          }}
        />
      )}
    </section>
  );
});

function Tabs({ tab, onTab }: { readonly tab: Tab; readonly onTab: (tab: Tab) => void }) {
  const { say } = useLanguage();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const next = (tabs.indexOf(tab) + by + tabs.length) % tabs.length;
    onTab(tabs[next]);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className="tabs" role="tablist" ref={list} onKeyDown={move}>
      {tabs.map((one) => (
        <button key={one} type="button" role="tab" id={`tab-${one}`} aria-selected={tab === one} aria-controls="records-panel" tabIndex={tab === one ? 0 : -1} onClick={() => onTab(one)}>{say(`records.${one}`)}</button>
      ))}
    </div>
  );
}

interface Said {
  readonly wheel: Id | null;
  readonly turns: readonly Turn[];
  readonly models: readonly Model[];
  readonly ledger: Ledger;
}

/** Loads the records of a wheel anew whenever the site says that there are new ones; the newest come first. */
function useRecords(wheel: Id | null, recorded: number, isLive: boolean): { said: Said | null; problem: string; reload: () => void } {
  const { client } = useSite();
  const { say } = useLanguage();
  const [said, setSaid] = useState<Said | null>(null);
  const [problem, setProblem] = useState("");
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!isLive) return;
    let isCurrent = true;
    const load = async () => {
      const [turns, models, ledger] = await Promise.all([wheel === null ? [] : client.turns(wheel).then((list) => list.turns), wheel === null ? [] : client.models(wheel).then((list) => list.models), client.ledger()]);
      if (!isCurrent) return;
      setSaid({ wheel, turns: turns.toReversed(), models: models.toReversed(), ledger: { ...ledger, entries: ledger.entries.toReversed() } });
      setProblem("");
    };
    load().catch((error: unknown) => isCurrent && setProblem(inWords(error, say)));
    return () => {
      isCurrent = false;
    };
  }, [client, wheel, recorded, isLive, tries, say]);
  return { said: said?.wheel === wheel ? said : null, problem, reload: () => setTries(tries + 1) };
}

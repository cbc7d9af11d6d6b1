import type { Turn, Verdict } from "../api/types.ts";
import { shortDigest } from "../format.ts";
import { useLanguage, type Language } from "../strings/language.tsx";
import { DetailTable } from "./detail-table.tsx";

export function TurnsTable({ turns }: { readonly turns: readonly Turn[] }) {
  const language = useLanguage();
  const { say, format } = language;
  if (turns.length === 0) return <p className="soft padded">{say("turns.none")}</p>;
  const widest = Math.max(0.05, ...turns.flatMap(({ verdict }) => [Math.abs(verdict?.figures.gain ?? 0), Math.abs(verdict?.figures.gainLower ?? 0)]));
  const took = ({ startedAt, finishedAt }: Turn) => (finishedAt === null ? "" : format.seconds((finishedAt - startedAt) / 1e6));
  const columns = [
    { title: say("turns.number"), cell: ({ number }: Turn) => format.count(number), isNumber: true },
    { title: say("turns.when"), cell: ({ startedAt }: Turn) => format.time(startedAt) },
    { title: say("turns.trigger"), cell: ({ trigger }: Turn) => say(`trigger.${trigger}`) },
    { title: say("turns.verdict"), cell: (turn: Turn) => <VerdictWord verdict={turn.verdict} state={turn.state} language={language} /> },
    { title: say("turns.gain"), cell: ({ verdict }: Turn) => verdict !== null && <Gain figures={verdict.figures} widest={widest} /> },
    { title: say("turns.labels"), cell: ({ labels }: Turn) => format.count(labels), isNumber: true },
    { title: say("turns.took"), cell: took, isNumber: true },
  ];
  return <DetailTable rows={turns} columns={columns} keyOf={({ id }) => id} nameOf={({ number }) => `${say("records.turns")} ${number}`} caption={say("records.turns")} detail={(turn) => <TurnDetail turn={turn} language={language} />} />;
}

function VerdictWord({ verdict, state, language: { say } }: { readonly verdict: Verdict | null; readonly state: Turn["state"]; readonly language: Language }) {
  if (verdict === null) return <span className="verdict verdict-running">{say(state === "started" ? "turns.running" : "verdict.keep")}</span>;
  return <span className={`verdict verdict-${verdict.decision}`}>{say(`verdict.${verdict.decision}`)}</span>;
}

/** The gain as a dot, its lower bound as the end of a whisker, and 0 as the line that has to be passed. */
function Gain({ figures: { gain, gainLower }, widest }: { readonly figures: Verdict["figures"]; readonly widest: number }) {
  const { say, format } = useLanguage();
  if (gain === null) return <span className="soft">–</span>;
  if (gain === 0 && (gainLower ?? 0) === 0) return <span className="soft">{say("turns.noGain")}</span>;
  const x = (value: number) => 32 + Math.max(-1, Math.min(1, value / widest)) * 28;
  return (
    <span className="gain" title={gainLower === null ? "" : say("turns.gainBound", { bound: format.signed(gainLower) })}>
      <svg viewBox="0 0 64 12" width="64" height="12" aria-hidden="true">
        <path className="gain-zero" d="M32 0v12" />
        {gainLower !== null && <path className="gain-whisker" d={`M${x(gainLower)} 6H${x(gain)}M${x(gainLower)} 3v6`} />}
        <circle className="gain-dot" cx={x(gain)} cy="6" r="3" />
      </svg>
      {format.signed(gain)} {gainLower !== null && <span className="soft">≥ {format.signed(gainLower)}</span>}
    </span>
  );
}

function TurnDetail({ turn: { verdict }, language: { say, format } }: { readonly turn: Turn; readonly language: Language }) {
  if (verdict === null) return <p className="soft">{say("turns.running")}</p>;
  const { figures, reasons, challenger, champion } = verdict;
  return (
    <>
      <ul className="reasons">{reasons.map((reason, at) => <li key={at}>{reason}</li>)}</ul>
      <p className="soft">
        {say("turns.blocks", { blocks: format.count(figures.blocks), events: format.count(figures.events), exam: format.count(figures.examBlocks) })}
        {figures.championLoss !== null && figures.challengerLoss !== null && <> · {say("turns.losses", { champion: format.figure(figures.championLoss), challenger: format.figure(figures.challengerLoss) })}</>}
        {champion !== null && <> · <code title={champion}>{shortDigest(champion)}</code></>}
        {challenger !== null && <> → <code title={challenger}>{shortDigest(challenger)}</code></>}
      </p>
    </>
  );
}

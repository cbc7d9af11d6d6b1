import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Asked } from "../app.tsx";
import { ApiProblem } from "../api/client.ts";
import type { Answer, Id, Interval, Label, Question } from "../api/types.ts";
import { inWords, useSite } from "../state/site-context.tsx";
import { useKept } from "../state/kept.ts";
import { openQuestions, type View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";
import { AnswerForm, useSaid } from "./answer-form.tsx";
import { MiniChart } from "./mini-chart.tsx";

interface Props {
  readonly view: View;
  readonly hideScores: boolean;
  readonly onHideScores: (hide: boolean) => void;
  /** Told which question is in view, so that the charts can mark it and keep its score covered. */
  readonly onAsked: (asked: Asked | null) => void;
  readonly onLook: (asset: Id, interval: Interval | null) => void;
  /** What stands beneath, whether something is asked or not. */
  readonly foot: ReactNode;
}

/** One question at a time. It stays in its place while it is being answered, whatever else is asked meanwhile. */
export function QuestionCard({ view, hideScores, onHideScores, onAsked, onLook, foot }: Props) {
  const { say } = useLanguage();
  const open = useMemo(() => openQuestions(view), [view.questions]);
  const [current, setCurrent] = useState<Id | null>(null);
  const [given, setGiven] = useState<{ question: Question; label: Label } | null>(null);
  const [isChanging, setIsChanging] = useState(false);
  const shown = isChanging ? given?.question : (open.find(({ id }) => id === current) ?? open[0]);
  const at = shown === undefined ? -1 : open.findIndex(({ id }) => id === shown.id);
  const title = useRef<HTMLHeadingElement>(null);
  const wasSeen = useSeenWithScore(shown, hideScores);
  const isSettling = useSettling(shown?.id ?? null, open, given?.question.id ?? null);

  useEffect(() => {
    if (shown !== undefined && shown.id !== current && !isChanging) setCurrent(shown.id);
  }, [shown?.id, current, isChanging]);
  useEffect(() => {
    onAsked(shown === undefined ? null : { wheel: shown.wheel, interval: shown.interval, isBlind: shown.blind });
  }, [shown?.id, onAsked]);

  const step = (by: number) => setCurrent(open[(at + by + open.length) % open.length]?.id ?? null);
  const answered = (question: Question, label: Label) => {
    setGiven({ question, label });
    setIsChanging(false);
    title.current?.focus();
  };
  return (
    <section className="panel question" aria-labelledby="question-title">
      <h2 className="panel-title" id="question-title" ref={title} tabIndex={-1}>
        {say("question.title")}
        {open.length > 1 && !isChanging && (
          <span className="pager">
            <button type="button" aria-label={say("question.previous")} onClick={() => step(-1)}>‹</button>
            <span className="soft">{say("question.count", { at: at + 1, count: open.length })}</span>
            <button type="button" aria-label={say("question.next")} onClick={() => step(1)}>›</button>
          </span>
        )}
      </h2>
      {given !== null && !isChanging && <Given label={given.label} onChange={() => setIsChanging(true)} />}
      {shown === undefined ? (
        <div className="nothing">
          <p>{say("question.none")}</p>
          {given === null && <p className="soft">{say("question.noneExplain")}</p>}
        </div>
      ) : (
        <Asking key={`${shown.id}${isChanging}`} view={view} question={shown} isSettling={isSettling} hideScores={hideScores} onHideScores={onHideScores} scoreShown={wasSeen} before={isChanging ? (given?.label ?? null) : null} onAnswered={answered} onKeep={() => setIsChanging(false)} onLook={onLook} />
      )}
      {foot}
    </section>
  );
}

/** Whether the model's opinion on this question has ever been in view here: hiding it later does not unsee it. */
function useSeenWithScore(question: Question | undefined, hideScores: boolean): boolean {
  const seen = useRef(new Set<Id>());
  if (question !== undefined && !question.blind && !hideScores) seen.current.add(question.id);
  return question !== undefined && seen.current.has(question.id);
}

const settling = 800; // milliseconds

/** For a moment after somebody else's answer has put another question in place: no click meant for the one before lands on it. */
function useSettling(shown: Id | null, open: readonly Question[], given: Id | null): boolean {
  const before = useRef(shown);
  const [isSettling, setIsSettling] = useState(false);
  useEffect(() => {
    const gone = before.current;
    before.current = shown;
    if (gone === null || gone === shown || gone === given || open.some(({ id }) => id === gone)) return;
    setIsSettling(true);
    const timer = setTimeout(() => setIsSettling(false), settling);
    return () => clearTimeout(timer);
  }, [shown]);
  return isSettling;
}

function Given({ label, onChange }: { readonly label: Label; readonly onChange: () => void }) {
  const { say } = useLanguage();
  const answer = say(`question.${label.answer}`) + (label.faultKind === null ? "" : ` (${label.faultKind})`);
  return (
    <p className="given" role="status">
      <span>✓ {say("question.thanks", { answer })}</span>
      <button type="button" className="link" onClick={onChange}>{say("question.change")}</button>
    </p>
  );
}

interface AskingProps extends Omit<Props, "onAsked" | "foot"> {
  readonly question: Question;
  readonly isSettling: boolean;
  readonly scoreShown: boolean;
  /** The answer that is being changed; `null` for a first one. */
  readonly before: Label | null;
  readonly onAnswered: (question: Question, label: Label) => void;
  readonly onKeep: () => void;
}

function Asking({ view, question, isSettling, hideScores, onHideScores, scoreShown, before, onAnswered, onKeep, onLook }: AskingProps) {
  const { say } = useLanguage();
  const site = useSite();
  const said = useSaid(before);
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const isOpen = !question.blind && !hideScores;

  const send = async (answer: Answer) => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem("");
    const words = said.take(answer);
    try {
      const { label } = before === null ? await site.client.answer(question.id, words, scoreShown) : await site.client.revise(before.id, words);
      site.put.answered(question.id, label.id);
      onAnswered(question, label);
    } catch (error) {
      const isTaken = error instanceof ApiProblem && error.status === 409;
      setProblem(isTaken ? say("question.alreadyAnswered") : say("question.failed", { message: inWords(error, say) }));
    }
    setIsBusy(false);
  };
  return (
    <div className="asking">
      <p className="asking-what">{before !== null ? say("question.changing") : say(isOpen ? "question.event" : question.reason === "audit" ? "question.audit" : "question.blind")}</p>
      <Seen view={view} question={question} isOpen={isOpen} onLook={onLook} />
      <AnswerForm said={said} isBusy={isBusy || isSettling || view.connection.state !== "live"} onSend={(answer) => void send(answer)} />
      {problem !== "" && <p className="bad" role="alert">{problem}</p>}
      <Foot hideScores={hideScores} onHideScores={onHideScores} onKeep={before === null ? null : onKeep} canHide={!question.blind} />
    </div>
  );
}

const fewSignals = 3;
const mostSignals = 8;

/** What was seen: where, when, and which signals. Open: those to blame. Blind: all, without a word of blame. */
function Seen({ view, question, isOpen, onLook }: { readonly view: View; readonly question: Question; readonly isOpen: boolean; readonly onLook: Props["onLook"] }) {
  const { say, format } = useLanguage();
  const asset = view.assets.find(({ id }) => id === question.asset);
  const event = question.event === null ? undefined : view.events.get(question.event);
  const { start, end } = question.interval;
  const wheelSignals = view.wheels.get(question.wheel)?.signals ?? [];
  const blamed = isOpen ? (event?.contributions ?? []).filter(({ share }) => share > 0.02).slice(0, fewSignals) : [];
  const signals = blamed.length > 0 ? blamed.map(({ signal }) => signal) : wheelSignals.slice(0, mostSignals);
  return (
    <>
      <p className="asking-where">
        <button type="button" className="link" title={say("question.look")} onClick={() => onLook(question.asset, question.interval)}>{asset?.name ?? question.asset}</button>
        <span className="soft" title={`${format.exact(start)} – ${format.exact(end)}`}>{format.time(start)} · {format.duration(end - start)}</span>
        {isOpen && event !== undefined && <span className="soft" title={say("alarms.peakMeans")}>{say("alarms.peak", { peak: format.figure(event.peak) })}</span>}
      </p>
      <MiniChart view={view} signals={signals} interval={question.interval} shares={new Map(blamed.map(({ signal, share }) => [signal, share]))} />
    </>
  );
}

function Foot({ hideScores, onHideScores, onKeep, canHide }: { readonly hideScores: boolean; readonly onHideScores: (hide: boolean) => void; readonly onKeep: (() => void) | null; readonly canHide: boolean }) {
  const { say } = useLanguage();
  const [name, setName] = useKept<string>("operator", "");
  return (
    <div className="asking-foot">
      <label className="as">
        {say("question.as")}
        <input value={name} maxLength={100} placeholder={say("question.defaultName")} autoComplete="name" onChange={(event) => setName(event.target.value)} />
      </label>
      {canHide && (
        <label className="switch">
          <input type="checkbox" role="switch" checked={hideScores} onChange={(event) => onHideScores(event.target.checked)} />
          {say("question.hideScores")}
        </label>
      )}
      {onKeep !== null && <button type="button" className="link" onClick={onKeep}>{say("question.keep")}</button>}
    </div>
  );
}

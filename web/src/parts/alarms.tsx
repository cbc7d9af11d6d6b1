import { useState } from "react";
import type { Alarm, Id, Interval, SiteEvent } from "../api/types.ts";
import { useKept } from "../state/kept.ts";
import { inWords, useNow, useSite } from "../state/site-context.tsx";
import { alarmsInOrder, isDone, type View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";
import { Blame } from "./blame.tsx";
import { seenInWords } from "./seen.ts";
import { StateMark } from "./state-mark.tsx";

interface Props {
  readonly view: View;
  readonly onLook: (asset: Id, interval: Interval | null) => void;
  /** During a blind answer the alarms keep what the model said to themselves. */
  readonly hideScores: boolean;
}

/** What needs somebody, the newest first, with whom to blame; and what lately did. */
export function Alarms({ view, onLook, hideScores }: Props) {
  const { say, format } = useLanguage();
  const all = alarmsInOrder(view);
  const standing = all.filter((alarm) => !isDone(alarm));
  const over = standing.filter(({ state }) => state === "cleared");
  const lasting = standing.filter(({ state }) => state !== "cleared");
  const done = all.filter(isDone).slice(0, 8);
  const row = (alarm: Alarm) => <AlarmRow key={alarm.id} alarm={alarm} event={view.events.get(alarm.event)} view={view} onLook={onLook} hideScores={hideScores} />;
  return (
    <section className="panel alarms" aria-labelledby="alarms-title">
      <h2 className="panel-title" id="alarms-title">
        {say("alarms.title")}
        {standing.length > 0 && <span className={standing.some(({ state }) => state === "active") ? "count count-hot" : "count"}>{format.count(standing.length)}</span>}
      </h2>
      {standing.length === 0 && (
        <div className="nothing">
          <p>{say("alarms.none")}</p>
          {done.length === 0 && <p className="soft">{say("alarms.noneExplain")}</p>}
        </div>
      )}
      <ul className="alarm-list">{lasting.map(row)}</ul>
      {over.length > 0 && <Over alarms={over} view={view} onLook={onLook} hideScores={hideScores} />}
      {done.length > 0 && (
        <details className="lately">
          <summary>{say("alarms.recent", { count: done.length })}</summary>
          <ul className="alarm-list">{done.map(row)}</ul>
        </details>
      )}
    </section>
  );
}

const fewOver = 4;

/** What is over and nobody has seen yet: a line each, and one button for all. */
function Over({ alarms, view, onLook, hideScores }: Props & { readonly alarms: readonly Alarm[] }) {
  const { say, format } = useLanguage();
  const [isWhole, setIsWhole] = useState(false);
  const { run, isBusy, problem } = useAcknowledging();
  const canAsk = !isBusy && view.connection.state === "live";
  const shown = isWhole ? alarms : alarms.slice(0, fewOver);
  return (
    <div className="over">
      <div className="over-head">
        <h3>{say("alarms.over", { count: format.count(alarms.length) })}</h3>
        {alarms.length > 1 && <button type="button" className="button" disabled={!canAsk} onClick={() => void run(alarms)}>{say("alarms.acknowledgeAll")}</button>}
      </div>
      <ul className="alarm-list">
        {shown.map((alarm) => <OverRow key={alarm.id} alarm={alarm} event={view.events.get(alarm.event)} view={view} onLook={onLook} hideScores={hideScores} onSeen={canAsk ? () => void run([alarm]) : null} />)}
      </ul>
      {alarms.length > shown.length && <button type="button" className="link over-more" onClick={() => setIsWhole(true)}>{say("alarms.more", { count: format.count(alarms.length - shown.length) })}</button>}
      {problem !== "" && <p className="bad padded" role="alert">{problem}</p>}
    </div>
  );
}

/** Acknowledges one after the other, and says what went wrong with the first that could not be. */
function useAcknowledging() {
  const { say } = useLanguage();
  const site = useSite();
  const [name] = useKept<string>("operator", "");
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const run = async (alarms: readonly Alarm[]) => {
    setIsBusy(true);
    try {
      for (const { id } of alarms) site.put.alarm((await site.client.acknowledge(id, name.trim() || say("question.defaultName"))).alarm);
      setProblem("");
    } catch (error) {
      setProblem(inWords(error, say));
    }
    setIsBusy(false);
  };
  return { run, isBusy, problem };
}

function OverRow({ event, view, alarm, onLook, hideScores, onSeen }: RowProps & { readonly onSeen: (() => void) | null }) {
  const { say, format } = useLanguage();
  const asset = view.assets.find(({ id }) => id === event?.asset);
  const isCondition = event === undefined || event.kind === "condition";
  const signal = event?.signal === undefined ? undefined : view.signals.get(event.signal)?.name;
  const blamed = hideScores || !isCondition ? [] : (event?.contributions ?? []).slice(0, 2).filter(({ share }) => share > 0.05);
  const kind = say(`event.${event?.kind ?? "condition"}`) + (signal === undefined ? "" : `: ${signal}`);
  // With the signals to blame the kind says nothing more, and there is little room.
  const what = [...(blamed.length === 0 ? [kind] : []), ...blamed.map(({ signal: id, share }) => `${view.signals.get(id)?.name ?? id} ${format.share(share)}`)];
  const [start, end] = [event?.start ?? alarm.since, event?.end ?? alarm.since];
  return (
    <li className="alarm alarm-cleared over-row">
      <StateMark state={isCondition ? "alarm" : "unknown"} />
      <div className="over-words">
        <button type="button" className="link alarm-asset" title={say("alarms.show")} onClick={() => event !== undefined && onLook(event.asset, { start, end: Math.max(end, start + 1) })}>{asset?.name ?? event?.asset ?? alarm.event}</button>
        <span className="soft" title={format.exact(start)}> {format.time(start)} · {format.duration(end - start)}</span>
        <p className="over-what" title={what.join(" · ")}>{what.join(" · ")}</p>
      </div>
      <button type="button" className="button over-seen" disabled={onSeen === null} title={say("alarms.acknowledge")} aria-label={say("alarms.acknowledge")} onClick={() => onSeen?.()}>✓</button>
    </li>
  );
}

interface RowProps extends Props {
  readonly alarm: Alarm;
  readonly event: SiteEvent | undefined;
}

function AlarmRow({ alarm, event, view, onLook, hideScores }: RowProps) {
  const { say, format } = useLanguage();
  // Unheard, nobody knows whether it still lasts: its time stands still.
  const { state, since } = view.connection;
  const now = ((useNow(1000) > since && state === "lost" ? since : Date.now()) + view.clockAhead) * 1000;
  const asset = view.assets.find(({ id }) => id === event?.asset);
  const isOver = isDone(alarm);
  // The alarm's own times are of its state; what happened has its time in the event.
  const [start, end] = [event?.start ?? alarm.since, event?.end ?? null];
  const when = say(end === null ? "alarms.since" : "alarms.lasted", { time: format.time(start), duration: format.duration((end ?? now) - start) });
  const signal = event?.signal === undefined ? undefined : view.signals.get(event.signal)?.name;
  return (
    <li className={`alarm alarm-${isOver ? "done" : alarm.state}`}>
      <div className="alarm-head">
        {isOver ? <span className="mark-space" /> : <StateMark state={event === undefined || event.kind === "condition" ? "alarm" : "unknown"} />}
        <button type="button" className="link alarm-asset" title={say("alarms.show")} onClick={() => event !== undefined && onLook(event.asset, { start: event.start, end: event.end ?? Math.min(now, event.start + 600e6) })}>{asset?.name ?? event?.asset ?? alarm.event}</button>
        <span className="alarm-state">{say(`alarms.${alarm.state}`)}</span>
      </div>
      <div className="alarm-body">
        <p className="alarm-kind">
          {say(`event.${event?.kind ?? "condition"}`)}
          {signal !== undefined && `: ${signal}`}
          {event !== undefined && event.kind === "condition" && !hideScores && <span className="soft" title={say("alarms.peakMeans")}> · {say("alarms.peak", { peak: format.figure(event.peak) })}</span>}
        </p>
        {event?.seen !== undefined && <p>{seenInWords(event.seen, say)}</p>}
        <p className="soft" title={format.exact(start)}>{when}</p>
        {alarm.by !== null && alarm.state === "acknowledged" && <p className="soft">{say("alarms.acknowledgedBy", { by: alarm.by })}</p>}
        {alarm.state === "shelved" && <p className="soft">{say("alarms.shelvedBy", { by: alarm.by ?? "–", time: alarm.shelvedUntil == null ? "–" : format.time(alarm.shelvedUntil) })}</p>}
        {event !== undefined && event.kind === "condition" && !hideScores && <Blame event={event} view={view} most={isOver ? 1 : 3} />}
        {!isOver && <AlarmActions alarm={alarm} now={now} isHeard={state === "live"} />}
      </div>
    </li>
  );
}

const shelves = [900e6, 3600e6, 8 * 3600e6];

function AlarmActions({ alarm, now, isHeard }: { readonly alarm: Alarm; readonly now: number; readonly isHeard: boolean }) {
  const { say, format } = useLanguage();
  const site = useSite();
  const [name] = useKept<string>("operator", "");
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const by = name.trim() || say("question.defaultName");
  const run = async (call: Promise<{ alarm: Alarm }>) => {
    setIsBusy(true);
    try {
      site.put.alarm((await call).alarm);
      setProblem("");
    } catch (error) {
      setProblem(inWords(error, say));
    }
    setIsBusy(false);
  };
  if (alarm.state === "shelved") return null;
  return (
    <div className="alarm-actions">
      {alarm.state !== "acknowledged" && <button type="button" className="button button-main" disabled={isBusy || !isHeard} onClick={() => void run(site.client.acknowledge(alarm.id, by))}>{say("alarms.acknowledge")}</button>}
      <select className="button" aria-label={say("alarms.shelveFor")} value="" disabled={isBusy || !isHeard} onChange={(event) => void run(site.client.shelve(alarm.id, by, Math.floor(now + Number(event.target.value))))}>
        <option value="" disabled hidden>{say("alarms.shelve")}</option>
        {shelves.map((length) => <option key={length} value={length}>{say("alarms.shelveFor")} {format.duration(length)}</option>)}
      </select>
      {problem !== "" && <p className="bad" role="alert">{problem}</p>}
    </div>
  );
}

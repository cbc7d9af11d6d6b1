import { movedWindow, usualSpan, type Window } from "../charts/window.ts";
import type { View } from "../state/view.ts";
import { useNow } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

interface Props {
  readonly view: View;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
  readonly cursor: number | null;
  readonly load: "loading" | "loaded" | "failed";
  /** When the newest known value came; `null` when none has. */
  readonly newest: number | null;
}

const spans = [
  ["span.5min", 300e6],
  ["span.1h", 3600e6],
  ["span.8h", 8 * 3600e6],
  ["span.1d", 86_400e6],
] as const;

/** Which stretch of time is shown, and the ways to another. */
export function SpanBar({ view, window, onWindow, cursor, load, newest }: Props) {
  const { say, format } = useLanguage();
  const now = (useNow(1000) + view.clockAhead) * 1000;
  const isLive = window.follow !== null && view.connection.state === "live";
  const move = (key: string) => {
    const moved = movedWindow(key, window, now);
    if (moved !== null) onWindow(moved);
  };
  const interval = window.follow === null ? window.interval : { start: now - window.follow, end: now };
  const isPast = newest !== null && newest < interval.start;
  return (
    <div className="span-bar">
      <div className="segments" role="group" aria-label={say("span.label")} title={say("span.help")}>
        {spans.map(([key, length]) => (
          <button key={key} type="button" aria-pressed={window.follow === length} onClick={() => onWindow({ follow: length })}>{say(key)}</button>
        ))}
      </div>
      <div className="segments segments-quiet" role="group" aria-label={say("span.help")}>
        <button type="button" aria-label={say("span.earlier")} title={say("span.earlier")} onClick={() => move("ArrowLeft")}>‹</button>
        <button type="button" aria-label={say("span.farther")} title={say("span.farther")} onClick={() => move("-")}>−</button>
        <button type="button" aria-label={say("span.closer")} title={say("span.closer")} onClick={() => move("+")}>+</button>
        <button type="button" aria-label={say("span.later")} title={say("span.later")} disabled={window.follow !== null} onClick={() => move("ArrowRight")}>›</button>
      </div>
      {window.follow === null && <button type="button" className="button" onClick={() => onWindow({ follow: usualSpan })}>{say("span.toLive")}</button>}
      <span className="spring" />
      <span className="span-words">
        {load === "failed" && view.connection.state === "live" ? <span className="bad">{say("chart.failed")}</span> : null}
        {isPast && window.follow !== null && newest !== null ? (
          <>
            {say("span.lastAt", { time: format.time(newest) })}{" "}
            <button type="button" className="link" onClick={() => onWindow({ follow: null, interval: { start: newest - 240e6, end: newest + 60e6 } })}>{say("span.goThere")}</button>
          </>
        ) : cursor !== null ? (
          <strong>{format.time(cursor)}</strong>
        ) : window.follow === null ? (
          <>{format.time(interval.start)} – {format.time(interval.end)}</>
        ) : isLive ? (
          <span className="live-word">{say("span.live")}</span>
        ) : newest !== null ? (
          <strong>{say("span.at", { time: format.time(newest) })}</strong>
        ) : null}
      </span>
    </div>
  );
}

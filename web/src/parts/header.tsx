import { useNow } from "../state/site-context.tsx";
import type { View } from "../state/view.ts";
import { languages, useLanguage } from "../strings/language.tsx";

export function Header({ view }: { readonly view: View }) {
  const { say, code, choose } = useLanguage();
  return (
    <header className="header">
      <Logo />
      <h1 className="site-name">{view.site?.name ?? say("page.title")}</h1>
      <Readiness view={view} />
      <span className="spring" />
      <ConnectionWord view={view} />
      <Clock ahead={view.clockAhead} />
      <label className="language">
        <span className="unseen">{say("page.language")}</span>
        <select value={code} onChange={(event) => choose(event.target.value)}>
          {Object.entries(languages).map(([id, { name }]) => (
            <option key={id} value={id}>{name}</option>
          ))}
        </select>
      </label>
    </header>
  );
}

function Readiness({ view: { status, connection } }: { readonly view: View }) {
  const { say } = useLanguage();
  if (status === null || connection.state !== "live") return null;
  const { ready, reasons } = status;
  const word = say(!ready ? "site.notReady" : reasons.length > 0 ? "site.degraded" : "site.ready");
  if (ready && reasons.length === 0) return <span className="pill" title={say("site.whyReady")}>{word}</span>;
  return (
    <details className="pill-box">
      <summary className="pill pill-warn">{word}</summary>
      <ul className="reasons">{reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
    </details>
  );
}

function ConnectionWord({ view: { connection } }: { readonly view: View }) {
  const { say } = useLanguage();
  return (
    <span className={`connection connection-${connection.state}`} role="status">
      <span className="connection-dot" aria-hidden="true" />
      {say(`connection.${connection.state}`)}
    </span>
  );
}

function Clock({ ahead }: { readonly ahead: number }) {
  const { say, format } = useLanguage();
  const now = useNow(500) + ahead;
  return <time className="clock" title={say("page.siteTime")} dateTime={new Date(now).toISOString()}>{format.clock(now)}</time>;
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <g className="outline">
        <circle cx="16" cy="14" r="6.4" />
        <path d="M16 3v4.6M16 20.4V25M5 14h4.6M22.4 14H27M8.2 6.2l3.3 3.3M20.5 18.5l3.3 3.3M8.2 21.8l3.3-3.3M20.5 9.5l3.3-3.3" />
      </g>
      <path className="water" d="M3 28.5c2.2 0 2.2-1.4 4.3-1.4s2.2 1.4 4.4 1.4 2.1-1.4 4.3-1.4 2.2 1.4 4.3 1.4 2.2-1.4 4.4-1.4 2.1 1.4 4.3 1.4" />
    </svg>
  );
}

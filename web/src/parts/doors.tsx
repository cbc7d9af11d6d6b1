import { useEffect, useState, type ReactNode } from "react";
import type { Doors as DoorsNow } from "../api/types.ts";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

const every = 15_000; // milliseconds
const mostClients = 12;

/** How samples come in and alarms go out: one quiet line that says when something is amiss, and opens to what. */
export function Doors({ isLive }: { readonly isLive: boolean }) {
  const { say, format } = useLanguage();
  const doors = useDoors(isLive);
  if (doors === null) return null;
  const { broker, sources, webhooks, undelivered, topics } = doors;
  const troubles = sources.filter(({ state }) => state !== "connected").length + webhooks.filter(({ waiting, attempts }) => waiting > 0 && attempts > 0).length + (topics.reason === null ? 0 : 1);
  return (
    <details className="panel doors">
      <summary>
        <span className="doors-title">{say("doors.title")}</span>
        <span className={troubles > 0 ? "doors-line doors-amiss" : "doors-line"}>{troubles > 0 ? say("doors.amiss", { count: format.count(troubles) }) : say("doors.fine", { count: format.count(broker?.connections ?? 0) })}</span>
      </summary>
      <div className="doors-body">
        {broker !== null && <BrokerPart broker={broker} />}
        {sources.map(({ name, state, since, lastError, failures }) => (
          <Part key={name} title={name} isAmiss={state !== "connected"}>
            <p>{say(state === "waiting" ? "doors.broken" : `doors.${state}`, { time: format.time(since) })}</p>
            {state !== "connected" && lastError !== null && <p className="soft">{say("doors.failures", { count: format.count(failures) })} {lastError}</p>}
          </Part>
        ))}
        {webhooks.map((hook) => (
          <Part key={hook.url} title={hook.url} isAmiss={hook.waiting > 0 && hook.attempts > 0}>
            <p>{hook.deliveredAt === null ? say("doors.noDelivery") : say("doors.delivered", { count: format.count(hook.delivered), time: format.time(hook.deliveredAt) })}</p>
            {hook.waiting > 0 && <p>{say("doors.waiting", { count: format.count(hook.waiting), attempts: format.count(hook.attempts) })} {hook.reason}</p>}
          </Part>
        ))}
        {undelivered.length > 0 && (
          <Part title={say("doors.undelivered")} isAmiss>
            <ul>{undelivered.slice(-5).map(({ id, at, reason }) => <li key={id}>{format.time(at)}: {reason}</li>)}</ul>
          </Part>
        )}
        {topics.reason !== null && <Part title={say("doors.topics", { count: format.count(topics.waiting) })} isAmiss><p>{topics.reason}</p></Part>}
        <Part title={say("doors.samples")} isAmiss={false}>
          <p>{say("doors.stored", { count: format.count(doors.samples.stored) })}</p>
          <Reasons title={say("doors.dropped")} counts={doors.samples.dropped} />
        </Part>
      </div>
    </details>
  );
}

function BrokerPart({ broker }: { readonly broker: NonNullable<DoorsNow["broker"]> }) {
  const { say, format } = useLanguage();
  const more = broker.connections - Math.min(mostClients, broker.clients.length);
  return (
    <Part title={broker.url} isAmiss={false}>
      <p>{say("doors.connected-now", { count: format.count(broker.connections) })}</p>
      {broker.clients.length > 0 && (
        <ul className="doors-clients">
          {broker.clients.slice(0, mostClients).map(({ id, user, heard }) => <li key={id} title={format.exact(heard)}><code>{id}</code>{user !== "" && ` (${user})`}</li>)}
          {more > 0 && <li className="soft">{say("doors.more", { count: format.count(more) })}</li>}
        </ul>
      )}
      <p className="soft">{say("doors.messages", { received: format.count(broker.received), sent: format.count(broker.sent), queued: format.count(broker.queued) })}</p>
      <Reasons title={say("doors.refused")} counts={broker.refused} />
      <Reasons title={say("doors.lost")} counts={broker.dropped} />
    </Part>
  );
}

function Part({ title, isAmiss, children }: { readonly title: string; readonly isAmiss: boolean; readonly children: ReactNode }) {
  return (
    <section className={isAmiss ? "doors-part doors-amiss" : "doors-part"}>
      <h3 title={title}>{title}</h3>
      {children}
    </section>
  );
}

/** Counts by reason; nothing when there are none. */
function Reasons({ title, counts }: { readonly title: string; readonly counts: Readonly<Record<string, number>> }) {
  const { format } = useLanguage();
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? null : <p className="soft">{title}: {some.map(([reason, count]) => `${reason} ${format.count(count)}`).join(", ")}</p>;
}

function useDoors(isLive: boolean): DoorsNow | null {
  const site = useSite();
  const [doors, setDoors] = useState<DoorsNow | null>(null);
  useEffect(() => {
    if (!isLive) return;
    const stop = new AbortController();
    const look = () => void site.client.doors(stop.signal).then(setDoors, () => undefined); // what cannot be had is not shown anew
    look();
    const timer = setInterval(() => document.visibilityState === "visible" && look(), every);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [site, isLive]);
  return doors;
}

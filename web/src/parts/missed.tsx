import { useEffect, useState } from "react";
import type { Id, Missed } from "../api/types.ts";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

interface Props {
  readonly wheel: Id;
  /** Changes when something was answered or asked: the figure may be another one. */
  readonly changed: string;
  readonly isLive: boolean;
}

/** How much goes unnoticed, by random checks: one quiet line, with its range, that opens to what it is made of. */
export function MissedLine({ wheel, changed, isLive }: Props) {
  const { say, format } = useLanguage();
  const missed = useMissed(wheel, changed, isLive);
  if (missed === null) return null;
  const { have, need, isEnough, share } = missed;
  return (
    <details className="missed">
      <summary>
        <span className="missed-words">
          {isEnough
            ? say("missed.share", { share: format.part(share.estimate), low: format.part(share.low), high: format.part(share.high) })
            : say("missed.few", { have: format.count(have), need: format.count(need) })}
        </span>
      </summary>
      <div className="missed-body">
        {have > 0 && <Range bounds={share} />}
        <p>{say("missed.explain", { length: format.duration(missed.stretch) })}</p>
        {!isEnough && have > 0 && <p>{say("missed.soFar", { low: format.part(share.low), high: format.part(share.high) })}</p>}
        {isEnough && missed.missedOfFaults.estimate !== null && <p>{say("missed.ofFaults", { share: format.part(missed.missedOfFaults.estimate), low: format.part(missed.missedOfFaults.low), high: format.part(missed.missedOfFaults.high) })}</p>}
        <p className="soft">{say("missed.made", { have: format.count(have), found: format.count(missed.found), time: format.day(missed.interval.start) })}</p>
      </div>
    </details>
  );
}

function useMissed(wheel: Id, changed: string, isLive: boolean): Missed | null {
  const site = useSite();
  const [told, setTold] = useState<{ readonly wheel: Id; readonly missed: Missed } | null>(null);
  useEffect(() => {
    if (!isLive) return;
    const stop = new AbortController();
    // Answers of many people at once are one look.
    const timer = setTimeout(() => {
      site.client.missed(wheel, stop.signal).then(
        (missed) => setTold({ wheel, missed }),
        () => undefined, // a figure that cannot be had is not shown; the page says elsewhere that the site does not answer
      );
    }, 500);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [site, wheel, changed, isLive]);
  return told?.wheel === wheel ? told.missed : null;
}

/** The interval as a band with the estimate in it, on a scale from none to a round share. */
function Range({ bounds: { estimate, low, high } }: { readonly bounds: Missed["share"] }) {
  const { say, format } = useLanguage();
  const top = [0.05, 0.1, 0.2, 0.5].find((one) => one >= (high ?? 1)) ?? 1;
  const at = (share: number | null): number => (200 * (share ?? 0)) / top;
  return (
    <figure className="range">
      <span className="soft">{format.part(0)}</span>
      <svg viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label={say("missed.range", { low: format.part(low), high: format.part(high) })}>
        <rect className="range-track" x="0" y="3" width="200" height="6" rx="3" />
        <rect className="range-band" x={at(low)} y="3" width={Math.max(2, at(high) - at(low))} height="6" rx="3" />
        <rect className="range-dot" x={Math.min(197, Math.max(0, at(estimate) - 1.5))} y="0" width="3" height="12" rx="1" />
      </svg>
      <span className="soft">{format.part(top)}</span>
    </figure>
  );
}

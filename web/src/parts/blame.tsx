import type { SiteEvent } from "../api/types.ts";
import type { View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

/** Which signals make up the score, largest first, as bars of their share. */
export function Blame({ event, view, most = 3 }: { readonly event: SiteEvent; readonly view: View; readonly most?: number }) {
  const { say, format } = useLanguage();
  const shown = event.contributions.slice(0, most).filter(({ share }) => share > 0.005);
  if (shown.length === 0) return null;
  return (
    <ul className="blame" aria-label={say("alarms.blame")}>
      {shown.map(({ signal, share }) => {
        const name = view.signals.get(signal)?.name ?? signal;
        return (
          <li key={signal}>
            <span className="blame-name" title={name}>{name}</span>
            <svg className="blame-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
              <rect className="blame-track" width="100" height="6" />
              <rect className="blame-fill" width={Math.max(0, Math.min(1, share)) * 100} height="6" />
            </svg>
            <span className="blame-share">{format.share(share)}</span>
          </li>
        );
      })}
    </ul>
  );
}

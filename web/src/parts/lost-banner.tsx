import { useEffect, useRef, useState } from "react";
import type { View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

/** Says that what is seen is old, since when; and for a moment that the site is back. */
export function LostBanner({ view: { connection, loaded } }: { readonly view: View }) {
  const { say, format } = useLanguage();
  const [isBack, setIsBack] = useState(false);
  const before = useRef(connection.state);
  useEffect(() => {
    const wasLost = before.current === "lost";
    before.current = connection.state;
    if (!wasLost || connection.state !== "live") return;
    setIsBack(true);
    const timer = setTimeout(() => setIsBack(false), 4000);
    return () => clearTimeout(timer);
  }, [connection.state]);

  const isLost = connection.state === "lost";
  return (
    <div className="banner-place" role="alert">
      {isLost && (
        <div className="banner banner-lost">
          {loaded ? (
            <>
              <strong>{say("connection.lostSince", { time: format.time(connection.since * 1000) })}</strong> {say("connection.lostMeans")}
            </>
          ) : (
            say("connection.never")
          )}
        </div>
      )}
      {!isLost && isBack && <div className="banner">{say("connection.back")}</div>}
    </div>
  );
}

import { useEffect, useRef, useState } from "react";
import { openQuestions, type View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

/** Tells those who listen instead of look: a new alarm at once, a new question when there is a pause. */
export function Announcer({ view }: { readonly view: View }) {
  const { say } = useLanguage();
  const [alarm, setAlarm] = useState("");
  const [question, setQuestion] = useState("");
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!view.loaded) return;
    const isFirst = known.current === null;
    const seen = (known.current ??= new Set());
    const nameOf = (asset: string | undefined) => view.assets.find(({ id }) => id === asset)?.name ?? "";
    for (const { id, state, event } of view.alarms.values()) {
      if (state !== "active" || seen.has(id)) continue;
      seen.add(id);
      const about = view.events.get(event);
      if (!isFirst) setAlarm(say("alarms.announce", { asset: nameOf(about?.asset), kind: say(`event.${about?.kind ?? "condition"}`) }));
    }
    for (const { id, asset } of openQuestions(view)) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (!isFirst) setQuestion(say("question.announce", { asset: nameOf(asset) }));
    }
  }, [view, say]);
  return (
    <>
      <div className="unseen" aria-live="assertive">{alarm}</div>
      <div className="unseen" aria-live="polite">{question}</div>
    </>
  );
}

import { useEffect, useRef, useState } from "react";
import type { Said } from "../api/client.ts";
import type { Answer, Label } from "../api/types.ts";
import { useKept } from "../state/kept.ts";
import { useLanguage } from "../strings/language.tsx";

const mostKinds = 6;

/** The words of an answer while it is made. */
export interface SaidNow {
  readonly kind: string;
  readonly kinds: readonly string[];
  readonly setKind: (kind: string) => void;
  /** What is to be sent with this answer; remembers the kind of fault for the next time. */
  readonly take: (answer: Answer) => Said;
}

export function useSaid(before: Label | null): SaidNow {
  const { say } = useLanguage();
  const [kind, setKind] = useState(before?.faultKind ?? "");
  const [kinds, setKinds] = useKept<readonly string[]>("kinds", []);
  const [name] = useKept<string>("operator", "");
  const take = (answer: Answer): Said => {
    const faultKind = answer === "fault" && kind.trim() !== "" ? kind.trim() : null;
    if (faultKind !== null) setKinds([faultKind, ...kinds.filter((one) => one !== faultKind)].slice(0, mostKinds));
    return { answer, faultKind, author: name.trim() || say("question.defaultName") };
  };
  return { kind, kinds, setKind, take };
}

const keys: Readonly<Record<string, Answer | undefined>> = { f: "fault", n: "normal", u: "unsure" };

/**
 * Three buttons, one click each. By key: F, N or U takes an answer into the hand, Enter sends it; F goes to
 * the kind of fault, where Enter sends too. No single key press sends anything.
 */
export function AnswerForm({ said, isBusy, onSend }: { readonly said: SaidNow; readonly isBusy: boolean; readonly onSend: (answer: Answer) => void }) {
  const { say } = useLanguage();
  const [inHand, setInHand] = useState<Answer | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const buttons = useRef<Partial<Record<Answer, HTMLButtonElement | null>>>({});
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const answer = keys[event.key.toLowerCase()];
      if (answer === undefined || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
      event.preventDefault();
      setInHand(answer);
      if (answer === "fault") input.current?.focus();
      else buttons.current[answer]?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <form
      className="answer"
      onSubmit={(event) => {
        event.preventDefault();
        onSend("fault");
      }}
    >
      <label className="kind">
        <span className="soft">{say("question.kind")}</span>
        <input ref={input} value={said.kind} maxLength={200} placeholder={say("question.kindExample")} autoComplete="off" onChange={(event) => said.setKind(event.target.value)} onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} />
      </label>
      {said.kinds.length > 0 && (
        <div className="chips">
          {said.kinds.map((kind) => <button key={kind} type="button" className="chip" aria-pressed={kind === said.kind} onClick={() => said.setKind(kind === said.kind ? "" : kind)}>{kind}</button>)}
        </div>
      )}
      <div className="answers" role="group" aria-label={say("question.title")}>
        {(["fault", "normal", "unsure"] as const).map((answer) => (
          <button
            key={answer}
            ref={(button) => {
              buttons.current[answer] = button;
            }}
            type="button"
            className={`answer-button answer-${answer}${inHand === answer ? " in-hand" : ""}`}
            aria-keyshortcuts={answer[0].toUpperCase()}
            disabled={isBusy}
            onClick={() => onSend(answer)}
            onBlur={() => setInHand((held) => (held === answer ? null : held))}
          >
            {say(`question.${answer}`)} <kbd aria-hidden="true">{answer[0].toUpperCase()}</kbd>
          </button>
        ))}
      </div>
      <p className="answer-hint" aria-live="polite">{inHand !== null && say("question.enter")}</p>
    </form>
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const isText = target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
  return isText || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.closest("dialog") !== null;
}

import { useEffect, useRef } from "react";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

/** Asks for the token that a site beyond this machine wants. */
export function TokenGate() {
  const site = useSite();
  const { say } = useLanguage();
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const token = input.current?.value.trim() ?? "";
          // A header takes visible characters only; anything else is no token of ours.
          if (/^[\x21-\x7e]{4,400}$/.test(token)) site.unlock(token);
        }}
      >
        <h2 id="token-title">{say("token.title")}</h2>
        <p>{say("token.explain")}</p>
        <label className="field">
          {say("token.label")}
          <input ref={input} type="password" autoComplete="off" spellCheck={false} autoFocus />
        </label>
        <div className="actions">
          <button type="submit" className="button button-main">{say("token.send")}</button>
        </div>
      </form>
    </dialog>
  );
}

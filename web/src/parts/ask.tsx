import { useEffect, useRef, useState } from "react";
import { inWords } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

interface Props {
  readonly title: string;
  readonly explain: string;
  readonly action: string;
  /** Whether a reason has to be given. */
  readonly needsReason: boolean;
  readonly onDo: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks once more before something that matters is done. Escape is "no". */
export function Ask({ title, explain, action, needsReason, onDo, onClose }: Props) {
  const { say } = useLanguage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const send = async () => {
    if (needsReason && reason.trim() === "") return setProblem(say("ask.required"));
    setIsBusy(true);
    try {
      await onDo(reason.trim());
      dialog.current?.close();
    } catch (error) {
      setProblem(inWords(error, say));
      setIsBusy(false);
    }
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="ask-title" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 id="ask-title">{title}</h2>
        <p>{explain}</p>
        {needsReason && (
          <label className="field">
            {say("models.reason")}
            <input value={reason} maxLength={500} autoFocus onChange={(event) => setReason(event.target.value)} />
          </label>
        )}
        {problem !== "" && <p className="bad" role="alert">{problem}</p>}
        <div className="actions">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{say("ask.cancel")}</button>
          <button type="submit" className="button button-main" disabled={isBusy}>{action}</button>
        </div>
      </form>
    </dialog>
  );
}

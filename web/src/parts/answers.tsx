import type { Id, TargetAnswer } from "../api/types.ts";
import { useNow } from "../state/site-context.tsx";
import { standingOf, watchesCondition, type View, type WheelNow } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";
import { StandingWord } from "./state-mark.tsx";

interface Props {
  readonly view: View;
  readonly wheels: readonly WheelNow[];
  readonly chosen: Id | null;
  /** Has the records below show this wheel's turns and models. */
  readonly onWheel: (wheel: Id) => void;
}

/** What is told of an asset beside its condition: a card a target, with the answer and how sure it is. */
export function Answers({ view, wheels, chosen, onWheel }: Props) {
  const { say } = useLanguage();
  useNow(2000); // answers grow old by themselves
  const telling = wheels.filter((wheel) => !watchesCondition(wheel));
  if (telling.length === 0) return null;
  return (
    <section className="answers-now" aria-label={say("answers.title")}>
      {telling.map((wheel) => <AnswerCard key={wheel.id} view={view} wheel={wheel} isChosen={wheel.id === chosen} onWheel={onWheel} />)}
    </section>
  );
}

function AnswerCard({ view, wheel, isChosen, onWheel }: Omit<Props, "wheels" | "chosen"> & { readonly wheel: WheelNow; readonly isChosen: boolean }) {
  const standing = standingOf(wheel, view.connection, performance.now());
  const name = wheel.target?.name ?? wheel.name;
  return (
    <button type="button" className="panel answer-card" aria-pressed={isChosen} onClick={() => onWheel(wheel.id)}>
      <span className="answer-name" title={wheel.name}>{name}</span>
      {standing.state === "answering" && wheel.answer !== null ? <AnswerWords wheel={wheel} answer={wheel.answer} /> : <StandingWord standing={standing} />}
    </button>
  );
}

function AnswerWords({ wheel, answer }: { readonly wheel: WheelNow; readonly answer: TargetAnswer }) {
  const { say, format } = useLanguage();
  const since = <span className="soft">{say("answers.since", { time: format.time(answer.since) })}</span>;
  if (answer.what === "class") {
    return (
      <>
        <span className="answer-value">{answer.class ?? say("answers.none")}</span>
        <span className="soft">{say("answers.probability", { name: answer.probabilities[0]?.class ?? "", share: format.share(answer.probability) })}</span>
        {since}
      </>
    );
  }
  const unit = answer.unit ?? (wheel.kind === "remaining-life" ? say("answers.rows") : "");
  const range = answer.low === null || answer.high === null ? say("answers.noRange") : say("answers.range", { low: format.figure(answer.low), high: format.figure(answer.high) });
  return (
    <>
      <span className="answer-value">{format.figure(answer.value)} <span className="soft">{unit}</span></span>
      <span className="soft">{range}</span>
      {since}
    </>
  );
}

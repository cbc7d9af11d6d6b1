import type { Standing } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

/** A shape for each state, told apart without colour; the word stands beside it or is read out. */
export function StateMark({ state, size = 18 }: { readonly state: Standing["state"]; readonly size?: number }) {
  return (
    <svg className={`mark mark-${state}`} width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      {shapes[state]}
    </svg>
  );
}

const shapes: Readonly<Record<Standing["state"], React.ReactNode>> = {
  normal: (
    <>
      <circle cx="10" cy="10" r="7.2" className="outline" />
      <path d="M6.8 10.2l2.3 2.3 4.2-4.6" className="outline" />
    </>
  ),
  alarm: (
    <>
      <path d="M10 1.2L19.3 18H.7z" className="solid" />
      <path d="M10 7v5.2" className="cut" />
      <circle cx="10" cy="15.1" r="1.15" className="cut-dot" />
    </>
  ),
  answering: (
    <>
      <circle cx="10" cy="10" r="7.2" className="outline" />
      <path d="M6.4 8.2h7.2M6.4 11.8h7.2" className="outline" />
    </>
  ),
  unknown: (
    <>
      <path d="M10 1.3L18.7 10 10 18.7 1.3 10z" className="outline dashed" />
      <path d="M7.9 8.2c0-2.9 4.3-2.7 4.3-.2 0 1.6-2.1 1.7-2.1 3.3" className="outline" />
      <circle cx="10.1" cy="13.8" r="1" className="solid" />
    </>
  ),
  learning: (
    <>
      <circle cx="10" cy="10" r="7.2" className="outline faint" />
      <path d="M10 2.8a7.2 7.2 0 0 1 7.2 7.2" className="outline thick" />
      <circle cx="10" cy="10" r="1.6" className="solid" />
    </>
  ),
  "not-running": (
    <>
      <rect x="3.2" y="3.2" width="13.6" height="13.6" rx="1.5" className="outline" />
      <path d="M7.8 7v6M12.2 7v6" className="outline" />
    </>
  ),
  none: <path d="M5 10h10" className="outline" />,
};

/** Shape and word together, and what it was when it is unknown only for want of news. */
export function StandingWord({ standing, isLong = false }: { readonly standing: Standing; readonly isLong?: boolean }) {
  const { say, format } = useLanguage();
  const { state, was } = standing;
  const before = was === null || was.state === "unknown" ? null : say("state.was", { state: say(`state.${was.state}`), time: format.time(was.at) });
  return (
    <span className={`standing standing-${state}`} title={state === "none" ? say("state.hint.none") : say(`state.hint.${state}`)}>
      <StateMark state={state} size={isLong ? 22 : 18} />
      <span className="standing-words">
        <span className="standing-word">{say(`state.${state}`)}</span>
        {before !== null && <span className="standing-was">{before}</span>}
      </span>
    </span>
  );
}

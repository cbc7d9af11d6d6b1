import { useMemo, useRef, useState } from "react";
import type { Asked } from "../app.tsx";
import type { Asset, Id, Signal, SiteEvent } from "../api/types.ts";
import { movedWindow, type Window } from "../charts/window.ts";
import { shortDigest } from "../format.ts";
import { useNow } from "../state/site-context.tsx";
import { alarmsInOrder, watchesCondition, type View, type WheelNow } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";
import { standingOfAsset } from "./plant.tsx";
import { SignalLanes } from "./signal-lanes.tsx";
import { SpanBar } from "./span-bar.tsx";
import { StandingWord } from "./state-mark.tsx";

interface Props {
  readonly view: View;
  readonly asset: Asset;
  readonly signals: readonly Signal[];
  readonly wheels: readonly WheelNow[];
  readonly wheel: WheelNow | null;
  readonly onWheel: (wheel: Id) => void;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
  readonly asked: Asked | null;
  readonly hideScores: boolean;
}

/** One asset: how it stands, its signals on one time axis, the score beneath. */
export function AssetPanel(props: Props) {
  const { view, signals, wheel, window, onWindow, asked, hideScores } = props;
  const { say } = useLanguage();
  const [cursor, setCursor] = useState<number | null>(null);
  const [load, setLoad] = useState<"loading" | "loaded" | "failed">("loading");
  const tellsTarget = wheel !== null && !watchesCondition(wheel); // its answer has a card; it is no score
  const isBlind = hideScores && asked !== null && asked.wheel === wheel?.id;
  const isHidden = tellsTarget || isBlind;
  const ordered = useSignalOrder(signals, wheel);
  const blame = useBlame(view, wheel, window, isHidden);
  return (
    <section className="panel asset" aria-labelledby="asset-name" onKeyDown={(event) => moveByKey(event, window, onWindow, view)}>
      <AssetHead {...props} isHidden={isHidden} />
      {ordered.length === 0 ? (
        <p className="soft padded">{say("asset.noSignals")}</p>
      ) : (
        <>
          <SpanBar view={view} window={window} onWindow={onWindow} cursor={cursor} load={load} newest={newestOf(wheel, ordered)} />
          <SignalLanes view={view} signals={ordered} wheel={wheel} window={window} onWindow={onWindow} onCursor={setCursor} onLoad={setLoad} blame={blame} asked={asked} isHidden={isBlind} />
        </>
      )}
    </section>
  );
}

function AssetHead({ view, asset, wheels, wheel, onWheel, isHidden }: Props & { readonly isHidden: boolean }) {
  const { say, format } = useLanguage();
  useNow(1000);
  const standing = standingOfAsset(wheels, view, performance.now());
  const above = asset.path.slice(0, Math.max(0, asset.path.length - asset.name.length - 1));
  const isKnown = standing.state === "normal" || standing.state === "alarm";
  return (
    <div className="asset-head">
      <div className="asset-names">
        {above !== "" && <div className="crumbs" title={above}>{above.replaceAll("/", " / ")}</div>}
        <h2 id="asset-name" title={asset.name}>{asset.name}</h2>
        {asset.simulated && <div className="crumbs">{say("asset.simulated")}</div>}
      </div>
      <div className="asset-standing" role="status"><StandingWord standing={standing} isLong /></div>
      <span className="spring" />
      {wheels.length > 1 && (
        <label className="language">
          <span className="unseen">{say("asset.wheel")}</span>
          <select value={wheel?.id} onChange={(event) => onWheel(event.target.value)}>
            {wheels.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
      )}
      {wheel !== null && (
        <dl className="facts">
          {!isHidden && (
            <div className={isKnown && (wheel.score ?? 0) >= 1 ? "fact fact-high" : "fact"}>
              <dt>{say("asset.score")}</dt>
              <dd>{isKnown ? format.figure(wheel.score) : "–"} <span className="soft">/ {say("asset.ofThreshold")}</span></dd>
            </div>
          )}
          <div className="fact">
            <dt>{say("models.model")}</dt>
            <dd>{wheel.champion === null ? <span className="soft">{say("asset.noModel")}</span> : <code title={wheel.champion}>{shortDigest(wheel.champion)}</code>}</dd>
          </div>
        </dl>
      )}
    </div>
  );
}

/** The signals a wheel reads first, in its order; then the others by name. Kept while nothing changes. */
function useSignalOrder(signals: readonly Signal[], wheel: WheelNow | null): readonly Signal[] {
  const kept = useRef<{ key: string; signals: readonly Signal[] }>({ key: "", signals: [] });
  const rank = (id: Id) => {
    const at = wheel?.signals.indexOf(id) ?? -1;
    return at < 0 ? Infinity : at;
  };
  const ordered = signals.toSorted((a, b) => rank(a.id) - rank(b.id) || a.name.localeCompare(b.name));
  const key = ordered.map(({ id, unit, period, name, limits }) => `${id}${unit}${period}${name}${limits?.low}${limits?.high}`).join("\n");
  if (key !== kept.current.key) kept.current = { key, signals: ordered };
  return kept.current.signals;
}

const noBlame: ReadonlyMap<Id, number> = new Map();

/** The share of each signal in what the wheel finds unusual now, or found in the stretch in view; empty when all is quiet. */
function useBlame(view: View, wheel: WheelNow | null, window: Window, isHidden: boolean): ReadonlyMap<Id, number> {
  return useMemo(() => {
    if (wheel === null || isHidden) return noBlame;
    const own = [...view.events.values()].filter((event) => event.wheel === wheel.id && event.kind === "condition");
    const standing = new Set(alarmsInOrder(view).filter((alarm) => alarm.state !== "cleared").map(({ event }) => event));
    const isShown = ({ id, start, end }: SiteEvent) => (window.follow === null ? start < window.interval.end && (end ?? Infinity) > window.interval.start : standing.has(id));
    const event = own.filter(isShown).sort((a, b) => b.start - a.start)[0] as SiteEvent | undefined;
    return new Map(event?.contributions.map(({ signal, share }) => [signal, share]));
  }, [view.alarms, view.events, wheel?.id, window, isHidden]);
}

function newestOf(wheel: WheelNow | null, signals: readonly Signal[]): number | null {
  const times = [wheel?.time ?? 0, ...signals.map(({ last }) => last?.time ?? 0)];
  const newest = Math.max(...times);
  return newest > 0 ? newest : null;
}

/** Arrow keys move, plus and minus zoom, Escape goes back to live: all that dragging can do. */
function moveByKey(event: React.KeyboardEvent, window: Window, onWindow: (window: Window) => void, view: View): void {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
  const moved = movedWindow(event.key, window, (Date.now() + view.clockAhead) * 1000);
  if (moved === null) return;
  event.preventDefault();
  onWindow(moved);
}

import { useCallback, useEffect, useMemo, useState } from "react";
import type { Id, Interval } from "./api/types.ts";
import { usualSpan, type Window } from "./charts/window.ts";
import { Alarms } from "./parts/alarms.tsx";
import { Announcer } from "./parts/announcer.tsx";
import { Answers } from "./parts/answers.tsx";
import { AssetPanel } from "./parts/asset-panel.tsx";
import { Doors } from "./parts/doors.tsx";
import { Header } from "./parts/header.tsx";
import { LostBanner } from "./parts/lost-banner.tsx";
import { MissedLine } from "./parts/missed.tsx";
import { NoDataYet } from "./parts/no-data-yet.tsx";
import { Plant } from "./parts/plant.tsx";
import { QuestionCard } from "./parts/question-card.tsx";
import { Records } from "./parts/records.tsx";
import { TokenGate } from "./parts/token-gate.tsx";
import { useKept } from "./state/kept.ts";
import { SiteProvider, useView } from "./state/site-context.tsx";
import type { SiteState } from "./state/site-state.ts";
import { alarmsInOrder, isDone, signalsOf, watchesCondition, wheelsOf, type View } from "./state/view.ts";
import { useLanguage } from "./strings/language.tsx";

/** What is asked about right now, and whether its scores must stay unseen. */
export interface Asked {
  readonly wheel: Id;
  readonly interval: Interval;
  readonly isBlind: boolean;
}

export function App({ state }: { readonly state: SiteState }) {
  const view = useView(state);
  const { say } = useLanguage();
  const [asset, setAsset] = useChosenAsset(view);
  const [window, setWindow] = useState<Window>({ follow: usualSpan });
  const [hideScores, setHideScores] = useKept<boolean>("hideScores", false);
  const [asked, setAsked] = useState<Asked | null>(null);
  useTitle(view);

  const look = useCallback(
    (at: Id, interval: Interval | null) => {
      setAsset(at);
      setWindow(interval === null ? { follow: usualSpan } : { follow: null, interval: around(interval) });
    },
    [setAsset],
  );
  const isLost = view.connection.state === "lost";
  const isEmpty = view.loaded && view.signals.size === 0;
  const chosen = view.assets.find(({ id }) => id === asset);
  const wheels = useMemo(() => (asset === null ? [] : wheelsOf(view, asset)), [view, asset]);
  const [wheelId, setWheelId] = useState<Id | null>(null);
  const wheel = wheels.find(({ id }) => id === wheelId) ?? wheels.find(watchesCondition) ?? wheels[0] ?? null;

  return (
    <SiteProvider value={state}>
      <a className="skip" href="#plant">{say("page.skip")}</a>
      <div className={isLost ? "app is-lost" : "app"}>
        <Header view={view} />
        <LostBanner view={view} />
        <Announcer view={view} />
        {view.connection.state === "locked" && <TokenGate />}
        {isEmpty ? (
          <NoDataYet mqttUrl={view.site?.mqttUrl ?? null} />
        ) : !view.loaded ? (
          // Nothing is known: not even that there are no alarms.
          <main className="screen" id="plant" />
        ) : (
          <main className="screen">
            <div className="left">
              <Plant view={view} chosen={asset} onChoose={setAsset} />
              <Doors isLive={view.connection.state === "live"} />
            </div>
            <div className="middle">
              {chosen !== undefined && <AssetPanel key={chosen.id} view={view} asset={chosen} signals={signalsOf(view, chosen.id)} wheels={wheels} wheel={wheel} onWheel={setWheelId} window={window} onWindow={setWindow} asked={asked} hideScores={hideScores} />}
              <Answers view={view} wheels={wheels} chosen={wheel?.id ?? null} onWheel={setWheelId} />
              <Records wheel={wheel?.id ?? null} champion={wheel?.champion ?? null} recorded={view.recorded} isLive={view.connection.state === "live"} />
            </div>
            <div className="side">
              <QuestionCard view={view} hideScores={hideScores} onHideScores={setHideScores} onAsked={setAsked} onLook={look} foot={wheel !== null && <MissedLine wheel={wheel.id} changed={`${view.questions.size} ${view.recorded} ${view.epoch}`} isLive={view.connection.state === "live"} />} />
              <Alarms view={view} onLook={look} hideScores={hideScores && asked !== null} />
            </div>
          </main>
        )}
      </div>
    </SiteProvider>
  );
}

/** A stretch with room on both sides, so that one sees what it stood out from. */
function around({ start, end }: Interval): Interval {
  const room = Math.max(30e6, (end - start) * 0.75);
  return { start: start - room, end: end + room };
}

/** The asset in the address, else the one that needs somebody most, else the first that is watched. */
function useChosenAsset(view: View): [Id | null, (asset: Id) => void] {
  const [wanted, setWanted] = useState<Id | null>(() => decodeURIComponent(location.hash.slice(1)) || null);
  const choose = useCallback((asset: Id) => {
    history.replaceState(null, "", `#${encodeURIComponent(asset)}`);
    setWanted(asset);
  }, []);
  const isThere = wanted !== null && view.assets.some(({ id }) => id === wanted);
  const first = isThere ? null : firstToShow(view);
  useEffect(() => {
    // Once shown it stays: the page does not jump when an alarm comes.
    if (first !== null) setWanted(first);
  }, [first]);
  return [isThere ? wanted : first, choose];
}

function firstToShow(view: View): Id | null {
  const urgent = alarmsInOrder(view).find((alarm) => !isDone(alarm));
  const event = urgent === undefined ? undefined : view.events.get(urgent.event);
  const [wheel] = view.wheels.values();
  const [signal] = view.signals.values();
  return event?.asset ?? wheel?.asset ?? signal?.asset ?? null;
}

function useTitle(view: View): void {
  const { say } = useLanguage();
  const count = [...view.alarms.values()].filter(({ state }) => state === "active").length;
  const name = view.site?.name ?? say("page.title");
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ""}${name}`;
  }, [count, name]);
}

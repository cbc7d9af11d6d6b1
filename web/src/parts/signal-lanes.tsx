import { useEffect, useMemo, useRef, useState } from "react";
import type { Asked } from "../app.tsx";
import type { Id, Signal, TargetAnswer } from "../api/types.ts";
import type { Stretch } from "../charts/lane.ts";
import { LaneStack } from "../charts/lane-stack.ts";
import { onScheme } from "../charts/palette.ts";
import type { Window } from "../charts/window.ts";
import { shortDigest, unitText } from "../format.ts";
import { AssetCourse, type ShadowCourse } from "../state/asset-course.ts";
import { useSite } from "../state/site-context.tsx";
import { watchesCondition, type View, type WheelNow } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

interface Props {
  readonly view: View;
  readonly signals: readonly Signal[];
  readonly wheel: WheelNow | null;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
  readonly onCursor: (at: number | null) => void;
  readonly onLoad: (state: "loading" | "loaded" | "failed") => void;
  readonly blame: ReadonlyMap<Id, number>;
  readonly asked: Asked | null;
  readonly isHidden: boolean;
}

const micro = 1e6;

/** The lanes: per signal its name, its value and its course; under them the score. */
export function SignalLanes(props: Props) {
  const { view, signals, wheel, blame, isHidden } = props;
  const { say } = useLanguage();
  const lanes = useRef(new Map<Id, { host: HTMLElement; cell: HTMLElement }>());
  const score = useRef<HTMLDivElement>(null);
  const [shadows, setShadows] = useState<readonly ShadowCourse[]>([]);
  useLaneStack(props, lanes.current, score, setShadows);
  const isLost = view.connection.state !== "live";
  return (
    <div className={`lanes${isLost ? " is-old" : ""}${props.window.follow === null ? " is-past" : ""}`} tabIndex={0} role="group" aria-label={say("span.help")}>
      {signals.map((signal) => (
        <LaneRow key={signal.id} signal={signal} share={blame.get(signal.id) ?? null} onParts={(parts) => (parts === null ? lanes.current.delete(signal.id) : lanes.current.set(signal.id, parts))} />
      ))}
      <div className={isHidden ? "lane lane-score is-hidden" : "lane lane-score"}>
        <div className="lane-label">
          <LowestNames wheel={wheel} />
          {!isHidden && <ShadowNames wheel={wheel} shadows={shadows} />}
        </div>
        <div className="lane-chart" ref={score} role="img" aria-label={wheel === null || watchesCondition(wheel) ? say("chart.score") : say("chart.of", { name: wheel.target?.name ?? wheel.name })} />
        <ScoreNote wheel={wheel} isHidden={isHidden} />
      </div>
    </div>
  );
}

/** What the lowest lane shows: the score, or what a wheel tells of its target. */
function LowestNames({ wheel }: { readonly wheel: WheelNow | null }) {
  const { say } = useLanguage();
  const isTarget = wheel !== null && !watchesCondition(wheel);
  const note = !isTarget ? say("asset.ofThreshold") : wheel.kind === "classify" ? say("asset.likely") : unitText(wheel.target?.unit ?? null);
  return (
    <>
      <span className="lane-name" title={isTarget ? wheel.name : undefined}>{isTarget ? (wheel.target?.name ?? wheel.name) : say("asset.score")}</span>
      <span className="lane-note soft">{note}</span>
    </>
  );
}

/** Who scores beside the model in force, in the colour of its line; of a target with what it says now. */
function ShadowNames({ wheel, shadows }: { readonly wheel: WheelNow | null; readonly shadows: readonly ShadowCourse[] }) {
  const { say, format } = useLanguage();
  if (wheel === null) return null;
  const said = (answer: TargetAnswer) => (answer.what === "value" ? format.figure(answer.value) : (answer.class ?? say("answers.none")));
  return shadows.map(({ model, role, recipe, isScoring, answer }) => (
    <span key={model} className={isScoring ? "lane-shadow" : "lane-shadow is-idle"} title={`${say(`shadowMeans.${role}`, { recipe, digest: model })}${isScoring ? "" : ` ${say("shadow.idle")}`}`}>
      {answer === null ? say(`shadow.${role}`, { digest: shortDigest(model) }) : say("shadow.says", { digest: shortDigest(model), answer: said(answer) })}
    </span>
  ));
}

function ScoreNote({ wheel, isHidden }: { readonly wheel: WheelNow | null; readonly isHidden: boolean }) {
  const { say } = useLanguage();
  const key = isHidden ? "chart.hidden" : wheel === null ? "chart.noScore" : wheel.champion === null ? "chart.notYet" : null;
  return key === null ? null : <div className="score-note">{say(key)}</div>;
}

interface RowProps {
  readonly signal: Signal;
  readonly share: number | null;
  readonly onParts: (parts: { host: HTMLElement; cell: HTMLElement } | null) => void;
}

function LaneRow({ signal, share, onParts }: RowProps) {
  const { say, format } = useLanguage();
  const host = useRef<HTMLDivElement>(null);
  const cell = useRef<HTMLSpanElement>(null);
  const tell = useRef(onParts);
  tell.current = onParts;
  useEffect(() => {
    if (host.current !== null && cell.current !== null) tell.current({ host: host.current, cell: cell.current });
    return () => tell.current(null);
  }, []);
  return (
    <div className="lane">
      <div className="lane-label">
        <span className="lane-name" title={signal.limits ? `${signal.name}\n${say("chart.limits", { low: format.figure(signal.limits.low), high: format.figure(signal.limits.high), unit: unitText(signal.unit) })}` : signal.name}>{signal.name}</span>
        {share !== null && share >= 0.05 && (
          <span className="lane-share" title={say("alarms.blame")} style={{ "--share": share } as React.CSSProperties}>{format.share(share)}</span>
        )}
        <span className="lane-value">
          <span ref={cell} className="reading">–</span> <span className="unit">{unitText(signal.unit)}</span>
        </span>
      </div>
      <div className="lane-chart" ref={host} role="img" aria-label={say("chart.of", { name: signal.name })} />
    </div>
  );
}

/** Joins the drawn stack to what React knows: made anew for other signals, told of everything else. */
function useLaneStack(props: Props, lanes: ReadonlyMap<Id, { host: HTMLElement; cell: HTMLElement }>, score: React.RefObject<HTMLDivElement | null>, onShadows: (shadows: readonly ShadowCourse[]) => void): void {
  const { view, signals, wheel, window } = props;
  const site = useSite();
  const { say, format } = useLanguage();
  const stack = useRef<LaneStack | null>(null);
  const rest = useRef<(to: Window) => void>(() => undefined);
  const latest = useRef(props);
  latest.current = props;
  const wheelKey = wheel === null ? null : `${wheel.id} ${wheel.signals.join()}`;

  useEffect(() => {
    if (score.current === null) return;
    const course = new AssetCourse(site.client, signals, latest.current.wheel);
    const now = () => (Date.now() + site.view().clockAhead) * 1000;
    const readings = new Readings(course, lanes, format.reading, () => now());
    const made = new LaneStack(course, { signals: new Map([...lanes].map(([id, { host }]) => [id, host])), score: score.current }, latest.current.window, now, { figure: format.figure, tick: format.tick }, {
      onZoom: (interval) => latest.current.onWindow({ follow: null, interval }),
      onCursor: (at) => {
        readings.point(at === null ? null : at / micro);
        latest.current.onCursor(at);
      },
      onLoad: (state) => {
        readings.write();
        latest.current.onLoad(state);
      },
      onShadows,
    });
    stack.current = made;
    rest.current = (to) => {
      readings.rest = to.follow === null ? to.interval.end / micro : null;
      readings.write();
    };
    rest.current(latest.current.window);
    const stopRows = site.onRows((rows) => {
      if (rows.wheel !== course.wheel?.id) return;
      course.push(rows);
      readings.heard(rows);
      made.fresh();
    });
    const stopScheme = onScheme(() => made.recolour());
    // Unheard, the last known values stand as they are.
    const timer = setInterval(() => site.view().connection.state === "live" && readings.write(), 250);
    return () => {
      clearInterval(timer);
      stopRows();
      stopScheme();
      made.destroy();
      stack.current = null;
    };
  }, [site, signals, wheelKey, format]);

  // After a turn, or another model put in force, others may be in shadow.
  const known = useRef(`${view.epoch} ${view.recorded}`);
  useEffect(() => {
    if (known.current !== `${view.epoch} ${view.recorded}`) stack.current?.reload();
    known.current = `${view.epoch} ${view.recorded}`;
  }, [view.epoch, view.recorded]);
  const shown = useRef(window);
  useEffect(() => {
    if (shown.current !== window) {
      stack.current?.show(window);
      rest.current(window);
    }
    shown.current = window;
  }, [window]);
  const { stretches, cover } = useMarks(props, say("chart.covered"));
  useEffect(() => stack.current?.mark(stretches, cover), [stretches, cover, signals, wheelKey, format]);
  const isLost = view.connection.state !== "live";
  useEffect(() => stack.current?.freeze(isLost), [isLost, signals, wheelKey, format]);
}

/** What is set off on the lanes: alarms, doubt, and the stretch that is asked about. */
function useMarks({ view, signals, wheel, asked, isHidden }: Props, words: string) {
  return useMemo(() => {
    const asset = signals[0]?.asset;
    const own = [...view.events.values()].filter((event) => event.wheel === wheel?.id || (event.kind !== "condition" && event.asset === asset));
    const found = own.map(({ start, end, kind, signal }): Stretch => ({ start: start / micro, end: end === null ? null : end / micro, kind: kind === "condition" ? "alarm" : "doubt", signal: signal ?? null }));
    const isAsked = asked !== null && asked.wheel === wheel?.id;
    const span = isAsked ? { start: asked.interval.start / micro, end: asked.interval.end / micro } : null;
    const stretches = [...(isHidden ? found.filter(({ kind }) => kind !== "alarm") : found), ...(span === null ? [] : [{ ...span, kind: "asked" as const, signal: null }])];
    return { stretches, cover: span !== null && asked?.isBlind === true ? { ...span, words } : null };
  }, [view.events, signals, wheel?.id, asked, isHidden, words]);
}

/** Writes the values beside the lanes: the newest, or those under the pointer. A value that is too old is a dash. */
class Readings {
  readonly #course: AssetCourse;
  readonly #lanes: ReadonlyMap<Id, { cell: HTMLElement }>;
  readonly #reading: (value: number | null) => string;
  readonly #now: () => number;
  readonly #live = new Map<Id, number | null>();
  #pointed: number | null = null;
  /** The end of a window that stands still; `null` while it follows. */
  rest: number | null = null;

  constructor(course: AssetCourse, lanes: ReadonlyMap<Id, { cell: HTMLElement }>, reading: (value: number | null) => string, now: () => number) {
    this.#course = course;
    this.#lanes = lanes;
    this.#reading = reading;
    this.#now = now;
  }

  heard(rows: { readonly values: readonly (number | null)[] }): void {
    this.#course.wheel?.signals.forEach((signal, index) => this.#live.set(signal, rows.values[index] ?? null));
  }

  point(at: number | null): void {
    this.#pointed = at;
    this.write();
  }

  write(): void {
    for (const [id, { cell }] of this.#lanes) {
      const text = this.#reading(this.#valueOf(id));
      if (cell.textContent !== text) cell.textContent = text;
    }
  }

  #valueOf(id: Id): number | null {
    const course = this.#course.courses.get(id);
    const at = this.#pointed ?? this.rest;
    if (at !== null) return course?.at(at) ?? null;
    if (this.#live.has(id)) return this.#live.get(id) ?? null;
    // Values of signals without live rows come by and by: a few seconds more are allowed.
    return course?.at(this.#now() / micro, 10) ?? null;
  }
}

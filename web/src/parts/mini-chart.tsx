import { memo, useEffect, useState } from "react";
import type { Course, Id, Interval } from "../api/types.ts";
import { useSite } from "../state/site-context.tsx";
import type { View } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";

const [width, height] = [300, 30];
const points = 150;

interface Props {
  readonly view: View;
  readonly signals: readonly Id[];
  readonly interval: Interval;
  /** Shares of blame by signal; empty when they are not to be seen. */
  readonly shares: ReadonlyMap<Id, number>;
}

/** The stretch that is asked about, signal by signal, with as much again before and after. */
export function MiniChart({ view, signals, interval, shares }: Props) {
  const { say } = useLanguage();
  const length = interval.end - interval.start;
  const room = Math.max(20e6, length * 0.8);
  const [start, end] = [interval.start - room, interval.end + room];
  const courses = useCourses(signals, start, end, view.epoch);
  return (
    <figure className="mini" aria-label={say("question.chart")}>
      {signals.map((id) => (
        <MiniRow key={id} name={view.signals.get(id)?.name ?? id} share={shares.get(id) ?? null} course={courses.get(id)} start={start} end={end} room={room} />
      ))}
    </figure>
  );
}

interface RowProps {
  readonly name: string;
  readonly share: number | null;
  readonly course: Course | undefined;
  readonly start: number;
  readonly end: number;
  readonly room: number;
}

/** Drawn again only when it differs: the page around it changes several times a second. */
const MiniRow = memo(function MiniRow({ name, share, course, start, end, room }: RowProps) {
  const { format } = useLanguage();
  const x = (time: number) => ((time - start) / (end - start)) * width;
  return (
    <div className="mini-row">
      <span className="mini-name" title={name}>
        <span>{name}</span>
        {share !== null && <span className="mini-share">{format.share(share)}</span>}
      </span>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <rect className="mini-asked" x={x(start + room)} width={x(end - room) - x(start + room)} height={height} />
        <path className="mini-line" d={pathOf(course, x)} vectorEffect="non-scaling-stroke" />
      </svg>
    </div>
  );
});

function useCourses(signals: readonly Id[], start: number, end: number, epoch: number): ReadonlyMap<Id, Course> {
  const { client } = useSite();
  const [courses, setCourses] = useState<ReadonlyMap<Id, Course>>(new Map());
  const key = signals.join();
  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      const loaded = await Promise.all(signals.map(async (id) => [id, await client.course(id, { start, end }, points, stop.signal)] as const));
      if (!stop.signal.aborted) setCourses(new Map(loaded));
    };
    // Without the picture the question can still be answered.
    load().catch(() => setCourses(new Map()));
    return () => stop.abort();
  }, [client, key, start, end, epoch]);
  return courses;
}

/** One line through lowest and highest values. Empty buckets are passed over when few, and break the line when many. */
function pathOf(course: Course | undefined, x: (time: number) => number): string {
  const known = course?.times.flatMap((time, at) => {
    const [low, high] = [course.low[at], course.high[at]];
    return low === null || high === null ? [] : [{ time, low, high, at }];
  });
  if (known === undefined || known.length === 0) return "";
  const [least, most] = [Math.min(...known.map(({ low }) => low)), Math.max(...known.map(({ high }) => high))];
  const scale = (height - 6) / (most - least || 1);
  const y = (value: number) => (most === least ? height / 2 : height - 3 - (value - least) * scale).toFixed(1);
  const steps = known.slice(1).map(({ at }, index) => at - known[index].at);
  const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 1;
  return known.map(({ time, low, high, at }, index) => {
    const isBroken = index === 0 || at - known[index - 1].at > usual * 3;
    return `${isBroken ? "M" : "L"}${x(time).toFixed(1)} ${y(low)}${high > low ? `L${x(time).toFixed(1)} ${y(high)}` : ""}`;
  }).join("");
}

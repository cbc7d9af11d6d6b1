import { useEffect, useState } from "react";
import type { Id, InputShift, Signal } from "../api/types.ts";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

interface Props {
  readonly wheel: Id;
  readonly signals: readonly Signal[];
  /** Goes up when something was recorded. */
  readonly recorded: number;
  readonly isLive: boolean;
}

/** How often it is looked for, milliseconds: it changes with whole blocks. */
const pace = 60_000;
/** Signals that are named; the others are counted. */
const most = 2;

/** Inputs of a wheel that are unlike before, in a line; nothing while they are as ever. A warning, on which nothing hangs. */
export function InputShifts({ wheel, signals, recorded, isLive }: Props) {
  const { say, format } = useLanguage();
  const shifts = useShifts(wheel, recorded, isLive);
  if (shifts.length === 0) return null;
  const words = shifts.slice(0, most).map(({ signal, what, by, sinceAt }) => {
    const name = signals.find(({ id }) => id === signal)?.name ?? signal;
    const said = { name, by: format.figure(Math.abs(by)) };
    const shift = by > 0 ? say(`shiftUp.${what}`, said) : say(`shiftDown.${what}`, said);
    return sinceAt === null ? shift : say("shift.since", { shift, time: format.time(sinceAt) });
  });
  const rest = shifts.length > most ? [say("shift.more", { count: format.count(shifts.length - most) })] : [];
  return <p className="input-shifts" title={say("shift.explain")}>{say("shift.title")} {[...words, ...rest].join("; ")}</p>;
}

function useShifts(wheel: Id, recorded: number, isLive: boolean): readonly InputShift[] {
  const { client } = useSite();
  const [told, setTold] = useState<{ readonly wheel: Id; readonly shifts: readonly InputShift[] } | null>(null);
  useEffect(() => {
    if (!isLive) return;
    const stop = new AbortController();
    const look = () =>
      void client.wheel(wheel, stop.signal).then(
        ({ inputShifts }) => setTold({ wheel, shifts: inputShifts }),
        () => undefined, // a warning that cannot be had is not shown; the page says elsewhere that the site does not answer
      );
    look();
    const timer = setInterval(look, pace);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [client, wheel, recorded, isLive]);
  return told?.wheel === wheel ? told.shifts : [];
}

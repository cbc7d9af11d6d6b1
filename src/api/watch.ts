import type { Happening, LiveSite } from "../live.ts";
import type { WheelState } from "../schema/happening.ts";
import type { Id } from "../schema/id.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";

/** A signal's last number on the grid; `null` while it is missing. */
export interface Last {
  readonly time: Micros;
  readonly value: number | null;
}

/** What the last happenings say of now. */
export interface Watch {
  /** `null` before the wheel's first row since the start. */
  state(wheel: Id): WheelState | null;
  last(signal: Id): Last | null;
  /** What a wheel says of its target; `null` where it says nothing. */
  answer(wheel: Id): TargetAnswer | null;
}

/** Follows a site from now on, until `stop` aborts. Wheels are looked up once a change of signals is told of. */
export function watch(site: LiveSite, stop: AbortSignal, onFault: (error: unknown) => void): Watch {
  const states = new Map<Id, WheelState>();
  const lasts = new Map<Id, Last>();
  const answers = new Map<Id, TargetAnswer | null>();
  const signals = new Map<Id, readonly Id[]>();

  const learnSignals = (wheels: readonly Wheel[]) => {
    for (const wheel of wheels) signals.set(wheel.id, wheel.signals);
  };
  const note = async ({ what }: Happening) => {
    if (what.type === "signals" || (what.type === "rows" && !signals.has(what.wheel))) learnSignals(await site.store.records.wheels());
    if (what.type !== "rows") return;
    states.set(what.wheel, what.state);
    if (what.answer !== undefined) answers.set(what.wheel, what.answer);
    for (const [at, signal] of (signals.get(what.wheel) ?? []).entries()) lasts.set(signal, { time: what.time, value: what.values[at] ?? null });
  };
  const follow = async () => {
    for await (const happening of site.happenings(0, stop)) await note(happening);
  };
  follow().catch((error: unknown) => stop.aborted || onFault(error));

  return { state: (wheel) => states.get(wheel) ?? null, last: (signal) => lasts.get(signal) ?? null, answer: (wheel) => answers.get(wheel) ?? null };
}

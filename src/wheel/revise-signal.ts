import { MillraceError } from "../errors.ts";
import type { Id } from "../schema/id.ts";
import { Limits, type Signal } from "../schema/signal.ts";
import type { Ports } from "./ports.ts";

/**
 * Says what a signal can read at all, as a new revision; `null` takes the limits back. The same again is
 * no revision.
 *
 * Throws `wheel.unknown-signal`, and `wheel.bad-limits` for limits that make no sense or a signal that is no number.
 */
export async function limitSignal(id: Id, limits: Limits | null, { store: { records } }: Pick<Ports, "store">): Promise<Signal> {
  const signal = (await records.signals()).find((one) => one.id === id);
  if (signal === undefined) throw new MillraceError("wheel.unknown-signal", "Cannot limit a signal: there is none such", { hint: "Ask for the site first: it lists its signals." });
  const wanted = limits?.low === null && limits.high === null ? null : limits;
  if (wanted !== null) requireSense(signal, wanted);
  const before = signal.limits ?? null;
  if (before?.low === wanted?.low && before?.high === wanted?.high) return signal;
  const revised: Signal = { ...signal, revision: signal.revision + 1, limits: wanted };
  await records.write([{ put: "signal", value: revised }]);
  return revised;
}

function requireSense({ name, valueType }: Signal, limits: Limits): void {
  const seen = valueType !== "number" ? `it is a ${valueType} and no number` : Limits.safeParse(limits).error?.issues[0].message;
  if (seen === undefined) return;
  throw new MillraceError("wheel.bad-limits", `Cannot limit signal ${JSON.stringify(name.slice(0, 80))}: ${seen}`, { hint: "Give a low limit, a high one above it, or both, in the signal's own unit." });
}

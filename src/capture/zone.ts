import { tzOffset } from "@date-fns/tz";
import { MillraceError } from "../errors.ts";
import { day, minute } from "../schema/time.ts";
import { shown } from "./name.ts";

/**
 * What a wall clock shows at one time: `plain`, `repeated` (shown twice, when clocks go back; `first`
 * and `second` are the offsets of both) or `skipped` (never shown, when they go forward; `first` is
 * the offset before). Offsets are microseconds ahead of UTC.
 */
export interface Offsets {
  readonly kind: "plain" | "repeated" | "skipped";
  readonly first: number;
  readonly second: number;
}

const plain = (offset: number): Offsets => ({ kind: "plain", first: offset, second: offset });

/**
 * The offsets of an IANA zone by local time (microseconds since 1970 on its wall clock).
 *
 * Looks zone data up once a day, or once a quarter of an hour around a change. Throws
 * `capture.unknown-zone`.
 */
export function wallClock(zone: string): (local: number) => Offsets {
  refuseUnknown(zone);
  if (zone === "UTC") return () => utc;
  const offsetAt = (time: number) => tzOffset(zone, new Date(time / 1000)) * minute;
  const days = new Map<number, Offsets | null>();
  const quarters = new Map<number, Offsets>();

  return (local) => {
    const date = Math.floor(local / day);
    let whole = days.get(date);
    if (whole === undefined) {
      const before = offsetAt((date - 1) * day);
      whole = before === offsetAt((date + 2) * day) ? plain(before) : null;
      days.set(date, whole);
    }
    if (whole !== null) return whole;
    const quarter = Math.floor(local / (15 * minute)); // no zone changes within one
    let offsets = quarters.get(quarter);
    if (offsets === undefined) quarters.set(quarter, (offsets = offsetsAround(quarter * 15 * minute, offsetAt)));
    return offsets;
  };
}

const utc = plain(0);

function offsetsAround(local: number, offsetAt: (time: number) => number): Offsets {
  const before = offsetAt(local - day);
  const after = offsetAt(local + day);
  const holdsBefore = offsetAt(local - before) === before;
  const holdsAfter = offsetAt(local - after) === after;
  if (before === after) return plain(before);
  if (holdsBefore && holdsAfter) return { kind: "repeated", first: before, second: after };
  if (!holdsBefore && !holdsAfter) return { kind: "skipped", first: before, second: after };
  return plain(holdsBefore ? before : after);
}

function refuseUnknown(zone: string): void {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
  } catch (cause) {
    throw new MillraceError("capture.unknown-zone", `Cannot read local times: no zone ${shown(zone)}`, {
      hint: "Use an IANA name such as Europe/Berlin.",
      cause,
    });
  }
}

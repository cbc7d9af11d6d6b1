import type { Interval } from "../api/types.ts";

/** What is shown: the newest stretch of a length, moving on, or one that stands still. Microseconds. */
export type Window = { readonly follow: number } | { readonly follow: null; readonly interval: Interval };

export const usualSpan = 300e6;

/** Where a key leads: arrows move, plus and minus zoom, Escape goes back to live. `null`: nowhere. */
export function movedWindow(key: string, window: Window, now: number): Window | null {
  const { start, end } = window.follow === null ? window.interval : { start: now - window.follow, end: now };
  const span = end - start;
  const to = (from: number, until: number): Window => ({ follow: null, interval: { start: from, end: until } });
  if (key === "Escape") return window.follow === null ? { follow: usualSpan } : null;
  if (key === "ArrowLeft") return to(start - span / 4, end - span / 4);
  if (key === "ArrowRight") return window.follow === null ? to(start + span / 4, end + span / 4) : null;
  if (key === "+" || key === "=") return span < 4e6 ? null : window.follow === null ? to(start + span / 4, end - span / 4) : { follow: span / 2 };
  if (key === "-") return span > 7 * 86_400e6 ? null : window.follow === null ? to(start - span / 2, end + span / 2) : { follow: span * 2 };
  return null;
}

import { day, hour, minute, second, type Interval, type Micros } from "../../schema/time.ts";
import { localTime, type Clock } from "./format.ts";

/** Where times stand in a picture: stretches side by side, each pause a small space of the same width. */
export interface TimeAxis {
  /** Of the whole picture and of the plot in it. */
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly stretches: readonly (Interval & { readonly x: number; readonly perMicro: number })[];
}

export interface Tick {
  readonly x: number;
  readonly text: string;
}

const left = 66;
const margin = 14;

/** An axis over stretches in time order. */
export function timeAxis(stretches: readonly Interval[], width = 1060): TimeAxis {
  const right = width - margin;
  const pauses = stretches.length - 1;
  const pause = pauses === 0 ? 0 : Math.min(12, (0.2 * (right - left)) / pauses);
  const whole = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
  const perMicro = (right - left - pauses * pause) / whole;
  let x = left;
  const placed = stretches.map(({ start, end }) => {
    const own = { start, end, x, perMicro };
    x += (end - start) * perMicro + pause;
    return own;
  });
  return { width, left, right, stretches: placed };
}

/** The place of a time; one in a pause stands at the end of the stretch before. */
export function xOf({ stretches, left: first }: TimeAxis, time: Micros): number {
  const within = stretches.findLast(({ start }) => time >= start);
  return within === undefined ? first : within.x + (Math.min(time, within.end) - within.start) * within.perMicro;
}

/** The places of pauses: the middle of the space between two stretches. */
export function pausesOf({ stretches }: TimeAxis): number[] {
  return stretches.slice(1).map(({ x }, at) => {
    const before = stretches[at];
    return (before.x + (before.end - before.start) * before.perMicro + x) / 2;
  });
}

const steps = [1, 2, 5, 10, 15, 30].map((count) => count * second)
  .concat([1, 2, 5, 10, 15, 30].map((count) => count * minute))
  .concat([1, 2, 3, 6, 12].map((count) => count * hour))
  .concat([1, 2, 4, 7, 14].map((count) => count * day));
const fineSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * 1000);
const months = [1, 2, 3, 6, 12, 24, 60, 120];
const month = 30.44 * day;

/** Ticks at round times of the recording's clock, six to ten of them, none on top of another. */
export function ticksOf(axis: TimeAxis, clock: Clock): Tick[] {
  const whole = axis.stretches.reduce((sum, { start, end }) => sum + end - start, 0);
  const most = Math.max(2, (axis.right - axis.left) / 105);
  const step = [...fineSteps, ...steps].find((candidate) => whole / candidate <= most);
  const inMonths = months.find((candidate) => whole / (candidate * month) <= most) ?? 240;
  const ticks: Tick[] = [];
  let previous = "";
  for (const stretch of axis.stretches) {
    for (const time of step === undefined && clock.countedFrom === null ? monthStarts(stretch, inMonths, clock) : evenTimes(stretch, step ?? countedDays(whole / most), clock)) {
      const x = xOf(axis, time);
      if (x < (ticks.at(-1)?.x ?? -Infinity) + 74 || x > axis.right - 14) continue;
      const { short, long, group } = labelOf(localTime(clock, time), step, clock);
      ticks.push({ x, text: group === previous ? short : long });
      previous = group;
    }
  }
  return ticks;
}

/** A round number of days, at least as long as `least`. */
function countedDays(least: Micros): Micros {
  const power = 10 ** Math.floor(Math.log10(least / day));
  return ([1, 2, 5, 10].find((factor) => factor * power * day >= least) ?? 10) * power * day;
}

function evenTimes({ start, end }: Interval, step: Micros, clock: Clock): Micros[] {
  const times: Micros[] = [];
  const local = localTime(clock, start);
  for (let at = Math.ceil(local / step) * step; times.length < 1000; at += step) {
    // The offset may change on the way, so it is taken where the tick will stand.
    const guess = start + (at - local);
    const time = guess + (at - localTime(clock, guess));
    if (time >= end) break;
    if (time >= start) times.push(time);
  }
  return times;
}

function monthStarts({ start, end }: Interval, every: number, clock: Clock): Micros[] {
  const local = new Date(localTime(clock, start) / 1000);
  const times: Micros[] = [];
  const first = Math.ceil((local.getUTCFullYear() * 12 + local.getUTCMonth()) / every) * every;
  for (let at = first; times.length < 1000; at += every) {
    const begin = Date.UTC(Math.floor(at / 12), at % 12, 1) * 1000;
    const time = start + (begin - localTime(clock, start));
    if (time >= end) break;
    if (time >= start) times.push(time);
  }
  return times;
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A tick's text, with its day or year where that is another than the tick before's. */
function labelOf(local: Micros, step: Micros | undefined, { countedFrom }: Clock): { short: string; long: string; group: string } {
  const at = new Date(Math.floor(local / 1000));
  const inMonth = monthNames[at.getUTCMonth()] ?? "";
  const date = countedFrom === null ? `${at.getUTCDate()} ${inMonth}` : `day ${Math.floor(local / day) + 1}`;
  if (step === undefined && countedFrom === null) return { short: inMonth, long: `${inMonth} ${at.getUTCFullYear()}`, group: String(at.getUTCFullYear()) };
  if (step === undefined || step >= day) return { short: date, long: date, group: date };
  const short = at.toISOString().slice(11, step < second ? 23 : step < minute ? 19 : 16);
  return { short, long: `${date}, ${short}`, group: date };
}

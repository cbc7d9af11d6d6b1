import { tzOffset } from "@date-fns/tz";
import { day, minute, second, type Micros } from "../../schema/time.ts";

/** How people are shown times: on the clock of the recording's zone, or counted from its first row when the file had none. */
export interface Clock {
  readonly zone: string;
  /** Time of the first row when times were made up; `null` when the file has times. */
  readonly countedFrom: Micros | null;
}

/** Microseconds on the wall clock of the recording, as if it were UTC. */
export function localTime({ zone, countedFrom }: Clock, time: Micros): Micros {
  if (countedFrom !== null) return time - countedFrom;
  return zone === "UTC" ? time : time + tzOffset(zone, new Date(time / 1000)) * minute;
}

/** A time in full: `2026-03-09 10:24:39`, with milliseconds where `period` is below a second; or `day 3, 04:00:00`. */
export function timeText(clock: Clock, time: Micros, period: Micros): string {
  const local = localTime(clock, time);
  const iso = new Date(Math.floor(local / 1000)).toISOString();
  const ofDay = iso.slice(11, period < second ? 23 : 19);
  return clock.countedFrom === null ? `${iso.slice(0, 10)} ${ofDay}` : `day ${Math.floor(local / day) + 1}, ${ofDay}`;
}

/** What times mean, in words. */
export const clockText = ({ zone, countedFrom }: Clock): string =>
  countedFrom === null ? `times in ${zone}` : "times counted from the first row, as the file has none";

/** A number with the digits worth reading: four, or as many as `within` (a range it moves in) needs. */
export function numberText(value: number, within?: number): string {
  if (!Number.isFinite(value)) return "unknown";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(2).replace("e+", "e");
  const fine = within === undefined || !(within > 0) ? Math.max(size, 1e-4) / 1000 : within / 100;
  const decimals = Math.min(9, Math.max(0, Math.ceil(-Math.log10(fine) - 1e-9)));
  return value.toLocaleString("en-US", { maximumFractionDigits: decimals, minimumFractionDigits: within === undefined ? 0 : Math.min(decimals, 3) });
}

export const countText = (count: number): string => count.toLocaleString("en-US");

/** `1 event`, `3 events`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${countText(count)} ${count === 1 ? one : many}`;

export const shareText = (share: number): string => {
  if (!Number.isFinite(share)) return "unknown";
  const percent = 100 * share;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  return `${percent < 10 || (percent > 99 && percent < 100) ? percent.toFixed(1).replace(/\.0$/, "") : Math.round(percent)} %`;
};

// How people write what UCUM codes; codes that read well as they are stand for themselves.
const unitTexts: Readonly<Record<string, string>> = {
  Cel: "°C", "[degF]": "°F", "{rev}/min": "rpm", um: "µm", "[psi]": "psi", "[ppm]": "ppm", "[ppb]": "ppb", "[pH]": "pH", "[g]": "g",
  "W.h": "Wh", "kW.h": "kWh", "MW.h": "MWh", "N.m": "Nm", "kV.A": "kVA", "kV.A{reactive}": "kvar", "{NTU}": "NTU", deg: "°", "deg/s": "°/s",
  Ohm: "Ω", kOhm: "kΩ", "uS/cm": "µS/cm", us: "µs", m3: "m³", "m3/h": "m³/h", "m3/min": "m³/min", "m3/s": "m³/s", "kg/m3": "kg/m³",
  "g/cm3": "g/cm³", "mg/m3": "mg/m³", "m/s2": "m/s²", "mm/s2": "mm/s²", lx: "lx",
};

export const unitText = (code: string): string => (Object.hasOwn(unitTexts, code) ? (unitTexts[code] ?? code) : code);

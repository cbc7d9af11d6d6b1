import type { Micros } from "./api/types.ts";

/** Numbers, times and lengths of time as words of one locale. "–" stands for unknown. */
export interface Formats {
  /** A reading: always four significant digits, so that it does not dance. */
  readonly reading: (value: number | null) => string;
  /** A number that stands still: up to three significant digits. */
  readonly figure: (value: number | null) => string;
  /** With its sign: a gain. */
  readonly signed: (value: number | null) => string;
  readonly count: (value: number) => string;
  readonly share: (value: number | null) => string;
  /** A small share, told apart where whole percents would not: two significant digits. */
  readonly part: (value: number | null) => string;
  readonly bytes: (value: number) => string;
  readonly energy: (joules: number) => string;
  /** Hours, minutes and seconds; before today with the date. */
  readonly time: (at: Micros) => string;
  /** Only the date. */
  readonly day: (at: Micros) => string;
  readonly clock: (milliseconds: number) => string;
  /** Whole date and time, for what is hovered over. */
  readonly exact: (at: Micros) => string;
  /** A length of time: the two largest units of it. */
  readonly duration: (micros: number) => string;
  readonly seconds: (seconds: number) => string;
  /** A mark on the time axis, told apart to the second only where the span is short. */
  readonly tick: (seconds: number, spanSeconds: number) => string;
}

const unknown = "–";
const isKnown = (value: number | null | undefined): value is number => typeof value === "number" && Number.isFinite(value);

export function formatsFor(locale: string): Formats {
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const moment = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { hourCycle: "h23", ...options });
  const steady = number({ minimumSignificantDigits: 4, maximumSignificantDigits: 4, useGrouping: false });
  const extreme = number({ notation: "scientific", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const three = number({ maximumSignificantDigits: 3 });
  const signedThree = number({ maximumSignificantDigits: 2, signDisplay: "exceptZero" });
  const whole = number({ maximumFractionDigits: 0 });
  const percent = number({ style: "percent", maximumFractionDigits: 0 });
  const fine = number({ style: "percent", maximumSignificantDigits: 2 });
  const dayOnly = moment({ day: "numeric", month: "long" });
  const [hms, hm] = [moment({ hour: "2-digit", minute: "2-digit", second: "2-digit" }), moment({ hour: "2-digit", minute: "2-digit" })];
  const dated = moment({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const full = moment({ dateStyle: "medium", timeStyle: "long" });
  const unit = (name: string) => number({ style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: 0 });
  const lengths: readonly (readonly [number, Intl.NumberFormat])[] = [
    [86_400, unit("day")],
    [3600, unit("hour")],
    [60, unit("minute")],
    [1, unit("second")],
  ];
  const isToday = (milliseconds: number) => new Date(milliseconds).toDateString() === new Date().toDateString();
  const ofSize = (size: number) => size !== 0 && (size >= 1e6 || size < 1e-3);

  const duration = (micros: number): string => {
    const seconds = Math.max(0, Math.round(micros / 1e6));
    const first = Math.max(0, lengths.findIndex(([length]) => seconds >= length));
    if (seconds === 0) return lengths[3][1].format(0);
    let rest = seconds;
    const parts = lengths.slice(first, first + 2).flatMap(([length, words], index) => {
      const many = Math.floor(rest / length);
      rest -= many * length;
      return many === 0 && index > 0 ? [] : [words.format(many)];
    });
    return parts.join(" ");
  };

  return {
    reading: (value) => (!isKnown(value) ? unknown : ofSize(Math.abs(value)) ? extreme.format(value) : steady.format(value)),
    figure: (value) => (isKnown(value) ? three.format(value) : unknown),
    signed: (value) => (isKnown(value) ? signedThree.format(value) : unknown),
    count: (value) => whole.format(value),
    share: (value) => (isKnown(value) ? percent.format(value) : unknown),
    part: (value) => (isKnown(value) ? fine.format(value) : unknown),
    bytes: (value) => (value < 1e6 ? `${three.format(value / 1e3)} kB` : `${three.format(value / 1e6)} MB`),
    energy: (joules) => (joules < 1e3 ? `${three.format(joules)} J` : `${three.format(joules / 1e3)} kJ`),
    time: (at) => (isToday(at / 1000) ? hms : dated).format(at / 1000),
    day: (at) => dayOnly.format(at / 1000),
    clock: (milliseconds) => hms.format(milliseconds),
    exact: (at) => full.format(at / 1000),
    duration,
    seconds: (seconds) => (seconds < 60 ? `${three.format(seconds)} s` : duration(seconds * 1e6)),
    tick: (seconds, span) => (span < 900 ? hms : span <= 93_600 ? hm : dated).format(seconds * 1000),
  };
}

/** UCUM codes that people write otherwise; the rest stand for themselves. */
const written: Readonly<Record<string, string>> = {
  Cel: "°C", "[degF]": "°F", K: "K", "1": "", "%": "%", "m/s2": "m/s²", "m3/h": "m³/h", "m3/s": "m³/s", "L/min": "l/min", "l/min": "l/min",
  "mm/s": "mm/s", "[g]": "g", "Ohm": "Ω", "{rpm}": "rpm", "/min": "1/min", "kW.h": "kWh", "[psi]": "psi", "deg": "°", um: "µm",
};

export const unitText = (unit: string | null): string => (unit === null ? "" : (written[unit] ?? unit));

export const shortDigest = (digest: string): string => digest.slice(0, 8);

import type { ReadOptions } from "../capture/recording.ts";
import type { BlockRule } from "../schema/block.ts";
import { Role } from "../schema/signal.ts";
import { day, hour, minute, second } from "../schema/time.ts";
import { usage } from "./usage.ts";

/** Options that every command has. */
export const everywhere = {
  json: { type: "boolean", description: "Print one JSON object instead of text", default: false },
} as const;

/** Options of commands on a site. */
export const onSite = {
  data: { type: "string", description: "The site's directory (else MILLRACE_DATA, else ./millrace-data)", valueHint: "DIR" },
  ...everywhere,
} as const;

/** Options of commands that read recordings. */
export const reading = {
  delimiter: { type: "string", description: "What separates columns: a character, tab or blanks; guessed", valueHint: "CHAR" },
  decimal: { type: "string", description: "Decimal sign, . or ,; guessed", valueHint: "SIGN" },
  zone: { type: "string", description: "IANA zone of times that state none, for example Europe/Berlin (UTC unless given)", valueHint: "ZONE" },
  dates: { type: "string", description: "Order of dates that could be read two ways: dmy, mdy or ymd", valueHint: "ORDER" },
  time: { type: "string", description: "The time column; guessed", valueHint: "COL" },
  label: { type: "string", description: "The column of recorded truth, or none; guessed by name", valueHint: "COL" },
  exclude: { type: "string", description: "Columns to leave out, separated by commas", valueHint: "COLS" },
  columns: { type: "string", description: "Names of the columns of a file without a header, separated by commas", valueHint: "COLS" },
  unit: { type: "string", description: "Units (UCUM) as NAME=UNIT, separated by commas", valueHint: "PAIRS" },
  role: { type: "string", description: "Roles as NAME=ROLE, separated by commas: measured, set-point, state, counter, energy-meter", valueHint: "PAIRS" },
  period: { type: "string", description: "Time between rows of a file without times, for example 1s or 1h", valueHint: "SPAN" },
} as const;

type Given = { readonly [K in keyof typeof reading]?: string | undefined };

/** What a person said of how a file is to be read. Throws `cli.usage` for words it does not know. */
export function readOptions(given: Given): ReadOptions {
  const roles = pairs("role", given.role);
  for (const [name, role] of Object.entries(roles)) {
    if (!Role.safeParse(role).success) throw usage(`set the role of ${JSON.stringify(name)}: ${JSON.stringify(role)}`, `Roles are ${Role.options.join(", ")}.`);
  }
  return defined({
    delimiter: { tab: "\t", blanks: " " }[given.delimiter ?? ""] ?? given.delimiter,
    decimal: oneOf("decimal", given.decimal, [".", ","]),
    zone: given.zone,
    dates: oneOf("dates", given.dates, ["dmy", "mdy", "ymd"]),
    time: given.time,
    label: given.label === "none" ? null : given.label,
    exclude: list(given.exclude),
    columns: list(given.columns),
    units: given.unit === undefined ? undefined : pairs("unit", given.unit),
    roles: given.role === undefined ? undefined : (roles as Record<string, Role>),
    period: given.period === undefined ? undefined : spanOf("period", given.period),
  });
}

/** A block rule in words: `file`, `1h`, `gap:10min` or `change:SIGNAL`. */
export function blockRuleOf(text: string): BlockRule {
  if (text === "file") return { by: "file" };
  if (text.startsWith("change:") && text.length > 7) return { by: "change", signal: text.slice(7) };
  if (text.startsWith("gap:")) return { by: "gap", longer: spanOf("block", text.slice(4)) };
  return { by: "duration", length: spanOf("block", text) };
}

const units: Readonly<Record<string, number>> = { ms: 1000, s: second, min: minute, m: minute, h: hour, d: day };

/** A length of time such as `90s`, `5min` or `1h`, in microseconds. */
export function spanOf(option: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/.exec(text.trim());
  const unit = units[found?.[2] ?? ""];
  const span = Math.round(Number(found?.[1]) * (unit ?? NaN));
  if (!(span > 0)) throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, "Write a length of time such as 500ms, 90s, 5min, 1h or 2d.");
  return span;
}

/** A whole number from `least` on. */
export function wholeOf(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, `A whole number from ${least} on is needed.`);
  return value;
}

/** A time with a zone, or in UTC, in microseconds. */
export function timeOf(option: string, text: string): number {
  const iso = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const value = Date.parse(iso) * 1000;
  if (Number.isNaN(value)) throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, "Write a time such as 2026-03-09T10:24:05Z.");
  return value;
}

export function oneOf<T extends string>(option: string, text: string | undefined, known: readonly T[]): T | undefined {
  if (text === undefined || known.includes(text as T)) return text as T | undefined;
  throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, `Known are ${known.join(", ")}.`);
}

const list = (text: string | undefined): string[] | undefined => text?.split(",").map((part) => part.trim());

function pairs(option: string, text = ""): Record<string, string> {
  const parts = text === "" ? [] : text.split(",").map((part) => part.split("="));
  const odd = parts.find((part) => part.length !== 2);
  if (odd !== undefined) throw usage(`read --${option} ${JSON.stringify(odd.join("=").slice(0, 80))}`, "Write pairs as NAME=VALUE, separated by commas.");
  return Object.fromEntries(parts.map(([name, value]) => [(name ?? "").trim(), (value ?? "").trim()]));
}

function defined(options: { [K in keyof ReadOptions]: ReadOptions[K] | undefined }): ReadOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

import { MillraceError } from "../errors.ts";

/** One JSON object on stdout, as `--json` promises: times in microseconds, nothing else printed there. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, plain)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** An error as a person reads it, or as an object on stdout. */
export function printError(error: unknown, json: boolean): void {
  const { code, message, hint } = errorFacts(error);
  if (json) printJson({ error: { code, message, hint } });
  else process.stderr.write(`millrace: ${message}\n${hint === "" ? "" : `${hint}\n`}`);
}

function errorFacts(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof MillraceError) return { code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", message, hint: "This is a fault in Millrace: please report it with the lines above." };
}

/** Numbers that JSON has no word for are null; typed arrays are arrays. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float64Array) : value;
}

/** A time as people read it: ISO 8601, UTC, to the second. */
export const timeText = (micros: number): string => new Date(micros / 1000).toISOString().replace(/\.\d+Z$/, "Z");

/** A length of time in the largest unit that leaves a number worth reading. */
export function spanText(micros: number): string {
  const seconds = micros / 1e6;
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  if (seconds < 7200) return `${Number((seconds / 60).toPrecision(3))} min`;
  return seconds < 172_800 ? `${Number((seconds / 3600).toPrecision(3))} h` : `${Number((seconds / 86_400).toPrecision(3))} d`;
}

/** `1 event`, `3 events`. */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

export const percentText = (share: number): string => (Number.isNaN(share) ? "unknown" : `${(100 * share).toFixed(1)} %`);

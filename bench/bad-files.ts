import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { randomFrom } from "../src/learn/random.ts";

/** A file that something is wrong with. */
export interface BadFile {
  readonly input: string;
  /** The code it must be refused with, or `read` when it is to be read, with the remarks that it must get. */
  readonly wanted: string;
  readonly path: string;
}

const names = ["time", "pressure", "flow"];
const clock = (row: number): string => new Date(Date.UTC(2026, 0, 5) + row * 1000).toISOString();
const row = (at: number, pressure: string | number = 4 + (at % 7) / 10, time = clock(at)): string => `${time};${pressure};${(20 + (at % 11) / 10).toFixed(1)}`;
const table = (rows: readonly string[], header = names.join(";")): string => `${[header, ...rows].join("\n")}\n`;
const rows = (count: number, line: (at: number) => string = row): string[] => Array.from({ length: count }, (_, at) => line(at));

/** Names that try to be markup, paths, formulas, control characters and text that runs backwards. */
export const hostileNames = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(2)>",
  "../../../../etc/passwd",
  "C:\\\\Windows\\\\..\\\\x",
  "=cmd|' /C calc'!A0",
  "'); DROP TABLE signal;--",
  "__proto__",
  "bell\u0007 escape\u001b[31m",
  "right\u202eto left",
];

/** Good rows under hostile names. */
export function hostileFile(directory: string): string {
  const header = ["time", ...hostileNames].map((name) => `"${name.replaceAll("\"", "\"\"")}"`).join(";");
  const lines = rows(2000, (at) => [clock(at), ...hostileNames.map((_, column) => (column + Math.sin(at / (5 + column))).toFixed(4))].join(";"));
  return written(directory, "<img src=x onerror=alert(3)>.csv", table(lines, header));
}

/** Writes every bad file of the bench into a directory. */
export function badFiles(directory: string): BadFile[] {
  const file = (input: string, wanted: string, name: string, content: string | Uint8Array): BadFile => ({ input, wanted, path: written(directory, name, content) });
  const packed = gzipSync(table(rows(20_000)));
  const random = randomFrom(5);
  return [
    file("truncated gz", "capture.truncated", "truncated.csv.gz", packed.subarray(0, Math.floor(packed.length * 0.6))),
    file("gz whose checksum is wrong", "capture.damaged", "checksum.csv.gz", packed.map((byte, at) => (at === packed.length - 6 ? byte ^ 0xff : byte))),
    file("binary as CSV", "capture.not-text", "binary.csv", Uint8Array.from({ length: 200_000 }, () => Math.floor(random() * 256))),
    file("Excel workbook as CSV", "capture.not-text", "book.csv", Buffer.from("PK\u0003\u0004 and so on")),
    file("column count that changes half-way", "capture.ragged", "ragged.csv", table(rows(2000, (at) => (at < 1000 ? row(at) : `${row(at)};7;8`)))),
    file("a few rows of another width", "read: ragged-rows", "few-ragged.csv", table(rows(2000, (at) => (at === 700 || at === 701 ? `${row(at)};7` : row(at))))),
    file("million-column header", "capture.too-many-columns", "wide.csv", table([], Array.from({ length: 1_000_000 }, (_, at) => `c${at}`).join(";"))),
    file("NaN, Inf and 1e999 in cells", "read: unknown-cells infinite-cells", "nan.csv", table(rows(2000, (at) => row(at, ["NaN", "Inf", "-Infinity", "1e999"][at % 50] ?? 4)))),
    file("duplicate timestamps", "read: duplicate-times", "duplicate.csv", table(rows(2000, (at) => row(at, 4, clock(at - (at % 5 === 0 ? 1 : 0)))))),
    file("backward timestamps", "read: backward-times", "backward.csv", table(rows(2000, (at) => row(at, 4, clock(at % 100 === 0 ? at + 40_000 : at))))),
    file("times that make no sense", "capture.bad-times", "bad-times.csv", table(rows(2000, (at) => (at < 600 || at % 2 === 0 ? row(at) : row(at, 4, "soon"))))),
    file("day-month ambiguity", "capture.ambiguous-date", "ambiguous.csv", table(rows(600, (at) => row(at, 4, `0${1 + Math.floor(at / 200)}/02/2026 10:${String(Math.floor(at / 60) % 60).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`)))),
    file("empty file", "capture.empty", "empty.csv", ""),
    file("header without rows", "capture.empty", "header.csv", table([])),
    file("quote that never closes", "capture.open-quote", "quote.csv", table([...rows(600), "\"2026-01-05;4;5", ...rows(600)])),
    { input: "a directory", wanted: "capture.not-a-file", path: directory },
    { input: "a file that is not there", wanted: "capture.not-found", path: join(directory, "nowhere.csv") },
  ];
}

function written(directory: string, name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

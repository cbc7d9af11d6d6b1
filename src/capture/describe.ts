import { day, hour, minute, second } from "../schema/time.ts";
import type { Column, Recording } from "./recording.ts";
import { figure } from "./remark.ts";

/** What a recording was taken for, as lines of text to look at before it is used. */
export function describe(recording: Recording): string[] {
  const { file, rows, times, dialect, columns, label, grid, remarks } = recording;
  const delimiter = dialect.delimiter === "\t" ? "tab" : dialect.delimiter === " " ? "blanks" : JSON.stringify(dialect.delimiter);
  const packing = dialect.gzip ? ", gzip" : "";
  return [
    `File ${file.name}: ${figure(rows)} rows, ${figure(file.bytes)} bytes, ${span(times)}`,
    `  read with delimiter ${delimiter}, decimal ${JSON.stringify(dialect.decimal)}, ${dialect.header ? "header" : "no header"}, ${dialect.encoding}${packing}`,
    `  ${timeLine(dialect)}`,
    `Signals: ${figure(columns.length)}`,
    ...columns.map((column) => `  ${signalLine(column)}`),
    label === null ? "Label: none" : `Label: ${label.name}, 1 in ${figure(ones(label.values))} of ${figure(rows)} rows`,
    `Grid: a row every ${spanText(grid.period)}, a value held for ${spanText(grid.hold)}, closed ${spanText(grid.lateness)} late`,
    "Blocks: the file is one block",
    ...(remarks.length === 0 ? ["Remarks: none"] : ["Remarks:"]),
    ...remarks.map(({ text, firstLine }) => `  ${text}${firstLine === null ? "" : ` (from line ${figure(firstLine)})`}`),
  ];
}

function timeLine({ time, zone, dateOrder }: Recording["dialect"]): string {
  if (time === null) return "times made up: the file has none";
  const order = dateOrder === null ? "" : `, dates ${dateOrder}`;
  const local = time.form === "text" || time.form === "excel" ? `, zone ${zone} where none is stated` : "";
  return `times from ${time.columns.join(" and ")} (${time.form}${order}${local})`;
}

function signalLine({ name, valueType, unit, role, period, guessed }: Column): string {
  const unitText = unit === null ? "unit unknown" : `${unit}${guessed.unit ? " (guessed)" : ""}`;
  const rate = period === null ? "no rate" : `every ${spanText(period)}`;
  return `${name}: ${valueType}, ${unitText}, ${rate}, ${role}${guessed.role ? " (guessed)" : ""}`;
}

function span(times: Float64Array): string {
  let first = Infinity;
  let last = -Infinity;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return `${new Date(first / 1000).toISOString()} to ${new Date(last / 1000).toISOString()}`;
}

const units: readonly (readonly [number, string])[] = [[day, "d"], [hour, "h"], [minute, "min"], [second, "s"], [1000, "ms"], [1, "µs"]];

/** A length of time in the largest unit that it fills: 90 s is 1.5 min. */
function spanText(micros: number): string {
  const [unit, name] = units.find(([unit]) => micros >= unit) ?? [1, "µs"];
  return `${Number((micros / unit).toPrecision(4))} ${name}`;
}

const ones = (values: Float64Array) => values.reduce((count, value) => (value === 1 ? count + 1 : count), 0);

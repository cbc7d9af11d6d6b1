// Text from outside, made harmless for a terminal: no control characters, no marks that turn text around.
// oxlint-disable-next-line no-control-regex
const harmful = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text for one cell of a terminal: control characters and direction marks shown as `·`, cut to a width. */
export function harmless(text: string, width = 60): string {
  const clean = text.replace(harmful, "·");
  return clean.length <= width ? clean : `${clean.slice(0, width - 1)}…`;
}

/** Rows as aligned columns under a heading; numbers to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => harmless(cell)));
  const widths = heads.map((head, at) => Math.max(head.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const isNumber = heads.map((_, at) => cells.length > 0 && cells.every((row) => /^[-+]?[\d.,]+( ?[%a-zA-Z]*)?$|^-?$/.test(row[at] ?? "")));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join("  ").trimEnd();
  return [line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...cells.map(line)];
}

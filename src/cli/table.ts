// Text from outside, made harmless for a terminal: no control characters, nothing that hides or turns text around.
// oxlint-disable-next-line no-control-regex
const harmful = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Text for one cell of a terminal: control characters and direction marks shown as `·`, cut to a width in columns. */
export function harmless(text: string, width = 60): string {
  // Cut before anything else: a text of megabytes need not be walked.
  const clean = text.slice(0, 4 * width + 4).toWellFormed().replace(harmful, "·");
  if (text.length <= 4 * width && columnsOf(clean) <= width) return clean;
  let kept = "";
  let columns = 0;
  for (const character of clean) {
    columns += columnsOf(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Rows as aligned columns under a heading; columns of numbers to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => harmless(cell)));
  const widths = heads.map((head, at) => cells.reduce((most, row) => Math.max(most, columnsOf(row[at] ?? "")), columnsOf(head)));
  const isNumber = heads.map((_, at) => cells.length > 0 && cells.every((row) => /^[-+]?[\d.,]+( ?[%a-zA-Zµ/×]*)?$|^-?$/.test(row[at] ?? "")));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => {
        const room = " ".repeat(Math.max(0, (widths[at] ?? 0) - columnsOf(cell)));
        return isNumber[at] ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd();
  return [line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...cells.map(line)];
}

// East Asian wide characters and pictographs take two columns, marks on the letter before them none.
const wide = /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$/u;
const mark = /^\p{M}$/u;

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += mark.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

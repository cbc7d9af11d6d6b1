export type Decimal = "." | ",";

/**
 * The number in a trimmed cell; `NaN` when it is none, an infinity when it says so or is too large.
 *
 * Takes `3`, `-3.5`, `+3,5e-2` with the file's decimal sign, and thousands only where both signs
 * appear (`1.234,5`): `1.234` alone in a decimal-comma file may be either, so it is no number.
 */
export function readNumber(cell: string, decimal: Decimal): number {
  if (cell === "") return Number.NaN;
  if (decimal === ",") return cell.includes(".") ? grouped(cell, german) : plain(cell.replace(",", "."));
  return cell.includes(",") ? grouped(cell, english) : plain(cell);
}

/** Why a cell holds no number: nothing in it, a word for unknown, or text that makes no sense here. */
export function whyUnknown(cell: string): "empty" | "unknown" | "unparsable" {
  if (cell === "") return "empty";
  return unknownWords.has(cell.toLowerCase()) ? "unknown" : "unparsable";
}

const unknownWords = new Set([
  "nan", "-nan", "+nan", "nan()", "-nan(ind)", "1.#qnan", "1.#ind", "-1.#ind", "1,#qnan", "-1,#ind", "na", "n/a", "#n/a", "#nv",
  "#wert!", "#value!", "#div/0!", "null", "none", "nil", "-", "--", "---", "?", "*", "missing", "bad", "bad input", "no data",
  "nodata", "i/o timeout", "invalid", "unknown",
]);

const german = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$/;
const english = /^[+-]?\d{1,3}(?:,\d{3})+\.\d+$/;

function grouped(cell: string, pattern: RegExp): number {
  if (!pattern.test(cell)) return Number.NaN;
  return Number(pattern === german ? cell.replaceAll(".", "").replace(",", ".") : cell.replaceAll(",", ""));
}

/** `Number`, without what only programs write (0x1f) but with the words for infinity. */
function plain(cell: string): number {
  const value = Number(cell);
  if (value !== value) return infinities.test(cell) ? (cell.startsWith("-") ? -Infinity : Infinity) : value;
  const second = cell.charCodeAt(1) | 0x20;
  return second === 0x78 || second === 0x62 || second === 0x6f ? Number.NaN : value; // x, b, o
}

const infinities = /^[+-]?(?:inf|infinity|∞|1\.#inf)$/i;

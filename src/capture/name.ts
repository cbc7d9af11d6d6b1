const longest = 200;

/** A name or cell from outside, quoted, escaped and cut to about 80 characters, for messages. */
export function shown(text: string): string {
  return JSON.stringify(visible(text.length > 80 ? `${text.slice(0, 79)}…` : text));
}

/**
 * A name from a file, safe to store, compare and show: one line, no characters that hide or reorder
 * text (they become visible), at most 200 characters. Markup and path parts are kept: they are text.
 */
export function cleanName(raw: string): string {
  // Cut before anything else: a name of megabytes need not be walked four times.
  const name = visible(raw.slice(0, 4 * longest).toWellFormed().normalize("NFC").replace(/\s+/g, " ").trim());
  return name.length > longest ? `${name.slice(0, longest - 1).toWellFormed().replace(/\ufffd$/, "")}…` : name;
}

/**
 * Names of columns, clean and told apart: an empty one becomes "column 3", a second "x" becomes "x (2)".
 * `changed` lists the positions whose name is no longer what the file says, spaces around it aside.
 */
export function columnNames(raw: readonly string[]): { names: string[]; changed: number[] } {
  const taken = new Set<string>();
  const changed: number[] = [];
  const names = raw.map((text, index) => {
    const clean = cleanName(text) || `column ${index + 1}`;
    let name = clean;
    for (let copy = 2; taken.has(name); copy++) name = `${clean} (${copy})`;
    taken.add(name);
    if (name !== text.trim()) changed.push(index);
    return name;
  });
  return { names, changed };
}

/** Lower-case words of a name: `X1_CommandPosition [mm]` is x1, command, position, mm. */
export function words(name: string): string[] {
  return name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}°%µ]+/u)
    .filter((word) => word !== "");
}

// Controls, zero-width marks, and everything that turns the direction of text.
// oxlint-disable-next-line no-control-regex
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

function visible(text: string): string {
  return text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * The name that was most likely meant by one that is not there: equal but for case and marks, else the
 * one fewest edits away, at most a third of its length; `null` when none is near.
 * Cost: names × length².
 */
export function nearest(name: string, names: readonly string[]): string | null {
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const alike = names.find((other) => bare(other) === bare(name) && bare(name) !== "");
  if (alike !== undefined) return alike;
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const other of names) {
    const edits = Math.abs(other.length - name.length) < fewest ? editsBetween(name.toLowerCase(), other.toLowerCase()) : fewest;
    if (edits < fewest) [best, fewest] = [other, edits];
  }
  return best;
}

/** Letters put in, left out or changed to get from one text to the other. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

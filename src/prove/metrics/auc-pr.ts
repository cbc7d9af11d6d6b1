/**
 * Area under precision and recall, by average precision: how well scores rank the rows of faults.
 *
 * Rows of equal score count together. Harsh on labels that are off by some rows; `vusPr` is not.
 *
 * Input:    `scores`, higher is more abnormal; `truth`, 1 in a fault, else 0; one a row.
 * Returns:  0 to 1, higher is better; chance is the share of fault rows; `NaN` without a fault row.
 * Cost:     O(n log n).
 * Throws:   RangeError for a `NaN` score or unequal lengths.
 * Source:   Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML
 *           2006: steps, without the linear interpolation that it shows to be too kind.
 */
export function aucPr(scores: Float64Array, truth: Uint8Array): number {
  if (scores.length !== truth.length) {
    throw new RangeError(`Cannot rank ${scores.length} scores against ${truth.length} rows of truth: one a row is needed`);
  }
  const unknown = scores.findIndex(Number.isNaN);
  if (unknown >= 0) throw new RangeError(`Cannot rank the score of row ${unknown}: NaN; cut the row off or give it as -Infinity`);

  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => (scores[b] > scores[a] ? 1 : scores[b] < scores[a] ? -1 : 0));
  let hits = 0;
  let hitsBefore = 0;
  let area = 0;
  order.forEach((row, rank) => {
    if (truth[row] === 1) hits++;
    if (rank + 1 < order.length && scores[order[rank + 1]] === scores[row]) return;
    area += (hits - hitsBefore) * (hits / (rank + 1));
    hitsBefore = hits;
  });
  return area / hits;
}

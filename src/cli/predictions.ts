import type { StudyPredictions, TableSet } from "../wheel/study-request.ts";

/** The first line of every file of predictions: says that it is ours, and may be replaced. */
export const predictionsHead = "file,row,group,prediction,low,high,truth";

/**
 * Predictions as a CSV file, a line a judged row or group: the file and the row in it (of a group its
 * last), the group, what was said with its interval, and what was so. Unknown is an empty cell.
 */
export function predictionLines({ rows, values, low, high, truth }: StudyPredictions, set: TableSet): string[] {
  const files = new Map<number, string>();
  for (const { start, end, file } of set.stretches) for (let row = start; row < end; row++) files.set(row, set.files[file].name);
  const levels = set.target?.levels ?? null;
  const said = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "" : levels === null ? String(value) : cell(levels.at(value) ?? ""));
  const number = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "" : String(value));
  return [
    predictionsHead,
    ...Array.from(rows, (row, at) => {
      const group = set.groups === null ? "" : cell(set.groupNames[set.groups[row]] ?? "");
      return [cell(files.get(row) ?? ""), set.rowNumbers[row], group, said(values[at]), number(low?.[at]), number(high?.[at]), said(truth[at])].join(",");
    }),
  ];
}

/** Text as one cell; what a spreadsheet would take for a formula is kept from being one. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

import { readNumber, whyUnknown, type Decimal } from "./number.ts";
import type { RawColumn, ReadAs } from "./table.ts";

/** A column of the sample is text when more than half of what it holds is no number. */
export function readAs(sample: readonly (readonly string[])[], at: number, decimal: Decimal): ReadAs {
  let numbers = 0;
  let texts = 0;
  for (const row of sample) {
    const cell = row.at(at) ?? "";
    if (!Number.isNaN(readNumber(cell, decimal))) numbers++;
    else if (whyUnknown(cell) === "unparsable") texts++;
  }
  return texts > numbers ? "text" : "number";
}

/** Columns that turned out to hold more texts than numbers are read as texts the next time: true when there are any. */
export function revisesTexts(plan: { readonly names: readonly string[]; readonly as: ReadAs[] }, columns: readonly RawColumn[]): boolean {
  const texts = columns.filter(({ texts, values, unparsable }) => texts === null && unparsable > 0 && mostlyTexts(values, unparsable));
  for (const { name } of texts) plan.as[plan.names.indexOf(name)] = "text";
  return texts.length > 0;
}

function mostlyTexts(values: Float64Array, unparsable: number): boolean {
  return unparsable > values.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0);
}

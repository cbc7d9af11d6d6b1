import { MillraceError } from "../errors.ts";
import type { Label } from "../schema/label.ts";
import { refusalOf, type OriginRefusal } from "../schema/origin.ts";
import type { Refused } from "../schema/refused.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Stored } from "./stretch.ts";

/** What to do about a refused answer, by its code. */
const hints: Readonly<Record<OriginRefusal["code"], string>> = {
  "prove.model-made": "Only what a person or a measurement says can teach and prove.",
  "prove.simulated": "Answer as a person, or as a measurement of the plant.",
  "prove.not-simulated": "A simulated plant is answered by its simulator or by a person.",
};

/** Before the name of what is kept of an answer that was turned away. */
export const refusedPrefix = "refused.";
const remembered = 1000;

/**
 * Turns away answers of an origin that can never be evidence about their asset. Taking one back is always allowed.
 * What was turned away is kept, without its author, to be shown: the newest thousand.
 *
 * Throws `prove.model-made` and `prove.simulated`.
 */
export async function requireOrigins(labels: readonly Label[], { records }: Pick<Stored, "records">): Promise<void> {
  for (const label of labels) {
    const { asset, author, origin, withdrawn } = label;
    if (withdrawn || (origin !== "model" && origin !== "simulator")) continue;
    const refusal = refusalOf(origin, (await records.madeBy(asset)) ?? origin);
    if (refusal === null) continue;
    await keep(label, refusal, records);
    throw new MillraceError(refusal.code, `Cannot take the answer of ${JSON.stringify(author.slice(0, 80))}: ${refusal.why}`, { hint: hints[refusal.code] });
  }
}

async function keep({ id, asset, start, end, origin, knownAt: at }: Label, refusal: OriginRefusal, records: Stored["records"]): Promise<void> {
  const value: Refused = { what: "answer", id, asset, start, end, origin, at, ...refusal };
  const name = `${refusedPrefix}${String(at).padStart(17, "0")}.${id}`;
  const known = (await records.settings(refusedPrefix)).map((one) => one.name);
  const tooOld = known.slice(0, Math.max(0, known.length + 1 - remembered));
  await records.write([{ put: "setting", value: { name, text: JSON.stringify(value) } }, ...tooOld.map((old): Fact => ({ drop: "setting", name: old }))]);
}

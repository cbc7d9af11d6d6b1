import { MillraceError } from "../errors.ts";
import type { Label } from "../schema/label.ts";
import { refusalOf, type OriginRefusal } from "../schema/origin.ts";
import type { Stored } from "./stretch.ts";

/** What to do about a refused answer, by its code. */
const hints: Readonly<Record<OriginRefusal["code"], string>> = {
  "prove.model-made": "Only what a person or a measurement says can teach and prove.",
  "prove.simulated": "Answer as a person, or as a measurement of the plant.",
  "prove.not-simulated": "A simulated plant is answered by its simulator or by a person.",
};

/**
 * Turns away answers of an origin that can never be evidence about their asset. Taking one back is always allowed.
 *
 * Throws `prove.model-made` and `prove.simulated`.
 */
export async function requireOrigins(labels: readonly Label[], { records }: Pick<Stored, "records">): Promise<void> {
  for (const { asset, author, origin, withdrawn } of labels) {
    if (withdrawn || (origin !== "model" && origin !== "simulator")) continue;
    const refusal = refusalOf(origin, (await records.madeBy(asset)) ?? origin);
    if (refusal !== null) throw new MillraceError(refusal.code, `Cannot take the answer of ${JSON.stringify(author.slice(0, 80))}: ${refusal.why}`, { hint: hints[refusal.code] });
  }
}

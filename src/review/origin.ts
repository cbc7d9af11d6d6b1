import { MillraceError } from "../errors.ts";
import type { Label } from "../schema/label.ts";
import { refusalOf, type Origin, type OriginRefusal } from "../schema/origin.ts";
import type { Refused } from "../schema/refused.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Stored } from "./stretch.ts";

/** What to do about a refused answer, by its code. */
const hints: Readonly<Record<OriginRefusal["code"], string>> = {
  "prove.model-made": "Only what a person or a measurement says can prove, and teach unless the wheel lets what models made do so too.",
  "prove.simulated": "Answer as a person, or as a measurement of the plant.",
  "prove.not-simulated": "A simulated plant is answered by its simulator or by a person.",
};

/** Before the name of what is kept of an answer that was turned away. */
export const refusedPrefix = "refused.";
const remembered = 1000;

/**
 * Turns away answers of an origin that can never be evidence about their asset; where they are wanted to teach, those that
 * no wheel that would go by them lets teach either. Taking one back is always allowed.
 * All of them are turned away when one is. What was is kept, without its author, to be shown: the newest thousand, those about one asset
 * that came together as one with their number.
 *
 * Throws `prove.model-made` and `prove.simulated`.
 */
export async function requireOrigins(labels: readonly Label[], purpose: "train" | "gate", { records }: Pick<Stored, "records">): Promise<void> {
  const refused: { label: Label; refusal: OriginRefusal }[] = [];
  const about = new Map<string, Origin | null>();
  let wheels: readonly Wheel[] | undefined;
  for (const label of labels) {
    const { asset, origin, withdrawn } = label;
    if (withdrawn || (origin !== "model" && origin !== "simulator")) continue;
    if (!about.has(asset)) about.set(asset, await records.madeBy(asset));
    wheels ??= purpose === "train" ? await records.wheels() : [];
    const refusal = refusalOf(origin, about.get(asset) ?? origin, purpose, mostLet(label, wheels));
    if (refusal !== null) refused.push({ label, refusal });
  }
  const [first] = refused;
  if (first === undefined) return;
  for (const [{ label, refusal }, ...others] of Map.groupBy(refused, ({ label: { asset }, refusal: { code } }) => `${asset} ${code}`).values()) {
    await keep([label, ...others.map((one) => one.label)], refusal, records);
  }
  const what = refused.length === 1 ? "the answer" : `${refused.length} answers, the first`;
  throw new MillraceError(first.refusal.code, `Cannot take ${what} of ${JSON.stringify(first.label.author.slice(0, 80))}: ${first.refusal.why}`, { hint: hints[first.refusal.code] });
}

/** The most that any wheel which goes by a label lets what models and simulators made weigh. */
function mostLet({ asset, target = null }: Label, wheels: readonly Wheel[]): number {
  const about = wheels.filter((wheel) => wheel.asset === asset && (wheel.target?.name ?? null) === target);
  return Math.max(0, ...about.map(({ policy }) => policy.generated ?? 0));
}

/** One entry for answers about an asset that came together. */
async function keep(labels: readonly Label[], refusal: OriginRefusal, records: Stored["records"]): Promise<void> {
  const [{ id, asset, origin, knownAt: at }] = labels;
  const [start, end] = [labels.reduce((first, one) => Math.min(first, one.start), Infinity), labels.reduce((last, one) => Math.max(last, one.end), -Infinity)];
  const value: Refused = { what: "answer", id, asset, start, end, origin, ...(labels.length > 1 && { count: labels.length }), at, ...refusal };
  const name = `${refusedPrefix}${String(at).padStart(17, "0")}.${id}`;
  const known = (await records.settings(refusedPrefix)).map((one) => one.name);
  const tooOld = known.slice(0, Math.max(0, known.length + 1 - remembered));
  await records.write([{ put: "setting", value: { name, text: JSON.stringify(value) } }, ...tooOld.map((old): Fact => ({ drop: "setting", name: old }))]);
}

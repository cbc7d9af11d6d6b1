import type { Label } from "../schema/label.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { About } from "../store/records/stretches.ts";

/** What labels a wheel goes by. */
export const aboutOf = ({ target = null }: Pick<Wheel, "target">): About => (target === null ? "condition" : { target: target.name });

/** Whether a label proves anything: not what a model said, nor "unsure". */
export const isEvidence = ({ origin, answer, says = null }: Label): boolean => origin !== "model" && (says !== null || answer !== "unsure");

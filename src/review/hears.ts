import type { Label } from "../schema/label.ts";

/** Whose labels are heard, of those that came as far as this. */
export type Hears = (label: Pick<Label, "origin">) => boolean;

/** What models said is not heard, wherever it may have come in. */
export const realOnly: Hears = ({ origin }) => origin !== "model";

/** For a lesson that was let hear what models said too. */
export const anybody: Hears = () => true;

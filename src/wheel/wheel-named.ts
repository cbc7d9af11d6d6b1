import { MillraceError } from "../errors.ts";
import type { Wheel } from "../schema/wheel.ts";

/** A wheel by name or id, or the only one where none is named. Throws `wheel.unknown`. */
export function wheelNamed<T extends Wheel>(name: string | undefined, wheels: readonly T[]): T {
  const found = name === undefined ? wheels : wheels.filter((wheel) => wheel.id === name || wheel.name === name);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  const what = name === undefined ? "choose a wheel" : `find wheel ${JSON.stringify(name.slice(0, 80))}`;
  throw new MillraceError("wheel.unknown", `Cannot ${what}: there is none such`, {
    hint: wheels.length === 0 ? "Import a recording first: `millrace import FILE`." : `Name one with --wheel: ${wheels.map((wheel) => wheel.name).join(", ").slice(0, 300)}.`,
  });
}

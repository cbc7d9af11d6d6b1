import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { OwnModels } from "./own-models.ts";
import { usage } from "./usage.ts";

/** A model of a wheel by the beginning of its name. Throws `cli.usage` when none or several begin so. */
export async function modelNamed(own: OwnModels, wheel: Wheel, name: string): Promise<Model> {
  const found = (await own.models(wheel)).models.filter(({ digest }) => digest.startsWith(name));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw usage(`find model ${JSON.stringify(name.slice(0, 64))}: ${found.length === 0 ? "none begins" : `${found.length} begin`} so`, "List them with `millrace models --all`.");
}

/** The same, or the one in force where none is named. Throws `cli.usage` when there is none. */
export async function modelOr(own: OwnModels, wheel: Wheel, name: string | undefined, action: string): Promise<Model> {
  const wanted = name ?? (await own.models(wheel)).champion;
  if (wanted === null) throw usage(`${action} the model in force: there is none`, "Make one with `millrace turn`.");
  return await modelNamed(own, wheel, wanted);
}

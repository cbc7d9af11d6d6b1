import type { Digest } from "../schema/id.ts";
import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Champion } from "../store/records/facts.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";

/** A wheel's models, oldest first. */
export interface ModelsOf {
  readonly champion: Digest | null;
  readonly models: Model[];
  /** What has been in force, and from when on, oldest first. */
  readonly champions: Champion[];
  /** Those that had learnt from something that was forgotten. */
  readonly forgotten: Digest[];
}

export async function modelsOf({ id }: Pick<Wheel, "id">, ports: Pick<Ports, "store">): Promise<ModelsOf> {
  const { records } = ports.store;
  const [models, champions, marked] = [await records.models(id), await records.champions(id), await markedModels(ports)];
  return { champion: champions.at(-1)?.model ?? null, models, champions, forgotten: models.flatMap(({ digest }) => (marked.has(digest) ? [digest] : [])) };
}

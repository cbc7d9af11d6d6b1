import type { Digest } from "../schema/id.ts";
import type { Ports } from "./ports.ts";

/** Models that had learnt from something that was forgotten, by digest. */
export async function markedModels({ store: { records } }: Pick<Ports, "store">): Promise<Set<Digest>> {
  const lines = await records.ledger({ kinds: ["forget"] });
  const marked = new Map(lines.flatMap((line) => (line.kind === "forget" ? line.models.map((model) => [model, line.number] as const) : [])));
  if (marked.size === 0) return new Set();
  const [first] = [...marked.values()].toSorted((a, b) => a - b);
  for (const line of await records.ledger({ from: first, kinds: ["turn"] })) {
    if (line.kind === "turn") for (const model of line.outputs.models) if (line.number > (marked.get(model) ?? Infinity)) marked.delete(model); // the same bytes, made without it
  }
  return new Set(marked.keys());
}

/** Removes the files of models that had learnt from something that was forgotten and are not in force: their bytes tell of it. */
export async function sweepModels(ports: Pick<Ports, "store">): Promise<void> {
  const { records, models } = ports.store;
  const marked = await markedModels(ports);
  if (marked.size === 0) return;
  const inForce = new Set<Digest | undefined>();
  for (const { id } of await records.wheels()) inForce.add((await records.champion(id))?.model);
  for (const name of marked) if (!inForce.has(name) && models.has(name)) models.remove(name);
}

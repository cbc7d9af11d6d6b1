import { z } from "zod";
import { inputDrift, type BlockInputs } from "../measure/input-drift.ts";
import type { Block } from "../schema/block.ts";
import { Id } from "../schema/id.ts";
import type { InputShift } from "../schema/input-shift.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Ports } from "./ports.ts";
import type { BlockRows } from "./rows.ts";

/** What the inputs of a block were like, by signal of the wheel; `null` where a signal was hardly known. */
const Inputs = z.object({ signals: z.array(Id), levels: z.array(z.number().nullable()), spreads: z.array(z.number().nullable()) });
type Inputs = z.infer<typeof Inputs>;

/** Blocks that are remembered: what drift is judged by. */
const remembered = 65;
/** Values below which a block says nothing of a signal. */
const fewest = 10;

const prefixOf = ({ id }: Pick<Wheel, "id">): string => `inputs/${id}/`;
/** Where it is remembered what the inputs of a block were like. */
export const inputsName = (wheel: Pick<Wheel, "id">, block: Id): string => `${prefixOf(wheel)}${block}`;

/** Remembers what the inputs of a block that has arrived were like, where the asset ran, and forgets the oldest. */
export async function rememberInputs(wheel: Wheel, { id }: Pick<Block, "id">, rows: BlockRows, { store }: Pick<Ports, "store">): Promise<Fact[]> {
  const known = (await store.records.settings(prefixOf(wheel))).map(({ name }) => name).filter((name) => name !== inputsName(wheel, id));
  return [{ put: "setting", value: { name: inputsName(wheel, id), text: JSON.stringify(inputsOf(wheel, rows)) } }, ...known.slice(0, Math.max(0, known.length + 1 - remembered)).map((name): Fact => ({ drop: "setting", name }))];
}

function inputsOf({ signals }: Wheel, { rows: { rows, columns, values }, running }: BlockRows): Inputs {
  const [levels, spreads]: [(number | null)[], (number | null)[]] = [[], []];
  for (let signal = 0; signal < columns; signal++) {
    let [count, sum, squares, first] = [0, 0, 0, NaN];
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + signal];
      if (Number.isNaN(value) || running?.[row] === 0) continue;
      if (count++ === 0) first = value;
      sum += value - first; // from the first: sums of squares stay exact about it
      squares += (value - first) ** 2;
    }
    const mean = sum / count;
    levels.push(count < fewest ? null : first + mean);
    spreads.push(count < fewest ? null : Math.log(Math.sqrt(Math.max(0, squares / count - mean ** 2)) + 1e-12));
  }
  return { signals, levels, spreads };
}

/** What is remembered of blocks with the wheel's signals, oldest first. */
export async function knownInputs(wheel: Wheel, { store }: Pick<Ports, "store">): Promise<(BlockInputs & { readonly block: Id })[]> {
  const known = (await store.records.settings(prefixOf(wheel))).map(({ name, text }) => ({ block: name.slice(prefixOf(wheel).length), ...Inputs.parse(JSON.parse(text)) }));
  const unknown = (values: readonly (number | null)[]): number[] => values.map((value) => value ?? NaN);
  const same = known.filter(({ signals }) => signals.join() === wheel.signals.join());
  return same.map(({ block, levels, spreads }) => ({ block, levels: unknown(levels), spreads: unknown(spreads) }));
}

/** Signals whose recent blocks are unlike those before: a warning, on which nothing hangs. */
export async function inputShifts(wheel: Wheel, ports: Pick<Ports, "store">): Promise<InputShift[]> {
  const known = await knownInputs(wheel, ports);
  return inputDrift(known).map(({ signal, what, by, since }) => ({ signal: wheel.signals[signal], what, by, since: known[since].block }));
}

/** Signals named in a sentence; the others are counted. */
const named = 3;

/** Shifts in a sentence, for the shift leader. */
export async function shiftsText({ asset }: Pick<Wheel, "asset">, shifts: readonly InputShift[], { store }: Pick<Ports, "store">): Promise<string> {
  const names = new Map((await store.records.signals(asset)).map(({ id, name }) => [id, name]));
  const parts = await Promise.all(
    shifts.slice(0, named).map(async ({ signal, what, by, since }) => {
      const start = (await store.records.block(since))?.start;
      const far = Math.abs(by) > 100 ? "more than 100" : Number(Math.abs(by).toPrecision(2));
      return `${JSON.stringify(names.get(signal) ?? signal)} (its ${what} is ${far} times its usual spread ${by > 0 ? "higher" : "lower"}${start === undefined ? "" : `, since ${new Date(start / 1000).toISOString().slice(0, 16)}Z`})`;
    }),
  );
  const rest = shifts.length > named ? ` and ${shifts.length - named} more` : "";
  return `A warning, which decided nothing: inputs are unlike before: ${parts.join(", ")}${rest}.`;
}

import { above, add, choose, compiled, fourTimes, get, instance, int, isBelow, lane, load, plus, repeat, set, store, storeInt, subtract, type Code, type WasmFunction } from "../wasm.ts";

/**
 * The loops of the convolution map on vectors. Addresses are in bytes; `end` is that of the first array given.
 *
 * Each does four int32 at a time and so up to three beyond the end (the last one eight), which must lie in the memory.
 */
export interface ConvolutionKernels {
  /** to += from. */
  addTo(to: number, end: number, from: number): void;
  /** to = the sum of nine taps of `from`, `step` bytes apart. */
  sumNine(to: number, end: number, from: number, step: number): void;
  /** to = 3 × (a + b + c) - nine. */
  respond(to: number, end: number, a: number, b: number, c: number, nine: number): void;
  /** How many of `from` exceed each of four numbers: four int32 at `counts`. */
  countAbove(from: number, end: number, b0: number, b1: number, b2: number, b3: number, counts: number): void;
  /**
   * Both in one, without the responses being kept: how many of 3 × (a + b + c) - nine exceed each of four
   * numbers. `end` is that of a after whole pairs of vectors, at least one; of the pair that follows those
   * count whose bits are set in the eight int32 behind `counts`.
   */
  respondAbove(a: number, end: number, b: number, c: number, nine: number, b0: number, b1: number, b2: number, b3: number, counts: number): void;
}

const wide = 16; // bytes of a vector
/** Below every response. */
export const belowAll = -(2 ** 31);
const next = (pointers: readonly number[], by: number): Code => pointers.flatMap((pointer) => set(pointer, plus(get(pointer), int(by))));
const sum = (terms: readonly Code[]): Code => terms.reduce((a, b) => add(a, b));
const whileBelow = (pointers: readonly number[], body: Code, by = wide): Code => repeat([...body, ...next(pointers, by)], isBelow(get(pointers[0]), get(1)));

function addTo(): WasmFunction {
  const [to, from] = [0, 2];
  return { name: "addTo", parameters: 3, ints: 0, vectors: 0, body: whileBelow([to, from], store(get(to), add(load(get(to)), load(get(from))))) };
}

function sumNine(): WasmFunction {
  const [to, from, step, tap] = [0, 2, 3, 4];
  const [total] = [5];
  const further: Code = [...set(tap, plus(get(tap), get(step))), ...set(total, add(get(total), load(get(tap))))];
  const nine: Code = [...set(tap, get(from)), ...set(total, load(get(tap))), ...Array.from({ length: 8 }, () => further).flat()];
  return { name: "sumNine", parameters: 4, ints: 1, vectors: 1, body: whileBelow([to, from], [...nine, ...store(get(to), get(total))]) };
}

function respond(): WasmFunction {
  const [to, a, b, c, nine, three] = [0, 2, 3, 4, 5, 6];
  const taps = set(three, sum([load(get(a)), load(get(b)), load(get(c))]));
  const response = subtract(sum([get(three), get(three), get(three)]), load(get(nine)));
  return { name: "respond", parameters: 6, ints: 0, vectors: 1, body: whileBelow([to, a, b, c, nine], [...taps, ...store(get(to), response)]) };
}

const four = [0, 1, 2, 3];

/** Four bars from their numbers' locals; how many lanes of a value are above each; and the counts of all lanes to memory. */
function counter(bias: number, bar: number, count: number, value: number, counts: number): { readonly begin: Code; readonly one: Code; readonly end: Code } {
  return {
    begin: four.flatMap((k) => set(bar + k, fourTimes(get(bias + k)))),
    one: four.flatMap((k) => set(count + k, subtract(get(count + k), above(get(value), get(bar + k))))),
    end: four.flatMap((k) => storeInt(get(counts), four.map((at) => lane(get(count + k), at)).reduce(plus), 4 * k)),
  };
}

function countAbove(): WasmFunction {
  const [from, bias, counts, bar, count, value] = [0, 2, 6, 7, 11, 15];
  const { begin, one, end } = counter(bias, bar, count, value, counts);
  return { name: "countAbove", parameters: 7, ints: 0, vectors: 9, body: [...begin, ...whileBelow([from], [...set(value, load(get(from))), ...one]), ...end] };
}

function respondAbove(): WasmFunction {
  const [a, b, c, nine, bias, counts, bar, count, value] = [0, 2, 3, 4, 5, 9, 10, 14, 18];
  const { begin, one, end } = counter(bias, bar, count, value, counts);
  const respondAt = (offset: number): Code => [
    ...set(value, sum([load(get(a), offset), load(get(b), offset), load(get(c), offset)])),
    ...set(value, subtract(sum([get(value), get(value), get(value)]), load(get(nine), offset))),
  ];
  const masked = (offset: number): Code => set(value, choose(get(value), fourTimes(int(belowAll)), load(get(counts), wide + offset)));
  const pair = [0, wide].flatMap((offset) => [...respondAt(offset), ...one]);
  const rest = [0, wide].flatMap((offset) => [...respondAt(offset), ...masked(offset), ...one]);
  return { name: "respondAbove", parameters: 10, ints: 0, vectors: 9, body: [...begin, ...whileBelow([a, b, c, nine], pair, 2 * wide), ...rest, ...end] };
}

interface Room {
  readonly memory: Int32Array;
  readonly run: ConvolutionKernels;
}

const functions = [addTo(), sumNine(), respond(), countAbove(), respondAbove()];
/** A memory takes much address space until it is collected, so a thread keeps the one it has. */
let kept: Room | null = null;

/** The kernels with this thread's memory: at least so many int32, zeros, and good until the next call. */
export function convolutionKernels(ints: number): Room {
  if (kept === null || kept.memory.length < ints) kept = instance(compiled(functions), ints) as unknown as Room;
  kept.memory.fill(0);
  return kept;
}

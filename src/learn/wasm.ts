/**
 * A writer of small WebAssembly modules: loops over vectors of four int32, which JavaScript does not have.
 *
 * The source of a kernel is the list of its instructions, and its module is made from it where it is first
 * used: there is nothing to build, and what runs is what is read here.
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format) with its vector instructions.
 */
export interface WasmFunction {
  readonly name: string;
  /** Parameters and further locals, all of them int32, then locals that are vectors. */
  readonly parameters: number;
  readonly ints: number;
  readonly vectors: number;
  readonly body: Code;
}

/** Instructions, encoded. */
export type Code = readonly number[];

const typeInt = 0x7f;
const typeVector = 0x7b;
const noResult = 0x40;
const simd = 0xfd;

/** A whole number as LEB128, which instructions and sizes are written in: unsigned. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** Signed. */
function signedLeb(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signedLeb(value >> 7)];
}

const vector = (operation: number): Code => [simd, ...leb(operation)];
const aligned = 2; // at 4 bytes, which is only a hint
const anywhere = [aligned, 0]; // no offset

export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...leb(local)];
export const int = (value: number): Code => [0x41, ...signedLeb(value)];
export const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49];
export const storeInt = (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x36, 2, ...leb(offset)];

/** Four int32 from an address in bytes, and to it. */
export const load = (address: Code, offset = 0): Code => [...address, ...vector(0x00), aligned, ...leb(offset)];
export const store = (address: Code, value: Code): Code => [...address, ...value, ...vector(0x0b), ...anywhere];
export const fourTimes = (value: Code): Code => [...value, ...vector(0x11)];
export const lane = (value: Code, at: number): Code => [...value, ...vector(0x1b), at];
/** -1 in lanes where a is above b, else 0. */
export const above = (a: Code, b: Code): Code => [...a, ...b, ...vector(0x3b)];
/** Bits of a where the mask has them, else of b. */
export const choose = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...vector(0x52)];
export const add = (a: Code, b: Code): Code => [...a, ...b, ...vector(0xae)];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, ...vector(0xb1)];

/** The body at least once, and again while the condition holds. */
export const repeat = (body: Code, condition: Code): Code => [0x03, noResult, ...body, ...condition, 0x0d, 0, 0x0b];

/** The module: its functions return nothing and work in a memory that is passed in as `memory` of `here`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const text = (of: string): number[] => [of.length, ...new TextEncoder().encode(of)];
  const list = (items: readonly Code[]): number[] => [...leb(items.length), ...items.flat()];
  const section = (id: number, items: readonly Code[]): number[] => {
    const content = list(items);
    return [id, ...leb(content.length), ...content];
  };
  const code = ({ ints, vectors, body }: WasmFunction): number[] => {
    const content = [...list([[...leb(ints), typeInt], [...leb(vectors), typeVector]]), ...body, 0x0b];
    return [...leb(content.length), ...content];
  };
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, functions.map(({ parameters }) => [0x60, ...list(Array.from({ length: parameters }, () => [typeInt])), 0])),
    ...section(2, [[...text("here"), ...text("memory"), 2, 0, 1]]),
    ...section(3, functions.map((_, at) => leb(at))),
    ...section(7, functions.map(({ name }, at) => [...text(name), 0, ...leb(at)])),
    ...section(10, functions.map(code)),
  );
}

/** What there is of WebAssembly in every Node; its types come with those of browsers only. */
interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, given: object) => { readonly exports: Readonly<Record<string, (...given: number[]) => void>> };
}
declare const WebAssembly: Wasm;

/** A module ready to be given memory. Cost: well under a millisecond. */
export const compiled = (functions: readonly WasmFunction[]): object => new WebAssembly.Module(wasmModule(functions));

const pageBytes = 65_536;

/** The module's functions by name, in a memory of their own that holds so many int32. */
export function instance(module: object, ints: number): { readonly memory: Int32Array; readonly run: Readonly<Record<string, (...given: number[]) => void>> } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * ints) / pageBytes) });
  return { memory: new Int32Array(memory.buffer), run: new WebAssembly.Instance(module, { here: { memory } }).exports };
}

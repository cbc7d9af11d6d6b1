import { emptyMoments } from "./moments.ts";
import { packed, unpacking, type Numbers } from "./packed.ts";
import { targetSampleSize, type TargetLesson, type TargetSum } from "./target-sum.ts";

const magic = 0x4d525453; // "MRTS"
const version = 1;
const headLength = 6; // uint32, so that doubles start at a multiple of eight

/**
 * A sum of targets as bytes and back, bit for bit: a header of uint32 (magic, version, features, sample
 * size, lessons, bytes of names), the names of the lessons as JSON padded to a multiple of eight bytes, then for each lesson
 * little-endian float64 (items, population, moments there or not, keys, mean, scatter, keys), then all kept items as float32.
 *
 * Throws RangeError for bytes that are not such a sum, saying what was found and what was expected.
 */
export function targetSumToBytes({ features, lessons }: TargetSum): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify([...lessons.keys()]));
  const names = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  names.set(text);
  const parts: (Numbers | Uint8Array)[] = [Uint32Array.of(magic, version, features, targetSampleSize, lessons.size, names.length), names];
  for (const { items, moments, sample } of lessons.values()) {
    parts.push(Float64Array.of(items, sample.population, moments.count, sample.keys.length));
    if (moments.count > 0) parts.push(moments.mean, moments.scatter);
    parts.push(sample.keys);
  }
  return packed([...parts, ...[...lessons.values()].flatMap(({ sample }) => sample.items)]);
}

export function targetSumFromBytes(bytes: Uint8Array): TargetSum {
  const buffer = bytes.slice().buffer;
  const header = new Uint32Array(buffer, 0, Math.min(headLength, Math.floor(buffer.byteLength / 4)));
  const [, , features, size, count, nameBytes] = header;
  if (header[0] !== magic) throw new RangeError("Cannot read a sum of targets: these bytes are something else");
  if (header[1] !== version) throw new RangeError(`Cannot read a sum of targets: version ${header[1]}, expected ${version}`);
  if (size !== targetSampleSize) throw new RangeError(`Cannot read a sum of targets: samples of ${size} items, expected ${targetSampleSize}`);
  const names = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, headLength * 4, nameBytes))) as string[];
  if (names.length !== count) throw new RangeError(`Cannot read a sum of targets: ${names.length} names for ${count} lessons`);

  const read = unpacking(buffer, headLength * 4 + nameBytes);
  const columns = features + 1;
  const open = names.map((name) => {
    const [items, population, weight, kept] = read.doubles(4);
    const moments = weight > 0 ? { count: weight, mean: read.doubles(columns), scatter: read.doubles((columns * (columns + 1)) / 2) } : emptyMoments(columns);
    return { name, items, population, moments, keys: read.doubles(kept) };
  });
  const lessons = new Map<string, TargetLesson>();
  for (const { name, items, population, moments, keys } of open) {
    lessons.set(name, { items, moments, sample: { size, population, keys, items: Array.from(keys, () => read.floats(columns)) } });
  }
  read.end();
  return { features, lessons };
}

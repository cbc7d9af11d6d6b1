import { emptyMoments } from "./moments.ts";
import { packed, unpacking, type Numbers } from "./packed.ts";
import { sampleSize, truths, type Lesson, type Sum, type Truth } from "./sum.ts";

const magic = 0x4d53524d; // "MRSM"
const version = 1;
const headLength = 4 + 2 * truths.length; // even, so that doubles start at a multiple of eight

/**
 * A sum as bytes and back, bit for bit: a header of uint32 (magic, version, features, sample size; for
 * each truth whether it has moments and how many items were kept), then for each truth little-endian
 * float64 (weight, items, population, mean, scatter, within, keys), then all kept items as float32.
 *
 * Throws RangeError for bytes that are not a sum, saying what was found and what was expected.
 */
export function sumToBytes({ features, lessons }: Sum): Uint8Array {
  const header = new Uint32Array(headLength);
  header.set([magic, version, features, sampleSize]);
  const parts: Numbers[] = [header];
  for (const [i, truth] of truths.entries()) {
    const { items, moments, within, sample } = lessons[truth];
    header[4 + 2 * i] = moments.count > 0 ? 1 : 0;
    header[5 + 2 * i] = sample.items.length;
    parts.push(Float64Array.of(moments.count, items, sample.population));
    if (moments.count > 0) parts.push(moments.mean, moments.scatter, within);
    parts.push(sample.keys);
  }
  return packed([...parts, ...truths.flatMap((truth) => lessons[truth].sample.items)]);
}

export function sumFromBytes(bytes: Uint8Array): Sum {
  const buffer = bytes.slice().buffer;
  const read = unpacking(buffer, headLength * 4);
  const header = new Uint32Array(buffer, 0, Math.min(headLength, Math.floor(buffer.byteLength / 4)));
  if (header[0] !== magic) throw new RangeError("Cannot read a sum: these bytes are something else");
  if (header[1] !== version) throw new RangeError(`Cannot read a sum: version ${header[1]}, expected ${version}`);
  if (header[3] !== sampleSize) throw new RangeError(`Cannot read a sum: samples of ${header[3]} items, expected ${sampleSize}`);
  const features = header[2];

  const open = truths.map((_, i) => {
    const [weight, items, population] = read.doubles(3);
    const taught = header[4 + 2 * i] === 1;
    const moments = taught
      ? { count: weight, mean: read.doubles(features), scatter: read.doubles((features * (features + 1)) / 2) }
      : emptyMoments(features);
    const within = taught ? read.doubles(features) : new Float64Array(features);
    return { items, moments, within, population, keys: read.doubles(header[5 + 2 * i]) };
  });
  const lessons: Partial<Record<Truth, Lesson>> = {};
  for (const [i, truth] of truths.entries()) {
    const { items, moments, within, population, keys } = open[i];
    const kept = Array.from({ length: keys.length }, () => read.floats(features));
    lessons[truth] = { items, moments, within, sample: { size: sampleSize, population, keys, items: kept } };
  }
  read.end();
  return { features, lessons: lessons as Record<Truth, Lesson> };
}

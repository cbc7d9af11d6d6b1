import { emptyMoments } from "./moments.ts";
import { sampleSize, truths, type Lesson, type Sum, type Truth } from "./sum.ts";

const magic = 0x4d53524d; // "MRSM"
const version = 1;

/**
 * A sum as bytes and back, bit for bit: a header (magic, version, features; for each truth the count
 * of items and of kept ones), then little-endian float64 means, scatters and keys, then float32 items.
 *
 * Throws RangeError for bytes that are not a sum, saying what was found and what was expected.
 */
export function sumToBytes({ features, lessons }: Sum): Uint8Array {
  const header = new Uint32Array(4 + truths.length);
  header.set([magic, version, features, sampleSize]);
  const doubles: Float64Array[] = [Float64Array.from(truths, (name) => lessons[name].moments.count)];
  const floats: Float32Array[] = [];
  for (const [i, name] of truths.entries()) {
    const { moments, sample } = lessons[name];
    header[4 + i] = sample.items.length;
    if (moments.count > 0) doubles.push(moments.mean, moments.scatter);
    doubles.push(sample.keys);
    floats.push(...sample.items);
  }
  return join([header, pad(header), ...doubles, ...floats]);
}

export function sumFromBytes(bytes: Uint8Array): Sum {
  const buffer = bytes.slice().buffer;
  const head = new Uint32Array(buffer, 0, Math.min(4 + truths.length, Math.floor(buffer.byteLength / 4)));
  if (head[0] !== magic) throw new RangeError("Cannot read a sum: these bytes are something else");
  if (head[1] !== version) throw new RangeError(`Cannot read a sum: version ${head[1]}, expected ${version}`);
  const features = head[2];
  if (head[3] !== sampleSize) throw new RangeError(`Cannot read a sum: samples of ${head[3]} items, expected ${sampleSize}`);

  let at = head.byteLength + pad(head).byteLength;
  const take = (count: number, bytesEach: 4 | 8): Float64Array & Float32Array => {
    if (at + count * bytesEach > buffer.byteLength) throw new RangeError("Cannot read a sum: the bytes end too soon");
    const view = bytesEach === 8 ? new Float64Array(buffer, at, count) : new Float32Array(buffer, at, count);
    at += count * bytesEach;
    return view as Float64Array & Float32Array;
  };
  const counts = take(truths.length, 8);
  const parts = truths.map((_, i) => {
    const moments =
      counts[i] > 0
        ? { count: counts[i], mean: take(features, 8), scatter: take((features * (features + 1)) / 2, 8) }
        : emptyMoments(features);
    return { moments, keys: take(head[4 + i], 8) };
  });
  const lessons: Partial<Record<Truth, Lesson>> = {};
  for (const [i, name] of truths.entries()) {
    const items = Array.from({ length: head[4 + i] }, () => take(features, 4) as Float32Array);
    lessons[name] = { moments: parts[i].moments, sample: { size: sampleSize, keys: parts[i].keys, items } };
  }
  if (at !== buffer.byteLength) throw new RangeError(`Cannot read a sum: ${buffer.byteLength - at} bytes too many`);
  return { features, lessons: lessons as Record<Truth, Lesson> };
}

/** Doubles start at a multiple of eight. */
const pad = (header: Uint32Array): Uint32Array => new Uint32Array(header.length % 2);

function join(parts: readonly (Uint32Array | Float64Array | Float32Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

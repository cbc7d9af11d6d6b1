/** Little-endian numbers one after the other, as sums are stored. */
export type Numbers = Uint32Array | Float64Array | Float32Array;

/** Reads such numbers from byte `at` on. Throws RangeError when the bytes end too soon, or when some are left at the end. */
export function unpacking(buffer: ArrayBuffer, at: number) {
  const room = (size: number) => {
    if (at + size > buffer.byteLength) throw new RangeError("Cannot read a sum: the bytes end too soon");
    at += size;
    return at - size;
  };
  return {
    doubles: (count: number) => new Float64Array(buffer, room(count * 8), count),
    floats: (count: number) => new Float32Array(buffer, room(count * 4), count),
    end() {
      if (at !== buffer.byteLength) throw new RangeError(`Cannot read a sum: ${buffer.byteLength - at} bytes too many`);
    },
  };
}

export function packed(parts: readonly (Numbers | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

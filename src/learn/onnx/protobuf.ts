/**
 * Protocol Buffers, the wire format: as much of it as an ONNX file needs.
 *
 * A message is the concatenation of its fields; a field of a message type is its own message behind
 * a tag and a length. Source: "Encoding", protobuf.dev/programming-guides/encoding.
 */
export type Bytes = Uint8Array;

const utf8 = new TextEncoder();
const wire = { varint: 0, fixed64: 1, length: 2, fixed32: 5 };

export function concat(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole number from 0 to 2^53 - 1, or a negative one as 64-bit two's complement. */
export function varint(value: number): Bytes {
  const out: number[] = [];
  if (value >= 0 && value < 2 ** 31) {
    for (let rest = value; ; rest >>>= 7) {
      if (rest < 128) return Uint8Array.from([...out, rest]);
      out.push((rest & 127) | 128);
    }
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

const tag = (field: number, type: number): Bytes => varint(field * 8 + type);

export const intField = (field: number, value: number): Bytes => concat([tag(field, wire.varint), varint(value)]);
export const bytesField = (field: number, value: Bytes): Bytes => concat([tag(field, wire.length), varint(value.length), value]);
export const textField = (field: number, value: string): Bytes => bytesField(field, utf8.encode(value));

export function floatField(field: number, value: number): Bytes {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setFloat32(0, value, true);
  return concat([tag(field, wire.fixed32), four]);
}

export const messageField = (field: number, parts: readonly Bytes[]): Bytes => bytesField(field, concat(parts));
/** A list of whole numbers behind one tag: from 0 to 2^53 - 1 each, or negative ones as 64-bit two's complement. */
export function packedInts(field: number, values: ArrayLike<number>): Bytes {
  const packed = new Uint8Array(10 * values.length);
  let at = 0;
  for (let item = 0; item < values.length; item++) {
    const value = values[item];
    if (value >= 0 && value < 128) {
      packed[at++] = value;
    } else {
      const bytes = varint(value);
      packed.set(bytes, at);
      at += bytes.length;
    }
  }
  return bytesField(field, packed.subarray(0, at));
}

/** One field of a message as read: its number and either a number or the bytes of a text, message or array. */
export type Field = { readonly number: number } & ({ readonly value: number; readonly bytes?: never } | { readonly bytes: Bytes; readonly value?: never });

/**
 * Reads the fields of one message, in order.
 * Throws RangeError when the bytes end inside a field or use a wire type that ONNX does not.
 */
export function* fieldsOf(message: Bytes): Generator<Field> {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= message.length) throw new RangeError("Cannot read a message: it ends inside a number");
      const byte = message[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("Cannot read a message: a number of more than ten bytes");
  };
  const take = (length: number) => {
    if (at + length > message.length) throw new RangeError(`Cannot read a message: a field of ${length} bytes, ${message.length - at} left`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = number();
    // Readers that keep 32 bits of a tag would see another field than this one does.
    if (key < 8 || key >= 2 ** 32) throw new RangeError(`Cannot read a message: a tag of ${key}`);
    const field = Math.floor(key / 8);
    const type = key % 8;
    if (type === wire.varint) yield { number: field, value: number() };
    else if (type === wire.length) yield { number: field, bytes: take(number()) };
    else if (type === wire.fixed32) yield { number: field, value: viewOf(take(4)).getFloat32(0, true) };
    else if (type === wire.fixed64) yield { number: field, value: viewOf(take(8)).getFloat64(0, true) };
    else throw new RangeError(`Cannot read a message: wire type ${type} in field ${field}`);
  }
}

const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

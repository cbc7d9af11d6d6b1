import { isAscii, isUtf8 } from "node:buffer";

export type Encoding = "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";

/** What was found while text was turned into UTF-8. `replaced` counts chunks in which bytes were lost. */
export interface EncodingReport {
  encoding: Encoding;
  replaced: number;
}

/** The encoding that a byte order mark states; UTF-8 without one. */
export function encodingFromMark(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/**
 * Turns text of a file into UTF-8, chunk by chunk.
 *
 * Without a mark, text is taken as UTF-8 until a byte proves otherwise; if everything before was
 * ASCII, the rest is Windows-1252 (which holds Latin-1). A stray byte in proven UTF-8 is replaced by
 * U+FFFD and reported. `report` is filled in as it goes.
 */
export async function* asUtf8(source: AsyncIterable<Buffer> | Iterable<Buffer>, report: EncodingReport): AsyncGenerator<Buffer> {
  if (report.encoding !== "utf-8") return yield* decoded(source, report.encoding);
  let tail: Buffer = Buffer.alloc(0);
  let wide = false; // a character beyond ASCII was read as UTF-8
  for await (const chunk of source) {
    const joined = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const cut = joined.length - unfinished(joined);
    tail = joined.subarray(cut);
    const { bytes, ascii } = utf8(joined.subarray(0, cut), report, wide);
    wide ||= !ascii && report.encoding === "utf-8";
    yield bytes;
  }
  if (tail.length > 0) yield utf8(tail, report, wide).bytes;
}

function utf8(bytes: Buffer, report: EncodingReport, wide: boolean): { bytes: Buffer; ascii: boolean } {
  if (isAscii(bytes)) return { bytes, ascii: true };
  if (report.encoding === "utf-8" && isUtf8(bytes)) return { bytes, ascii: false };
  if (!wide) report.encoding = "windows-1252";
  else report.replaced++;
  return { bytes: Buffer.from(new TextDecoder(report.encoding).decode(bytes)), ascii: false };
}

async function* decoded(source: AsyncIterable<Buffer> | Iterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** Bytes at the end that begin a UTF-8 character without ending it: 0 to 3. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Type of the packet that opens a connection. */
const connect = 1;

/**
 * Watches the frames that come in on one connection, before anything of them is kept: the first packet
 * must be CONNECT, and none may announce more bytes than it may have. So what a stranger can make the
 * broker keep is at most one small packet, whatever length it announces and however slowly it dribbles.
 */
export class Gate {
  /** Bytes a packet may have after its header. */
  limit: number;
  #isFirst = true;
  /** Bytes of the packet at hand that are still to come; -1 before its type, -2 within its length. */
  #left = -1;
  #length = 0;
  #shift = 0;
  #partial = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of a packet that has begun and is not whole: what a parser has to keep. */
  get partial(): number {
    return this.#partial;
  }

  /** Why the connection must end, as seen in the next bytes; `null` when they may go on. */
  problem(chunk: Uint8Array): string | null {
    for (let index = 0; index < chunk.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - index);
        index += taken;
        this.#left -= taken;
        this.#partial += taken;
        if (this.#left === 0) this.#end();
        continue;
      }
      const byte = chunk[index++];
      this.#partial++;
      if (this.#left === -1) {
        if (this.#isFirst && byte >> 4 !== connect) return "the first packet is not CONNECT";
        this.#isFirst = false;
        this.#left = -2;
        this.#length = 0;
        this.#shift = 0;
        continue;
      }
      this.#length += (byte & 0x7f) * 2 ** this.#shift;
      this.#shift += 7;
      if (byte > 0x7f && this.#shift > 21) return "the length of a packet is malformed";
      if (this.#length > this.limit) return `a packet of ${this.#length} bytes or more was announced, ${this.limit} are allowed`;
      if (byte > 0x7f) continue;
      this.#left = this.#length;
      if (this.#left === 0) this.#end();
    }
    return null;
  }

  #end(): void {
    this.#left = -1;
    this.#partial = 0;
  }
}

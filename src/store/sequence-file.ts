import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * The number of the last sample that was acknowledged, beside the database that has it.
 *
 * The database drops what it cannot read of its log without a word; this tells that it did. It is
 * never fsynced: after a power cut it may lag behind, which only makes it say less.
 */
export class SequenceFile {
  readonly #file: number;

  constructor(directory: string) {
    this.#file = openSync(join(directory, "sequence"), constants.O_RDWR | constants.O_CREAT);
  }

  write(sequence: number): void {
    try {
      const digits = String(sequence).padStart(16, "0");
      writeSync(this.#file, `${digits} ${digits}\n`, 0); // twice, to know one that was torn
    } catch {
      // A hint that could not be kept (a full disk) must not fail samples that are stored.
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The number of the last sample acknowledged, as far as known; 0 when it is not. */
export function readSequence(directory: string): number {
  try {
    const [first, second = first] = readFileSync(join(directory, "sequence"), "utf8").trimEnd().split(" ");
    const sequence = first === second ? Number(first) : 0;
    return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0;
  } catch {
    return 0;
  }
}

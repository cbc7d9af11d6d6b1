import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import { Digest } from "../schema/id.ts";
import { syncDirectory, writeWhole } from "./files.ts";
import { storageError } from "./storage-error.ts";

/**
 * The model files of a site, each under the digest of its bytes: `models/<digest>.onnx`.
 *
 * A file is whole or not there; reading verifies it, so that what was proven is what runs.
 */
export class ModelFiles {
  readonly #folder: string;

  constructor(directory: string) {
    this.#folder = join(directory, "models");
  }

  /** Stores a model; on return it survives a power cut. A file already there is verified, and mended. */
  put(bytes: Uint8Array): Digest {
    const name = digest(bytes);
    if (this.has(name) && this.#isWhole(name)) return name;
    try {
      writeWhole(this.#path(name), bytes);
    } catch (error) {
      rmSync(`${this.#path(name)}.tmp`, { force: true });
      throw storageError(`store model ${name}`, error);
    }
    return name;
  }

  /** The bytes of a model. Throws `store.model-missing`, or `store.model-damaged` when they are not its bytes. */
  read(name: Digest): Uint8Array {
    if (!this.has(name)) {
      throw new MillraceError("store.model-missing", `Cannot read model ${name}: there is no file models/${name}.onnx`, {
        hint: "Roll back to the champion before it, or put the file back from a copy.",
      });
    }
    const bytes = new Uint8Array(readFileSync(this.#path(name)));
    if (digest(bytes) === name) return bytes;
    throw new MillraceError("store.model-damaged", `Cannot read model ${name}: models/${name}.onnx has other bytes than its name says`, {
      hint: "Roll back to the champion before it, or put the file back from a copy.",
    });
  }

  has(name: Digest): boolean {
    return existsSync(this.#path(name));
  }

  list(): Digest[] {
    return readdirSync(this.#folder)
      .filter((file) => file.endsWith(".onnx"))
      .map((file) => file.slice(0, -".onnx".length))
      .filter((name) => Digest.safeParse(name).success)
      .toSorted();
  }

  remove(name: Digest): void {
    rmSync(this.#path(name), { force: true });
    syncDirectory(this.#folder);
  }

  #isWhole(name: Digest): boolean {
    return digest(readFileSync(this.#path(name))) === name;
  }

  #path(name: Digest): string {
    if (!Digest.safeParse(name).success) throw new RangeError(`Cannot name a model file ${JSON.stringify(name).slice(0, 80)}: 64 hex digits`);
    return join(this.#folder, `${name}.onnx`);
  }
}

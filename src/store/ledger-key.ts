import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { syncDirectory, writeWhole } from "./files.ts";

/** The file of the private key, PKCS #8 in PEM; its owner's alone. */
export const keyFile = "ledger-key.pem";
/** Written before a rotation is recorded, and renamed after it. */
const nextFile = "ledger-key-next.pem";

/** A key that signs lines of the ledger (Ed25519, RFC 8032). */
export interface LedgerKey {
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  readonly sign: (text: string) => string;
}

/** The key of a site; made when there is none. A rotation that a crash cut off is finished when `current`, the key that the ledger names last, is the new one. */
export function openLedgerKey(directory: string, current: string | null): LedgerKey {
  const [path, next] = [join(directory, keyFile), join(directory, nextFile)];
  if (existsSync(next)) {
    if (read(next).publicKey === current) renameSync(next, path);
    else rmSync(next);
    syncDirectory(directory);
  }
  if (!existsSync(path)) writeWhole(path, freshKey(), 0o600);
  return read(path);
}

/** A new key beside the one in use: `commit` puts it in its place, once the ledger names it. */
export function nextLedgerKey(directory: string): { readonly key: LedgerKey; readonly commit: () => void } {
  const next = join(directory, nextFile);
  writeWhole(next, freshKey(), 0o600);
  const commit = (): void => {
    renameSync(next, join(directory, keyFile));
    syncDirectory(directory);
  };
  return { key: read(next), commit };
}

/** The public key of a site as others keep it, SPKI in PEM; `null` before it has one. */
export function publicKeyPem(directory: string): string | null {
  const path = join(directory, keyFile);
  return existsSync(path) ? createPublicKey(readFileSync(path)).export({ format: "pem", type: "spki" }).toString() : null;
}

/** A public key in PEM as lines of the ledger name it; `null` for what is none. */
export function publicKeyOf(pem: string): string | null {
  try {
    return asText(createPublicKey(pem));
  } catch {
    return null;
  }
}

/** Whether a signature of a text is by a public key; false for what is no key or no signature. Each signature has one text. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
    const bytes = Buffer.from(signature, "base64");
    return bytes.toString("base64") === signature && verify(null, Buffer.from(text), key, bytes); // one way to write it
  } catch {
    return false;
  }
}

const asText = (key: KeyObject): string => key.export({ format: "der", type: "spki" }).toString("base64");

const freshKey = (): Uint8Array => Buffer.from(generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }));

function read(path: string): LedgerKey {
  try {
    const key = createPrivateKey(readFileSync(path));
    return { publicKey: asText(createPublicKey(key)), sign: (text) => sign(null, Buffer.from(text), key).toString("base64") };
  } catch (cause) {
    throw new MillraceError("store.ledger-key", `Cannot use the key of the ledger: ${path} holds no Ed25519 key that this user may read`, {
      hint: "Put the file back from a backup; without it the ledger can be read and verified, and nothing can be added to it.",
      cause,
    });
  }
}

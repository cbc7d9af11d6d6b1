import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { MillraceError } from "../../errors.ts";

/**
 * Reads a certificate and its key, in PEM, from their files, and tries them before anything is opened for them.
 * Throws `capture.bad-certificate` when one cannot be read, is none, or the two are no pair.
 */
export function certificateOf({ cert, key }: { readonly cert: string; readonly key: string }): { readonly cert: Buffer; readonly key: Buffer } {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new MillraceError("capture.bad-certificate", `Cannot listen for MQTT with TLS: ${seen}`, {
      hint: "Give the files of a certificate and of its key, both in PEM, readable by this user, under mqtt.tls.",
      cause: error,
    });
  }
}

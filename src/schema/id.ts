import { z } from "zod";

/** A ULID: 26 characters of Crockford base 32; sorts by the time in its first ten. */
export const Id = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "26 characters of a ULID");
export type Id = z.infer<typeof Id>;

/** A SHA-256 digest in lower-case hex. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits of a SHA-256");
export type Digest = z.infer<typeof Digest>;

/** Counts from 1; a record is never changed, it gets a higher revision. */
export const Revision = z.int().min(1);

import { createRequire } from "node:module";

/** The version of this software, which its records say that they were written by. */
export const { version: softwareVersion } = createRequire(import.meta.url)("../package.json") as { version: string };

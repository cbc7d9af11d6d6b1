import { existsSync } from "node:fs";
import { join } from "node:path";

const built = join(import.meta.dirname, "../dist/cli/main.js");

/** The program as people run it: built, or its sources where nothing is. `./millrace bench` builds first. */
export const program = existsSync(built) ? built : join(import.meta.dirname, "../src/cli/main.ts");

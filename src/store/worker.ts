import { statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { memoryHeld, parentLine, serve } from "../thread.ts";
import { fileDigest, syncFile } from "./files.ts";
import { isDamage } from "./records/sql.ts";
import type { Records } from "./records.ts";

/** Which half of the store a worker keeps, and where; `seals` keeps none. */
export type StoreWorkerData =
  | { readonly part: "telemetry"; readonly directory: string; readonly memoryLimitMiB: number }
  | { readonly part: "records"; readonly directory: string }
  | { readonly part: "seals" };

/** What every worker of the store answers beside its part. */
export interface Held {
  held: typeof memoryHeld;
}

/** Work on whole files. */
export interface Seals {
  /** Makes files survive a power cut, and tells size and digest of each, in the order given. */
  seal(directory: string, files: readonly string[]): { path: string; bytes: number; digest: string }[];
}

const seals: Seals = {
  seal: (directory, files) =>
    files.map((path) => {
      syncFile(join(directory, path));
      return { path, bytes: statSync(join(directory, path)).size, digest: fileDigest(join(directory, path)) };
    }),
};

if (parentPort !== null) {
  const data: StoreWorkerData = workerData;
  serve(await partOf(data), parentLine(parentPort));
}

/** Each part loads its own driver only: they take longer to load than most sites take to open. */
async function partOf(data: StoreWorkerData): Promise<object> {
  if (data.part === "seals") return seals;
  if (data.part === "records") {
    const { Records } = await import("./records.ts");
    return healing(new Records(data.directory));
  }
  const { Telemetry } = await import("./telemetry.ts");
  return Object.assign(new Telemetry(data.directory, data), { held: memoryHeld });
}

/** Records of which a call that meets damage is made once more, after they were repaired. */
function healing(records: Records): object {
  return new Proxy(records, {
    get: (_, name) => {
      if (name === "held") return memoryHeld;
      const method: unknown = Reflect.get(records, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        try {
          return Reflect.apply(method, records, args);
        } catch (error) {
          if (!isDamage(error) || name === "open") throw error;
          records.heal(error);
          return Reflect.apply(method, records, args);
        }
      };
    },
  });
}

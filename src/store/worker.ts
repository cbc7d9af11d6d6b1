import { statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { parentLine, serve } from "../thread.ts";
import { fileDigest, syncFile } from "./files.ts";
import { isDamage } from "./records/sql.ts";
import { Records } from "./records.ts";
import { Telemetry } from "./telemetry.ts";

/** Which half of the store a worker keeps, and where; `seals` keeps none. */
export type StoreWorkerData =
  | { readonly part: "telemetry"; readonly directory: string; readonly memoryLimitMiB: number }
  | { readonly part: "records"; readonly directory: string }
  | { readonly part: "seals" };

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
  serve(partOf(data), parentLine(parentPort));
}

function partOf(data: StoreWorkerData): object {
  if (data.part === "telemetry") return new Telemetry(data.directory, data);
  return data.part === "records" ? healing(new Records(data.directory)) : seals;
}

/** Records of which a call that meets damage is made once more, after they were repaired. */
function healing(records: Records): object {
  return new Proxy(records, {
    get: (_, name) => {
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

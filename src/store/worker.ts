import { parentPort, workerData } from "node:worker_threads";
import { parentLine, serve } from "../thread.ts";
import { Records } from "./records.ts";
import { Telemetry } from "./telemetry.ts";

/** Which half of the store a worker keeps, and where. */
export type StoreWorkerData =
  | { readonly part: "telemetry"; readonly directory: string; readonly memoryLimitMiB: number }
  | { readonly part: "records"; readonly directory: string };

if (parentPort !== null) {
  const data: StoreWorkerData = workerData;
  serve(data.part === "telemetry" ? new Telemetry(data.directory, data) : new Records(data.directory), parentLine(parentPort));
}

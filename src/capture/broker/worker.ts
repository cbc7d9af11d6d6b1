import { parentPort, workerData } from "node:worker_threads";
import { parentLine, serve } from "../../thread.ts";
import { Keeper } from "./keeper.ts";

if (parentPort !== null) serve(new Keeper((workerData as { directory: string }).directory), parentLine(parentPort));

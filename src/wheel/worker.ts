import { constants, setPriority } from "node:os";
import { processLine, serve } from "../thread.ts";
import { Learning } from "./learning.ts";

// Learning runs beside the line, never before it: the lowest priority the system offers.
setPriority(constants.priority.PRIORITY_LOW);
serve(new Learning(), processLine(process), () => process.exit(0));

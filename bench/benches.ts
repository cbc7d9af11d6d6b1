import { accuracy } from "./accuracy.ts";
import { badInput } from "./bad-input.ts";
import { crash } from "./crash.ts";
import type { Bench } from "./result.ts";
import { forget } from "./forget.ts";
import { gate } from "./gate.ts";
import { ingest } from "./ingest.ts";
import { kinds } from "./kinds.ts";
import { live } from "./live.ts";
import { photocopy } from "./photocopy.ts";
import { skab } from "./skab.ts";
import { soak } from "./soak.ts";
import { speed } from "./speed.ts";
import { start } from "./start.ts";
import { sums } from "./sums.ts";
import { trial } from "./try.ts";
import { turn } from "./turn.ts";

/** Every bench, in the order in which they are listed. */
export const benches: readonly Bench[] = [skab, turn, trial, crash, sums, badInput, ingest, live, start, soak, accuracy, speed, gate, photocopy, forget, kinds];

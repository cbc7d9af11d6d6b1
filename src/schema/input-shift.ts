import { z } from "zod";
import { Id } from "./id.ts";

/** A signal whose recent blocks are unlike those before: in level or in spread, by how many spreads of these, since which block. */
export const InputShift = z.object({ signal: Id, what: z.enum(["level", "spread"]), by: z.number(), since: Id });
export type InputShift = z.infer<typeof InputShift>;

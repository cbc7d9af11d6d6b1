import { z } from "zod";
import { Cost } from "./cost.ts";
import { TargetName } from "./target.ts";
import { Policy } from "./wheel.ts";

const seconds = z.number().positive().max(366 * 86_400);
const name = z.string().trim().min(1).max(200);

const { answers, every, drift, promotion, minEvents, level, margin, generated, examShare, examAfter, examLooks } = Policy.shape;
/** What is chosen of a policy, and no default for the rest: those of a new wheel are its maker's to give. */
const PolicyChoice = z
  .object({
    answers: answers.unwrap(),
    every: every.unwrap(),
    drift: drift.unwrap(),
    promotion: promotion.unwrap(),
    minEvents: minEvents.unwrap(),
    level: level.unwrap(),
    margin: margin.unwrap(),
    generated: generated.unwrap(),
    examShare: examShare.unwrap(),
    examAfter: examAfter.unwrap(),
    examLooks: examLooks.unwrap(),
  })
  .partial()
  .strict();

/**
 * A wheel as somebody asks for one: what it is to tell of which asset. Times are seconds, for people.
 *
 * Everything has a default that the asset suggests: the grid and the blocks of the wheel that is there,
 * all measured signals and set points.
 */
export const WheelRequest = z
  .object({
    kind: z.enum(["classify", "estimate", "remaining-life"]),
    /** Name, path or id. */
    asset: name,
    /** What labels call it. */
    target: TargetName,
    /** @default the asset and the target */
    name: name.optional(),
    /** UCUM code of values; s, min, h or d of a remaining life, which else is counted in rows of the grid. */
    unit: z.string().trim().min(1).max(60).optional(),
    /** Names of signals; all that are measured or set points unless given. */
    inputs: z.array(z.string().min(1).max(500)).min(1).max(500).optional(),
    /** Rows that recipes look back; 8 of an estimate, 20 of a class, 40 of a remaining life. */
    rows: z.int().min(1).max(1000).optional(),
    /** Time between rows of the grid, and how long a value is held. */
    period: seconds.optional(),
    hold: seconds.optional(),
    /** Length of a block, or the signal whose changes cut them. Not where the asset has a wheel, whose blocks it shares. */
    block: seconds.optional(),
    blockBy: z.string().min(1).max(500).optional(),
    /** How long before its own time a label of one moment speaks of too. */
    describes: z.number().min(0).max(366 * 86_400).optional(),
    /** A remaining life beyond this is as good as this. */
    cap: z.number().positive().optional(),
    /** An error as bad as any, in the unit of the target. */
    worstError: z.number().positive().optional(),
    /** It answers only where this signal is above, for so many seconds. */
    when: z.object({ signal: z.string().min(1).max(500), above: z.number(), for: z.number().min(0).max(86_400).default(0) }).strict().optional(),
    policy: PolicyChoice.optional(),
    cost: Cost.partial().strict().optional(),
  })
  .strict()
  .refine(({ kind, cap }) => cap === undefined || kind === "remaining-life", { path: ["cap"], message: "only a remaining life has a cap" })
  .refine(({ kind, unit }) => kind !== "remaining-life" || unit === undefined || ["s", "min", "h", "d"].includes(unit), { path: ["unit"], message: "a remaining life is counted in s, min, h or d or, without a unit, in rows" })
  .refine(({ kind, unit }) => kind !== "classify" || unit === undefined, { path: ["unit"], message: "a class has no unit" });
export type WheelRequest = z.infer<typeof WheelRequest>;
export type WheelRequestInput = z.input<typeof WheelRequest>;

import { z } from "zod";
import { BlockRule } from "./block.ts";
import { Cost } from "./cost.ts";
import { Grid } from "./grid.ts";
import { Id, Revision } from "./id.ts";
import { Recipe } from "./recipe.ts";
import { Target } from "./target.ts";
import { Micros, Span } from "./time.ts";

export const Kind = z.enum(["condition", "classify", "estimate", "remaining-life", "inspect"]);
export type Kind = z.infer<typeof Kind>;

/** When a turn starts by itself, and what a challenger must show. */
export const Policy = z.object({
  /** Turn after this many new answers. */
  answers: z.int().min(1).default(1),
  /** Turn after this long without one; `null` for never. */
  every: Span.nullable().default(null),
  /** Turn when the mean loss of recent blocks has risen by this many standard errors. */
  drift: z.number().positive().default(3),
  /** Who puts a proven model in force where one is already: a person who is asked, or the proof by itself. New wheels of a site that is up ask. */
  promotion: z.enum(["ask", "automatic"]).default("automatic"),
  /** Fewer real faults than this in the evidence is "not enough events". */
  minEvents: z.int().min(1).default(5),
  /** One-sided level of the bound on the mean loss difference. */
  level: z.number().min(0.5).max(0.999).default(0.95),
  /** A newer model of the recipe in force may be worse by this much mean loss at the bound. */
  margin: z.number().min(0).max(1).default(0.02),
  /**
   * Most that blocks and labels made by models or simulators may weigh in teaching, against the real ones of each class; they
   * never calibrate, sit in the exam or prove. Absent: they do not teach. The end of the range is where theory has shown a bound on
   * the harm.
   */
  generated: z.number().positive().max(0.6).optional(),
  /** Share of labelled blocks set aside for the exam. */
  examShare: z.number().min(0).max(0.5).default(0.1),
  /** Blocks that teach before the first is set aside. */
  examAfter: z.int().min(0).default(20),
  /** Looks after which the exam is retired and teaches. */
  examLooks: z.int().min(1).default(20),
});
export type Policy = z.infer<typeof Policy>;

/** Rows at or above the threshold that raise an alarm, and rows below it that clear it. */
export const AlarmDelays = z.object({ on: z.int().min(1).default(3), off: z.int().min(1).default(3) });
export type AlarmDelays = z.infer<typeof AlarmDelays>;

/** One question about one asset, and everything that is needed to answer it again tomorrow. */
export const Wheel = z.object({
  id: Id,
  site: Id,
  asset: Id,
  revision: Revision,
  name: z.string().min(1).max(200),
  kind: Kind,
  /** What it wants to know; left out or `null` for a condition. */
  target: Target.nullable().optional(),
  /** Signals that make the item, in this order. */
  signals: z.array(Id).min(1),
  grid: Grid,
  blockRule: BlockRule,
  /** Rows at the head of each block that are its own baseline; 0 when the asset has one. */
  warmUpRows: z.int().min(0),
  /** Judge only where this holds; `null` for always. */
  when: z.object({ signal: Id, above: z.number(), for: Span }).nullable(),
  alarm: AlarmDelays,
  cost: Cost,
  policy: Policy,
  recipes: z.array(Recipe).min(1),
  createdAt: Micros,
});
export type Wheel = z.infer<typeof Wheel>;

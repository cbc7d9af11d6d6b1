import { z } from "zod";

/**
 * What being wrong costs, in one currency or in points: the measure of every proof of a wheel.
 *
 * `missedFault`: one fault that no alarm overlapped. `falseAlarm`: one alarm that no fault overlapped, or
 * that stood in normal time before its fault. `falseAlarmHour`: each hour of normal time in alarm. `warningHour`: each hour by which an alarm came
 * after the start of its fault, never more than `missedFault` in all. Of a class: `wrongClass` is one row called
 * another class, 10 unless said; `noneOfThese` one that no class was given to, 5 unless said.
 */
export const Cost = z.object({
  missedFault: z.number().positive().default(10),
  falseAlarm: z.number().positive().default(1),
  falseAlarmHour: z.number().min(0).default(6),
  warningHour: z.number().min(0).default(30),
  wrongClass: z.number().positive().optional(),
  noneOfThese: z.number().min(0).optional(),
});
export type Cost = z.infer<typeof Cost>;

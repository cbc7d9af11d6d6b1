import type { WorkOrderOptions } from "../capture/work-orders.ts";
import { planOrders, type OrderPlan } from "../review/work-orders.ts";
import type { Origin } from "../schema/origin.ts";
import { labelCheck, proveLabelled, writeLabels } from "./labels.ts";
import { idFor } from "./names.ts";
import type { Ports } from "./ports.ts";

export interface TakeOrders extends WorkOrderOptions {
  /** Only says what would be written. */
  readonly look?: boolean;
  readonly origin?: Origin;
}

/**
 * Takes a table of work orders or recorded truth in as labels: `readWorkOrders` says how it is
 * written, `planOrders` what becomes of each line. Lines that are rejected keep none of the others
 * back; taking the table in again adds nothing.
 */
export async function takeOrders(content: string | Uint8Array, options: TakeOrders, ports: Ports): Promise<OrderPlan> {
  const { readWorkOrders } = await import("../capture/work-orders.ts"); // what reads tables takes long to load
  const { orders, rejected } = readWorkOrders(content, options);
  const { records } = ports.store;
  const assets = await records.assets();
  const start = orders.reduce((first, order) => Math.min(first, order.start), Infinity);
  const end = orders.reduce((last, order) => Math.max(last, order.end), -Infinity);
  const numbered = orders.some(({ id }) => id !== null); // its label may lie anywhere
  const within = orders.length === 0 || numbered ? {} : { start, end };
  const labels = (await Promise.all(assets.map(({ id }) => records.labels({ asset: id, about: "anything", ...within, includeWithdrawn: true })))).flat();
  const plan = planOrders(orders, { assets, labels, now: ports.now(), nameFor: idFor, whyNot: labelCheck(await records.wheels()), ...(options.origin !== undefined && { origin: options.origin }) });
  const written = options.look === true ? plan.labels : await writeLabels(plan.labels, ports);
  if (options.look !== true) {
    const changed = new Set(plan.labels.map(({ id }) => id));
    await proveLabelled(labels.filter(({ id }) => changed.has(id)), ports); // where a corrected order lay before
  }
  return { ...plan, labels: written, rejected: [...rejected, ...plan.rejected].sort((a, b) => a.row - b.row) };
}

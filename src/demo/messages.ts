import type { FaultKind } from "./faults.ts";
import type { SignalName } from "./sensors.ts";

/** What the plant's process is told, once. Over the line between processes: an address may hold a password. */
export interface PlantOptions {
  readonly mqttUrl: string;
  /** The site's own address, `http://127.0.0.1:8080`: needed to answer. */
  readonly apiUrl?: string;
  /** For a site that wants one. */
  readonly token?: string;
  /** Whether it answers questions as an operator would. @default false */
  readonly answer?: boolean;
  /** @default 1 */
  readonly seed?: number;
  /** Messages a second, 0.1 to 50. @default 5 */
  readonly rate?: number;
  /** Which fault comes first. */
  readonly firstKind?: FaultKind;
  /** Whether faults come by themselves. @default true */
  readonly faults?: boolean;
}

/** A fault to be started by hand. */
export interface FaultOrder {
  readonly kind: FaultKind;
  /** @default 25 */
  readonly seconds?: number;
  /** 0 to 1. @default drawn */
  readonly severity?: number;
}

/** To the plant's process. */
export type PlantOrder = { readonly type: "begin"; readonly options: PlantOptions } | { readonly type: "fault"; readonly fault: FaultOrder } | { readonly type: "stop" };

/** From the plant's process: what it does, for whoever wants to tell a person. Times in UTC microseconds. */
export type PlantNews =
  | { readonly type: "connected" }
  | { readonly type: "connection-lost"; readonly reason: string }
  | { readonly type: "fault"; readonly kind: FaultKind; readonly start: number; readonly end: number; readonly severity: number; readonly signal: SignalName | null }
  | { readonly type: "answered"; readonly question: string; readonly answer: "fault" | "normal"; readonly kind: FaultKind | null }
  | { readonly type: "dropped"; readonly messages: number }
  | { readonly type: "restarted"; readonly why: string }
  | { readonly type: "gave-up"; readonly why: string };

/** Throws RangeError for a rate that the plant cannot keep. */
export function requireRate(rate: number = 5): void {
  if (!(rate >= 0.1 && rate <= 50)) throw new RangeError(`Cannot publish ${rate} times a second: 0.1 to 50 is possible`);
}

import type { BrokerGuest, BrokerStats } from "../capture/broker/options.ts";
import type { Doors } from "../capture/doors.ts";
import type { SourceState } from "../capture/loop.ts";
import type { MqttOutlet } from "../deploy/outlets/mqtt.ts";
import type { TargetStatus, Undelivered, Webhook } from "../deploy/outlets/webhook.ts";

/** How samples come in and alarms go out, as of now. */
export interface DoorsState {
  /** The broker inside; `null` when it is switched off. */
  readonly broker: (BrokerStats & { readonly url: string; readonly clients: readonly BrokerGuest[] }) | null;
  /** Brokers elsewhere that this site reads from. */
  readonly sources: readonly SourceState[];
  readonly webhooks: readonly TargetStatus[];
  /** Messages that were given up, the newest last. */
  readonly undelivered: readonly Undelivered[];
  /** Topics whose newest alarm is not published on the broker inside, and why. */
  readonly topics: { readonly waiting: number; readonly reason: string | null };
}

/** Clients and messages that are named one by one. */
const named = { clients: 100, undelivered: 20 };

export function doorsState(doors: Doors | null, webhook: Webhook | null, outlet: MqttOutlet | null): DoorsState {
  const broker = doors?.broker ?? null;
  const { waiting, error } = outlet?.undelivered ?? { waiting: 0, error: null };
  return {
    broker: broker === null ? null : { url: doors?.mqttUrl ?? "", clients: broker.guests(named.clients), ...broker.stats() },
    sources: doors?.sources() ?? [],
    webhooks: webhook?.status ?? [],
    undelivered: webhook?.undelivered.slice(-named.undelivered) ?? [],
    topics: { waiting, reason: error?.message ?? null },
  };
}

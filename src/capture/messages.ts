import { connectorName } from "../schema/inflow.ts";
import type { Micros } from "../schema/time.ts";
import type { Inlet, Taken } from "./inlet.ts";
import { shown } from "./name.ts";
import { decodePayload, payloadLimits, type Decoded, type PayloadLimits } from "./payload.ts";
import type { TopicPaths } from "./topics.ts";

/** What a source of messages needs: somewhere to put them. */
export interface MessageDoor {
  /** Takes what a message of a user says in, "" for nobody in particular, when there is room; resolves once it is durable. Rejects when it could not be stored for now. */
  take(topic: string, payload: Uint8Array, user: string): Promise<unknown>;
  /** Counts messages that were given up before they were read. */
  drop(reason: string, messages: number): void;
}

/** Reads one message: which path it is about, and what it says. A topic that no pattern wants is counted. */
export function readMessage(paths: TopicPaths, topic: string, payload: Uint8Array, arrived: Micros, limits: PayloadLimits = payloadLimits): Decoded {
  const path = paths.pathOf(topic);
  if (path !== null) return decodePayload(path, payload, arrived, limits);
  return { readings: [], rejected: [{ reason: "not-allowed", seen: `no pattern for topic ${shown(topic)}` }], origin: "sensor" };
}

/** The door from MQTT messages to the inlet. */
export function messageDoor(inlet: Inlet, paths: TopicPaths, now: () => Micros): MessageDoor {
  return {
    take: (topic, payload, user): Promise<Taken> => inlet.takeInTurn({ ...readMessage(paths, topic, payload, now()), connector: connectorName("mqtt", user) }),
    drop: (reason, messages) => inlet.drop(reason, messages),
  };
}

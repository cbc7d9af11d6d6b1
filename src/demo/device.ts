import { connect, type MqttClient } from "mqtt";
import type { Readings } from "./simulator.ts";
import { sensors } from "./sensors.ts";
import type { PlantNews } from "./messages.ts";

/** Where the pump publishes: site, line and asset; its signals follow in the message. */
export const topic = "water/loop/pump";

/** Messages that may wait to be acknowledged, as in a device with little memory. */
const mostWaiting = 150;

/** One message of all readings at a time in UTC microseconds, each with its UCUM unit. */
export function messageOf(readings: Readings, time: number): string {
  return JSON.stringify({ time, origin: "simulator", ...Object.fromEntries(sensors.map(({ name, unit }) => [name, { value: readings[name], unit }])) });
}

/**
 * A device that publishes over MQTT with QoS 1 and comes back by itself when the broker was away.
 *
 * What waits to be acknowledged is bounded: beyond 150 messages new ones are dropped and counted.
 */
export class Device {
  readonly #client: MqttClient;
  readonly #tell: (news: PlantNews) => void;
  #waiting = 0;
  #dropped = 0;
  #isConnected = false;
  #isTold = false;

  constructor(mqttUrl: string, tell: (news: PlantNews) => void) {
    this.#tell = tell;
    this.#client = connect(mqttUrl, { clientId: `water-loop-${process.pid}`, reconnectPeriod: 1000, connectTimeout: 5000, keepalive: 30, protocolVersion: 4 });
    this.#client.on("connect", () => this.#connected());
    this.#client.on("close", () => this.#lost("the connection was closed"));
    this.#client.on("error", (error) => this.#lost(error.message));
  }

  publish(message: string): void {
    if (this.#waiting >= mostWaiting) return void this.#dropped++;
    this.#waiting++;
    this.#client.publish(topic, message, { qos: 1 }, () => void this.#waiting--);
  }

  /** Waits up to two seconds for what is under way, then lets go of the rest. */
  async close(): Promise<void> {
    this.#isTold = true; // it is no loss
    if (this.#isConnected) await Promise.race([this.#client.endAsync(), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    this.#client.end(true);
  }

  #connected(): void {
    this.#isConnected = true;
    this.#isTold = false;
    this.#tell({ type: "connected" });
    if (this.#dropped > 0) this.#tell({ type: "dropped", messages: this.#dropped });
    this.#dropped = 0;
  }

  /** Told once, however often it fails until it is connected again. */
  #lost(reason: string): void {
    this.#isConnected = false;
    if (!this.#isTold) this.#tell({ type: "connection-lost", reason });
    this.#isTold = true;
  }
}

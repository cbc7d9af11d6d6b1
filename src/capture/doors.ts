import { readFileSync } from "node:fs";
import { MillraceError } from "../errors.ts";
import { connectorName } from "../schema/inflow.ts";
import type { Settings } from "../schema/settings.ts";
import type { Micros } from "../schema/time.ts";
import { openBroker } from "./broker/broker.ts";
import { certificateOf } from "./broker/certificate.ts";
import type { Broker } from "./broker/options.ts";
import type { Batch } from "./connector.ts";
import { watchFolder, type FoundFile } from "./connectors/folder.ts";
import type { Inlet } from "./inlet.ts";
import { runSource, type RunningSource, type SourceState } from "./loop.ts";
import { messageDoor } from "./messages.ts";
import { TopicPaths } from "./topics.ts";

/** Who may speak MQTT; without users everyone may, which only loopback allows. */
export interface MqttAccess {
  hasUsers(): Promise<boolean>;
  authenticate(user: string | null, password: Buffer | null): Promise<string | null>;
  mayPublish(user: string, topic: string): boolean;
  maySubscribe(user: string, filter: string): boolean;
}

export interface DoorPorts {
  readonly directory: string;
  readonly inlet: Inlet;
  readonly access: MqttAccess;
  readonly now: () => Micros;
  readonly random: () => number;
  /** Takes a whole file in; rejects with why it cannot. */
  readonly takeFile: (file: FoundFile, folder: Settings["folders"][number]) => Promise<void>;
  /** In words, what a person should know. */
  readonly onProblem: (text: string) => void;
}

/** The doors through which samples come in while a site is up, beside HTTP. */
export interface Doors {
  readonly broker: Broker | null;
  /** `mqtt://127.0.0.1:1883`; `null` without a broker. */
  readonly mqttUrl: string | null;
  sources(): SourceState[];
  /** A user of MQTT was added: from the first on nobody is let in, or stays, without one. */
  userAdded(): void;
  /** A user was removed: its connections end. */
  userRemoved(user: string): void;
  close(): Promise<void>;
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Opens what the settings name: the embedded broker, clients of other brokers, watched folders.
 *
 * Throws `capture.no-user` for a broker beyond loopback while there is no MQTT user,
 * `capture.bad-certificate` and `capture.cannot-listen`.
 */
export async function openDoors(settings: Settings, ports: DoorPorts): Promise<Doors> {
  const stopping = new AbortController();
  const gate = { isGuarded: await guardedFromTheStart(settings, ports) };
  const broker = settings.mqtt.enabled ? await openOwnBroker(settings, ports, gate) : null;
  const sources = settings.brokers.length === 0 ? [] : await listenTo(settings, ports);
  const folders = settings.folders.map((folder) => watch(folder, stopping.signal, ports));
  const { host, tls } = settings.mqtt;
  return {
    broker,
    mqttUrl: broker === null ? null : `${tls === null ? "mqtt" : "mqtts"}://${host.includes(":") ? `[${host}]` : host}:${broker.port}`,
    sources: () => sources.map((source) => source.state()),
    userAdded() {
      if (gate.isGuarded) return;
      gate.isGuarded = true;
      broker?.disconnect(nobody);
    },
    userRemoved: (user) => void broker?.disconnect(user),
    async close() {
      stopping.abort();
      await Promise.all([...sources.map((source) => source.stop()), ...folders]);
      await broker?.close();
    },
  };
}

/** The name of everybody, while there are no users. */
const nobody = "";

async function guardedFromTheStart({ mqtt: { enabled, host } }: Settings, { access }: DoorPorts): Promise<boolean> {
  const guarded = await access.hasUsers();
  if (enabled && !guarded && !loopback.has(host)) {
    throw new MillraceError("capture.no-user", `Cannot open the MQTT door on ${JSON.stringify(host)}: anybody could publish there, for there is no MQTT user`, {
      hint: "Add one with `millrace user add NAME --publish 'TOPICS'`, or listen on 127.0.0.1.",
    });
  }
  return guarded;
}

async function openOwnBroker({ mqtt: { host, port, tls }, topics }: Settings, { directory, inlet, access, now, onProblem }: DoorPorts, gate: { readonly isGuarded: boolean }): Promise<Broker> {
  return await openBroker({
    host,
    port,
    directory,
    messages: messageDoor(inlet, new TopicPaths(topics), now),
    reserved: ["millrace/"],
    onProblem,
    ...(tls !== null && { tls: certificateOf(tls) }),
    authenticate: (_client, user, password) => (gate.isGuarded ? access.authenticate(user, password) : nobody),
    mayPublish: (user, topic) => !gate.isGuarded || access.mayPublish(user, topic),
    maySubscribe: (user, filter) => !gate.isGuarded || access.maySubscribe(user, filter),
  });
}

/** Clients of other brokers; what speaks to them is loaded only where there are some. */
async function listenTo({ brokers, topics }: Settings, { inlet, now, random }: DoorPorts): Promise<RunningSource[]> {
  const { mqtt } = await import("./connectors/mqtt.ts");
  return brokers.map((one, at) => {
    const connector = connectorName("broker", one.name ?? hostOf(one.url));
    const take = ({ readings, rejected, origin }: Batch): Promise<unknown> => inlet.takeInTurn({ readings, rejected, origin, connector });
    return runSource(connector, mqtt, mqttOptionsOf(one, topics, at), { take, now, random });
  });
}

/** Without what an address may hold beside it: a password. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "unknown");

function mqttOptionsOf({ url, topics, version, username, passwordFile, clientId }: Settings["brokers"][number], patterns: readonly string[], at: number) {
  return {
    url,
    topics,
    patterns,
    version: version === 5 ? "5" : "3.1.1",
    clientId: clientId ?? `millrace-${at + 1}`,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: readFileSync(passwordFile, "utf8").trim() }),
  };
}

/** Files of a folder, one after the other; what goes wrong with the folder itself is told, and ends it. */
async function watch(folder: Settings["folders"][number], stop: AbortSignal, { takeFile, onProblem }: DoorPorts): Promise<void> {
  try {
    for await (const file of watchFolder({ directory: folder.path, endings: [".csv", ".tsv", ".txt", ".gz"], settle: 5, look: 2 }, stop)) {
      try {
        await takeFile(file, folder);
        await file.done();
      } catch (error) {
        await file.failed(error instanceof Error ? error.message : String(error));
      }
    }
  } catch (error) {
    onProblem(`the folder ${JSON.stringify(folder.path)} is not watched any more: ${error instanceof Error ? error.message : String(error)}`);
  }
}

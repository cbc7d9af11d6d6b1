import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { openBroker } from "../../src/capture/broker/broker.ts";
import type { Broker } from "../../src/capture/broker/options.ts";
import { mqtt, type MqttOptions } from "../../src/capture/connectors/mqtt.ts";
import { connectorConformance, type Peer } from "./connector.ts";

const secret = "pa55word";

connectorConformance("mqtt 3.1.1 against the embedded broker", mqtt, async (context) => {
  const directory = directoryFor(context);
  const port = await freePort();
  let broker: Broker | undefined;
  const peer: Peer<MqttOptions> = {
    secret,
    options: (most) => optionsFor(port, "3.1.1", most),
    send: (messages) => publish(port, messages),
    stop: async () => await broker?.close(),
    start: async () => {
      broker = await openBroker({
        host: "127.0.0.1", port, directory,
        messages: { take: () => Promise.resolve(), drop: () => {} },
        authenticate: (_, user, password) => (password?.toString() === secret ? user : null),
      });
    },
  };
  await peer.start();
  context.after(() => peer.stop());
  return peer;
});

const mosquitto = spawnSync("mosquitto", ["-h"]).error === undefined;
for (const version of ["3.1.1", "5"] as const) {
  const name = `mqtt ${version} against mosquitto`;
  if (mosquitto) connectorConformance(name, mqtt, (context) => mosquittoPeer(context, version));
  else test(name, { skip: "mosquitto is not on the PATH: apt-get install mosquitto" }, () => {});
}

async function mosquittoPeer(context: TestContext, version: MqttOptions["version"]): Promise<Peer<MqttOptions>> {
  const directory = directoryFor(context);
  const port = await freePort();
  const config = join(directory, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location ${directory}/\n`);
  let broker: ChildProcess | undefined;
  const peer: Peer<MqttOptions> = {
    secret,
    options: (most) => optionsFor(port, version, most),
    send: (messages) => publish(port, messages),
    async stop() {
      if (broker === undefined || broker.exitCode !== null) return;
      broker.kill("SIGTERM"); // it writes down what it keeps only when it is asked to end
      await once(broker, "exit");
    },
    async start() {
      broker = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
      while (!(await answers(port))) await delay(20);
    },
  };
  await peer.start();
  context.after(() => peer.stop());
  return peer;
}

function optionsFor(port: number, version: MqttOptions["version"], most: number): MqttOptions {
  return mqtt.options.parse({ url: `mqtt://127.0.0.1:${port}`, topics: ["plant/#", "a/#"], clientId: "conformance", version, username: "reader", password: secret, maxInFlight: most });
}

async function publish(port: number, messages: readonly (readonly [string, string])[]): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: "sender", password: secret });
  for (const [topic, payload] of messages) await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

function directoryFor(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "millrace-connector-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = dial(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

// A broker with an inlet and a store that is a file, in a process of its own, for tests that kill it or flood it.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openBroker } from "../../src/capture/broker/broker.ts";
import { Inlet } from "../../src/capture/inlet.ts";
import type { KnownSignal } from "../../src/capture/inlet-slots.ts";
import { messageDoor } from "../../src/capture/messages.ts";
import { TopicPaths } from "../../src/capture/topics.ts";

const [directory, commitMilliseconds] = process.argv.slice(2);
const samples = await open(join(directory, "samples.txt"), "a");
const known = new Map<string, KnownSignal>();
let mostMemory = 0;

const inlet = new Inlet({
  find: (path) => known.get(path),
  count: () => known.size,
  async create(first) {
    for (const { path, valueType, unit } of first) known.set(path, { key: known.size + 1, id: path, valueType, unit });
    return new Map(first.map(({ path }) => [path, known.get(path) as KnownSignal]));
  },
  inflows: async () => {},
  async append({ mixed }) {
    if (commitMilliseconds === "0") {
      await samples.write([...mixed.keys].map((key, row) => `${key} ${mixed.values[row]}\n`).join(""));
      await samples.datasync();
    } else await delay(Number(commitMilliseconds));
  },
  now: () => Date.now() * 1000,
  onStored: () => {},
  onUnit: () => {},
});

const broker = await openBroker({ host: "127.0.0.1", port: 0, directory, messages: messageDoor(inlet, new TopicPaths(), () => Date.now() * 1000) });
setInterval(() => (mostMemory = Math.max(mostMemory, process.memoryUsage.rss())), 50);
process.on("message", () => process.send?.({ mostMemory, counters: inlet.counters(), stats: broker.stats() }));
process.send?.({ port: broker.port });

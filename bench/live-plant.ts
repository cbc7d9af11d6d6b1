// A plant of many machines: `node bench/live-plant.ts MQTT_URL ASSETS SIGNALS HISTORY_END`: 300 seconds before HISTORY_END
// (seconds since 1970) at once, then a message a machine and second, until it is killed.
import { connectAsync } from "mqtt";
import { normalFrom, randomFrom } from "../src/learn/random.ts";

const [url = "", assets = "1", signals = "1", historyEnd = "0"] = process.argv.slice(2);
const historyRows = 300;
/** Messages of the history that may wait for their acknowledgement. */
const mostInFlight = 100;
const client = await connectAsync(url, { clientId: "bench-plant", protocolVersion: 4 });
const random = randomFrom(5);
const levels = Array.from({ length: Number(assets) }, () => Float64Array.from({ length: Number(signals) }, () => 50 + 10 * normalFrom(random)));

async function publish(asset: number, second: number): Promise<void> {
  const values = Object.fromEntries(Array.from(levels[asset], (level, at) => [`s${at + 1}`, Number((level + normalFrom(random)).toFixed(3))]));
  await client.publishAsync(`bench/line-${asset % 10}/machine-${asset}`, JSON.stringify({ time: second * 1e6, origin: "simulator", ...values }), { qos: 1 });
}

/** Machines do not speak at once: each has its own moment within the second. */
async function speak(asset: number, second: number): Promise<void> {
  const due = second * 1000 + (500 * asset) / levels.length - Date.now();
  if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
  await publish(asset, second);
}

for (let row = 0; row < historyRows; row++) {
  for (let asset = 0; asset < levels.length; asset += mostInFlight) {
    const together = Array.from({ length: Math.min(mostInFlight, levels.length - asset) }, (_, at) => publish(asset + at, Number(historyEnd) - historyRows + row));
    await Promise.all(together);
  }
}
for (let second = Math.ceil(Date.now() / 1000); ; second++) {
  const wait = second * 1000 - Date.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  for (let asset = 0; asset < levels.length; asset++) void speak(asset, second);
}

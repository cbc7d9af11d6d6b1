// One of our sides in a race: loads data, warms up, then runs once for every line that asks for it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { LoadedData, Tasks } from "./speed-race.ts";

const [file, name, path, shape] = process.argv.slice(2);
const { tasks } = (await import(`./${file}`)) as { readonly tasks: Tasks };
const say = (reply: object): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);

function load(): LoadedData {
  const { rows, judged, columns } = JSON.parse(shape) as { rows: number; judged: number; columns: number };
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  const all = new Float32Array(buffer, byteOffset, byteLength / 4);
  const [features, targets] = [all.subarray(0, (rows + judged) * columns), all.subarray((rows + judged) * columns)];
  return {
    rows,
    columns,
    features: features.subarray(0, rows * columns),
    targets: targets.subarray(0, rows),
    judged: { rows: judged, features: features.subarray(rows * columns), targets: targets.subarray(rows) },
  };
}

const task = await tasks[name](load());
await task.run();
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "end") break;
  const started = performance.now();
  await task.run();
  say({ seconds: (performance.now() - started) / 1000 / (task.times ?? 1) });
}
say({ peakMiB: process.resourceUsage().maxRSS / 1024, facts: task.facts?.() ?? {} });
process.exit();

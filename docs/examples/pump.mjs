// Writes made-up recordings of a pump to try Millrace with: pump.csv, six hours at one row a second,
// and runs/, sixteen runs of twenty minutes with recorded truth in the column `anomaly`.
//
//   node docs/examples/pump.mjs [DIRECTORY]
//
// Any Node will do. The same numbers every time. The load changes now and then, which is normal; some
// runs hold ten minutes of cavitation or of a failing bearing, some hold nothing.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const directory = process.argv[2] ?? ".";
const header = ["time", "flow [l/min]", "pressure [bar]", "motor current [A]", "bearing temperature [°C]", "vibration [mm/s]"];

let state = 20260309;
function uniform() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state + 0.5) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const faults = {
  cavitation: (share) => ({ flow: -3 * share, pressure: -0.05 * share, vibration: (0.35 + 0.15 * Math.abs(normal())) * share }),
  bearing: (share) => ({ current: 0.08 * share, temperature: 2 * share, vibration: 0.4 * share }),
};

/** Rows of a run, each with 1 or 0 for its truth; `loads` are [row, load] with the load from that row on. */
function rowsOf(start, count, { loads, fault }) {
  const [wander, warmth] = [{ value: 0 }, { value: 46 + 0.5 * normal() }];
  return Array.from({ length: count }, (_, row) => {
    const load = loads.findLast(([from]) => from <= row)?.[1] ?? 0;
    const isFault = fault !== null && row >= fault.from && row < fault.to;
    const shift = isFault ? faults[fault.kind](Math.min(1, (row - fault.from) / 90)) : {};
    wander.value += -0.005 * wander.value + 0.03 * normal();
    warmth.value += 0.004 * (46 + 1.2 * load - warmth.value) + 0.03 * normal();
    const values = [
      125 + 6 * load + 2 * wander.value + 0.8 * normal() + (shift.flow ?? 0),
      2.1 + 0.12 * load + 0.05 * wander.value + 0.02 * normal() + (shift.pressure ?? 0),
      4.2 + 0.25 * load + 0.08 * wander.value + 0.05 * normal() + (shift.current ?? 0),
      warmth.value + 0.1 * normal() + (shift.temperature ?? 0),
      1.4 + 0.05 * load + 0.15 * Math.abs(normal()) + (shift.vibration ?? 0),
    ];
    return [new Date(start + 1000 * row).toISOString(), ...values.map((value) => value.toFixed(3)), isFault ? "1" : "0"];
  });
}

function write(name, columns, rows) {
  const lines = [columns, ...rows].map((row) => row.join(","));
  writeFileSync(join(directory, name), `${lines.join("\n")}\n`);
}

mkdirSync(join(directory, "runs"), { recursive: true });
const morning = Date.UTC(2026, 2, 9, 6);

const day = rowsOf(morning, 6 * 3600, { loads: [[1500, 0.5], [3200, -0.5], [5000, 0], [9000, 0.5], [12000, -0.5], [17500, 0]], fault: { kind: "cavitation", from: 15000, to: 16200 } });
write("pump.csv", header, day.map((row) => row.slice(0, -1)));

const runs = 16;
for (let run = 0; run < runs; run++) {
  const loads = [[0, 0], [420 + Math.floor(120 * uniform()), uniform() < 0.5 ? 1 : -1]];
  const from = 500 + Math.floor(400 * uniform());
  const kind = uniform() < 0.5 ? "cavitation" : "bearing";
  const fault = run % 4 === 3 ? null : { kind, from, to: from + 300 };
  const name = `run-${String(run + 1).padStart(2, "0")}.csv`;
  write(join("runs", name), [...header, "anomaly"], rowsOf(morning + 86_400_000 + run * 3_600_000, 1300, { loads, fault }));
}

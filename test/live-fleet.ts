import type { TestContext } from "node:test";
import { canonicalJson, digest } from "../src/digest.ts";
import type { EventChange } from "../src/deploy/event-tracker.ts";
import type { FleetPorts, LateSamples, WheelSetup } from "../src/deploy/fleet-ports.ts";
import { LiveFleet } from "../src/deploy/live-fleet.ts";
import type { ScoredRow } from "../src/deploy/scored-row.ts";
import type { Engine } from "../src/learn/engine.ts";
import { Graph } from "../src/learn/onnx/graph.ts";
import { Quality } from "../src/schema/quality.ts";
import type { Wheel } from "../src/schema/wheel.ts";

export const second = 1_000_000;
export const idFor = (time: number, named: unknown): string => `0${digest(canonicalJson({ time, named })).slice(0, 25).toUpperCase()}`;
export const idOf = (name: string): string => idFor(0, name);
export const start = Date.UTC(2026, 5, 1) * 1000;

export const wheelOf = (name: string, signals: number, changes: Partial<Wheel> = {}): Wheel => ({
  id: idOf(name),
  site: idOf("site"),
  asset: idOf(`${name} asset`),
  revision: 1,
  name,
  kind: "condition",
  signals: Array.from({ length: signals }, (_, at) => idOf(`${name} ${at}`)),
  grid: { period: second, hold: 3 * second, lateness: second },
  blockRule: { by: "change", signal: "run" },
  warmUpRows: 0,
  when: null,
  alarm: { on: 2, off: 2 },
  cost: {} as Wheel["cost"],
  policy: {} as Wheel["policy"],
  recipes: [],
  createdAt: 0,
  ...changes,
});

export interface Sample {
  readonly key: number;
  readonly time: number;
  readonly value: number;
  readonly quality?: Quality;
}

export const columns = (samples: readonly Sample[]) => ({
  keys: Int32Array.from(samples, ({ key }) => key),
  times: Float64Array.from(samples, ({ time }) => time),
  values: Float64Array.from(samples, ({ value }) => value),
  qualities: Uint8Array.from(samples, ({ quality = "good" }) => Quality.options.indexOf(quality)),
});

/** The score is the last row's first reading; a run is a turn of the event loop. `say` makes it fail. */
export function plainEngine(say: { error?: Error } = {}): Engine {
  return {
    open: () =>
      Promise.resolve({
        inputs: ["window"],
        outputs: ["score", "contributions"],
        async run({ window: { dims, values } }) {
          await new Promise(setImmediate);
          if (say.error !== undefined) throw say.error;
          const [rows, width] = dims;
          const tensor = (size: number, of: (at: number) => number) => ({ type: "float" as const, dims: [size], values: Float32Array.from({ length: size }, (_, at) => of(at)) });
          return { score: tensor(rows, (row) => values[row * width]), contributions: tensor(rows * width, (at) => values[at]) };
        },
        close: () => Promise.resolve(),
      }),
  };
}

export function plainModel(): Uint8Array {
  const graph = new Graph();
  graph.output("score", graph.input("window", "double", ["rows", 1]), "double", ["rows", 1]);
  return graph.bytes("plain", { "millrace.window": "1" });
}

export const model = digest("plain");

/** A fleet with a clock in hand, and what it told. */
export function plant(t: TestContext, more: Partial<FleetPorts> = {}) {
  const clock = { now: start, steady: 0 };
  const told = { rows: [] as (ScoredRow & { name: string })[], events: [] as EventChange[], late: [] as LateSamples[], failed: [] as string[] };
  const fleet = new LiveFleet({
    site: idOf("site"),
    engine: plainEngine(),
    models: { read: () => plainModel() },
    idFor,
    now: () => clock.now,
    steady: () => clock.steady,
    listeners: {
      rows: ({ name }, rows) => told.rows.push(...rows.map((row) => ({ ...row, name }))),
      events: (changes) => told.events.push(...changes),
      late: (late) => told.late.push(late),
      failed: (wheel, error) => told.failed.push(`${wheel?.name ?? "-"}: ${error.message}`),
    },
    ...more,
  });
  t.after(() => fleet.close());
  const pass = async (seconds: number) => {
    clock.now += seconds * second;
    clock.steady += seconds * second;
    await fleet.tick();
    await fleet.settled();
  };
  return { fleet, clock, told, pass };
}

export const setup = (wheel: Wheel, more: Partial<WheelSetup> = {}): WheelSetup => ({ wheel, keys: wheel.signals.map((_, at) => at + 1), champion: model, ...more });

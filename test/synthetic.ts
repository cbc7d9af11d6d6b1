import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Recording } from "../src/capture/recording.ts";
import { digest } from "../src/digest.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { second } from "../src/schema/time.ts";

const names = ["flow", "pressure", "current", "vibration"];
const march = Date.UTC(2026, 2, 9, 10) * 1000;

/** How a recorded run is made: a hidden load moves all signals, and the fault, if any, one of them. */
export interface RunPlan {
  readonly seed: number;
  readonly rows: number;
  /** Rows of the fault; none without. */
  readonly fault?: { readonly from: number; readonly to: number; readonly signal: number; readonly size: number };
  /** When its first row was taken, microseconds. */
  readonly at?: number;
}

/** A recorded run of a made-up pump: four signals a second, with its truth. */
export function recordingOf({ seed, rows, fault, at = march }: RunPlan): Recording {
  const random = randomFrom(seed);
  const values = names.map(() => new Float64Array(rows));
  const truth = new Float64Array(rows);
  let load = 0;
  for (let row = 0; row < rows; row++) {
    load = 0.95 * load + 0.1 * normalFrom(random);
    const isFault = fault !== undefined && row >= fault.from && row < fault.to;
    truth[row] = isFault ? 1 : 0;
    for (const [signal, column] of values.entries()) {
      column[row] = 10 * (signal + 1) + load + 0.3 * normalFrom(random) + (isFault && signal === fault.signal ? fault.size : 0);
    }
  }
  return {
    file: { name: `run-${seed}.csv`, digest: digest(`run ${seed}`), bytes: rows * 40 },
    times: Float64Array.from({ length: rows }, (_, row) => at + row * second),
    columns: names.map((name, signal) => ({ name, valueType: "number", unit: null, role: "measured", period: second, values: values[signal], texts: null, guessed: { unit: true, role: true } })),
    label: { name: "fault", values: truth },
    grid: { period: second, hold: 5 * second, lateness: second },
    blockRule: { by: "file" },
    dialect: { delimiter: ",", decimal: ".", header: true, encoding: "utf-8", gzip: false, time: null, zone: "UTC", dateOrder: null },
    rows,
    remarks: [],
  };
}

/** A run like the others, with the same kind of fault at a different place. */
export const usualRun = (seed: number): RunPlan => ({ seed, rows: 420, fault: { from: 200 + 7 * (seed % 5), to: 300 + 5 * (seed % 7), signal: 1, size: 4 } });

/** A clock that ticks a millisecond at each look, so that two equal histories have equal times. */
export function steadyClock(): () => number {
  let now = Date.UTC(2026, 10, 1) * 1000;
  return () => (now += 1000);
}

/** A directory of its own for one test, and how to remove it. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "millrace-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Quality } from "../src/schema/quality.ts";
import type { Batch } from "../src/store/batch.ts";
import { Telemetry } from "../src/store/telemetry.ts";

/** Monday, 9 March 2020: when samples of tests come in. */
export const monday = Date.UTC(2020, 2, 9) * 1000;

/** A directory of a test's own, gone after it. */
export function directoryOf(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A sample store with little memory; whoever opened it closes it. */
export async function telemetryIn(path: string): Promise<Telemetry> {
  const telemetry = new Telemetry(path, { memoryLimitMiB: 256 });
  await telemetry.open();
  return telemetry;
}

/** An empty sample store that is open until the test is over. */
export async function telemetryOf(t: TestContext): Promise<Telemetry> {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  const telemetry = await telemetryIn(path);
  t.after(async () => {
    await telemetry.close();
    rmSync(path, { recursive: true, force: true });
  });
  return telemetry;
}

/** Numbers of one signal, as a sensor sent them. */
export const numbersOf = (key: number, times: readonly number[], values: readonly number[], quality: Quality = "good"): Batch => ({
  received: monday,
  series: [{ key, times: Float64Array.from(times), values: Float64Array.from(values), quality, origin: "sensor" }],
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../src/store/store.ts";
import { temporaryDirectory } from "./synthetic.ts";

// A disk that fails now and then, by errors injected into the calls of a process at work.

const skip = spawnSync("strace", ["-V"]).status === 0 ? false : "strace is not installed";
const monday = Date.UTC(2020, 2, 9) * 1000;

/** Writes a sample and a fact forty times and says of each whether it was acknowledged or how it was refused. */
const program = `
  import { openStore } from ${JSON.stringify(new URL("../src/store/store.ts", import.meta.url).href)};
  const store = await openStore(process.env.SITE_DIRECTORY);
  const said = { samples: [], facts: [], codes: [], failed: [] };
  const attempt = (work, list, number) => work.then(() => list.push(number), (error) => said.failed.push(number) && said.codes.push(error.code));
  for (let number = 0; number < 40; number++) {
    await attempt(store.telemetry.append({ received: ${monday}, series: [{ key: 1, times: Float64Array.of(${monday} + number), values: Float64Array.of(number), quality: "good", origin: "sensor" }] }), said.samples, number);
    await attempt(store.records.write([{ put: "setting", value: { name: "s" + number, text: String(number) } }]), said.facts, number);
  }
  await store.close().catch((error) => said.codes.push("close " + error.code));
  process.stdout.write(JSON.stringify(said));`;

// strace counts the calls of each thread for itself, so each of a few threads meets the fault.
const faults: readonly (readonly [what: string, file: string, inject: string, code: string | null])[] = [
  ["an fsync of the log of samples", "samples.duckdb.wal", "fsync:error=EIO:when=12", "store.disk-failed"],
  ["a write to the log of samples", "samples.duckdb.wal", "write:error=EIO:when=12..14", "store.disk-failed"],
  ["a full disk under the log of samples", "samples.duckdb.wal", "write:error=ENOSPC:when=12..14", "store.disk-full"],
  ["an fsync of the log of records", "records.sqlite-wal", "fsync:error=EIO:when=9", "store.disk-failed"],
  ["a full disk under the log of records", "records.sqlite-wal", "pwrite64:error=ENOSPC:when=30..33", "store.disk-full"],
  ["a full disk under the journal of records", "records.journal", "write:error=ENOSPC:when=5..9", null],
];

for (const [what, file, inject, code] of faults) {
  test(`Store acknowledges nothing that ${what} failed, goes on by itself, and keeps all it acknowledged`, { skip, timeout: 120_000 }, async () => {
    const { path, remove } = temporaryDirectory();
    try {
      const directory = join(path, "site");
      await (await openStore(directory)).close();
      const options = ["-f", "-qq", "-o", "/dev/null", "-P", join(directory, file), "-e", `trace=${inject.split(":")[0]}`, "-e", `inject=${inject}`];
      const command = [process.execPath, "--input-type=module-typescript", "-e", program];
      const { stdout, stderr, status } = spawnSync("strace", [...options, "--", ...command], { env: { ...process.env, SITE_DIRECTORY: directory, UV_USE_IO_URING: "0" }, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      const said = JSON.parse(stdout) as { samples: number[]; facts: number[]; codes: string[]; failed: number[] };
      assert.deepEqual([...new Set(said.codes)], code === null ? [] : [code]);
      assert.ok(said.codes.length <= 16, "no more was refused than failed");
      const firstFailed = Math.min(39, ...said.failed);
      assert.ok(Math.max(...said.samples) >= firstFailed && Math.max(...said.facts) >= firstFailed, "it went on");

      const store = await openStore(directory);
      try {
        const { values } = await store.telemetry.series({ key: 1, start: monday, end: monday + 1000 });
        const kept = new Set(values);
        assert.deepEqual(said.samples.filter((number) => !kept.has(number)), []);
        for (const number of said.facts) assert.equal(await store.records.setting(`s${number}`), String(number));
        assert.deepEqual((await store.telemetry.check()).problems, []);
        assert.deepEqual(await store.records.check(), []);
        assert.deepEqual(store.notices, []);
      } finally {
        await store.close();
      }
    } finally {
      remove();
    }
  });
}

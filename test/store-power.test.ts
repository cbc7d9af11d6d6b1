import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nothing } from "../bench/crash-facts.ts";
import { powerCuts } from "../bench/power.ts";
import { losses, PowerDisk, type Loss } from "../bench/power-disk.ts";
import type { DiskEvent } from "../bench/power-trace.ts";
import { skabDirectory } from "../bench/recordings.ts";

const hasStrace = spawnSync("strace", ["-V"]).status === 0;
const skip = hasStrace ? (existsSync(skabDirectory) ? false : `no recorded runs in ${skabDirectory}`) : "strace is not installed";

test("a site whose power is cut at random moments loses nothing that it acknowledged, and opens by itself", { skip, timeout: 300_000 }, async () => {
  const { cuts, acked, lost, control, faults, slowestReadySeconds } = await powerCuts(8, { turns: 1, seed: 5 });
  assert.equal(cuts, 8);
  assert.deepEqual([lost, faults], [nothing, []]);
  assert.ok(acked.samples > 0 && acked.labels > 0, JSON.stringify(acked));
  assert.ok(control.samples > 0 && control.labels > 0, "a disk without fsync loses");
  assert.ok(slowestReadySeconds < 20, `${slowestReadySeconds} s`); // the figure itself is the bench's
});

/** What is left of files after each way of losing, many times. */
function leftAfter(t: TestContext, events: readonly DiskEvent[], options?: { isHonest: boolean }): (loss: Loss) => Set<string> {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const disk = new PowerDisk("/root", options);
  for (const event of events) disk.apply(event);
  return (loss) => {
    const seen = new Set<string>();
    for (let trial = 0; trial < 40; trial++) {
      rmSync(path, { recursive: true, force: true });
      disk.cut(path, loss, Math.random);
      seen.add(readdirSync(path).toSorted().map((file) => `${file}=${readFileSync(join(path, file), "latin1")}`).join(" "));
    }
    return seen;
  };
}

const path = "/root/a";
const write = (at: number | null, text: string): DiskEvent => ({ do: "write", path, at, bytes: Buffer.from(text) });
const sync = (of: string, call: number): DiskEvent[] => [{ do: "sync", path: of, call }, { do: "synced", path: of, call }];

test("PowerDisk keeps a file once it and its directory were fsynced, and only what was written before", (t) => {
  const create: DiskEvent = { do: "create", path };
  const both = [create, write(0, "one"), ...sync(path, 1), ...sync("/root", 2)];
  for (const loss of losses) assert.deepEqual([...leftAfter(t, both)(loss)], ["a=one"]);
  assert.deepEqual([...leftAfter(t, [create, write(0, "one"), ...sync(path, 1)])("all")], [""]);
  assert.deepEqual([...leftAfter(t, [create, write(0, "one"), ...sync("/root", 1)])("all")], ["a="]);
  assert.deepEqual([...leftAfter(t, both, { isHonest: false })("all")], [""]);

  const late: DiskEvent[] = [...both, { do: "sync", path, call: 3 }, write(null, "two"), { do: "synced", path, call: 3 }];
  assert.deepEqual([...leftAfter(t, late)("all")], ["a=one"]);
  assert.deepEqual([...leftAfter(t, late)("tail")].toSorted(), ["a=one", "a=onet", "a=onetw"]);
  assert.deepEqual([...leftAfter(t, late)("sectors")].toSorted(), ["a=one", "a=onetwo"]);
  assert.ok([...leftAfter(t, late)("junk")].every((text) => text.startsWith("a=one") && text.length === 8));
});

test("PowerDisk renames at once or not at all, for certain once the directory was fsynced", (t) => {
  const events: DiskEvent[] = [{ do: "create", path }, write(0, "new"), ...sync(path, 1), ...sync("/root", 2), { do: "rename", path, to: "/root/b" }];
  assert.deepEqual([...leftAfter(t, events)("all")], ["a=new"]);
  assert.deepEqual([...leftAfter(t, events)("tail")].toSorted(), ["a=new", "b=new"]);
  assert.deepEqual([...leftAfter(t, [...events, ...sync("/root", 3)])("all")], ["b=new"]);
  assert.deepEqual([...leftAfter(t, [...events, ...sync("/root", 3), { do: "unlink", path: "/root/b" }])("tail")].toSorted(), ["", "b=new"]);
});

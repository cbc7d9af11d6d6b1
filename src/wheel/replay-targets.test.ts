import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { madeRun } from "../../test/made-kinds.ts";
import { temporaryDirectory } from "../../test/synthetic.ts";
import { WheelRequest } from "../schema/wheel-request.ts";
import { openSite } from "../site.ts";
import { replay, type ReplayedRun, type ReplayOptions } from "./replay.ts";

const labRows = [15, 35];

/** A recorded run as a file: what the laboratory said in two rows, and what was made in each. */
function fileOf(directory: string, at: number): string {
  const { recording: { times, columns }, value, product } = madeRun(at);
  const lines = Array.from(times, (time, row) => [new Date(time / 1000).toISOString(), ...columns.map(({ values }) => values[row]), labRows.includes(row) ? value[row] : "", product].join(","));
  const path = join(directory, `run-${String(at).padStart(2, "0")}.csv`);
  writeFileSync(path, [["time", ...columns.map(({ name }) => name), "moisture", "product"].join(","), ...lines].join("\n"));
  return path;
}

test("replay() gives what a run recorded of its targets as answers, never as signals, and the wheels that ask for them turn", { timeout: 120_000 }, async () => {
  const { path, remove } = temporaryDirectory();
  const site = await openSite(join(path, "site"), { create: true });
  try {
    const files = Array.from({ length: 14 }, (_, at) => fileOf(path, at));
    const options: ReplayOptions = { asset: "machine", warmUpRows: 0, labels: "after-each-run", read: {}, targets: ["moisture", "product"], skipRows: 0 };
    const played: ReplayedRun[] = [];
    for await (const run of replay(files.slice(0, 1), options, site)) played.push(run);
    await site.makeWheel(WheelRequest.parse({ name: "grade", kind: "classify", asset: "machine", target: "product", rows: 20 }));
    await site.makeWheel(WheelRequest.parse({ name: "lab", kind: "estimate", asset: "machine", target: "moisture", rows: 10 }));
    for await (const run of replay(files.slice(1), options, site)) played.push(run);

    const { records } = site.store;
    const [asset] = await records.assets();
    assert.deepEqual((await records.signals(asset.id)).map(({ name }) => name).toSorted(), ["flow", "heat", "noise", "wear"]);
    const labels = await records.labels({ asset: asset.id, about: "anything" });
    const of = (name: string) => labels.filter(({ target }) => target === name);
    assert.deepEqual(of("product").map(({ says }) => says?.what === "class" && says.class), Array.from({ length: 14 }, (_, at) => madeRun(at).product));
    assert.equal(of("moisture").length, 28);
    const { value } = madeRun(3);
    assert.deepEqual(of("moisture").slice(6, 8).map(({ says, origin }) => [says?.what === "value" && says.value, origin]), labRows.map((row) => [value[row], "measurement"]));
    assert.ok(played.every(({ turn }) => turn === null), "nothing was said of the condition");
    const wheels = await records.wheels();
    const turned = new Set(played.flatMap(({ targetTurns }) => targetTurns).map(({ wheel }) => wheels.find(({ id }) => id === wheel)?.kind));
    assert.deepEqual(turned, new Set(["classify", "estimate"]));
    await assert.rejects(replay(files.slice(0, 1), { ...options, targets: ["absent"] }, site).next(), { code: "capture.no-column" });
  } finally {
    await site.close();
    remove();
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { sumToBytes } from "../src/learn/sum-codec.ts";
import { conditionSums, gather } from "../src/wheel/gather.ts";
import { kindOf } from "../src/wheel/kinds/kinds.ts";
import { sumsOf } from "../src/wheel/leaves.ts";
import { onSite } from "./on-site.ts";
import { recordingOf, usualRun } from "./synthetic.ts";

const hour = 3_600_000_000;

test("totals gathered in portions are those gathered at once, byte for byte, and no portion holds more than one node beyond its bound", () =>
  onSite(async (site) => {
    const { directory } = site.store;
    for (let run = 0; run < 12; run++) {
      const recording = recordingOf(usualRun(run + 1));
      await site.import(recording, { asset: "pump", warmUpRows: 120, startAt: (recording.times[0] ?? 0) + run * hour });
    }
    const wheel = await site.wheel();
    const { ports } = site;
    const map = await kindOf(wheel).freeze(wheel, wheel.recipes[0].map, ports);
    assert.ok(map !== null);
    const leaves = await sumsOf(wheel, map, await ports.store.records.blocks({ asset: wheel.asset }), "whole", ports);
    const whole = gather(conditionSums, directory, "whole/", leaves, Infinity);
    assert.ok(whole.taught !== null && whole.nodes.length > 5);

    const seen: string[] = [];
    let portion = gather(conditionSums, directory, "part/", leaves, 1);
    for (; portion.taught === null; portion = gather(conditionSums, directory, "part/", leaves, 1)) {
      assert.equal(portion.nodes.length, 1);
      seen.push(...portion.nodes.map(({ name }) => name));
      await ports.store.records.write(portion.nodes.map((value) => ({ put: "node", value })));
    }
    assert.deepEqual(seen.map((name) => name.replace("part/", "whole/")), whole.nodes.map(({ name }) => name), "each node once, in the same order");
    assert.deepEqual(sumToBytes(portion.taught.total), sumToBytes(whole.taught.total));
    assert.deepEqual(portion.taught.groups.map(sumToBytes), whole.taught.groups.map(sumToBytes));
  }));

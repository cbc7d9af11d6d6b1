import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { killAgainAndAgain } from "../bench/crash.ts";
import { nothing } from "../bench/crash-facts.ts";
import { skabDirectory, skabRuns } from "../bench/recordings.ts";

const noRuns = existsSync(skabDirectory) ? false : `no recorded runs in ${skabDirectory}`;

test("a site killed at random moments loses nothing that it acknowledged, and opens by itself", { skip: noRuns }, async () => {
  const files = skabRuns().map(({ path }) => path);
  const { kills, acked, lost, faults } = await killAgainAndAgain({ kills: 4, seed: 3, files }, { say: () => {} });
  assert.equal(kills, 4);
  assert.deepEqual(lost, nothing);
  assert.deepEqual(faults, []);
  assert.ok(acked.samples > 0 && acked.labels > 0 && acked.turns > 0, JSON.stringify(acked));
});

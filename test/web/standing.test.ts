import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { noChromium, Stage } from "./chromium.ts";
import { FixtureSite } from "./fixture.ts";
import { digestOf, hostileName, idOf } from "./made-up-plant.ts";

describe("what stands in a line", { skip: noChromium }, () => {
  let stage: Stage;
  before(async () => void (stage = await Stage.open()));
  after(async () => await stage.close());

  test("inputs that have shifted are named with the asset, since when; what was forgotten, the key and the last line with the ledger", async () => {
    const site = new FixtureSite(stage.directory);
    const { plant } = site;
    plant.shifts.set(idOf("WHEEL", 0), [
      { signal: idOf("SIGNAL", 4), what: "level", by: -3.2, since: idOf("BLOCK", 1), sinceAt: plant.startedAt },
      { signal: idOf("SIGNAL", 0), what: "spread", by: 2.5, since: idOf("BLOCK", 1), sinceAt: null },
      { signal: idOf("SIGNAL", 1), what: "level", by: 4, since: idOf("BLOCK", 1), sinceAt: null },
    ]);
    const line = { number: 7, site: idOf("SITE", 0), at: plant.startedAt, previous: digestOf(1), hash: digestOf(2), kind: "forget" as const, forgetting: idOf("FORGET", 1), content: digestOf(3), outOfForce: [], pseudonym: null };
    plant.standing = {
      forgotten: [{ ...line, what: "answers", blocks: 0, labels: [{ label: idOf("LABEL", 1), revision: 1 }], models: [digestOf(1), digestOf(2)], reason: hostileName }],
      key: { line: 1, at: plant.startedAt, fingerprint: digestOf(4) },
      last: { number: 9, hash: digestOf(5) },
    };
    const { page, errors, foreign } = await stage.visit(await site.start());
    try {
      const shifts = page.locator(".input-shifts");
      await shifts.waitFor();
      assert.match((await shifts.textContent()) ?? "", /^Inputs are unlike before: Bearing temperature, level 3\.2 usual spreads lower since .*\d\d:\d\d.*; Volume flow, spread wider by 2\.5 times what is usual; 1 more$/);
      await page.getByRole("navigation").getByRole("button", { name: "Pump 2" }).click();
      await shifts.waitFor({ state: "detached" });
      await page.getByRole("tab", { name: "Ledger" }).click();
      await page.getByText(`Signed by key ${digestOf(4).slice(0, 8)} since line 1. The last line is 9, hash ${digestOf(5).slice(0, 8)}`).waitFor();
      await page.getByText(/^Line 7, .*: what somebody answered was forgotten\. Blocks: 0, answers: 1, models that had learnt from it: 2\.$/).waitFor();
      assert.equal(await page.evaluate("window.pwned"), undefined);
      assert.deepEqual([errors, foreign], [[], []]);
    } finally {
      await page.context().close();
      await site.stop();
    }
  });
});

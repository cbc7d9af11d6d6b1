import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { noChromium, Stage } from "./chromium.ts";
import { FixtureSite } from "./fixture.ts";
import { hostileName } from "./made-up-plant.ts";

describe("the cards of targets", { skip: noChromium }, () => {
  let stage: Stage;
  before(async () => void (stage = await Stage.open()));
  after(async () => await stage.close());

  test("show what is told of an asset beside its condition, with how sure it is, and nothing where nothing can be said", async () => {
    const site = new FixtureSite(stage.directory);
    const at = { time: site.plant.startedAt, since: site.plant.startedAt };
    site.plant.tell(1, 901, "estimate", "moisture", { what: "value", ...at, value: 8.25, low: 7.9, high: 8.61, unit: "%" });
    site.plant.tell(1, 902, "classify", "grade", { what: "class", ...at, class: null, probability: 0.41, probabilities: [{ class: hostileName, probability: 0.41 }] });
    site.plant.tell(1, 903, "remaining-life", "seal", null);
    const { page, errors, foreign } = await stage.visit(await site.start());
    try {
      const tile = page.getByRole("navigation").getByRole("button", { name: "Pump 2" });
      const card = (name: string) => page.locator(".answer-card", { hasText: name });
      await tile.click();
      await card("moisture").waitFor();
      assert.match((await card("moisture").textContent()) ?? "", /8\.25 %7\.9 to 8\.61, nine times in ten/);
      assert.match((await card("grade").textContent()) ?? "", /None of these/);
      assert.match((await card("seal").textContent()) ?? "", /Unknown/);
      assert.match((await tile.textContent()) ?? "", /Normal$/, "what is told of it says nothing of how it is");
      await card("moisture").click();
      assert.equal(await card("moisture").getAttribute("aria-pressed"), "true");
      assert.deepEqual([errors, foreign], [[], []]);
    } finally {
      await page.context().close();
      await site.stop();
    }
  });
});

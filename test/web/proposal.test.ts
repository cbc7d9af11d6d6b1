import assert from "node:assert/strict";
import { test } from "node:test";
import { noChromium, Stage } from "./chromium.ts";
import { FixtureSite } from "./fixture.ts";

test("a proven model that waits for a person's word says so, and goes into force with a reason", { skip: noChromium }, async () => {
  const stage = await Stage.open();
  const site = new FixtureSite(stage.directory);
  try {
    const { page, errors } = await stage.visit(await site.start());
    const [last] = site.plant.turns.slice(-1);
    const proven = site.plant.models[1]?.digest ?? "";
    assert.ok(last?.verdict != null);
    site.plant.turns.push({ ...last, id: `${last.id.slice(0, -1)}9`, number: 6, verdict: { ...last.verdict, decision: "ask", champion: site.plant.models[2]?.digest ?? "", challenger: proven, reasons: ["It loses less than what is in force."] } });
    await page.reload();
    await page.getByText("A model is proven and waits for your word.").waitFor();
    await page.getByText("It loses less than what is in force.").first().waitFor();
    await page.getByRole("button", { name: "Put in force" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("agreed in the morning meeting");
    await page.keyboard.press("Enter");
    await page.getByText(`Model ${proven.slice(0, 8)} is in force.`).waitFor();
    assert.deepEqual(site.posted.map(({ path, body }) => [path.split("/").at(-1), body]), [["promote", { model: proven, reason: "agreed in the morning meeting" }]]);
    assert.deepEqual(errors, []);
    await page.context().close();
  } finally {
    await site.stop();
    await stage.close();
  }
});

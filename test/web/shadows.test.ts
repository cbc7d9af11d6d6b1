import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noChromium, Stage, until } from "./chromium.ts";
import { FixtureSite } from "./fixture.ts";
import { digestOf, hostileName, idOf } from "./made-up-plant.ts";

/** Share of the columns of the lowest chart that hold a pixel of the shadow's colour. */
const shadowed = `(() => {
  const canvas = [...document.querySelectorAll(".lane-chart canvas")].at(-1);
  const hex = getComputedStyle(document.documentElement).getPropertyValue("--beside").trim();
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const { width, height } = canvas, left = 52, columns = width - left - 8, pixels = canvas.getContext("2d").getImageData(left, 0, columns, height).data;
  let found = 0;
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < height; y++) {
      const at = 4 * (y * columns + x);
      if (pixels[at + 3] > 60 && Math.abs(pixels[at] - red) + Math.abs(pixels[at + 1] - green) + Math.abs(pixels[at + 2] - blue) < 90) { found++; break; }
    }
  }
  return found / columns;
})()`;

let stage: Stage;

async function visit(site: FixtureSite, look: (page: Page) => Promise<void>): Promise<void> {
  const { page, errors, foreign } = await stage.visit(await site.start());
  try {
    await look(page);
    assert.deepEqual([errors, foreign], [[], []]);
  } finally {
    await page.context().close();
    await site.stop();
  }
}

const about = { isScoring: true, skipped: 0, failures: 0, recipe: "levels", answer: null };
const names = (page: Page) => page.locator(".lane-score .lane-shadow");

async function besideScore(): Promise<void> {
  const site = new FixtureSite(stage.directory);
  const { plant } = site;
  const wheel = plant.site.wheels[1];
  assert.ok(wheel !== undefined);
  plant.shadows.push({ wheel: wheel.id, shadow: { ...about, model: digestOf(2), role: "challenger" }, value: (time) => 1.4 - (plant.score(wheel, time) ?? 0) });
  plant.shadows.push({ wheel: wheel.id, shadow: { ...about, model: digestOf(1), role: "former", recipe: hostileName, isScoring: false }, value: () => null });
  await visit(site, async (page) => {
    await page.getByRole("navigation").getByRole("button", { name: "Pump 2" }).click();
    await names(page).first().waitFor();
    assert.deepEqual(await names(page).allTextContents(), [`in shadow: ${digestOf(2).slice(0, 8)}`, `looks on: ${digestOf(1).slice(0, 8)}`]);
    await until("a line in the shadow's colour", async () => (await page.evaluate<number>(shadowed)) > 0.8);
    assert.match((await names(page).last().getAttribute("title")) ?? "", /It cannot be loaded\.$/);
    assert.equal(await page.evaluate("window.pwned"), undefined);
    plant.shadows = [];
    site.say("turn", { turn: plant.turns[4] });
    await until("no name is left", async () => (await names(page).count()) === 0);
    await until("no line is left", async () => (await page.evaluate<number>(shadowed)) < 0.02);
  });
}

async function whileBlind(): Promise<void> {
  const site = new FixtureSite(stage.directory);
  site.plant.shadows.push({ wheel: idOf("WHEEL", 0), shadow: { ...about, model: digestOf(2), role: "challenger" }, value: () => 0.5 });
  await visit(site, async (page) => {
    await names(page).first().waitFor();
    await page.getByRole("switch", { name: "Hide scores" }).check();
    await until("hidden", async () => (await names(page).count()) === 0);
    assert.equal(await page.locator(".lane-score .lane-chart").isVisible(), false);
  });
}

async function besideAnswers(): Promise<void> {
  const site = new FixtureSite(stage.directory);
  const { plant } = site;
  const at = { time: plant.startedAt, since: plant.startedAt };
  plant.tell(1, 901, "estimate", "moisture", { what: "value", ...at, value: 8.25, low: 7.9, high: 8.61, unit: "%" });
  plant.tell(1, 902, "classify", "grade", { what: "class", ...at, class: "B", probability: 0.9, probabilities: [{ class: "B", probability: 0.9 }] });
  const answer = { what: "value" as const, ...at, value: 8.4, low: null, high: null, unit: "%" };
  plant.shadows.push({ wheel: idOf("WHEEL", 901), shadow: { ...about, model: digestOf(2), role: "former", answer }, value: (time) => 0.6 + 0.1 * Math.sin(time / 2e7) });
  plant.shadows.push({ wheel: idOf("WHEEL", 902), shadow: { ...about, model: digestOf(1), role: "challenger", answer: { what: "class", ...at, class: null, probability: 0.3, probabilities: [] } }, value: () => 0.3 });
  await visit(site, async (page) => {
    await page.getByRole("navigation").getByRole("button", { name: "Pump 2" }).click();
    await page.locator(".answer-card", { hasText: "moisture" }).click();
    await names(page).first().waitFor();
    assert.deepEqual(await page.locator(".lane-score .lane-name").allTextContents(), ["moisture"]);
    assert.deepEqual(await names(page).allTextContents(), [`${digestOf(2).slice(0, 8)}: 8.4`]);
    await until("a line in the shadow's colour", async () => (await page.evaluate<number>(shadowed)) > 0.8);
    await page.locator(".answer-card", { hasText: "grade" }).click();
    await page.getByText("how likely").waitFor();
    await until("its class", async () => (await names(page).allTextContents()).join() === `${digestOf(1).slice(0, 8)}: None of these`);
  });
}

describe("models in shadow", { skip: noChromium }, () => {
  before(async () => void (stage = await Stage.open()));
  after(async () => await stage.close());

  test("stand as a thin line each beside the score, named in its colour, and go when a turn ends them", besideScore);
  test("are not seen while a question is to be answered blind", whileBlind);
  test("of a target stand beside the course of the answers, with what they say now", besideAnswers);
});

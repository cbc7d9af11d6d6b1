import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { BrowserContextOptions, Page } from "playwright-core";
import { noChromium, Stage, until } from "./chromium.ts";
import { FixtureSite } from "./fixture.ts";
import { hostileName, hostileSignal, idOf } from "./made-up-plant.ts";

describe("the page", { skip: noChromium }, () => {
  let stage: Stage;
  before(async () => void (stage = await Stage.open()));
  after(async () => await stage.close());

  interface Visit {
    readonly site: FixtureSite;
    readonly page: Page;
    readonly url: string;
    /** Errors that were to be expected are taken out before the end. */
    readonly errors: string[];
  }
  /** Every visit ends with: no error on the console, no request that left the origin. */
  async function visit(look: (visit: Visit) => Promise<void>, options: { readonly site?: ConstructorParameters<typeof FixtureSite>[1]; readonly browser?: BrowserContextOptions } = {}): Promise<void> {
    const site = new FixtureSite(stage.directory, options.site);
    const url = await site.start();
    const { page, errors, foreign } = await stage.visit(url, options.browser);
    try {
      await look({ site, page, url, errors });
      assert.deepEqual(errors, []);
      assert.deepEqual(foreign, []);
    } finally {
      await page.context().close();
      await site.stop();
    }
  }
  const tile = (page: Page, name: string) => page.getByRole("navigation").getByRole("button", { name });
  const answer = (page: Page, name: string) => page.locator(".question").getByRole("button", { name });
  const reading = (page: Page, lane: number) => page.locator(".lane .reading").nth(lane);

  test("shows each asset with its state in a word, and unknown never as normal", async () => {
    await visit(async ({ page }) => {
      await page.getByRole("heading", { name: "Waterworks East" }).waitFor();
      for (const [name, word] of Object.entries({ "Pump 1": "Alarm", "Pump 2": "Normal", Booster: "Learning", Compressor: "Unknown", "Exhaust fan": "Not running", "Weather station": "Not watched" })) {
        assert.match((await tile(page, name).textContent()) ?? "", new RegExp(`${word}$`), name);
      }
      assert.equal(await page.title(), "(1) Waterworks East");
      assert.equal(await page.getByRole("heading", { name: "Pump 1" }).count(), 1, "what needs somebody is chosen");
    });
  });

  test("draws live values that go on, and a gap stays a gap", async () => {
    await visit(
      async ({ page }) => {
        await until("a first value", async () => (await reading(page, 0).textContent()) !== "–");
        const first = await reading(page, 0).textContent();
        await until("another value", async () => (await reading(page, 0).textContent()) !== first);
        // Pressure was not measured for 45 of the 300 s: that many columns of its chart hold no line.
        const line = (lane: number) => `[...document.querySelectorAll(".lane-chart canvas")].map((canvas) => {
          const { width, height } = canvas, left = 52, pixels = canvas.getContext("2d").getImageData(left, 0, width - left - 8, height).data, columns = width - left - 8;
          let empty = 0;
          for (let x = 0; x < columns; x++) { let dark = 0; for (let y = 0; y < height; y++) { const at = 4 * (y * columns + x); if (pixels[at + 3] > 150 && pixels[at] < 120) dark++; } if (dark === 0) empty++; }
          return empty / columns;
        })[${lane}]`;
        const [flow, pressure] = [await page.evaluate<number>(line(0)), await page.evaluate<number>(line(1))];
        assert.ok(flow < 0.05, `${flow} of the flow's chart is empty`);
        assert.ok(pressure > 0.1 && pressure < 0.2, `${pressure} of the pressure's chart is empty`);
      },
      { site: { pace: 200 } },
    );
  });

  test("answers by one click, and says whether the score was shown", async () => {
    await visit(async ({ site, page }) => {
      await page.getByLabel("Answering as").fill("Grace");
      await page.getByLabel("Kind of fault, if you know").fill("unbalance");
      await answer(page, "Fault").click();
      await page.getByText("Noted: Fault (unbalance)").waitFor();
      assert.deepEqual(site.posted, [{ method: "POST", path: `/api/v1/questions/${idOf("QUESTION", 1)}/answer`, body: { answer: "fault", faultKind: "unbalance", author: "Grace", scoreShown: true } }]);
      await page.getByRole("button", { name: "unbalance" }).waitFor();
      await page.getByText("1 of 2").waitFor();
      await page.getByRole("button", { name: "Change" }).click();
      await answer(page, "Normal").click();
      await page.getByText("Noted: Normal").waitFor();
      assert.deepEqual(site.posted[1], { method: "PUT", path: `/api/v1/labels/${idOf("LABEL", 1)}`, body: { answer: "normal", faultKind: null, author: "Grace" } });
    });
  });

  test("answers by key: no single press sends, Enter does, and letters in a field are letters", async () => {
    await visit(async ({ site, page }) => {
      await page.getByRole("button", { name: "Fault" }).waitFor();
      await page.keyboard.press("n");
      await page.getByText("Enter to send").waitFor();
      assert.equal(site.posted.length, 0);
      await page.keyboard.press("f");
      await page.keyboard.type("fun");
      await page.keyboard.press("Enter");
      await page.getByText("Noted: Fault (fun)").waitFor();
      assert.deepEqual(site.posted.map(({ body }) => body["answer"]), ["fault"]);
      await page.keyboard.press("u");
      await page.keyboard.press("Enter");
      await page.getByText("Noted: Not sure").waitFor();
      assert.deepEqual(site.posted.map(({ body }) => [body["answer"], body["faultKind"]]), [["fault", "fun"], ["unsure", null]]);
    });
  });

  test("a blind answer sees no score; one that was seen before stays seen; an audit is always blind", async () => {
    await visit(async ({ site, page }) => {
      const card = page.locator(".question");
      await card.getByText("peak 5.88×").waitFor();
      await page.getByRole("switch", { name: "Hide scores" }).check();
      await page.getByText("Scores are hidden for a blind answer.").waitFor();
      assert.equal(await card.getByText("×").count(), 0);
      assert.equal(await page.locator(".blame").count(), 0);
      await answer(page, "Normal").click();
      await page.getByText("How was this stretch?").waitFor();
      await answer(page, "Not sure").click();
      await page.getByText("Random check. How was this stretch?").waitFor();
      await page.getByText("Noted: Not sure").waitFor();
      await answer(page, "Normal").click();
      await page.getByText("Nothing to answer.").waitFor();
      assert.deepEqual(site.posted.map(({ path, body }) => [path.split("/")[4], body["scoreShown"]]), [[idOf("QUESTION", 1), true], [idOf("QUESTION", 3), false], [idOf("QUESTION", 2), false]]);
    });
  });

  test("connections stand as one line, and open to clients, deliveries and what was left out", async () => {
    await visit(async ({ site, page }) => {
      const doors = page.locator(".doors");
      await doors.getByText("MQTT clients: 2").click();
      for (const text of ["plc-hall-1", hostileName, "4 delivered, the last at", "Connections ended: silent 1", "Left out: malformed 2"]) await doors.getByText(text).waitFor();
      assert.equal(await page.evaluate("window.pwned"), undefined);
      const [hook] = site.plant.doors.webhooks;
      site.plant.doors = { ...site.plant.doors, webhooks: [{ ...hook, waiting: 3, attempts: 7, reason: "it answered 503" }] };
      await page.reload();
      await doors.getByText("1 in trouble").click();
      await doors.getByText("3 waiting, 7 attempts at the oldest. it answered 503").waitFor();
    });
  });

  test("how much goes unnoticed stands under the question with its range, or that it cannot be said yet", async () => {
    await visit(async ({ site, page }) => {
      const line = page.locator(".missed");
      await line.getByText("Random checks: 1.6% of quiet stretches hide a fault (0.29% to 5.2%)").click();
      await line.getByText("Of all stretches with a fault, 38% went unnoticed (10% to 67%).").waitFor();
      const nothing = { estimate: null, low: null, high: null };
      site.plant.missed = { ...site.plant.missed, share: nothing, missed: nothing, missedOfFaults: nothing, have: 0, need: 36, isEnough: false };
      site.say("turn", { turn: site.plant.turns[4] });
      await line.getByText("Unnoticed faults: not enough random checks yet, 0 of about 36").waitFor();
      assert.equal(await line.locator("svg").count(), 0, "no figure where nothing is known");
    });
  });

  test("a new alarm is read out, stands with the signals to blame, and is acknowledged and shelved", async () => {
    await visit(async ({ site, page }) => {
      await page.getByRole("heading", { name: "Alarms" }).waitFor();
      const event = { ...site.plant.events[0], id: idOf("EVENT", 9), asset: idOf("ASSET", 1), wheel: idOf("WHEEL", 1), contributions: [{ signal: idOf("SIGNAL", 104), share: 0.8 }, { signal: idOf("SIGNAL", 100), share: 0.2 }] };
      const alarm = { ...site.plant.alarms[0], id: idOf("ALARM", 9), event: event.id, since: Date.now() * 1000 - 61e6, by: null };
      assert.ok(alarm.id);
      site.plant.alarms.push(alarm);
      site.say("alarm", { alarm, event });
      const row = page.locator(".alarm", { hasText: "Pump 2" });
      await row.waitFor();
      assert.equal(await page.locator("[aria-live=assertive]").textContent(), "Alarm: Pump 2, Unusual behaviour");
      assert.deepEqual(await row.locator(".blame li").allTextContents(), ["Bearing temperature80%", "Volume flow20%"]);
      await row.getByRole("button", { name: "Acknowledge" }).click();
      await row.getByText("acknowledged by operator").waitFor();
      await row.getByRole("combobox").selectOption({ label: "Shelve for 1h" });
      await row.getByText(/shelved by operator until (.+ )?\d\d:\d\d/).waitFor(); // in an hour, which may be tomorrow
      assert.deepEqual(site.posted.map(({ path }) => path.split("/").slice(4).join("/")), [`${alarm.id}/acknowledge`, `${alarm.id}/shelve`]);
      const until = Number(site.posted[1]?.body["until"]) / 1e6 - Date.now() / 1000;
      assert.ok(Math.abs(until - 3600) < 10, `shelved for ${until} s`);
    });
  });

  test("alarms that are over are a line each, acknowledged together, and what was seen is said in the page's language", async () => {
    await visit(
      async ({ site, page }) => {
        await page.getByRole("heading", { name: "Alarme" }).waitFor();
        const now = Date.now() * 1000;
        for (let number = 20; number < 26; number++) {
          const event = { ...site.plant.events[1], id: idOf("EVENT", number), kind: "out-of-range", start: now - number * 60e6, end: now - number * 60e6 + 5e6, seen: "reads 12.5, above its limit of 10" };
          const alarm = { ...site.plant.alarms[0], id: idOf("ALARM", number), event: event.id, state: number === 20 ? "active" : "cleared", since: event.end, by: null, done: false };
          site.plant.alarms.push(alarm as (typeof site.plant.alarms)[number]);
          site.say("alarm", { alarm, event });
        }
        await page.getByText("zeigt 12.5, über der Grenze von 10").waitFor();
        assert.equal(await page.locator(".over-row").count(), 4, "the newest few");
        await page.getByRole("button", { name: "1 weitere" }).click();
        assert.equal(await page.locator(".over-row").count(), 5);
        await page.getByRole("button", { name: "Alle quittieren" }).click();
        await until("five are acknowledged", () => site.posted.filter(({ path }) => path.endsWith("/acknowledge")).length === 5);
        await page.locator(".over-row").first().waitFor({ state: "detached" });
        assert.ok(!site.posted.some(({ path }) => path.includes(idOf("ALARM", 20))), "one that still stands is not acknowledged with them");
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out sideways");
      },
      { browser: { locale: "de-DE", viewport: { width: 390, height: 844 } } },
    );
  });

  test("an unreachable site makes everything old: greyed, dated, unknown; and then it recovers by itself", async () => {
    await visit(async ({ site, page, url, errors }) => {
      await until("a first value", async () => (await reading(page, 0).textContent()) !== "–");
      const first = await reading(page, 0).textContent();
      await until("a live value", async () => (await reading(page, 0).textContent()) !== first);
      await site.stop();
      await page.getByText(/No connection to the site since \d\d:\d\d:\d\d/).waitFor();
      assert.match((await tile(page, "Pump 2").textContent()) ?? "", /Unknown.*was Normal at \d\d:\d\d:\d\d/);
      await page.locator(".lanes.is-old").waitFor();
      await page.getByText(/^at \d\d:\d\d:\d\d$/).waitFor();
      assert.equal(await page.locator(".live-word").count(), 0);
      assert.equal(await answer(page, "Normal").isDisabled(), true, "an answer would be lost");
      await site.start(Number(new URL(url).port));
      await page.getByText("Connected again.").waitFor({ timeout: 15_000 });
      await until("Pump 2 is normal again", async () => (await tile(page, "Pump 2").textContent())?.endsWith("Normal") === true);
      assert.equal(await page.locator(".lanes.is-old").count(), 0);
      assert.ok(site.asked.some(({ path, lastEventId }) => path === "/api/v1/stream" && Number(lastEventId) > 0), "it asks for what it missed");
      const network = /ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET|NETWORK_CHANGED)/;
      assert.deepEqual(errors.splice(0).filter((error) => !network.test(error)), []);
    });
  });

  test("rows that stop make a state unknown though the connection stands", async () => {
    await visit(async ({ page, site }) => {
      await until("a first value", async () => (await reading(page, 0).textContent()) !== "–");
      site.status = { ready: true, reasons: ["An unreadable file was set aside: a/b.parquet"] };
      site.say("status", { status: site.status });
      await page.getByText("Degraded").click();
      await page.getByText("An unreadable file was set aside: a/b.parquet").waitFor();
      site.pause();
      await page.clock.install();
      await page.clock.fastForward(60_000);
      await until("unknown", async () => /Unknown/.test((await tile(page, "Pump 2").textContent()) ?? ""));
    });
  });

  test("names from outside are text wherever they are shown", async () => {
    await visit(async ({ site, page }) => {
      await tile(page, hostileName).click();
      await page.getByRole("heading", { name: hostileName }).waitFor();
      assert.equal(await page.locator(".lane-name").first().textContent(), hostileSignal);
      assert.equal(await page.locator(".unit").first().textContent(), "<b>bar</b>");
      const turn = { ...site.plant.turns[4], verdict: { ...site.plant.turns[4]?.verdict, reasons: [hostileName] } };
      site.plant.turns[4] = turn as (typeof site.plant.turns)[number];
      site.say("status", { status: { ready: true, reasons: [hostileName] } });
      site.say("no-such-kind", { html: hostileName });
      await page.getByText("Degraded").click();
      await tile(page, "Pump 1").click();
      await page.getByRole("button", { name: "Details of Turns 5" }).click();
      await until("the reason", async () => (await page.getByText(hostileName).count()) >= 2);
      await page.locator(".lane-chart").first().hover();
      assert.equal(await page.locator(".alarm", { hasText: "Compressor" }).getByText("no value for 21 min").count(), 1, "what was seen stands in the alarm");
      assert.equal(await page.evaluate("window.pwned"), undefined);
      assert.equal(await page.locator("#page img").count(), 0);
    });
  });

  test("time spans, dragging and keys change what is shown, and there is a way back to live", async () => {
    await visit(async ({ page }) => {
      await page.getByText("Live").last().waitFor();
      await page.getByRole("button", { name: "8 h" }).click();
      assert.equal(await page.getByRole("button", { name: "8 h" }).getAttribute("aria-pressed"), "true");
      const box = await page.locator(".lane-chart").nth(2).boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 5 });
      await page.mouse.up();
      await page.getByRole("button", { name: "Back to live" }).waitFor();
      const zoomed = await page.locator(".span-words").textContent();
      await page.locator(".lanes").focus();
      await page.keyboard.press("ArrowLeft");
      await until("it moved", async () => (await page.locator(".span-words").textContent()) !== zoomed);
      await page.keyboard.press("Escape");
      await page.mouse.move(5, 5);
      await page.locator(".live-word").waitFor();
    });
  });

  test("turns, models and the ledger open their details; a turn and a roll-back are asked about first", async () => {
    await visit(async ({ site, page }) => {
      await page.getByRole("button", { name: "Details of Turns 3" }).click();
      await page.getByText("Over 14 blocks the challenger's mean loss is 0.137 lower; at 95 % the difference is at least 0.052").waitFor();
      await page.getByRole("button", { name: "Turn now" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      assert.equal(site.posted.length, 0);
      await page.getByRole("button", { name: "Turn now" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Turn now" }).click();
      await page.getByText("The turn has been asked for.").waitFor();
      await page.getByRole("tab", { name: "Turns" }).focus();
      await page.keyboard.press("ArrowRight");
      await page.getByRole("button", { name: `Details of ${site.plant.models[0]?.digest.slice(0, 8)}` }).click();
      await page.getByRole("button", { name: "Roll back to this" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Roll back to this" }).click();
      await page.getByText("Please give a reason.").waitFor();
      await page.getByLabel("Reason").fill("the newer one rings at night");
      await page.keyboard.press("Enter");
      await page.getByText("is in force.").waitFor();
      assert.deepEqual(site.posted.map(({ body }) => body), [{}, { to: site.plant.models[0]?.digest, reason: "the newer one rings at night" }]);
      await page.getByRole("tab", { name: "Ledger" }).click();
      await page.getByText("Hash chain is whole").waitFor();
      await page.getByRole("button", { name: "Details of Line 1" }).click();
      await page.getByText("0".repeat(64)).waitFor();
    });
  });

  test("German by the browser's language, with its numbers, and by the switch", async () => {
    await visit(
      async ({ page }) => {
        await page.getByRole("heading", { name: "Alarme" }).waitFor();
        await until("a German number", async () => /^\d+,\d+$/.test((await reading(page, 0).textContent()) ?? ""));
        assert.equal(await page.locator("html").getAttribute("lang"), "de");
        await page.getByLabel("Sprache").selectOption("English");
        await page.getByRole("heading", { name: "Alarms" }).waitFor();
        await page.reload();
        await page.getByRole("heading", { name: "Alarms" }).waitFor();
      },
      { browser: { locale: "de-DE", timezoneId: "Europe/Berlin" } },
    );
  });

  test("a site without data says how to send some, with its own address", async () => {
    await visit(
      async ({ page, url }) => {
        await page.getByText("Waiting for the first value").waitFor();
        assert.match((await page.locator("pre").first().textContent()) ?? "", new RegExp(`curl -X POST ${url}/api/v1/write`));
        assert.match((await page.locator("pre").last().textContent()) ?? "", /^mosquitto_pub -h 127\.0\.0\.1 -p 1884 -q 1 .*-t plant\/hall1\/pump1\/pressure -m 4\.2$/s);
      },
      { site: { isEmpty: true } },
    );
  });

  test("a site that wants a token asks for it once and keeps it for this tab only", async () => {
    await visit(
      async ({ page, errors }) => {
        // The right one is given while the wrong one is still being tried.
        const given = Promise.withResolvers<void>();
        await page.route("**/api/**", (route) => (route.request().headers().authorization === "Bearer mr_wrong" ? given.promise : Promise.resolve()).then(() => route.continue()));
        for (const token of ["mr_wrong", "mr_right"]) {
          await page.getByLabel("API token").fill(token);
          await page.keyboard.press("Enter");
        }
        given.resolve();
        await page.getByRole("heading", { name: "Pump 1" }).waitFor();
        await page.reload();
        await page.getByRole("heading", { name: "Pump 1" }).waitFor();
        assert.equal(await page.evaluate("JSON.stringify(localStorage).includes('mr_')"), false);
        assert.deepEqual(errors.splice(0).filter((error) => !error.includes("401")), []);
      },
      { site: { token: "mr_right" } },
    );
  });

  test("dark, a tablet upright: nothing sticks out sideways, and everything can be reached by Tab", async () => {
    await visit(
      async ({ page }) => {
        await page.getByRole("heading", { name: "Pump 1" }).waitFor();
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        const reached = new Set<string>();
        for (let press = 0; press < 70; press++) {
          await page.keyboard.press("Tab");
          reached.add(await page.evaluate<string>("(document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label') || '').slice(0, 12)"));
        }
        for (const name of ["Pump 2Normal", "Fault F", "Not sure U", "Acknowledge", "5 min", "Turns", "Turn now"]) assert.ok(reached.has(name), `${name} was not reached by Tab`);
      },
      { browser: { viewport: { width: 768, height: 1024 }, colorScheme: "dark" } },
    );
  });

  test("20 rows a second of 8 signals cost less than 5 ms of script each", async (t) => {
    await visit(
      async ({ page }) => {
        await until("a first value", async () => (await reading(page, 0).textContent()) !== "–");
        const devtools = await page.context().newCDPSession(page);
        await devtools.send("Performance.enable");
        const script = async () => (await devtools.send("Performance.getMetrics")).metrics.find(({ name }) => name === "ScriptDuration")?.value ?? Number.NaN;
        const twoSeconds = "new Promise((resolve) => setTimeout(resolve, 2000))";
        // Time spent waiting for a busy machine counts as script too: the best of three is nearest to the truth.
        let perRow = Infinity;
        for (let tries = 0; tries < 3 && perRow >= 5; tries++) {
          const from = await script();
          await page.evaluate(twoSeconds);
          perRow = Math.min(perRow, (1000 * ((await script()) - from)) / (2 * 20));
        }
        t.diagnostic(`${perRow.toFixed(2)} ms of script a row of the plant`);
        assert.ok(perRow < 5, `${perRow.toFixed(2)} ms of script a row of the plant`);
      },
      { site: { pace: 50 } },
    );
  });

  test("what is loaded first is small: less than 150 KiB of script, gzip", (t) => {
    const assets = join(stage.directory, "assets");
    const sizes = readdirSync(assets).filter((name) => name.endsWith(".js")).map((name) => gzipSync(readFileSync(join(assets, name))).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${(total / 1024).toFixed(1)} KiB`);
    assert.ok(total > 10_000 && total < 150 * 1024, `${total} bytes`);
    const html = readFileSync(join(stage.directory, "index.html"), "utf8");
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]* src=)|https?:/, "nothing inline, nothing from elsewhere");
  });
});

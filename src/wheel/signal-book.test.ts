import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openSite, type Site } from "../site.ts";
import { SignalBook } from "./signal-book.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-book-"));
let site: Site;
before(async () => void (site = await openSite(directory, { create: true })));
after(async () => {
  await site.close();
  rmSync(directory, { recursive: true });
});

test("SignalBook makes assets and signals once, with unit and role by name, and knows them after a restart", async () => {
  const book = await SignalBook.open(site.ports);
  assert.equal(book.find("works/hall/pump/Pressure (bar)"), undefined);
  const made = await book.create([
    { path: "works/hall/pump/Pressure (bar)", valueType: "number", unit: null },
    { path: "works/hall/pump/run", valueType: "text", unit: null },
    { path: "works/hall/press/temperature", valueType: "number", unit: "Cel" },
  ]);
  assert.equal(made.size, 3);
  const again = await SignalBook.open(site.ports);
  for (const known of [book, again]) {
    const pressure = known.byKey(made.get("works/hall/pump/Pressure (bar)")?.key ?? -1);
    assert.deepEqual([pressure?.unit, pressure?.role, pressure?.name], ["bar", "measured", "Pressure (bar)"]);
    assert.equal(known.find("works/hall/pump/run")?.valueType, "text");
    assert.equal(known.find("works/hall/press/temperature")?.unit, "Cel");
    assert.equal(known.count, 3);
    assert.equal(pressure === undefined ? "" : known.pathOf(pressure), "works/hall/pump/Pressure (bar)");
  }
  assert.deepEqual((await site.store.records.assets()).map(({ name }) => name).toSorted(), ["hall", "press", "pump", "works"]);
});

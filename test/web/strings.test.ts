import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { de } from "../../web/src/strings/de.ts";
import { en } from "../../web/src/strings/en.ts";

const sources = globSync("web/src/**/*.{ts,tsx}", { cwd: join(import.meta.dirname, "../..") }).filter((path) => !path.includes("/strings/"));
const source = sources.map((path) => readFileSync(join(import.meta.dirname, "../..", path), "utf8")).join("\n");
const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted();

test("the German catalogue has every text of the English one, with the same places to fill in", () => {
  assert.deepEqual(Object.keys(de), Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    const german = de[key as keyof typeof en];
    assert.ok(german.trim().length > 0, key);
    assert.deepEqual(places(german), places(text), key);
  }
});

test("every text of the catalogue is used", () => {
  const unused = Object.keys(en).filter((key) => !source.includes(`"${key}"`) && !source.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}\${`));
  assert.deepEqual(unused, []);
});

test("the sources put no HTML in the page and reach no other place", () => {
  assert.doesNotMatch(source, /dangerouslySetInnerHTML|\binnerHTML\b|insertAdjacentHTML|\beval\(|new Function/);
  assert.doesNotMatch(source, /https?:\/\//);
});

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openApi, type Api } from "../../src/api/server.ts";
import { accessOf } from "../../src/store/access.ts";
import { temporaryDirectory } from "../synthetic.ts";
import { openDouble, type Double } from "./site-double.ts";

const { path: home, remove } = temporaryDirectory();
const pageDirectory = join(home, "page");
let double: Double;
let api: Api;

before(async () => {
  mkdirSync(join(pageDirectory, "assets"), { recursive: true });
  writeFileSync(join(pageDirectory, "index.html"), "<!doctype html><title>Millrace</title>");
  writeFileSync(join(pageDirectory, "assets", "app-1234.js"), "export {};");
  writeFileSync(join(pageDirectory, ".hidden"), "secret");
  writeFileSync(join(home, "outside.txt"), "secret");
  symlinkSync(join(home, "outside.txt"), join(home, "link.txt"));
  double = await openDouble();
  api = await openApi(double.site, { port: 0, pageDirectory });
});
after(async () => {
  await api.close();
  await double.close();
  remove();
});

test("the page is at / and its files beside it, each kept as long as it stays true", async () => {
  const page = await fetch(`${api.url}/`);
  assert.match(await page.text(), /Millrace/);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'self'/);
  const script = await fetch(`${api.url}/assets/app-1234.js`);
  assert.match(script.headers.get("content-type") ?? "", /javascript/);
  assert.match(script.headers.get("cache-control") ?? "", /immutable/);
  await script.text();
});

test("what is no file of the page is not there, in the API's words, and nothing outside is reached", async () => {
  for (const path of ["/wheels", "/assets/", "/assets", "/index.htm", "/.hidden", "/%2ehidden", "/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt", "/%252e%252e/outside.txt", "/assets/..%2f..%2foutside.txt", "/assets/%2e%2e/%2e%2e/outside.txt", "/..%5coutside.txt", "//etc/passwd", "/index.html%00.js", "/C:%5cWindows"]) {
    const answer = await fetch(api.url + path);
    const text = await answer.text();
    assert.ok([400, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.match(text, /"error":\{"code":"api\./, `${path}: ${text}`);
    assert.doesNotMatch(text, /secret/);
  }
});

test("beyond loopback the page is open to all, and what it shows is not", async () => {
  const access = accessOf(double.site.store.records, { maxAge: 0 });
  await access.addToken("one");
  const open = await openApi(double.site, { host: "0.0.0.0", port: 0, pageDirectory, access });
  assert.equal((await fetch(`${open.url}/`)).status, 200);
  assert.equal((await fetch(`${open.url}/assets/app-1234.js`)).status, 200);
  assert.equal((await fetch(`${open.url}/api/v1/site`)).status, 401);
  await open.close();
});

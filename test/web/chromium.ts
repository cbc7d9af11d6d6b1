import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { build } from "vite";

const executable = process.env["MILLRACE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why the tests of the page cannot run here; `false` when they can. */
export const noChromium: string | false = existsSync(executable) ? false : `no browser at ${executable}: install Debian's package chromium`;

export interface Opened {
  readonly page: Page;
  /** Errors of the console and of the script, and requests that left the origin. */
  readonly errors: string[];
  readonly foreign: string[];
}

/** The built page and a browser, made once for a file of tests. */
export class Stage {
  readonly directory: string;
  readonly #browser: Browser;

  constructor(directory: string, browser: Browser) {
    this.directory = directory;
    this.#browser = browser;
  }

  static async open(): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), "millrace-web-"));
    await build({ configFile: join(import.meta.dirname, "../../web/vite.config.ts"), logLevel: "error", build: { outDir: directory, emptyOutDir: true, reportCompressedSize: false } });
    return new Stage(directory, await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] }));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async visit(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    const errors: string[] = [];
    const foreign: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("blob:")) foreign.push(request.url());
    });
    await page.goto(url);
    return { page, errors, foreign };
  }
}

/** Asks until it is so; a page has no event for "drawn". */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, milliseconds = 8000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`waited ${milliseconds} ms in vain: ${what}`);
}

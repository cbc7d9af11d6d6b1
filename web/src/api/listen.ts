import { ApiProblem, type Client } from "./client.ts";
import { SentEventParser } from "./sent-events.ts";
import type { Happening } from "./types.ts";

/** Who hears the stream. `onOpen` runs before the first happening of every connection and may take its time. */
export interface Ears {
  onOpen(stop: AbortSignal): Promise<void>;
  onHappening(happening: Happening): void;
  onReset(): Promise<void>;
  onLost(): void;
  /** The site wants a token; resolves once there is one to try. */
  onLocked(): Promise<void>;
}

/** The site pings every 15 s: a stream silent for longer than this is dead. */
const silence = 40_000;
const firstPause = 500;
const longestPause = 10_000;

/** Follows the site's stream until `stop` aborts: back again after every loss, from the happening last heard. */
export async function listen(client: Client, ears: Ears, stop: AbortSignal): Promise<void> {
  let last: string | null = null;
  let pause = firstPause;
  while (!stop.aborted) {
    try {
      await hearOnce(client, ears, last, stop, (id) => {
        last = id;
        pause = firstPause;
      });
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 401) {
        await ears.onLocked();
        continue;
      }
    }
    if (stop.aborted) return;
    ears.onLost();
    await wait(pause * (0.75 + Math.random() / 2), stop);
    pause = Math.min(longestPause, pause * 1.7);
  }
}

async function hearOnce(client: Client, ears: Ears, last: string | null, stop: AbortSignal, heard: (id: string) => void): Promise<void> {
  const quiet = new AbortController();
  const both = AbortSignal.any([stop, quiet.signal]);
  let watchdog = setTimeout(() => quiet.abort(), silence);
  try {
    const response = await client.stream(last, both);
    // Happenings that come meanwhile wait in the response: they are newer than what is loaded here.
    await ears.onOpen(both);
    if (response.body === null) return;
    const parser = new SentEventParser();
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => quiet.abort(), silence);
      for (const { id, event, data } of parser.push(piece)) {
        if (event === "reset") await ears.onReset();
        else tell(ears, event, data);
        if (id !== null) heard(id);
      }
    }
  } finally {
    clearTimeout(watchdog);
    quiet.abort();
  }
}

/** A happening of a kind this page does not know, or one that is no JSON, is passed over. */
function tell(ears: Ears, event: string, data: string): void {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return;
  }
  if (typeof said === "object" && said !== null) ears.onHappening({ type: event, ...said } as Happening);
}

/** Waits, but not while the network has just come back or the page is looked at again. */
function wait(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    stop.addEventListener("abort", done);
  });
}

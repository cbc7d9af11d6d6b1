import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Batch, Connector } from "../../src/capture/connector.ts";
import { runSource, type SourceState } from "../../src/capture/loop.ts";
import { MillraceError } from "../../src/errors.ts";

/** The other end of a connector: a source that a test can feed, break and bring back. */
export interface Peer<Options> {
  /** How to reach it; `most` is how many messages may wait to be acknowledged. */
  options(most: number): Options;
  /** Sends payloads about paths, acknowledged by the source: it has them. */
  send(messages: readonly (readonly [path: string, payload: string])[]): Promise<void>;
  /** Ends it without a word to its clients. */
  stop(): Promise<void>;
  /** Starts it again where it was, with what it keeps. */
  start(): Promise<void>;
  /** A word that must not appear in errors. */
  readonly secret: string;
}

/** Runs a connector through what every connector has to hold. `peerFor` gives a running peer, ended after the test. */
export function connectorConformance<Options>(name: string, connector: Connector<Options>, peerFor: (context: TestContext) => Promise<Peer<Options>>): void {
  const each = (does: string, run: (peer: Peer<Options>) => Promise<void>): void => {
    test(`${name} ${does}`, { timeout: 30_000 }, async (context) => await run(await peerFor(context)));
  };

  each("says that the link is up by an empty batch, and ends quietly when it is stopped", async (peer) => {
    const reader = new Reader(connector, peer.options(100));
    const first = await reader.next();
    assert.deepEqual([first?.readings, first?.rejected], [[], []]);
    await reader.stop();
    assert.equal(await reader.next(), null);
    assert.equal(reader.error, null);
  });

  each("ends at once when it is stopped before it was opened, or while nobody reads", async (peer) => {
    const early = new Reader(connector, peer.options(100), true);
    assert.equal(await early.next(), null);
    for (let round = 0; round < 5; round++) {
      const reader = new Reader(connector, peer.options(100));
      await reader.next();
      await reader.stop();
    }
  });

  each("yields what was sent, with its values", async (peer) => {
    const reader = new Reader(connector, peer.options(100));
    await reader.next();
    await peer.send([["plant/pump/pressure", "3.25"], ["plant/pump/running", "true"], ["plant/pump/state", '{"value":"idle","time":1760000000000}']]);
    const readings = (await reader.take(3)).flatMap((batch) => batch.readings);
    assert.deepEqual(readings.map(({ path, value }) => [path, value]), [["plant/pump/pressure", 3.25], ["plant/pump/running", true], ["plant/pump/state", "idle"]]);
    assert.equal(readings[2].time, 1_760_000_000_000_000);
    await reader.stop();
  });

  each("counts a payload that makes no sense, and goes on", async (peer) => {
    const reader = new Reader(connector, peer.options(100));
    await reader.next();
    await peer.send([["a/b", "{\"value\":"], ["a/b", "NaN"], ["a/b", "\u0000\u0001"], ["a/b", "[".repeat(5000)], ["a/b", "7"]]);
    const batches = await reader.take(5);
    assert.deepEqual(batches.flatMap(({ rejected }) => rejected.map(({ reason }) => reason)), ["malformed", "not-a-number", "malformed", "malformed"]);
    assert.deepEqual(batches.flatMap(({ readings }) => readings.map(({ value }) => value)), [7]);
    await reader.stop();
  });

  each("offers again what was not acknowledged, and nothing that was, when it is opened anew", async (peer) => {
    const first = new Reader(connector, peer.options(100));
    await first.next();
    await peer.send([["a/b", "1"], ["a/b", "2"]]);
    for (const batch of await first.take(2)) batch.ack();
    await delay(100); // what is written goes out
    await peer.send([["a/b", "3"], ["a/b", "4"]]);
    await first.take(2);
    await first.stop();
    const second = new Reader(connector, peer.options(100));
    assert.deepEqual(await second.values(2), [3, 4]);
    await second.stop();
  });

  each("loses nothing that was sent while it was away", async (peer) => {
    const first = new Reader(connector, peer.options(100));
    await first.next();
    await first.stop();
    await peer.send([["a/b", "1"], ["a/b", "2"]]);
    const second = new Reader(connector, peer.options(100));
    assert.deepEqual(await second.values(2), [1, 2]);
    await second.stop();
  });

  each("loses nothing across a restart of the source, and acknowledges nothing early", async (peer) => {
    const first = new Reader(connector, peer.options(100));
    await first.next();
    await peer.send([["a/b", "1"], ["a/b", "2"], ["a/b", "3"]]);
    await first.take(3); // read, not acknowledged
    await peer.stop();
    assert.equal(await first.next(), null);
    assert.ok(first.error instanceof MillraceError, String(first.error));
    await peer.start();
    const second = new Reader(connector, peer.options(100));
    assert.deepEqual(await second.values(3), [1, 2, 3]);
    await second.stop();
  });

  each("throws with a code and without secrets when the source is not there", async (peer) => {
    await peer.stop();
    const reader = new Reader(connector, peer.options(100));
    assert.equal(await reader.next(), null);
    assert.ok(reader.error instanceof MillraceError);
    assert.match(reader.error.code, /^capture\.link-/);
    assert.ok(!`${reader.error.message} ${reader.error.hint}`.includes(peer.secret));
    await peer.start();
  });

  each("is opened again by the loop when the link breaks, and what is refused is offered again", async (peer) => {
    const states: SourceState[] = [];
    const taken: number[] = [];
    let refusals = 1;
    const source = runSource("line", connector, peer.options(100), {
      take: async ({ readings }) => {
        if (refusals-- > 0) throw new Error("disk full");
        for (const { value } of readings) taken.push(Number(value));
      },
      now: () => Date.now() * 1000,
      random: () => 0,
      onState: (state) => states.push(state),
    });
    const connected = async (times: number): Promise<void> => {
      while (states.filter(({ state }) => state === "connected").length < times) await delay(10);
    };
    await connected(1);
    await peer.send([["a/b", "1"]]);
    await connected(2); // the refusal broke the link
    while (!taken.includes(1)) await delay(10);
    await peer.stop();
    while (states.at(-1)?.state !== "waiting") await delay(10);
    await peer.start();
    await peer.send([["a/b", "2"]]);
    while (!taken.includes(2)) await delay(10);
    assert.equal(states.find(({ state }) => state === "waiting")?.lastError?.code, "capture.link-lost");
    await source.stop();
    assert.equal(source.state().state, "stopped");
  });

  each("takes no more than it may while nothing is acknowledged, and all of it then", async (peer) => {
    const reader = new Reader(connector, peer.options(10));
    await reader.next();
    const sent = Array.from({ length: 60 }, (_, index) => ["a/b", String(index)] as const);
    await peer.send(sent);
    await reader.take(10);
    await delay(200);
    assert.equal(reader.messages, 10);
    const values = reader.everything.flatMap(({ readings }) => readings.map(({ value }) => value));
    for (const batch of reader.everything) batch.ack();
    while (values.length < sent.length) {
      const batch = await reader.next();
      values.push(...(batch?.readings.map(({ value }) => value) ?? []));
      batch?.ack();
    }
    assert.deepEqual([...new Set(values)].sort((a, b) => Number(a) - Number(b)), sent.map(([, value]) => Number(value)));
    await reader.stop();
  });
}

/** Reads a connector batch by batch, as a test asks. */
class Reader<Options> {
  readonly everything: Batch[] = [];
  error: unknown = null;
  /** Messages so far that said something. */
  messages = 0;
  readonly #stopping = new AbortController();
  #unread: Batch[] = [];
  #isOver = false;
  #wake: (() => void) | null = null;
  readonly #reading: Promise<void>;

  constructor(connector: Connector<Options>, options: Options, isStopped = false) {
    if (isStopped) this.#stopping.abort();
    this.#reading = this.#read(connector.open(connector.options.parse(options), this.#stopping.signal));
  }

  async #read(batches: AsyncIterable<Batch>): Promise<void> {
    try {
      for await (const batch of batches) {
        this.everything.push(batch);
        this.#unread.push(batch);
        this.messages += batch.readings.length + batch.rejected.length;
        this.#wake?.();
      }
    } catch (error) {
      this.error = error;
    }
    this.#isOver = true;
    this.#wake?.();
  }

  /** The next batch; `null` when it has ended. */
  async next(): Promise<Batch | null> {
    while (this.#unread.length === 0 && !this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#unread.shift() ?? null;
  }

  /** Batches until there were `messages` messages in them. */
  async take(messages: number): Promise<Batch[]> {
    const batches: Batch[] = [];
    let count = 0;
    while (count < messages) {
      const batch = await this.next();
      if (batch === null) throw new Error(`ended after ${count} of ${messages} messages: ${String(this.error)}`);
      count += batch.readings.length + batch.rejected.length;
      batches.push(batch);
    }
    return batches;
  }

  async values(messages: number): Promise<unknown[]> {
    return (await this.take(messages)).flatMap(({ readings }) => readings.map(({ value }) => value));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = await Promise.race([this.#reading.then(() => true), delay(3000, false, { ref: false })]);
    assert.ok(ended, "did not end within 3 s of being stopped");
  }
}

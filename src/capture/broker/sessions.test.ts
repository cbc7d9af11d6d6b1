import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { Journal } from "./journal.ts";
import type { Change, Kept, KeptMessage } from "./keeper.ts";
import type { Message } from "./message.ts";
import { brokerLimits } from "./options.ts";
import { nextId, type Name } from "./outbox.ts";
import { Sessions } from "./sessions.ts";

/** A disk that takes what was written when the test says so; a crash loses the rest. */
class Disk implements Journal {
  readonly durable: Change[] = [];
  kept = keptOf([]);
  #changes: Change[] = [];
  #settling: (() => void)[] = [];

  get waiting(): number {
    return this.#changes.length + this.#settling.length;
  }

  write(change: Change): void {
    this.#changes.push(structuredClone(change));
  }

  settled(): Promise<void> {
    return this.waiting === 0 ? Promise.resolve() : new Promise((resolve) => this.#settling.push(resolve));
  }

  purge(): Promise<void> {
    return this.settled();
  }

  /** The changes are on the disk; nobody was told yet. */
  take(): void {
    this.durable.push(...this.#changes.splice(0));
  }

  async commit(): Promise<void> {
    this.take();
    for (const settle of this.#settling.splice(0)) settle();
    await turn();
  }

  crash(): void {
    this.#changes = [];
    this.#settling = [];
    this.kept = keptOf(this.durable);
  }

  async close(): Promise<void> {}
}

/** What the keeper would read, as far as one client's queue goes. */
function keptOf(changes: readonly Change[]): Kept {
  const queue = new Map<number, KeptMessage>();
  for (const change of changes) {
    if (change[0] === "queue") queue.set(change[2], { client: change[1], number: change[2], topic: change[3], payload: change[4], qos: change[5], retain: 0, messageId: 0, released: 0 });
    else if (change[0] === "unqueue") queue.delete(change[2]);
    else if (change[0] === "sent") {
      const message = queue.get(change[2]);
      if (message !== undefined) queue.set(change[2], { ...message, messageId: change[3], released: change[4] });
    }
  }
  const known = changes.some(([name]) => name === "subscribe");
  return { retained: [], sessions: known ? [{ client: "reader", user: "" }] : [], subscriptions: known ? [{ client: "reader", filter: "x", qos: 2 }] : [], queue: [...queue.values()], incoming: [], wills: [], problem: null };
}

interface Line {
  readonly id: string;
  readonly clean: false;
  [nextId]: number;
}

type Written = Partial<Name> & { cmd: string; messageId: number; dup?: boolean; payload?: Uint8Array };

const textOf = (payload: Uint8Array | undefined): string => Buffer.from(payload ?? []).toString();

/** A broker over sessions that does what aedes does with them, and a client that keeps to MQTT. */
class Plant {
  readonly disk = new Disk();
  sessions = this.#open();
  line: Line | null = null;
  /** What was written to the line and not read yet, by each end. */
  toReader: Written[] = [];
  toBroker: { cmd: string; messageId: number }[] = [];
  readonly answered: string[] = [];
  readonly received: string[] = [];
  readonly #unreleased = new Set<number>();
  #counter = 0;
  #message = 0;
  #connections = 0;

  #open(): Sessions {
    return new Sessions(this.disk, brokerLimits, { isOnline: () => true, userOf: () => "", allows: () => true, dropped: () => {} });
  }

  async subscribe(): Promise<void> {
    this.sessions.begin("reader", "");
    void this.sessions.addSubscriptions({ id: "reader" }, [{ topic: "x", qos: 2 }]);
    await this.disk.commit();
  }

  publish(): void {
    const { sessions } = this;
    const text = String(++this.#message);
    const message: Message = { cmd: "publish", topic: "x", payload: Buffer.from(text), qos: 2, retain: false };
    sessions.keep(message);
    void this.#forward(sessions, message, text);
  }

  async #forward(sessions: Sessions, message: Message, text: string): Promise<void> {
    await this.disk.settled();
    this.answered.push(text);
    const name = { brokerId: "life", brokerCounter: ++this.#counter };
    sessions.makeDue(message, name);
    const { line } = this;
    if (line !== null && sessions.reaches(line, { ...name, retain: false })) void this.#write(line, { cmd: "publish", ...name, payload: message.payload, messageId: line[nextId]++ }, false);
  }

  connect(): void {
    const line: Line = { id: "reader", clean: false, [nextId]: 1 + 7 * this.#connections++ };
    this.line = line;
    this.toReader = [];
    this.toBroker = [];
    void this.#empty(line);
  }

  crash(): void {
    this.disk.crash();
    this.line = null;
    this.toReader = [];
    this.toBroker = [];
    this.sessions = this.#open();
  }

  /** The client reads one packet. */
  read(): void {
    const packet = this.toReader.shift();
    if (packet === undefined) return;
    const { cmd, messageId } = packet;
    if (cmd === "pubrel") this.#unreleased.delete(messageId);
    else if (!this.#unreleased.has(messageId)) {
      this.received.push(textOf(packet.payload));
      this.#unreleased.add(messageId);
    }
    this.toBroker.push({ cmd: cmd === "pubrel" ? "pubcomp" : "pubrec", messageId });
  }

  /** The broker reads one answer. */
  answer(): void {
    const { line } = this;
    const packet = this.toBroker.shift();
    if (packet === undefined || line === null) return;
    if (packet.cmd === "pubcomp") void this.sessions.outgoingClearMessageId(line, packet);
    else void this.#write(line, { cmd: "pubrel", messageId: packet.messageId }, false);
  }

  async #empty(line: Line): Promise<void> {
    for await (const packet of this.sessions.outgoingStream(line) as AsyncIterable<Written>) {
      await this.#write(line, { ...packet, messageId: packet.messageId ?? line[nextId]++ }, packet.cmd === "publish");
    }
  }

  async #write(line: Line, packet: Written, isQueued: boolean): Promise<void> {
    const { sessions } = this;
    await sessions.outgoingUpdate(line, packet);
    if (this.line !== line) return;
    if (isQueued && packet.cmd === "publish" && !sessions.reaches(line, { ...packet, retain: false })) await sessions.outgoingClearMessageId(line, packet);
    else this.toReader.push(packet);
  }
}

async function plantFor(): Promise<Plant> {
  const plant = new Plant();
  await plant.subscribe();
  return plant;
}

test("a message that is kept while a client's queue goes out takes one way to it, and comes after what waited", async () => {
  const plant = await plantFor();
  plant.publish();
  await plant.disk.commit();
  plant.connect();
  await turn();
  plant.publish();
  plant.publish();
  await turn();
  assert.deepEqual(plant.toReader, [], "nothing of it is durable");
  for (let round = 0; round < 4; round++) await plant.disk.commit();
  plant.publish();
  for (let round = 0; round < 4; round++) await plant.disk.commit();
  assert.deepEqual(plant.toReader.map(({ payload, dup }) => [textOf(payload), dup ?? false]), [["1", false], ["2", false], ["3", false], ["4", false]]);
});

test("however often a client is told of a QoS 2 message or of its release, that is durable first", async () => {
  const plant = await plantFor();
  plant.connect();
  await turn();
  plant.publish();
  await plant.disk.commit();
  const { sessions, line } = plant;
  assert.ok(line !== null);
  const told: string[] = [];
  const tell = (packet: Written): void => void sessions.outgoingUpdate(line, packet).then(() => told.push(`${packet.cmd} ${packet.messageId}`));
  tell({ cmd: "publish", brokerId: "life", brokerCounter: 1, messageId: 40 });
  tell({ cmd: "publish", brokerId: "life", brokerCounter: 1, messageId: 41 });
  await turn();
  assert.deepEqual(told, []);
  await plant.disk.commit();
  assert.deepEqual(told.splice(0), ["publish 1", "publish 1"], "under the id it had first");
  tell({ cmd: "pubrel", messageId: 1 });
  tell({ cmd: "pubrel", messageId: 1 });
  await turn();
  assert.deepEqual(told, []);
  await plant.disk.commit();
  assert.deepEqual(told, ["pubrel 1", "pubrel 1"]);
  const late: Written = { cmd: "publish", dup: true, brokerId: "life", brokerCounter: 1, messageId: 1 };
  await sessions.outgoingUpdate(line, late);
  assert.deepEqual([late.cmd, late.dup], ["pubrel", false], "not sent again to one who has it");
});

test("a message never gets the id of another that is open, and a release that is repeated waits for the first", async () => {
  const plant = await plantFor();
  plant.connect();
  await turn();
  plant.publish();
  await plant.disk.commit();
  await plant.disk.commit();
  const { sessions, line } = plant;
  assert.ok(line !== null);
  line[nextId] = 1;
  plant.publish();
  await plant.disk.commit();
  await plant.disk.commit();
  assert.deepEqual(plant.toReader.map(({ messageId }) => messageId), [1, 2]);

  const sender = { id: "sender", clean: false };
  await sessions.incomingStorePacket(sender, { messageId: 5 });
  void sessions.takeIncoming(sender, 5, Promise.resolve());
  let answers = 0;
  const released = (): unknown => answers++;
  void sessions.incomingDelPacket(sender, { messageId: 5 }).then(released);
  void sessions.incomingGetPacket(sender, { cmd: "pubrel", messageId: 5 }).then(released, released);
  await turn();
  assert.equal(answers, 0);
  await plant.disk.commit();
  assert.equal(answers, 2);
});

test("in whatever order messages, commits, answers, connections and crashes come, QoS 2 arrives exactly once", async () => {
  const steps = fc.array(fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("publish", "commit", "read", "answer", "turn") },
    { weight: 1, arbitrary: fc.constantFrom("connect", "crash", "take") },
  ), { minLength: 10, maxLength: 100 });
  await fc.assert(fc.asyncProperty(steps, async (order) => {
    const plant = await plantFor();
    plant.connect();
    for (const step of order) {
      if (step === "turn") await turn();
      else if (step === "take") plant.disk.take();
      else if (step === "commit") await plant.disk.commit();
      else plant[step]();
    }
    plant.connect();
    await turn();
    for (let still = 0; still < 3; still++) {
      if (plant.toReader.length + plant.toBroker.length + plant.disk.waiting > 0) still = 0;
      plant.read();
      plant.answer();
      await plant.disk.commit();
    }
    assert.deepEqual(plant.received.filter((text, index) => plant.received.indexOf(text) < index), [], "received twice");
    assert.deepEqual(plant.answered.filter((text) => !plant.received.includes(text)), [], "answered and not received");
    assert.equal(plant.sessions.counts().queued, 0);
  }), { numRuns: 400 });
});

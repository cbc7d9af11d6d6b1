import type { Offer } from "./capture/inlet.ts";
import { readJson } from "./capture/json-body.ts";
import { readLines, type MalformedLine } from "./capture/line-protocol.ts";
import { MillraceError } from "./errors.ts";
import type { Answering } from "./review/asking.ts";
import { connectorName } from "./schema/inflow.ts";
import type { Alarm } from "./schema/alarm.ts";
import type { Happening, SiteStatus } from "./schema/happening.ts";
import type { Id } from "./schema/id.ts";
import type { Label } from "./schema/label.ts";
import type { Question } from "./schema/question.ts";
import type { Settings } from "./schema/settings.ts";
import type { Interval, Micros } from "./schema/time.ts";
import type { Access } from "./store/access.ts";
import type { Site, SiteOptions } from "./site.ts";
import { openStore } from "./store/store.ts";
import { memoryHeld } from "./thread.ts";
import type { DoorsState } from "./wheel/doors-state.ts";
import { blockRuleOf } from "./wheel/found.ts";
import { makeWheel } from "./wheel/make-wheel.ts";
import type { Running } from "./wheel/running.ts";
import type { ShadowCourse } from "./wheel/shadow-courses.ts";

export type { Happening, SiteStatus, WheelState } from "./schema/happening.ts";

/** Totals since the start, for `/metrics`. */
export interface Counters {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly late: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** Who holds memory: JavaScript and buffers of the main thread and of the store's workers, and the database of samples. */
export type MemoryHolder = "main-heap" | "main-buffers" | "samples-heap" | "samples-buffers" | "samples-database" | "records-heap" | "records-buffers";

/** What became of a written batch: readings stored, and those left out with the reason. */
export interface Written {
  readonly stored: number;
  readonly rejected: readonly { readonly reason: string; readonly seen: string }[];
}

/** One signal's course for a chart: per bucket the lowest and highest value, NaN for a gap. */
export interface Course {
  readonly times: Float64Array; // start of each bucket, UTC microseconds
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** How live scoring does. Totals since the start. */
export interface Scoring {
  readonly wheels: number;
  readonly rows: number;
  readonly waiting: number;
  /** Rows left unscored because scoring was behind. */
  readonly skipped: number;
  /** Samples that came after their row had closed. */
  readonly late: number;
  /** Scoring processes that ended unasked and were started again. */
  readonly lost: number;
  /** From when a row could be closed to its score; NaN before the first. */
  readonly p50Seconds: number;
  readonly p99Seconds: number;
}

/** A site that is up: it takes samples in, scores them, raises alarms, asks, turns. */
export interface LiveSite extends Site {
  /** Where devices reach the broker; `null` when it is switched off. */
  readonly mqttUrl: string | null;
  /** Who may use it from elsewhere. Changes hold at once: who is removed is sent away. */
  readonly access: Access;
  /** Assets of which a simulator has sent samples since the start. */
  simulated(): ReadonlySet<Id>;
  status(): SiteStatus;
  counters(): Counters;
  /** How samples come in and alarms go out: clients, other brokers, webhooks. */
  doors(): DoorsState;
  scoring(): Scoring;
  /** Bytes by holder; what the whole process holds beyond their sum is the engine's, the drivers' and the allocator's. */
  memory(): Promise<Readonly<Record<MemoryHolder, number>>>;
  /** Stores readings; resolves once they are durable. Rejects with `capture.overload` when too many wait. */
  write(batch: Offer): Promise<Written>;
  /** Stores what InfluxDB line protocol says; malformed lines are left out and named by number, from 1. */
  writeLines(text: string, precision: "ns" | "us" | "ms" | "s", connector?: string): Promise<Written & { readonly malformed: readonly { readonly line: number; readonly seen: string }[] }>;
  /** Stores what a JSON body says. Throws `capture.bad-body` for one that is none of the forms. */
  writeJson(body: unknown, connector?: string): Promise<Written>;
  /** What has happened after `after`, as far as it is remembered, and then what happens, until `stop` aborts. */
  happenings(after: number | null, stop: AbortSignal): AsyncIterable<Happening>;
  /** The number of what happened last. */
  lastHappening(): number;
  /** A signal's course over [start, end) in at most `points` buckets. */
  course(signal: Id, interval: Interval, points: number): Promise<Course>;
  /** The scores in force over [start, end): highest a bucket. */
  scores(wheel: Id, interval: Interval, points: number): Promise<Course>;
  /** Those in shadow, with their scores over [start, end). */
  shadows(wheel: Id, interval: Interval, points: number): Promise<ShadowCourse[]>;
  questions(options: { readonly open?: boolean; readonly limit?: number }): Promise<Question[]>;
  answerQuestion(question: Id, said: { readonly answer: Label["answer"]; readonly faultKind: string | null; readonly certainty: number }, author: string, how: Answering): Promise<Label>;
  acknowledge(alarm: Id, by: string): Promise<Alarm>;
  shelve(alarm: Id, by: string, until: Micros): Promise<Alarm>;
  /** Stops taking samples in, finishes what is acknowledged, closes the store. */
  close(): Promise<void>;
}

export interface LiveOptions extends SiteOptions {
  readonly settings: Settings;
  /** Hears in words what a person should know and nobody asked for. */
  readonly onNotice?: (text: string) => void;
}

/**
 * Opens a site and brings it up: doors for samples, live scores, alarms, questions and turns. Goes on
 * where it was left, also after `kill -9`.
 *
 * Throws what `openSite` throws, `capture.cannot-listen` when the MQTT port is taken, and
 * `capture.no-user` for an MQTT door beyond loopback while there is no MQTT user.
 */
export async function openLive(directory: string, options: LiveOptions): Promise<LiveSite> {
  const { settings, onNotice = () => {} } = options;
  const opening = openStore(directory, { ...options, create: options.create ?? false }); // its workers load what they need while this thread does
  opening.catch(() => {}); // heard below
  const [{ openSite }, { Running: Parts }] = await Promise.all([import("./site.ts"), import("./wheel/running.ts")]);
  const site = await openSite(directory, { ...options, recovers: false, store: opening });
  const importFile = async (path: string, { asset, warmUpRows, path: folder }: Settings["folders"][number]): Promise<void> => {
    const { readRecording } = await import("./capture/recording.ts");
    const { wheel } = (await site.import(await readRecording(path), { asset, warmUpRows, connector: connectorName("folder", folder) })).intake;
    await running.adopt(wheel);
  };
  let running: Running;
  try {
    running = await Parts.open(site.ports, { settings, onNotice, importFile });
  } catch (error) {
    await site.close();
    throw error;
  }
  return { ...site, ...watching(site, running), ...answering(site, running), ...writing(site, running), close: () => closeBoth(site, running) };
}

async function closeBoth(site: Site, running: Running): Promise<void> {
  try {
    await running.close();
  } finally {
    await site.close();
  }
}

type Watching = Pick<LiveSite, "mqttUrl" | "access" | "simulated" | "status" | "counters" | "doors" | "scoring" | "memory" | "happenings" | "lastHappening" | "course" | "scores" | "shadows">;

function watching({ ports, store }: Site, running: Running): Watching {
  const { records, telemetry } = store;
  return {
    mqttUrl: running.doors?.mqttUrl ?? null,
    access: running.access,
    simulated: () => running.simulated,
    status: () => running.status,
    counters: () => running.inlet.counters(),
    doors: () => running.doorsState,
    scoring() {
      const { latency, counts } = running.fleet;
      return { ...counts, lost: ports.scoring?.lost ?? 0, p50Seconds: latency.quantile(0.5), p99Seconds: latency.quantile(0.99) };
    },
    async memory() {
      const { samples, records: known, database } = await store.memory();
      const { heap, buffers } = memoryHeld();
      return {
        "main-heap": heap,
        "main-buffers": buffers,
        "samples-heap": samples.heap,
        "samples-buffers": samples.buffers,
        "samples-database": database,
        "records-heap": known.heap,
        "records-buffers": known.buffers,
      };
    },
    async *happenings(after, stop) {
      yield* running.feed.follow(after, stop);
    },
    lastHappening: () => running.feed.last,
    async course(id, { start, end }, points) {
      const signal = (await records.signals()).find((one) => one.id === id);
      if (signal === undefined) throw unknown("wheel.unknown-signal", "draw a signal");
      return await telemetry.course({ key: signal.key, start, end, points, hold: 5 * (signal.period ?? 0) });
    },
    async scores(id, interval, points) {
      const wheel = await records.wheel(id);
      if (wheel === null) throw unknown("wheel.unknown", "draw the scores of a wheel");
      return await running.scores.course(wheel, interval, points, ports);
    },
    async shadows(id, interval, points) {
      const wheel = await records.wheel(id);
      if (wheel === null) throw unknown("wheel.unknown", "draw the shadows of a wheel");
      const { shadowCourses } = await import("./wheel/shadow-courses.ts");
      return await shadowCourses(wheel, running.fleet.liveWheel(id), running.scores, interval, points, ports);
    },
  };
}

type Answers = Pick<LiveSite, "label" | "answer" | "revise" | "withdraw" | "labelByTruth" | "takeOrders" | "turn" | "rollBack" | "promote" | "forget" | "questions" | "answerQuestion" | "acknowledge" | "shelve">;

/** What people say, with what follows from it: a question closed, a turn called for. */
function answering(site: Site, running: Running): Answers {
  const { records } = site.store;
  const heard = async (label: Label): Promise<Label> => {
    running.feed.tell({ type: "label", label });
    await running.labelled([label.asset], (label.target ?? null) === null ? await running.people.labelChanged(label) : []);
    return label;
  };
  return {
    label: async (...said) => await heard(await site.label(...said)),
    answer: async (...said) => await heard(await site.answer(...said)),
    revise: async (...said) => await heard(await site.revise(...said)),
    withdraw: async (label) => await heard(await site.withdraw(label)),
    async labelByTruth(recording, intake, targets) {
      const labels = await site.labelByTruth(recording, intake, targets);
      for (const label of labels) running.feed.tell({ type: "label", label });
      if (labels.length > 0) await running.labelled([intake.asset.id], []);
      return labels;
    },
    async takeOrders(content, options) {
      const plan = await site.takeOrders(content, options);
      if (options.look === true) return plan;
      for (const label of plan.labels) await heard(label);
      return plan;
    },
    turn: (wheel, trigger) => running.turning.ask(wheel, trigger),
    async rollBack(wheel, to, reason) {
      const champion = await site.rollBack(wheel, to, reason);
      await running.putInForce(wheel);
      return champion;
    },
    async forget(asked, options) {
      const { forget } = await import("./wheel/forget.ts"); // seldom wanted, and much to load
      const broker = running.doors?.broker ?? null;
      const forgotten = await running.turning.between(() => forget(asked, options, site.ports, broker === null ? undefined : (assets) => broker.forget(assets)));
      await running.forgot(forgotten.plan.wheels);
      return { ...forgotten, turns: [] };
    },
    async promote(wheel, model, reason) {
      const champion = await site.promote(wheel, model, reason);
      await running.putInForce(wheel);
      return champion;
    },
    questions: async ({ open, limit }) => await records.questions({ ...(open === true && { state: "open" }), ...(limit !== undefined && { limit }) }),
    async answerQuestion(id, said, author, how) {
      const { question, label } = await running.people.answer(id, said, author, how);
      await site.proveLabel(label);
      running.feed.tell({ type: "label", label });
      await running.labelled([label.asset], [question]);
      return label;
    },
    acknowledge: (alarm, by) => running.alarms.acknowledge(alarm, by),
    shelve: (alarm, by, until) => running.alarms.shelve(alarm, by, until),
  };
}

type Writing = Pick<LiveSite, "makeWheel" | "allowGenerated" | "import" | "limitSignal" | "write" | "writeLines" | "writeJson">;

function writing(site: Site, running: Running): Writing {
  const write = async (batch: Offer): Promise<Written> => {
    const { stored, rejected } = await running.inlet.take(batch);
    return { stored, rejected };
  };
  return {
    async makeWheel(request) {
      const wheel = await makeWheel(request, site.ports, blockRuleOf(running.settings.wheels));
      await running.adopt(wheel);
      return wheel;
    },
    async allowGenerated(wheel, atMost) {
      const changed = await running.turning.between(() => site.allowGenerated(wheel, atMost));
      await running.putInForce(changed);
      return changed;
    },
    async import(recording, options) {
      const imported = await site.import(recording, options);
      await running.adopt(imported.intake.wheel);
      return imported;
    },
    async limitSignal(id, limits) {
      const signal = await site.limitSignal(id, limits);
      running.revised(signal);
      return signal;
    },
    write,
    async writeLines(text, precision, connector = connectorName("http")) {
      const malformed: MalformedLine[] = [];
      const written: Promise<Written>[] = [];
      // Piece by piece, so that one large body neither holds the thread up nor needs room for all of it at once.
      for await (const { readings, rejected, malformed: odd } of readLines(text, { precision, now: site.ports.now() })) {
        malformed.push(...odd);
        written.push(running.inlet.takeInTurn({ readings, rejected, origin: "sensor", connector }));
        if (written.length >= 4) await written[written.length - 4];
      }
      const all = await Promise.all(written);
      return { stored: all.reduce((sum, { stored }) => sum + stored, 0), rejected: all.flatMap(({ rejected }) => rejected), malformed };
    },
    async writeJson(body, connector = connectorName("http")) {
      const { readings, rejected } = await readJson(body, site.ports.now());
      return await write({ readings, rejected, origin: "sensor", connector });
    },
  };
}

function unknown(code: string, action: string): MillraceError {
  return new MillraceError(code, `Cannot ${action}: there is none such`, { hint: "Ask for the site first: it lists its signals and wheels." });
}

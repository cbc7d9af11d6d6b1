import { join } from "node:path";
import { readJson } from "../../src/capture/json-body.ts";
import { parseLines } from "../../src/capture/line-protocol.ts";
import { MillraceError } from "../../src/errors.ts";
import type { Happening, LiveSite, SiteStatus, Written } from "../../src/live.ts";
import type { Alarm } from "../../src/schema/alarm.ts";
import type { Question } from "../../src/schema/question.ts";
import { labelOf } from "../../src/review/answer.ts";
import { accessOf } from "../../src/store/access.ts";
import { openSite } from "../../src/site.ts";
import { recordingOf, temporaryDirectory, usualRun } from "../synthetic.ts";

/** A site whose records, models, turns and labels are real, and whose live part is a stand-in driven by hand. */
export interface Double {
  readonly site: LiveSite;
  /** Makes something happen. */
  tell(what: Happening["what"]): void;
  /** Happenings up to this number are forgotten. */
  forget(number: number): void;
  status: SiteStatus;
  /** What writes do: `null` to store. */
  refuseWrites: Error | null;
  readonly questions: Question[];
  close(): Promise<void>;
}

/** A site with a recorded run in it: one asset, four signals, one wheel with a model, events and truth. */
export async function openDouble(): Promise<Double> {
  const { path, remove } = temporaryDirectory();
  const real = await openSite(join(path, "site"), { create: true, name: "works" });
  const recording = recordingOf(usualRun(1));
  const { intake } = await real.import(recording, { asset: "pump", warmUpRows: 120 });
  await real.labelByTruth(recording, intake);
  const past = happeningsOf();
  const { ports, store } = real;
  const double: Double = {
    site: {
      ...real,
      ...past.hear,
      mqttUrl: null,
      access: accessOf(store.records, { maxAge: 0 }),
      simulated: () => new Set(),
      status: () => double.status,
      counters: () => ({ accepted: 7, acknowledged: 7, stored: 6, duplicate: 1, late: 0, dropped: { malformed: 2, 'odd"\nname{}': 1 } }),
      memory: async () => ({ "main-heap": 1, "main-buffers": 1, "samples-heap": 1, "samples-buffers": 1, "samples-database": 1, "records-heap": 1, "records-buffers": 1 }),
      doors: () => doorsDouble(ports.now()),
      scoring: () => ({ wheels: 1, rows: 9, waiting: 0, skipped: 0, late: 0, lost: 0, p50Seconds: 0.004, p99Seconds: NaN }),
      write: (batch) => storing(double, batch.readings.length, batch.rejected),
      async writeLines(text, precision) {
        const { readings, rejected, malformed } = await parseLines(text, { precision, now: ports.now() });
        return { ...(await storing(double, readings.length, rejected)), malformed };
      },
      async writeJson(body) {
        const { readings, rejected } = await readJson(body, ports.now());
        return await storing(double, readings.length, rejected);
      },
      course: async (_signal, { start, end }, points) => ({
        times: Float64Array.from({ length: points }, (_, at) => start + ((end - start) * at) / points),
        low: Float64Array.from({ length: points }, (_, at) => (at === 0 ? NaN : 1.1)),
        high: Float64Array.from({ length: points }, (_, at) => (at === 0 ? NaN : Infinity)),
      }),
      scores: async (_wheel, { start }) => ({ times: Float64Array.of(start), low: Float64Array.of(0.5), high: Float64Array.of(0.5) }),
      shadows: async (_wheel, { start }) => [{ model: "ab".repeat(32), role: "former", recipe: "levels", isScoring: true, skipped: 2, failures: 0, answer: null, course: { times: Float64Array.of(start), low: Float64Array.of(NaN), high: Float64Array.of(0.25) } }],
      questions: async ({ open, limit = 50 }) => double.questions.filter(({ label }) => open === undefined || (label === null) === open).slice(0, limit),
      async answerQuestion(id, said, author, { scoreShown }) {
        const question = double.questions.find((one) => one.id === id);
        if (question === undefined) throw new MillraceError("review.unknown-question", `Cannot answer question ${id}: there is none`, { hint: "List them." });
        const label = labelOf({ id: question.asset, site: intake.asset.site }, question.interval, said, { name: author, origin: "person", scoreShown }, ports.now(), ports.newId());
        await store.records.write([{ put: "label", value: label }]);
        return label;
      },
      acknowledge: (id, by) => changeAlarm(double.site, id, { state: "acknowledged", by }),
      shelve: (id, by) => changeAlarm(double.site, id, { state: "shelved", by }),
      close: () => real.close(),
    },
    tell: past.tell,
    forget: past.forget,
    status: { ready: true, reasons: [], startedAt: ports.now() },
    refuseWrites: null,
    questions: [],
    async close() {
      await real.close();
      remove();
    },
  };
  return double;
}

/** One of each kind of door, some of them in trouble. */
const doorsDouble = (now: number): ReturnType<LiveSite["doors"]> => ({
  broker: { url: "mqtt://127.0.0.1:1883", connections: 2, clients: [{ id: "plc-1", user: "", heard: now }], received: 5, sent: 1, retained: 0, retainedBytes: 0, sessions: 1, queued: 0, heldBytes: 0, refused: { silent: 1 }, dropped: {} },
  sources: [{ name: "broker 1", state: "waiting", since: now, lastError: { code: "capture.link-lost", message: "Cannot read", at: now }, retryAt: now, failures: 3 }],
  webhooks: [{ url: "https://pager.example/hook", waiting: 1, since: now, delivered: 4, deliveredAt: now, attempts: 2, reason: "503" }],
  undelivered: [],
  topics: { waiting: 0, reason: null },
});

async function storing(double: Double, stored: number, rejected: Written["rejected"]): Promise<Written> {
  if (double.refuseWrites !== null) throw double.refuseWrites;
  return { stored, rejected };
}

async function changeAlarm(site: LiveSite, id: string, change: Partial<Alarm>): Promise<Alarm> {
  const alarm = (await site.store.records.alarms()).find((one) => one.id === id);
  if (alarm === undefined) throw new MillraceError("deploy.unknown-alarm", `Cannot change alarm ${id}: there is none`, { hint: "List them." });
  const changed = { ...alarm, ...change };
  await site.store.records.write([{ put: "alarm", value: changed }]);
  return changed;
}

/** A past that can be forgotten, and listeners to what comes. */
function happeningsOf() {
  const past: Happening[] = [];
  const wake = new Set<() => void>();
  let number = 0;
  const tell = (what: Happening["what"]) => {
    number++;
    past.push({ number, at: number * 1000, what });
    for (const each of wake) each();
  };
  async function* happenings(after: number | null, stop: AbortSignal): AsyncGenerator<Happening> {
    let heard = after ?? number;
    while (!stop.aborted) {
      const next = past.find((one) => one.number > heard);
      if (next === undefined) await new Promise<void>((resolve) => (wake.add(resolve), stop.addEventListener("abort", () => resolve(), { once: true })));
      else {
        heard = next.number;
        yield next;
      }
    }
  }
  return { hear: { happenings, lastHappening: () => number }, tell, forget: (upTo: number) => void past.splice(0, past.findIndex((one) => one.number > upTo)) };
}

import type { Alarm, Asset, Doors, LedgerEntry, Missed, Model, Question, Shadow, Signal, Site, SiteEvent, Turn, Wheel, WheelState } from "../../web/src/api/types.ts";

/** Names as somebody might send them who means no good. */
export const hostileName = '<img src=x onerror="window.pwned=1">';
export const hostileSignal = '"><svg/onload=window.pwned=2>{{7*7}}';

const second = 1e6;
const minute = 60 * second;
export const idOf = (kind: string, number: number): string => `01K${kind.toUpperCase().padEnd(11, "0").slice(0, 11)}${String(number).padStart(12, "0")}`;
export const digestOf = (number: number): string => Array.from({ length: 64 }, (_, at) => ((number * 7919 + at * 31 + ((number * at) % 13)) % 16).toString(16)).join("");

interface Kind {
  readonly name: string;
  readonly unit: string | null;
  readonly base: number;
  readonly swing: number;
  /** Relative change while a fault lasts. */
  readonly fault: number;
}

export const pumpSignals: readonly Kind[] = [
  { name: "Volume flow", unit: "L/min", base: 32, swing: 1.6, fault: -0.16 },
  { name: "Pressure", unit: "bar", base: 0.38, swing: 0.08, fault: -0.3 },
  { name: "Motor current", unit: "A", base: 2.1, swing: 0.14, fault: 0.08 },
  { name: "Motor voltage", unit: "V", base: 231, swing: 4, fault: 0 },
  { name: "Bearing temperature", unit: "Cel", base: 71.5, swing: 1.4, fault: 0.02 },
  { name: "Water temperature", unit: "Cel", base: 24.8, swing: 0.4, fault: 0 },
  { name: "Vibration, drive end", unit: "m/s2", base: 0.027, swing: 0.002, fault: 1.4 },
  { name: "Vibration, free end", unit: "m/s2", base: 0.041, swing: 0.003, fault: 0.7 },
];

interface Made {
  readonly name: string;
  readonly path: string;
  readonly state: WheelState | null;
  readonly signals: readonly Kind[];
}

const few = pumpSignals.slice(0, 4);
const made: readonly Made[] = [
  { name: "Pump 1", path: "Waterworks/Hall 1/Pump 1", state: "alarm", signals: pumpSignals },
  { name: "Pump 2", path: "Waterworks/Hall 1/Pump 2", state: "normal", signals: pumpSignals },
  { name: "Booster", path: "Waterworks/Hall 1/Booster", state: "learning", signals: few },
  { name: "Compressor", path: "Waterworks/Hall 2/Compressor", state: "unknown", signals: few },
  { name: "Exhaust fan", path: "Waterworks/Hall 2/Exhaust fan", state: "not-running", signals: few },
  { name: hostileName, path: `Waterworks/Hall 2/${hostileName}`, state: "normal", signals: [{ name: hostileSignal, unit: "<b>bar</b>", base: 5, swing: 1, fault: 0 }, ...few] },
  { name: "Weather station", path: "Waterworks/Roof/Weather station", state: null, signals: [{ name: "Outside temperature", unit: "Cel", base: 11, swing: 2, fault: 0 }] },
];

/** A number in 0..1 that depends on nothing but its arguments. */
function noise(seed: number, at: number): number {
  let bits = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(Math.floor(at), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits ^= bits >>> 12;
  return (bits >>> 0) / 2 ** 32;
}

/** A waterworks out of thin air: the same at every look, so that history and live rows agree. */
export class MadeUpPlant {
  readonly site: Site;
  readonly events: SiteEvent[];
  readonly alarms: Alarm[];
  readonly questions: Question[];
  readonly turns: Turn[];
  readonly models: Model[];
  readonly entries: LedgerEntry[];
  /** Models in shadow, by wheel, and what they say at a time. */
  shadows: { readonly wheel: string; readonly shadow: Omit<Shadow, "course">; readonly value: (time: number) => number | null }[] = [];
  missed: Missed;
  doors: Doors;
  readonly startedAt: number;
  /** While the drive end of pump 1 is out of balance: from here on. */
  readonly faultAt: number;
  /** Where the pressure of pump 1 was not measured. */
  readonly gap: readonly [number, number];

  constructor(now: number) {
    this.startedAt = now - 180 * minute;
    this.faultAt = now - 95 * second;
    this.gap = [now - 235 * second, now - 190 * second];
    const assets: Asset[] = made.map(({ name, path }, at) => ({ id: idOf("ASSET", at), site: idOf("SITE", 0), parent: null, name, createdAt: this.startedAt, path, simulated: at === 0 }));
    const signals = made.flatMap((one, asset) => one.signals.map((kind, at) => this.#signal(asset, at, kind, now)));
    const wheels = made.flatMap((one, at) => (one.state === null ? [] : [this.#wheel(one, one.state, at, signals)]));
    this.site = { id: idOf("SITE", 0), name: "Waterworks East", version: "0.2.0", startedAt: this.startedAt, mqttUrl: "mqtt://127.0.0.1:1884", assets, signals, wheels };
    this.events = this.#madeEvents(now);
    this.alarms = [this.#alarm(1, "active", this.faultAt), this.#alarm(2, "acknowledged", now - 21 * minute), this.#alarm(3, "cleared", now - 74 * minute)];
    this.questions = [this.#question(1, "event", this.faultAt - 5 * second, now - 20 * second), this.#question(2, "audit", now - 52 * minute, now - 49 * minute), this.#question(3, "event", now - 74 * minute, now - 70 * minute)];
    this.models = [1, 2, 3].map((number) => this.#model(number, now));
    this.turns = [1, 2, 3, 4, 5].map((number) => this.#turn(number, now));
    const part = (estimate: number, low: number, high: number) => ({ estimate, low, high });
    this.missed = {
      interval: { start: now - 30 * 1440 * minute, end: now }, stretch: 10 * minute, share: part(0.0161, 0.0029, 0.0522), missed: part(68.2, 12.3, 221), missedOfFaults: part(0.38, 0.101, 0.67),
      quiet: 4236, found: 109, unanswered: 4, have: 124, need: 97, isEnough: true, text: "About 1.6 % of quiet stretches held a fault that no event marked (0.3 % to 5.2 %), from 124 audits.",
    };
    this.doors = {
      samples: { accepted: 48_231, acknowledged: 48_231, stored: 48_230, duplicate: 1, late: 0, dropped: { malformed: 2 } },
      broker: { url: "mqtt://127.0.0.1:1884", connections: 2, clients: [{ id: "plc-hall-1", user: "line-1", heard: now }, { id: hostileName, user: "", heard: now }], received: 5312, sent: 14, retained: 3, sessions: 1, queued: 0, refused: { silent: 1 }, dropped: {} },
      sources: [],
      webhooks: [{ url: "https://pager.example/hook", delivered: 4, deliveredAt: now - 20 * minute, waiting: 0, since: null, attempts: 0, reason: null }],
      undelivered: [],
      topics: { waiting: 0, reason: null },
    };
    this.entries = this.turns.map((turn) => this.#entry(turn));
  }

  /** A wheel beside the condition of the asset at this place, and what it says now; the page hears of it with its next row. */
  tell(asset: number, number: number, kind: "classify" | "estimate" | "remaining-life", name: string, answer: Wheel["answer"]): void {
    const condition = this.site.wheels.find((wheel) => wheel.asset === idOf("ASSET", asset)) as Wheel;
    const target = { name, unit: null, describes: 0, cap: null, worstError: null };
    this.site.wheels.push({ ...condition, id: idOf("WHEEL", number), name: `${condition.assetName} ${name}`, kind, target, state: answer === null ? "unknown" : "answering", answer });
  }

  /** A signal's value at a time, microseconds; `null` where it was not measured. */
  value(signal: Signal, time: number): number | null {
    const { asset, at } = this.#placeOf(signal.id);
    const kind = made[asset]?.signals[at];
    if (kind === undefined) return null;
    if (asset === 3 && at === 1) return null;
    if (asset === 0 && at === 1 && time >= this.gap[0] && time < this.gap[1]) return null;
    if (asset === 4) return kind.base * 0.02 * (1 + noise(at, time / second));
    const seconds = time / second;
    const wave = Math.sin(seconds / (41 + 13 * at)) * 0.55 + Math.sin(seconds / (7 + at)) * 0.2 + (noise(at + 10 * asset, seconds) - 0.5) * 0.5;
    return (kind.base + kind.swing * wave) * (this.isFaulty(asset, time) ? 1 + kind.fault * Math.min(1, (time - this.faultAt) / (12 * second) || 1) : 1);
  }

  isFaulty(asset: number, time: number): boolean {
    return asset === 0 && time >= this.faultAt;
  }

  score(wheel: Wheel, time: number): number | null {
    const asset = Number(wheel.id.slice(-12));
    if (wheel.state === "learning" || wheel.state === "unknown" || wheel.state === "not-running") return null;
    const quiet = 0.34 + 0.12 * Math.sin(time / second / 37) + 0.14 * noise(asset, time / second);
    if (asset !== 0) return quiet;
    const earlier = this.events[2];
    const isEarlier = earlier !== undefined && time >= earlier.start && time < (earlier.end ?? 0);
    return this.isFaulty(0, time) ? Math.min(5.38, quiet + (time - this.faultAt) / (6 * second)) + noise(3, time / second) * 0.5 : isEarlier ? 1.7 + quiet : quiet;
  }

  signalsOf(wheel: Wheel): Signal[] {
    return wheel.signals.flatMap((id) => this.site.signals.find((signal) => signal.id === id) ?? []);
  }

  #placeOf(signal: string): { asset: number; at: number } {
    const number = Number(signal.slice(-12));
    return { asset: Math.floor(number / 100), at: number % 100 };
  }

  #signal(asset: number, at: number, { name, unit, base }: Kind, now: number): Signal {
    return { id: idOf("SIGNAL", asset * 100 + at), site: idOf("SITE", 0), asset: idOf("ASSET", asset), key: asset * 100 + at + 1, name, revision: 1, valueType: "number", role: "measured", unit, period: second, createdAt: this.startedAt, last: { time: now - second, value: base } };
  }

  #wheel({ name }: Made, state: WheelState, at: number, signals: readonly Signal[]): Wheel {
    const recipes = [{ name: "levels", version: 1, learner: "condition", map: "levels", params: {} }];
    const policy = { answers: 1, every: null, drift: 3, promotion: "ask" as const, minEvents: 5, level: 0.95, margin: 0.02, examShare: 0.1, examAfter: 20, examLooks: 20 };
    return {
      id: idOf("WHEEL", at), site: idOf("SITE", 0), asset: idOf("ASSET", at), revision: 1, name: `Condition of ${name}`, kind: "condition",
      signals: signals.filter(({ asset }) => asset === idOf("ASSET", at)).map(({ id }) => id), grid: { period: second, hold: 5 * second, lateness: second }, blockRule: { by: "duration", length: 10 * minute },
      warmUpRows: 0, when: null, alarm: { on: 3, off: 3 }, cost: { missedFault: 10, falseAlarm: 1, falseAlarmHour: 6, warningHour: 30 }, policy, recipes, createdAt: this.startedAt,
      state, champion: state === "learning" ? null : digestOf(3), assetName: name, answer: null,
    };
  }

  #madeEvents(now: number): SiteEvent[] {
    const shares = (...pairs: [number, number][]) => pairs.map(([signal, share]) => ({ signal: idOf("SIGNAL", signal), share }));
    const base = { site: idOf("SITE", 0), model: digestOf(3), block: idOf("BLOCK", 1), wheel: idOf("WHEEL", 0), asset: idOf("ASSET", 0), kind: "condition" as const };
    return [
      { ...base, id: idOf("EVENT", 1), start: this.faultAt, end: null, peak: 5.88, peakAt: this.faultAt + 30 * second, contributions: shares([6, 0.62], [7, 0.24], [0, 0.09], [1, 0.05]) },
      { ...base, id: idOf("EVENT", 2), wheel: idOf("WHEEL", 3), asset: idOf("ASSET", 3), kind: "missing", start: now - 21 * minute, end: null, peak: 1, peakAt: now - 21 * minute, contributions: shares([301, 1]), signal: idOf("SIGNAL", 301), seen: "no value for 21 min, at least one each 5 s is usual" },
      { ...base, id: idOf("EVENT", 3), start: now - 74 * minute, end: now - 70 * minute, peak: 2.13, peakAt: now - 72 * minute, contributions: shares([0, 0.55], [2, 0.31], [1, 0.14]) },
    ];
  }

  #alarm(number: number, state: Alarm["state"], since: number): Alarm {
    return { id: idOf("ALARM", number), site: idOf("SITE", 0), event: idOf("EVENT", number), state, since, by: state === "active" ? null : "Ada", done: state === "cleared" };
  }

  #question(number: number, reason: Question["reason"], start: number, end: number): Question {
    const isAudit = reason === "audit";
    const event = isAudit ? null : idOf("EVENT", number);
    const about = { id: idOf("QUESTION", number), site: idOf("SITE", 0), asset: idOf("ASSET", 0), wheel: idOf("WHEEL", 0), revision: 1, interval: { start, end }, reason, event, events: event === null ? [] : [event] };
    return { ...about, peak: isAudit ? null : 5.88, blamed: isAudit ? null : idOf("SIGNAL", 6), probability: isAudit ? 0.02 : 1, blind: isAudit, state: "open", askedAt: end, label: null, others: [] };
  }

  #model(number: number, now: number): Model {
    const recipe = { name: ["levels", "levels and bands", "dilated convolutions"][number - 1] ?? "levels", version: 1, learner: "condition", map: ["levels", "bands", "convolutions"][number - 1] ?? "levels", params: {} };
    return { digest: digestOf(number), site: idOf("SITE", 0), wheel: idOf("WHEEL", 0), turn: idOf("TURN", number), recipe, mapDigest: digestOf(10 + number), totalDigest: digestOf(20 + number), blocks: Array.from({ length: 6 * number }, (_, at) => idOf("BLOCK", at)), threshold: 1, provisional: number === 1, bytes: 48_213 * number, createdAt: now - (170 - 45 * number) * minute };
  }

  #turn(number: number, now: number): Turn {
    const decision = (["promote", "keep", "promote", "not-enough-events", "shadow"] as const)[number - 1] ?? "keep";
    const gain = [null, -0.012, 0.137, null, 0.041][number - 1] ?? null;
    const lower = [null, -0.06, 0.052, null, -0.008][number - 1] ?? null;
    const startedAt = now - (165 - 30 * number) * minute;
    const reasons = [gain === null ? "The first model that could be made is put in force" : `Over 14 blocks the challenger's mean loss is ${Math.abs(gain)} ${gain > 0 ? "lower" : "higher"}; at 95 % the difference is at least ${lower}`, "The exam of 3 blocks does not speak against it"];
    const figures = { blocks: 9 + number, events: number + 2, championLoss: gain === null ? null : 0.31, challengerLoss: gain === null ? null : 0.31 - gain, gain, gainLower: lower, examBlocks: 3, examGain: null };
    return { id: idOf("TURN", number), site: idOf("SITE", 0), wheel: idOf("WHEEL", 0), number, trigger: (["first", "answers", "answers", "clock", "answers"] as const)[number - 1] ?? "hand", state: "recorded", startedAt, finishedAt: startedAt + (3.4 + number) * second, blocks: [], labels: number * 2, challengers: [digestOf(number)], verdict: { decision, challenger: digestOf(number), champion: number === 1 ? null : digestOf(1), reasons, figures } };
  }

  #entry({ number, startedAt, verdict }: Turn): LedgerEntry {
    return {
      number, site: idOf("SITE", 0), kind: "turn", at: startedAt + 5 * second, wheel: idOf("WHEEL", 0), turn: idOf("TURN", number), inputs: { blocks: digestOf(30 + number), blockCount: 9 + number, labelCount: number * 2, champion: digestOf(1) },
      outputs: { models: [digestOf(number)], champion: digestOf(1) }, decision: verdict?.decision ?? "keep", reason: verdict?.reasons[0] ?? "", gain: verdict?.figures.gain ?? null, durationSeconds: 3.4 + number, cpuSeconds: 5.1 + 1.7 * number, energyJoules: number < 3 ? null : 61.2 + 13 * number, previous: number === 1 ? "0".repeat(64) : digestOf(49 + number), hash: digestOf(50 + number),
    };
  }
}

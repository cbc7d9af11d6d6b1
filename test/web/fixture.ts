import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { extname, join, normalize } from "node:path";
import { securityHeaders } from "../../src/api/headers.ts";
import type { Course, Signal } from "../../web/src/api/types.ts";
import { digestOf, idOf, MadeUpPlant } from "./made-up-plant.ts";

const types: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const now = (): number => Date.now() * 1000;

export interface Posted {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

interface Options {
  /** Milliseconds between rows. */
  readonly pace?: number;
  /** Without any asset, as on the first day. */
  readonly isEmpty?: boolean;
  /** Requests must bring this token. */
  readonly token?: string;
}

/** A site of made-up data behind the real routes: serves the built page and plays a plant to it. */
export class FixtureSite {
  readonly plant = new MadeUpPlant(now());
  readonly posted: Posted[] = [];
  /** Paths that were asked for, with their headers. */
  readonly asked: { readonly path: string; readonly lastEventId: string | undefined }[] = [];
  readonly #directory: string;
  readonly #options: Options;
  readonly #streams = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #number = 0;
  status = { ready: true, reasons: [] as string[] };

  constructor(directory: string, options: Options = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Listens, on `port` if it is given, and starts to send rows. */
  async start(port = 0): Promise<string> {
    const server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    this.#server = server;
    this.#timer = setInterval(() => this.#sendRows(), this.#options.pace ?? 1000);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** As by `kill -9`: nothing is finished, nobody is told. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#streams.clear();
    await new Promise<void>((resolve) => (this.#server === null ? resolve() : this.#server.close(() => resolve())));
  }

  /** No more rows; the connection stands. */
  pause(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Sends something that happened to everybody who listens. */
  say(type: string, what: Record<string, unknown>): void {
    this.#number += 1;
    const text = `id: ${this.#number}\nevent: ${type}\ndata: ${JSON.stringify({ at: now(), type, ...what })}\n\n`;
    for (const stream of this.#streams) stream.write(text);
  }

  #sendRows(): void {
    const time = now() - 1_500_000;
    for (const wheel of this.plant.site.wheels) {
      const values = this.plant.signalsOf(wheel).map((signal) => this.plant.value(signal, time));
      this.say("rows", { wheel: wheel.id, time, values, score: this.plant.score(wheel, time), state: wheel.state, ...(wheel.target != null && { answer: wheel.answer }) });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    this.asked.push({ path: url.pathname, lastEventId: request.headers["last-event-id"] as string | undefined });
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (url.pathname === "/readyz") return json(response, this.status.ready ? 200 : 503, this.status);
    if (!url.pathname.startsWith("/api/")) return await this.#file(url.pathname, response);
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, "api.no-access", "Cannot let this request in: it has no valid token");
    if (url.pathname === "/api/v1/stream") return this.#stream(response);
    if (request.method === "GET") return this.#read(url, response);
    return this.#write(request, url.pathname, response);
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = normalize(path === "/" ? "/index.html" : path);
    const bytes = await readFile(join(this.#directory, name)).catch(() => null);
    if (bytes === null) return refuse(response, 404, "api.not-found", "Cannot find it");
    response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(bytes);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": ping\n\n");
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  #read({ pathname, searchParams }: URL, response: ServerResponse): void {
    const { plant } = this;
    const [, , , kind, id, part] = pathname.split("/");
    if (kind === "doors") return json(response, 200, plant.doors);
    if (kind === "site") return json(response, 200, this.#options.isEmpty === true ? { ...plant.site, assets: [], signals: [], wheels: [] } : plant.site);
    if (this.#options.isEmpty === true) return json(response, 200, { alarms: [], events: [], questions: [], entries: [], verified: true });
    if (kind === "alarms") return json(response, 200, { alarms: plant.alarms.map((alarm) => ({ alarm, event: plant.events.find((event) => event.id === alarm.event) ?? null })) });
    if (kind === "events") return json(response, 200, { events: plant.events });
    if (kind === "questions") return json(response, 200, { questions: plant.questions.filter(({ state }) => state === "open") });
    if (kind === "ledger") return json(response, 200, { entries: plant.entries, verified: true });
    if (part === "missed") return json(response, 200, plant.missed);
    if (part === "models") return json(response, 200, { champion: digestOf(3), models: id === idOf("WHEEL", 0) ? plant.models : [], champions: [], forgotten: [] });
    if (part === "turns") return json(response, 200, { turns: id === idOf("WHEEL", 0) ? plant.turns : [] });
    const [start, end, points] = ["start", "end", "points"].map((name) => Number(searchParams.get(name)));
    if (part === "shadows") {
      const said = plant.shadows.filter(({ wheel }) => wheel === id).map(({ shadow, value }) => ({ ...shadow, course: buckets(value, start ?? 0, end ?? 0, points ?? 1, plant.startedAt) }));
      return json(response, 200, { shadows: said });
    }
    const course = this.#courseOf(kind ?? "", id ?? "");
    if (course === null) return refuse(response, 404, "api.not-found", "Cannot find it: there is none such");
    return json(response, 200, buckets(course, start ?? 0, end ?? 0, points ?? 1, plant.startedAt));
  }

  #courseOf(kind: string, id: string): ((time: number) => number | null) | null {
    const { plant } = this;
    const signal = plant.site.signals.find((one: Signal) => one.id === id);
    const wheel = plant.site.wheels.find((one) => one.id === id);
    if (kind === "signals" && signal !== undefined) return (time) => plant.value(signal, time);
    return wheel === undefined ? null : (time) => plant.score(wheel, time);
  }

  async #write(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString() || "{}") as Record<string, unknown>;
    this.posted.push({ method: request.method ?? "", path, body });
    const [, , , kind, id, action] = path.split("/");
    if (kind === "alarms") return this.#changeAlarm(id ?? "", action === "shelve" ? Number(body["until"]) : null, String(body["by"]), response);
    if (kind === "questions" || kind === "labels") {
      const { plant } = this;
      const at = plant.questions.findIndex((question) => question.id === id);
      const asked = plant.questions[at];
      const label = { id: idOf("LABEL", 1), ...body };
      if (asked !== undefined) plant.questions[at] = { ...asked, state: "answered", label: label.id };
      return json(response, 200, { label });
    }
    if (action === "turn") return json(response, 202, { turn: null });
    if (action === "promote") return json(response, 200, { champion: this.plant.models[2] });
    if (action === "rollback") return json(response, 200, { champion: this.plant.models[0] });
    return refuse(response, 404, "api.not-found", "Cannot find it: there is none such");
  }

  #changeAlarm(id: string, shelvedUntil: number | null, by: string, response: ServerResponse): void {
    const { alarms } = this.plant;
    const at = alarms.findIndex((alarm) => alarm.id === id);
    const before = alarms[at];
    if (before === undefined) return refuse(response, 404, "api.not-found", "Cannot find it: there is none such");
    const alarm = { ...before, state: shelvedUntil === null ? ("acknowledged" as const) : ("shelved" as const), by, shelvedUntil };
    alarms[at] = alarm;
    return json(response, 200, { alarm });
  }
}

/** Lowest and highest a bucket, looked at once a second at most; nothing from before the site began or from the future. */
function buckets(value: (time: number) => number | null, start: number, end: number, points: number, began: number): Course {
  const width = (end - start) / points;
  const step = Math.max(1e6, width / 4);
  const starts = Array.from({ length: points }, (_, at) => Math.round(start + at * width));
  const ends = starts.map((from) => {
    const known: number[] = [];
    for (let time = Math.ceil(from / 1e6) * 1e6; time < from + width; time += step) {
      const one = time < began || time > Date.now() * 1000 - 1_500_000 ? null : value(time);
      if (one !== null) known.push(one);
    }
    return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
  });
  return { times: starts, low: ends.map((bucket) => bucket?.low ?? null), high: ends.map((bucket) => bucket?.high ?? null) };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const refuse = (response: ServerResponse, status: number, code: string, message: string): void => json(response, status, { error: { code, message, hint: "" } });

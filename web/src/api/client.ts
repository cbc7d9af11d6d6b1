import type { AlarmChanged, AlarmList, Answer, Course, Digest, Doors, EventList, Id, Interval, LabelView, Ledger, Micros, Missed, ModelList, QuestionList, ShadowList, Site, SiteStatus, TurnList } from "./types.ts";

/** What the site answered when it could not do as asked. `status` 0: it did not answer at all. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, code: string, message: string, hint: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

const tokenKey = "millrace.token";

/** What an operator says of a stretch. */
export interface Said {
  readonly answer: Answer;
  readonly faultKind: string | null;
  readonly author: string;
}

/** The site's HTTP API. Every call rejects with an `ApiProblem` that can be shown. */
export class Client {
  readonly #base: string;

  constructor(base = "") {
    this.#base = base;
  }

  set token(token: string) {
    sessionStorage.setItem(tokenKey, token);
  }

  headers(): Record<string, string> {
    const token = sessionStorage.getItem(tokenKey);
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  site = (stop?: AbortSignal) => this.#get<Site>("/api/v1/site", stop);
  alarms = (stop?: AbortSignal) => this.#get<AlarmList>("/api/v1/alarms?limit=200", stop);
  events = (since: Micros, stop?: AbortSignal) => this.#get<EventList>(`/api/v1/events?since=${since}&limit=500`, stop);
  questions = (stop?: AbortSignal) => this.#get<QuestionList>("/api/v1/questions?open=true&limit=100", stop);
  models = (wheel: Id) => this.#get<ModelList>(`/api/v1/wheels/${wheel}/models`);
  turns = (wheel: Id) => this.#get<TurnList>(`/api/v1/wheels/${wheel}/turns?limit=50`);
  missed = (wheel: Id, stop?: AbortSignal) => this.#get<Missed>(`/api/v1/wheels/${wheel}/missed`, stop);
  doors = (stop?: AbortSignal) => this.#get<Doors>("/api/v1/doors", stop);
  ledger = () => this.#get<Ledger>("/api/v1/ledger?limit=100");
  course = (signal: Id, span: Interval, points: number, stop?: AbortSignal) => this.#get<Course>(`/api/v1/signals/${signal}/course?${spanQuery(span, points)}`, stop);
  scores = (wheel: Id, span: Interval, points: number, stop?: AbortSignal) => this.#get<Course>(`/api/v1/wheels/${wheel}/scores?${spanQuery(span, points)}`, stop);
  shadows = (wheel: Id, span: Interval, points: number, stop?: AbortSignal) => this.#get<ShadowList>(`/api/v1/wheels/${wheel}/shadows?${spanQuery(span, points)}`, stop);

  acknowledge = (alarm: Id, by: string) => this.#send<AlarmChanged>("POST", `/api/v1/alarms/${alarm}/acknowledge`, { by });
  shelve = (alarm: Id, by: string, until: Micros) => this.#send<AlarmChanged>("POST", `/api/v1/alarms/${alarm}/shelve`, { by, until });
  answer = (question: Id, said: Said, scoreShown: boolean) => this.#send<LabelView>("POST", `/api/v1/questions/${question}/answer`, { ...said, scoreShown });
  revise = (label: Id, said: Said) => this.#send<LabelView>("PUT", `/api/v1/labels/${label}`, said);
  turnNow = (wheel: Id) => this.#send<unknown>("POST", `/api/v1/wheels/${wheel}/turn`, {});
  promote = (wheel: Id, model: Digest, reason: string) => this.#send<unknown>("POST", `/api/v1/wheels/${wheel}/promote`, { model, reason });
  rollBack = (wheel: Id, to: Digest | null, reason: string) => this.#send<unknown>("POST", `/api/v1/wheels/${wheel}/rollback`, to === null ? { reason } : { to, reason });

  /** A ready site answers 200, one that is not yet so 503: both say why. */
  async status(stop?: AbortSignal): Promise<SiteStatus> {
    const response = await this.#fetch("/readyz", { headers: this.headers(), ...(stop && { signal: stop }) });
    const body = (await response.json().catch(() => null)) as Partial<SiteStatus> | null;
    return { ready: body?.ready ?? response.ok, reasons: Array.isArray(body?.reasons) ? body.reasons : [] };
  }

  /** The stream of what happens; the caller reads its body. */
  async stream(lastId: string | null, stop: AbortSignal): Promise<Response> {
    const headers = { ...this.headers(), accept: "text/event-stream", ...(lastId !== null && { "last-event-id": lastId }) };
    return checked(await this.#fetch("/api/v1/stream", { headers, signal: stop, cache: "no-store" }));
  }

  /** The bytes of a model, fetched with the token and handed to the browser as a download. */
  async modelFile(digest: Digest): Promise<Blob> {
    return (await checked(await this.#fetch(`/api/v1/models/${digest}/file`, { headers: this.headers() }))).blob();
  }

  async #get<T>(path: string, stop?: AbortSignal): Promise<T> {
    const response = await checked(await this.#fetch(path, { headers: this.headers(), ...(stop && { signal: stop }) }));
    return (await response.json()) as T;
  }

  async #send<T>(method: string, path: string, body: unknown): Promise<T> {
    const headers = { ...this.headers(), "content-type": "application/json" };
    const response = await checked(await this.#fetch(path, { method, headers, body: JSON.stringify(body) }));
    const text = await response.text();
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#base + path, init);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
      throw new ApiProblem(0, "page.unreachable", "", "");
    }
  }
}

const spanQuery = ({ start, end }: Interval, points: number): string => `start=${Math.floor(start)}&end=${Math.ceil(end)}&points=${Math.max(1, Math.floor(points))}`;

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as { error?: { code?: unknown; message?: unknown; hint?: unknown } } | null;
  const { code, message, hint } = body?.error ?? {};
  const text = (said: unknown, otherwise: string) => (typeof said === "string" ? said : otherwise);
  throw new ApiProblem(response.status, text(code, `http.${response.status}`), text(message, response.statusText), text(hint, ""));
}

import { createHmac } from "node:crypto";
import { canonicalJson, digest } from "../../digest.ts";
import { MillraceError } from "../../errors.ts";
import type { Micros } from "../../schema/time.ts";
import type { Fact } from "../../store/records/facts.ts";
import type { Records } from "../../store/records.ts";
import type { Remote } from "../../thread.ts";
import type { AlarmChange, Outlet } from "../alarms.ts";
import { AllowList } from "./allow-list.ts";
import { messageOf, type NamesOf } from "./message.ts";
import { post } from "./post.ts";

/** One receiver of alarms. */
export interface WebhookTarget {
  readonly url: string;
  /** Key of the signature, at least 16 characters. */
  readonly secret: string;
}

export interface WebhookOptions {
  readonly targets: readonly WebhookTarget[];
  /** See AllowList. */
  readonly allow: readonly string[];
  readonly namesOf: NamesOf;
  readonly records: Pick<Remote<Records>, "write" | "settings">;
  readonly now: () => Micros;
  /** For one attempt; and between attempts, doubled each time from `first` up to `most`. Milliseconds. */
  readonly timeout?: number;
  readonly wait?: { readonly first: number; readonly most: number };
  /** A message this old is given up. Microseconds. */
  readonly giveUpAfter?: number;
}

/** A message that waits for its receiver, as it is stored. */
interface Delivery {
  readonly id: string;
  readonly target: string;
  readonly at: Micros;
  /** Which of the alarm's steps it tells of: some are of one moment. */
  readonly step: number;
  readonly body: string;
}

/** A message that its receiver never took, and why. */
export interface Undelivered {
  readonly id: string;
  readonly url: string;
  readonly at: Micros;
  readonly reason: string;
}

/** How a receiver fares. */
export interface TargetStatus {
  readonly url: string;
  readonly waiting: number;
  /** When the oldest waiting message was made; `null` when none waits. */
  readonly since: Micros | null;
  /** Messages that it has taken since the start, and when the last. */
  readonly delivered: number;
  readonly deliveredAt: Micros | null;
  /** Attempts at the oldest one, and what the last came to. */
  readonly attempts: number;
  readonly reason: string | null;
}

const prefix = "webhook message ";
const undeliveredName = "webhook undelivered";
/** Messages that may wait for one receiver; beyond this the oldest are given up. */
const mostWaiting = 1000;
const mostRemembered = 100;

/**
 * Alarms as signed HTTP POSTs, in order, at least once.
 *
 * A message is stored with the change that it tells of, and kept until its receiver has answered with
 * 2xx or it is given up; `Millrace-Delivery` is the same for every attempt at it. The signature is the
 * HMAC-SHA256 of `<seconds>.<body>`, as `Millrace-Signature: t=<seconds>,v1=<hex>`.
 * A redirect, and an address that is not allowed, are given up at once.
 */
export class Webhook implements Outlet {
  readonly #options: Required<WebhookOptions>;
  readonly #receivers: readonly Receiver[];
  readonly #stop = new AbortController();
  #undelivered: Undelivered[] = [];

  /** Throws `deploy.bad-webhook` for a URL, secret or allow-list that cannot be used. */
  constructor(options: WebhookOptions) {
    this.#options = { timeout: 10_000, wait: { first: 1000, most: 300_000 }, giveUpAfter: 24 * 3600e6, ...options };
    const allow = new AllowList(options.allow);
    this.#receivers = options.targets.map((target) => new Receiver(checked(target), target.secret, allow, this.#options, this.#stop.signal, (delivery, reason) => this.#end(delivery, reason)));
  }

  /** Takes up what was not delivered before a restart. */
  async open(): Promise<void> {
    const { records } = this.#options;
    const [kept] = await records.settings(undeliveredName);
    if (kept !== undefined) this.#undelivered = JSON.parse(kept.text) as Undelivered[];
    for (const { text } of await records.settings(prefix)) {
      const delivery = JSON.parse(text) as Delivery;
      const receiver = this.#receivers.find(({ name }) => name === delivery.target);
      if (receiver === undefined) await this.#end(delivery, "this receiver is no longer set");
      else receiver.add(delivery);
    }
  }

  get status(): readonly TargetStatus[] {
    return this.#receivers.map(({ status }) => status);
  }

  /** Messages that were given up, the newest last. */
  get undelivered(): readonly Undelivered[] {
    return this.#undelivered;
  }

  facts(change: AlarmChange): Fact[] {
    return this.#deliveries(change).map((delivery) => ({ put: "setting", value: { name: nameOf(delivery), text: JSON.stringify(delivery) } }));
  }

  tell(change: AlarmChange): void {
    for (const delivery of this.#deliveries(change)) {
      const receiver = this.#receivers.find(({ name }) => name === delivery.target);
      receiver?.add(delivery);
      for (const oldest of receiver?.dropBeyond(mostWaiting) ?? []) void this.#end(oldest, "too many messages wait");
    }
  }

  /** Stops sending; what was not delivered stays stored. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#receivers.map(({ idle }) => idle));
  }

  /** One for each receiver; made again from the same change they are the same. */
  #deliveries(change: AlarmChange): Delivery[] {
    const body = JSON.stringify(messageOf(change, this.#options.namesOf));
    const { alarm, step: made } = change;
    const step = alarm.history?.indexOf(made) ?? 0;
    const idOf = (target: string) => digest(canonicalJson({ target, alarm: alarm.id, made })).slice(0, 32);
    return this.#receivers.map(({ name }) => ({ id: idOf(name), target: name, at: made.at, step, body }));
  }

  /** A message is delivered (`reason` is null) or given up. If that cannot be stored it is sent again after a restart. */
  async #end(delivery: Delivery, reason: string | null): Promise<void> {
    const facts: Fact[] = [{ drop: "setting", name: nameOf(delivery) }];
    if (reason !== null) {
      const url = this.#receivers.find(({ name }) => name === delivery.target)?.shownUrl ?? "";
      this.#undelivered = [...this.#undelivered, { id: delivery.id, url, at: delivery.at, reason }].slice(-mostRemembered);
      facts.push({ put: "setting", value: { name: undeliveredName, text: JSON.stringify(this.#undelivered) } });
    }
    await this.#options.records.write(facts).catch(() => {});
  }
}

/** One receiver and the messages that wait for it. */
class Receiver {
  /** Stands for the URL in stored messages: a URL may be a secret. */
  readonly name: string;
  readonly shownUrl: string;
  readonly #url: URL;
  readonly #secret: string;
  readonly #allow: AllowList;
  readonly #options: Required<WebhookOptions>;
  readonly #stop: AbortSignal;
  readonly #onEnd: (delivery: Delivery, reason: string | null) => Promise<void>;
  readonly #waiting: Delivery[] = [];
  #sending: Promise<void> | null = null;
  #attempts = 0;
  #reason: string | null = null;
  #delivered = 0;
  #deliveredAt: Micros | null = null;

  constructor(url: URL, secret: string, allow: AllowList, options: Required<WebhookOptions>, stop: AbortSignal, onEnd: (delivery: Delivery, reason: string | null) => Promise<void>) {
    this.name = digest(url.href).slice(0, 16);
    this.shownUrl = `${url.origin}${url.pathname.slice(0, 80)}`;
    this.#url = url;
    this.#secret = secret;
    this.#allow = allow;
    this.#options = options;
    this.#stop = stop;
    this.#onEnd = onEnd;
  }

  get status(): TargetStatus {
    return { url: this.shownUrl, waiting: this.#waiting.length, since: this.#waiting[0]?.at ?? null, delivered: this.#delivered, deliveredAt: this.#deliveredAt, attempts: this.#attempts, reason: this.#reason };
  }

  /** Resolves once nothing is being sent. */
  get idle(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  add(delivery: Delivery): void {
    if (this.#stop.aborted || this.#waiting.some(({ id }) => id === delivery.id)) return;
    this.#waiting.push(delivery);
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
  }

  /** Takes the oldest out, save the one that is being sent, so that at most `most` wait. */
  dropBeyond(most: number): Delivery[] {
    return this.#waiting.length <= most ? [] : this.#waiting.splice(1, this.#waiting.length - most);
  }

  async #sendAll(): Promise<void> {
    for (let delivery = this.#waiting.at(0); delivery !== undefined && !this.#stop.aborted; delivery = this.#waiting.at(0)) {
      const posted = await this.#attempt(delivery);
      if (this.#stop.aborted && posted.result !== "delivered") return;
      this.#reason = posted.result === "delivered" ? null : posted.reason;
      this.#attempts++;
      const isOld = this.#options.now() - delivery.at > this.#options.giveUpAfter;
      if (posted.result === "failed" && !isOld) {
        const { first, most } = this.#options.wait;
        await pause(Math.min(most, first * 2 ** Math.min(this.#attempts - 1, 30)), this.#stop);
        continue;
      }
      if (posted.result === "delivered") {
        this.#delivered++;
        this.#deliveredAt = this.#options.now();
      }
      this.#waiting.shift();
      this.#attempts = 0;
      await this.#onEnd(delivery, this.#reason);
    }
  }

  async #attempt({ id, body }: Delivery): ReturnType<typeof post> {
    const seconds = Math.floor(this.#options.now() / 1e6);
    const headers = { "user-agent": "millrace", "millrace-delivery": id, "millrace-signature": `t=${seconds},v1=${signatureOf(this.#secret, seconds, body)}` };
    return await post({ url: this.#url, body, headers, allow: this.#allow, timeout: this.#options.timeout, stop: this.#stop });
  }
}

/** The HMAC-SHA256 of a message, in hex, as a receiver checks it. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
}

/** In order of age when sorted by name. */
const nameOf = ({ at, step, id, target }: Delivery): string => `${prefix}${target} ${String(at).padStart(17, "0")} ${String(step).padStart(3, "0")} ${id}`;

function checked({ url: text, secret }: WebhookTarget): URL {
  const url = URL.parse(text);
  const seen = url === null ? "it is no URL" : !["http:", "https:"].includes(url.protocol) ? "it is not of HTTP" : url.username + url.password !== "" ? "it holds a password" : null;
  if (url === null || seen !== null) throw badWebhook(`send alarms to a webhook: ${seen}`, "Give a URL that starts with https:// or http:// and holds no user or password.");
  if (secret.length < 16) throw badWebhook(`sign messages to ${url.host}: the secret has ${secret.length} characters, at least 16 are needed`, "Make one with `openssl rand -hex 32` and give it to the receiver too.");
  return url;
}

function badWebhook(what: string, hint: string): MillraceError {
  return new MillraceError("deploy.bad-webhook", `Cannot ${what}`, { hint });
}

async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stop.addEventListener("abort", end);
  });
}

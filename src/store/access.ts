import { createHmac, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { z } from "zod";
import { digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import { Digest } from "../schema/id.ts";
import { Micros } from "../schema/time.ts";
import type { Fact } from "./records/facts.ts";

const Name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,59}$/u);

/** A token of the HTTP interface, without its secret. */
export const ApiToken = z.object({ name: Name, hash: Digest, createdAt: Micros });
export type ApiToken = z.infer<typeof ApiToken>;

/** Topic filters, with + and #. */
export const Rights = z.object({ publish: z.array(z.string()), subscribe: z.array(z.string()) });
export type Rights = z.infer<typeof Rights>;

/** Who may speak MQTT, and about what. `password` is `scrypt$N$salt$hash`. */
export const MqttUser = z.object({ name: Name, password: z.string(), createdAt: Micros, rights: Rights });
export type MqttUser = z.infer<typeof MqttUser>;

const Uses = z.record(z.string(), Micros);

/** The records, near or in their worker: what is kept here are three settings. */
export interface Settings {
  setting(name: string): string | null | Promise<string | null>;
  write(facts: readonly Fact[]): void | Promise<void>;
}

/**
 * Who may use a site from elsewhere: API tokens and MQTT users, with nothing kept that would let
 * somebody in.
 *
 * What another process changes is seen after `maxAge`, what this object changes at once.
 */
export interface Access {
  tokens(): Promise<(ApiToken & { readonly lastUsed: Micros | null })[]>;
  /** Makes a token; this is the only time that its secret is seen. Throws `store.name-taken`. */
  addToken(name: string): Promise<string>;
  /** Throws `store.unknown-name`. */
  removeToken(name: string): Promise<void>;
  /** The token whose secret this is, and notes its use; `null` when there is none. */
  tokenNamed(secret: string): Promise<ApiToken | null>;
  users(): Promise<MqttUser[]>;
  user(name: string): Promise<MqttUser | null>;
  /** Throws `store.name-taken`, `store.bad-topic`. */
  addUser(name: string, password: string, rights: Rights): Promise<void>;
  /** Throws `store.unknown-name`. */
  removeUser(name: string): Promise<void>;
  /** Hears what this object has added and removed, once it is written, until the returned function is called. */
  onChange(ear: (change: AccessChange) => void): () => void;
  /** The user whose password this is; `null` for a wrong one and, after the same time, for nobody. */
  verify(name: string, password: string): Promise<MqttUser | null>;
}

/** Somebody who was let in, or is not any more. */
export interface AccessChange {
  readonly what: "token" | "user";
  readonly name: string;
  readonly isGone: boolean;
}

export interface AccessOptions {
  readonly now?: () => Micros;
  /** Microseconds for which what was read is taken to hold; 0 in commands, that read once. */
  readonly maxAge?: number;
}

const minute = 60_000_000;

/** The access kept in a site's records. Changes are one command at a time, by hand. */
export function accessOf(settings: Settings, { now = () => Date.now() * 1000, maxAge = 2_000_000 }: AccessOptions = {}): Access {
  const tokens = listOf("access.tokens", ApiToken, settings, now, maxAge);
  const users = listOf("access.users", MqttUser, settings, now, maxAge);
  const uses = usesOf(settings, now);
  const check = passwordCheck(now);
  const ears = new Set<(change: AccessChange) => void>();
  const tell = (what: AccessChange["what"], name: string, isGone: boolean) => {
    for (const ear of ears) ear({ what, name, isGone });
  };
  return {
    async tokens() {
      const used = await uses.all();
      return (await tokens.all()).map((token) => ({ ...token, lastUsed: used[token.hash] ?? null }));
    },
    async addToken(name) {
      const secret = `mr_${randomBytes(32).toString("base64url")}`;
      await tokens.add({ name, hash: digest(secret), createdAt: now() });
      tell("token", name, false);
      return secret;
    },
    async removeToken(name) {
      await tokens.remove(name);
      tell("token", name, true);
    },
    async tokenNamed(secret) {
      if (!secret.startsWith("mr_")) return null;
      const hash = Buffer.from(digest(secret), "hex");
      const found = (await tokens.all()).filter((token) => timingSafeEqual(Buffer.from(token.hash, "hex"), hash)).at(0) ?? null;
      if (found !== null) uses.note(found.hash);
      return found;
    },
    users: () => users.all(),
    user: async (name) => (await users.all()).find((user) => user.name === name) ?? null,
    async addUser(name, password, rights) {
      for (const filter of [...rights.publish, ...rights.subscribe]) requireFilter(filter);
      if (password.length < 8 || password.length > 200) throw badPassword();
      await users.add({ name, password: await hashed(password), createdAt: now(), rights });
      tell("user", name, false);
    },
    async removeUser(name) {
      await users.remove(name);
      tell("user", name, true);
    },
    onChange(ear) {
      ears.add(ear);
      return () => ears.delete(ear);
    },
    async verify(name, password) {
      const user = (await users.all()).find((one) => one.name === name) ?? null;
      return (await check(user?.password ?? nobody, password)) ? user : null;
    },
  };
}

/** A list of named things that is kept as one setting. */
function listOf<T extends { readonly name: string }>(setting: string, schema: z.ZodType<T>, settings: Settings, now: () => Micros, maxAge: number) {
  let read: { at: Micros; list: T[] } | null = null;
  const fresh = async (): Promise<T[]> => z.array(schema).parse(JSON.parse((await settings.setting(setting)) ?? "[]"));
  const write = async (list: readonly T[]) => {
    await settings.write([{ put: "setting", value: { name: setting, text: JSON.stringify(list) } }]);
    read = null;
  };
  return {
    async all(): Promise<T[]> {
      const age = read === null ? Infinity : Math.abs(now() - read.at); // a clock may step back
      if (read === null || age >= maxAge) read = { at: now(), list: await fresh() };
      return read.list;
    },
    async add(one: T): Promise<void> {
      if (!Name.safeParse(one.name).success) throw badName(one.name);
      const list = await fresh();
      if (list.some(({ name }) => name === one.name)) throw nameTaken(one.name);
      await write([...list, one]);
    },
    async remove(name: string): Promise<void> {
      const list = await fresh();
      if (!list.some((one) => one.name === name)) throw unknownName(name);
      await write(list.filter((one) => one.name !== name));
    },
  };
}

/** When tokens were last used, to the minute: kept apart, as a site that is up writes it and commands do not. */
function usesOf(settings: Settings, now: () => Micros) {
  const noted = new Map<string, Micros>();
  let writing: Promise<void> = Promise.resolve();
  const all = async () => Uses.catch({}).parse(JSON.parse((await settings.setting("access.uses")) ?? "{}"));
  const save = async () => {
    const text = JSON.stringify({ ...(await all()), ...Object.fromEntries(noted) });
    await settings.write([{ put: "setting", value: { name: "access.uses", text } }]);
  };
  return {
    all,
    note(hash: string): void {
      const at = now();
      if (at - (noted.get(hash) ?? -Infinity) < minute) return;
      noted.set(hash, at);
      writing = writing.then(save).catch(() => {}); // a use that is not noted is no reason to refuse it
    },
  };
}

// Some 35 MB and 80 ms a guess: dear for who tries passwords, cheap enough for devices that all come back at once.
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } satisfies ScryptOptions;

/** Stands in for a user who is not there, so that asking takes as long. Nobody's password. */
const nobody = `scrypt$${cost.N}$${Buffer.alloc(16).toString("base64url")}$${Buffer.alloc(32, 1).toString("base64url")}`;

const derive = (password: string, salt: Buffer, N: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, 32, { ...cost, N }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

async function hashed(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${cost.N}$${salt.toString("base64url")}$${(await derive(password, salt, cost.N)).toString("base64url")}`;
}

/** Guesses that may wait; more are refused, so that a flood of them takes neither memory nor all threads. */
const guessesWaiting = 200;

/**
 * Checks passwords off the main thread, two at a time. One that was right is right for ten minutes
 * without the work, so that a plant's devices are back soon after a restart of the network.
 */
function passwordCheck(now: () => Micros): (stored: string, password: string) => Promise<boolean> {
  const key = randomBytes(32);
  const right = new Map<string, Micros>();
  const take = turnstile(2, guessesWaiting);
  return async (stored, password) => {
    if (password.length > 200) return false;
    const mark = createHmac("sha256", key).update(`${stored}\n${password}`).digest("base64");
    if (Math.abs(now() - (right.get(mark) ?? -Infinity)) < 10 * minute) return true;
    const isRight = await take(async () => {
      const [, N = "", salt = "", hash = ""] = stored.split("$");
      const expected = Buffer.from(hash, "base64url");
      const seen = await derive(password, Buffer.from(salt, "base64url"), Number(N));
      return expected.length === seen.length && timingSafeEqual(expected, seen);
    });
    if (isRight === true && stored !== nobody) {
      if (right.size >= 10_000) right.clear();
      right.set(mark, now());
      return true;
    }
    return false;
  };
}

/** Lets so many work at once and so many wait; the next ones get `null`. */
function turnstile(atOnce: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T | null> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce && queue.length >= waiting) return null;
    if (running >= atOnce) await new Promise<void>((resolve) => queue.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

function requireFilter(filter: string): void {
  if (isFilter(filter)) return;
  throw new MillraceError("store.bad-topic", `Cannot give a right to ${JSON.stringify(filter.slice(0, 80))}: it is no topic filter`, {
    hint: "Write levels joined by /, with + for one level and # at the end for all below: plant/line-1/#.",
  });
}

/** Whether a text is a topic filter, after MQTT 3.1.1, section 4.7. */
export function isFilter(filter: string): boolean {
  if (filter === "" || Buffer.byteLength(filter) > 65_535 || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every((level, at) => (level === "#" ? at === levels.length - 1 : level === "+" || !/[#+]/.test(level)));
}

/** Whether one of a user's rights lets it publish to a topic. A topic with a wildcard is none. */
export const mayPublish = (user: MqttUser, topic: string): boolean => topic !== "" && !/[#+\0]/.test(topic) && user.rights.publish.some((right) => covers(right, topic));

/** Whether one of a user's rights covers all that a subscription would bring. */
export const maySubscribe = (user: MqttUser, filter: string): boolean => isFilter(filter) && user.rights.subscribe.some((right) => covers(right, filter));

/**
 * Whether every topic that `filter` matches is matched by `right` too; a topic is a filter of itself.
 * Wildcards in the first level leave topics that start with $ out, as MQTT has it.
 */
export function covers(right: string, filter: string): boolean {
  const [wide, narrow] = [right.split("/"), filter.split("/")];
  if (/^[#+]/.test(right) && filter.startsWith("$")) return false;
  for (const [at, level] of wide.entries()) {
    if (level === "#") return true;
    const other = narrow[at];
    // "a/#" also means "a" itself; that is seen only when the narrow one ends.
    if (other === undefined || other === "#") return false;
    if (level !== "+" && level !== other) return false;
    if (narrow.length === at + 1 && wide.length === at + 2 && wide[at + 1] === "#") return true;
  }
  return wide.length === narrow.length;
}

const badName = (name: string): MillraceError =>
  new MillraceError("store.bad-name", `Cannot use the name ${JSON.stringify(name.slice(0, 80))}: it has characters that a name may not have`, { hint: "Use up to 60 letters, digits, blanks and . _ @ -, a letter or digit first." });

const badPassword = (): MillraceError => new MillraceError("store.bad-password", "Cannot use this password: it has fewer than 8 or more than 200 characters", { hint: "Leave it out to have one made." });

const nameTaken = (name: string): MillraceError =>
  new MillraceError("store.name-taken", `Cannot add ${JSON.stringify(name.slice(0, 80))}: there is one of this name`, { hint: "Choose another name, or remove the old one first." });

const unknownName = (name: string): MillraceError =>
  new MillraceError("store.unknown-name", `Cannot remove ${JSON.stringify(name.slice(0, 80))}: there is none of this name`, { hint: "List them with `list`." });

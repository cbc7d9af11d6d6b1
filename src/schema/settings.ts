import { z } from "zod";
import { WheelRequest } from "./wheel-request.ts";

const port = z.int().min(0).max(65_535);
const seconds = z.number().positive().max(366 * 86_400);
const tls = z.object({ cert: z.string().min(1), key: z.string().min(1) }).strict();

/** An HTTP or MQTT door: where it listens and, beyond loopback, with which certificate. */
const door = (usual: number) => z.object({ host: z.string().min(1).default("127.0.0.1"), port: port.default(usual), tls: tls.nullable().default(null) }).strict();

/** A broker that is there already, which this site subscribes to. */
const Broker = z
  .object({
    /** By which all that came from it can be forgotten; its host and port unless said. */
    name: z.string().min(1).max(200).optional(),
    url: z.string().min(1).max(500),
    topics: z.array(z.string().min(1).max(500)).min(1).default(["#"]),
    version: z.union([z.literal(4), z.literal(5)]).default(4),
    username: z.string().max(200).optional(),
    passwordFile: z.string().max(1000).optional(),
    clientId: z.string().min(1).max(60).optional(),
  })
  .strict();

/** A directory whose finished files are imported, each once. */
const Folder = z.object({ path: z.string().min(1).max(1000), asset: z.string().min(1).max(200), warmUpRows: z.int().min(0).default(0) }).strict();

/** Alarms are posted there, signed with the key in a file. */
const Webhook = z.object({ url: z.string().min(1).max(1000), secretFile: z.string().min(1).max(1000) }).strict();

/** How wheels are made for assets that appear by themselves. */
const NewWheels = z
  .object({
    /** Make a condition wheel for each asset that sends measured numbers. */
    auto: z.boolean().default(true),
    /** Seconds without a new signal before an asset's wheel is made. */
    settle: seconds.default(20),
    /** Seconds a row; guessed from the signals when left out. */
    period: seconds.optional(),
    /** Cut a block wherever this signal of the asset changes; else every `block` seconds. */
    blockBy: z.string().min(1).max(500).optional(),
    block: seconds.default(3600),
    warmUpRows: z.int().min(0).default(0),
    /** Blocks that are waited for before the first model is learnt. */
    firstBlocks: z.int().min(1).default(4),
    /** Who puts a proven model in force where one is already. */
    promotion: z.enum(["ask", "automatic"]).default("ask"),
    /** Most that what models or simulators made may weigh in teaching, against what is real; nothing unless given. */
    generated: z.number().positive().max(0.6).optional(),
    /** Wheels of targets, made once their assets and signals have appeared. */
    make: z.array(WheelRequest).max(1000).default([]),
  })
  .strict();

/** How much is asked of people, and which events are one question. */
const Questions = z
  .object({
    perShift: z.int().min(0).max(1000).default(20),
    auditsPerShift: z.number().min(0).max(100).default(2),
    /** Events no further apart than this are one question. */
    burstGap: seconds.default(300),
  })
  .strict();

/**
 * What a site that is up has been told, in `site.json` in its data directory; everything has a default.
 * Times are seconds here, for people; secrets stay in files of their own or, hashed, in the records.
 */
export const Settings = z
  .object({
    http: door(8080).prefault({}),
    mqtt: door(1883).extend({ enabled: z.boolean().default(true) }).prefault({}),
    brokers: z.array(Broker).default([]),
    folders: z.array(Folder).default([]),
    /** Patterns from MQTT topics to paths, first match first, for example `factory/{area}/{asset}/{signal}`. */
    topics: z.array(z.string().min(1).max(500)).default([]),
    wheels: NewWheels.prefault({}),
    questions: Questions.prefault({}),
    alarms: z.object({ mqtt: z.boolean().default(true), webhooks: z.array(Webhook).default([]), allow: z.array(z.string().min(1).max(200)).default([]) }).strict().prefault({}),
  })
  .strict();
export type Settings = z.infer<typeof Settings>;

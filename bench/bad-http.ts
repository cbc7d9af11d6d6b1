import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import type { BadInput, Doors } from "./bad-doors.ts";
import { hostileNames } from "./bad-files.ts";
import { ask, said, type Asked } from "./door-client.ts";

const MiB = 1024 * 1024;
const now = (): number => Date.now() * 1000;
const hour = 3_600_000_000;

type More = Pick<BadInput, "stored" | "counted">;

const json = (input: string, body: (() => string | Uint8Array) | string, wanted: RegExp, more: More = {}, asked: Asked = {}): BadInput => ({
  door: "HTTP JSON",
  input,
  wanted,
  ...more,
  hand: async ({ http }) => said(await ask(http, "/api/v1/write", { type: "application/json", ...asked, body: typeof body === "string" ? body : body() })),
});
const reading = (value: string, more = ""): string => `{"readings":[{"path":"hall/press/force","value":${value}${more}}]}`;
const named = (path: string, value: unknown = 1): string => JSON.stringify({ readings: [{ path, value }] });

const line = (input: string, body: (() => string | Uint8Array) | string, wanted: RegExp, more: More = {}, path = "/api/v1/write/line?precision=us"): BadInput => ({
  door: "HTTP line protocol",
  input,
  wanted,
  ...more,
  hand: async ({ http }) => said(await ask(http, path, { type: "text/plain", body: typeof body === "string" ? body : body() })),
});

/** Bytes over a plain socket, and what came back first; the socket is then dropped. */
async function raw({ http }: Doors, bytes: string, milliseconds = 1000): Promise<string> {
  const { hostname, port } = new URL(http);
  return await new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const done = (text: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(() => done("nothing yet; dropped"), milliseconds);
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (part) => done(part.toString("latin1").slice(9, 40)));
    socket.on("error", () => done("cut off")).on("close", () => done("cut off"));
  });
}

/** Many connections that say half a request and wait; whether others are served meanwhile is looked at by the good readings. */
async function manyHalves({ http }: Doors): Promise<string> {
  const { hostname, port } = new URL(http);
  const sockets = Array.from({ length: 300 }, () => {
    const socket = connect({ host: hostname, port: Number(port) }).on("error", () => {});
    socket.write("POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Le");
    return socket;
  });
  const { status } = await ask(http, "/healthz");
  for (const socket of sockets) socket.destroy();
  return `${status} for another meanwhile`;
}

/** Everything bad that may be handed in by HTTP writes. */
export const httpInputs: readonly BadInput[] = [
  json("a body of 11 MiB", () => Buffer.alloc(11 * MiB, 32), /^413 |^0 /),
  json("10 MiB in one text value", () => reading(JSON.stringify("x".repeat(10 * MiB - 200))), /too-large|^413 /),
  json("10 MiB of readings, each wrong", () => `{"readings":[${Array.from({ length: 200_000 }, () => '{"path":"x","value":1}').join(",")}]}`, /bad-name/, { counted: "bad-name" }),
  json("gzip of 256 MiB of blanks", () => gzipSync(Buffer.alloc(256 * MiB, 32)), /^413 |^0 /, {}, { headers: { "content-encoding": "gzip" } }),
  json("gzip that is cut short", () => gzipSync(reading("1")).subarray(0, 30), /^400 /, {}, { headers: { "content-encoding": "gzip" } }),
  json("gzip whose bytes were changed", () => gzipSync(reading("1")).map((byte, at) => (at > 12 && at < 20 ? byte ^ 0x55 : byte)), /^400 /, {}, { headers: { "content-encoding": "gzip" } }),
  json("no JSON", "value=1", /^400 api\.bad-request/),
  json("JSON cut short", reading("1").slice(0, -3), /^400 api\.bad-request/),
  json("100,000 brackets deep", () => "[".repeat(100_000), /^400 /),
  json("100,000 brackets deep in a value", () => reading(`${"[".repeat(100_000)}${"]".repeat(100_000)}`), /^400 |wrong-type|malformed/),
  json("an empty body", "", /^400 /),
  json("null", "null", /^400 /),
  json("none of the forms", '{"hello":1}', /^400 capture\.bad-body/),
  json("NaN as JSON does not have it", reading("NaN"), /^400 api\.bad-request/),
  json("1e999", reading("1e999"), /not-a-number/, { counted: "not-a-number" }),
  json("null, an object and a list as values", '{"readings":[{"path":"hall/press/force","value":null},{"path":"hall/press/force","value":{}},{"path":"hall/press/force","value":[1]}]}', /^200, stored 0, left out 3/),
  json("a reading that is no object, beside a good one", `{"readings":[7,{"path":"hall/press/force","value":1}]}`, /stored 1, left out 1/, { stored: 1 }),
  json("a text for a signal of numbers", reading('"high"'), /wrong-type/, { counted: "wrong-type" }),
  json("a signal that changes its unit", `{"readings":[{"path":"hall/press/level","value":1,"unit":"bar"},{"path":"hall/press/level","value":14.5,"unit":"[psi]"}]}`, /unit-changed/, { stored: 1, counted: "unit-changed" }),
  json("a time of hours ago, after a newer one", () => reading("1", `,"time":${now() - 5 * hour}`), /^200, stored 1/, { stored: 1 }),
  json("a time an hour ahead: kept as of a bad clock", () => reading("1", `,"time":${now() + hour}`), /^200, stored 1/, { stored: 1 }),
  json("times that are none", '{"readings":[{"path":"hall/press/force","value":1,"time":-5e300},{"path":"hall/press/force","value":1,"time":"soon"},{"path":"hall/press/force","value":1,"time":1e19},{"path":"hall/press/force","value":1,"time":1.5}]}', /^200, stored [01], left out [34]: (bad-time|malformed)/, { stored: null }),
  json("names that try to be markup, paths, formulas and control characters", () => JSON.stringify({ readings: hostileNames.map((name) => ({ path: `hall/${name.replaceAll("/", "|")}/x`, value: 1 })) }), /^200, stored 7, left out 2: bad-name/, { stored: 7, counted: "bad-name" }),
  json("a path of one level", named("force"), /bad-name/, { counted: "bad-name" }),
  json("a path with an empty level", named("hall//force"), /bad-name/, { counted: "bad-name" }),
  json("a name of 300 characters", () => named(`hall/${"n".repeat(300)}/force`), /bad-name/, { counted: "bad-name" }),
  json("a path of 5,000 levels", () => named(`${"a/".repeat(5000)}force`), /bad-name/, { counted: "bad-name" }),
  json("columns of unlike lengths", '{"path":"hall/press","columns":{"force":[1,2]},"times":[1]}', /^400 capture\.bad-body/),
  json("the wrong Content-Type", reading("1"), /^415 |^400 |^200, stored 1/, { stored: null }, { type: "application/xml" }),
  json("a foreign Origin: a page elsewhere that writes here", reading("1"), /^403 api\.foreign-origin/, {}, { headers: { origin: "http://evil.example" } }),
  json("a foreign Host: a name that was made to point here", reading("1"), /^403 api\.foreign-host/, {}, { headers: { host: "evil.example" } }),
  { door: "HTTP", input: "no HTTP", wanted: /400|cut off/, hand: (site) => raw(site, "\u0016\u0003\u0001\u0002garbage\r\n\r\n") },
  { door: "HTTP", input: "a header of 1 MB", wanted: /431|400|cut off/, hand: (site) => raw(site, `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(MiB)}\r\n\r\n`) },
  { door: "HTTP", input: "two lengths for one body", wanted: /400|cut off/, hand: (site) => raw(site, "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n") },
  { door: "HTTP", input: "a body that stops half-way", wanted: /dropped|cut off|400|408/, hand: (site) => raw(site, 'POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"readings":[{"path":"hall/press/force","value":9}') },
  { door: "HTTP", input: "300 connections that never finish a request", wanted: /^200 /, hand: manyHalves },
  line("malformed lines between good ones", () => `press,asset=hall force=1 ${now()}\n,,,\npress force\npress,asset=hall force=2 ${now() + 1}\npress,asset=hall force=1,force=\n`, /^400 api\.partial/, { stored: 2 }),
  line("NaN, Inf and what is no number", "press,asset=hall force=NaN 3\npress,asset=hall force=Inf 4\npress,asset=hall force=0x1f 5", /^400 api\.partial/),
  line("a whole number too large for a double", () => `press,asset=hall count=99999999999999999999999i ${now()}`, /^400 |^200, stored 0/, { stored: null }),
  line("times beyond the calendar", "press,asset=hall force=1 99999999999999999999\npress,asset=hall force=1 -7000000000000000000", /^400 |bad-time/),
  line("a text for a field of numbers", () => `press,asset=hall force="high" ${now()}`, /wrong-type|^400/, { counted: "wrong-type" }),
  line("10 MiB without a line end", () => `press,asset=hall force=${"1".repeat(10 * MiB - 100)}`, /^400 |^413 /),
  line("10 MiB of lines that make no sense", () => "=\n".repeat(5 * MiB - 10), /^400 |^413 /),
  line("11 MiB", () => Buffer.alloc(11 * MiB, 10), /^413 |^0 /),
  line("bytes that are no UTF-8", () => Buffer.concat([Buffer.from("press,asset=hall f"), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from(`=1 ${now()}`)]), /^(400|200)/, { stored: null }),
  line("zero bytes and control characters in names", () => `pre\u0000ss,asset=ha\u001bll force=1 ${now()}`, /bad-name|^400/),
  line("a precision that is none", "press,asset=hall force=1 9", /^400 /, {}, "/api/v1/write/line?precision=minutes"),
  line("malformed lines at the InfluxDB v2 address", () => `press,asset=hall force=3 ${now()}\nnonsense`, /^400 api\.partial/, { stored: 1 }, "/api/v2/write?org=a&bucket=b&precision=us"),
  line("an empty body", "", /^(200|204|400)/),
];

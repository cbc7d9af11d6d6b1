import { gzipSync } from "node:zlib";
import type { BadInput } from "./bad-doors.ts";
import { ask, fieldsOf, said, type Asked } from "./door-client.ts";

const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const digest = "0".repeat(64);
const json = (body: unknown): Asked => ({ type: "application/json", body: JSON.stringify(body) });

const api = (door: string, input: string, path: string, asked: Asked | (() => Asked), wanted: RegExp): BadInput => ({
  door,
  input,
  wanted,
  hand: async ({ http }) => said(await ask(http, `/api/v1${path}`, typeof asked === "function" ? asked() : asked)),
});

const answers = "API answers";
const uploads = "uploads";
const looks = "API questions";
const heading = "asset,start,end,answer,kind,author";
const answer = { answer: "fault", faultKind: null, author: "bench", scoreShown: false };
const label = { asset: id, start: 0, end: 1, answer: "fault", faultKind: null, author: "bench", certainty: 1 };

/** What is said to the API that makes no sense: none of it may be a fault of ours (5xx), nor change anything. */
export const apiInputs: readonly BadInput[] = [
  api(answers, "to a question that is not there", `/questions/${id}/answer`, json(answer), /^404 /),
  api(answers, "to a question whose id is none", "/questions/..%2f..%2fetc/answer", json(answer), /^40[04] /),
  api(answers, "that is none of the three", `/questions/${id}/answer`, json({ ...answer, answer: "maybe" }), /^400 /),
  api(answers, "by nobody", `/questions/${id}/answer`, json({ ...answer, author: "" }), /^400 /),
  api(answers, "by a name of 10,000 characters", `/questions/${id}/answer`, json({ ...answer, author: "x".repeat(10_000) }), /^400 /),
  api(answers, "with a certainty of 2", `/questions/${id}/answer`, json({ ...answer, certainty: 2 }), /^400 /),
  api(answers, "as a list", `/questions/${id}/answer`, json([answer]), /^400 /),
  api(answers, "of 11 MiB", `/questions/${id}/answer`, () => json({ ...answer, faultKind: "x".repeat(11 * 1024 * 1024) }), /^413 |^400 |^0 /),
  api(answers, "a label that ends before it starts", "/labels", json({ ...label, start: 5, end: 1 }), /^400 /),
  api(answers, "a label of an asset that is not there", "/labels", json(label), /^404 /),
  api(answers, "a label whose times are NaN, which JSON has as null", "/labels", json({ ...label, start: Number.NaN }), /^400 /),
  api(answers, "a label that a model is to have made, of an asset that is not there", "/labels", json({ ...label, origin: "model" }), /^404 /),
  api(answers, "a revision of a label that is not there", `/labels/${id}`, { method: "PUT", ...json({ answer: "normal" }) }, /^404 |^400 /),
  api(answers, "a label withdrawn that is not there", `/labels/${id}`, { method: "DELETE" }, /^404 /),
  api(answers, "an alarm acknowledged that is not there", `/alarms/${id}/acknowledge`, json({ by: "bench" }), /^404 /),
  api(answers, "an alarm shelved until 1e300", `/alarms/${id}/shelve`, json({ by: "bench", until: 1e300 }), /^40[04] /),
  api(answers, "a rollback of a wheel that is not there", `/wheels/${id}/rollback`, json({ reason: "bench" }), /^404 /),
  api(answers, "a turn of a wheel that is not there", `/wheels/${id}/turn`, json({}), /^404 |^400 /),
  api(looks, "a billion points of a course", `/signals/${id}/course?start=0&end=1000&points=1000000000`, {}, /^400 |^404 /),
  api(looks, "a course that ends before it starts", `/signals/${id}/course?start=9&end=1&points=10`, {}, /^400 |^404 /),
  api(looks, "a course from NaN to Infinity", `/signals/${id}/course?start=NaN&end=Infinity&points=10`, {}, /^400 /),
  api(looks, "a model by a path", `/models/..%2f..%2fsite.json/file`, {}, /^40[04] /),
  api(looks, "a model that is not there", `/models/${digest}/file`, {}, /^404 /),
  api(looks, "events from a limit of -1", "/events?limit=-1", {}, /^400 /),
  api(looks, "the ledger from a word", "/ledger?from=first", {}, /^400 /),
  api(looks, "an address that is not there", "/nothing", {}, /^404 /),
  api(looks, "a method that is not there", "/site", { method: "DELETE" }, /^40[45] /),
  api(uploads, "an Excel workbook as work orders", "/labels/csv", { type: "text/csv", body: Buffer.from("PK\u0003\u0004\u0000\u0000 and so on") }, /^400 /),
  api(uploads, "a table of something else", "/labels/csv", { type: "text/csv", body: "time,pressure\n1,2" }, /^400 /),
  api(uploads, "work orders for a machine that is not there", "/labels/csv", { type: "text/csv", body: `${heading}\nnowhere,2026-01-01,2026-01-02,fault,x,Ana` }, /^400 /),
  api(uploads, "work orders with nonsense in every cell", "/labels/csv", { type: "text/csv", body: `${heading}\n"<b>",soon,later,perhaps,=1+1,` }, /^400 /),
  api(uploads, "a quote that never closes", "/labels/csv", { type: "text/csv", body: `${heading}\n"pump,2026` }, /^400 /),
  api(uploads, "11 MiB of work orders", "/labels/csv", () => ({ type: "text/csv", body: `${heading}\n${"pump,2026-01-01,2026-01-02,fault,x,Ana\n".repeat(290_000)}` }), /^413 |^0 /),
  api(uploads, "gzip of 256 MiB of blanks as work orders", "/labels/csv", () => ({ type: "text/csv", headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(256 * 1024 * 1024, 32)) }), /^413 |^400 |^0 /),
  {
    door: "page and API",
    input: "hostile names, as the site then tells them",
    wanted: /^application\/json, names as text/,
    hand: async ({ http }) => {
      const answered = await fetch(new URL("/api/v1/site", http));
      const type = answered.headers.get("content-type") ?? "";
      const names = ((fieldsOf(await answered.text())?.["assets"] ?? []) as { name: string }[]).map(({ name }) => name);
      const isThere = names.some((name) => name.includes("<script>")) && answered.headers.get("x-content-type-options") === "nosniff";
      // oxlint-disable-next-line no-control-regex -- looking for what must not be there
      const isClean = names.every((name) => !/[\u0000-\u001f\u202e]/.test(name));
      return `${type.split(";")[0]}, ${isThere && isClean ? "names as text" : `names: ${names.join(" ").slice(0, 150)}`}`;
    },
  },
];

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { mostOrders, readWorkOrders } from "./work-orders.ts";

const at = (iso: string): number => Date.parse(iso) * 1000;
const heading = "asset,start,end,answer,kind,author";
const table = (...rows: string[]): string => [heading, ...rows].join("\n");
const good = "pump,2026-03-09T10:00:00Z,2026-03-09T11:00:00Z,fault,cavitation,Ana";
const order = { row: 2, asset: "pump", start: at("2026-03-09T10:00:00Z"), end: at("2026-03-09T11:00:00Z"), answer: "fault", faultKind: "cavitation", author: "Ana", certainty: 1, id: null };

test("readWorkOrders() reads a table, in any order of columns, and leaves others alone", () => {
  assert.deepEqual(readWorkOrders(table(good)), { orders: [order], rejected: [] });
  const other = 'Author;ID;Answer;"End";Start;Certainty;Remark;Asset;Kind\r\nAna;4711;FAULT;2026-03-09 11:00;2026-03-09 10:00;0,5;"long; with\r\na line";pump;cavitation\r\n';
  assert.deepEqual(readWorkOrders(other).orders, [{ ...order, row: 3, certainty: 0.5, id: "4711" }]);
  assert.deepEqual(readWorkOrders(`\ufeff${table(good)}`.replaceAll(",", "\t")).orders, [order]);
  assert.deepEqual(readWorkOrders("asset,start,end,answer\n\n\npump,2026-03-09,2026-03-10,normal", { author: "shift log" }).orders, [
    { ...order, row: 4, start: at("2026-03-09"), end: at("2026-03-10"), answer: "normal", faultKind: null, author: "shift log" },
  ]);
});

test("readWorkOrders() reads bytes as they come: gzip, UTF-16, Latin-1", () => {
  const named = table(good.replace("Ana", "Jürgen"));
  const wanted = [{ ...order, author: "Jürgen" }];
  for (const bytes of [Buffer.from(named), gzipSync(named), Buffer.from(`\ufeff${named}`, "utf16le"), Buffer.from(named, "latin1")]) assert.deepEqual(readWorkOrders(bytes).orders, wanted);
  assert.throws(() => readWorkOrders(gzipSync(named).subarray(0, 40)), { code: "capture.damaged" });
  assert.throws(() => readWorkOrders(Uint8Array.of(1, 0, 2, 0)), { code: "capture.not-text" });
  assert.throws(() => readWorkOrders(gzipSync(Buffer.alloc(80_000_000, 32))), { code: "capture.too-large" });
});

test("readWorkOrders() reads times with offsets, as numbers, and by the clock of a zone", () => {
  const times = (start: string, end: string, options = {}) => {
    const [one] = readWorkOrders(`asset;start;end;answer;author\npump;${start};${end};normal;Ana`, options).orders;
    return [one?.start, one?.end];
  };
  assert.deepEqual(times("2026-03-09T12:00:00+02:00", "2026-03-09T11:00:00.5Z"), [at("2026-03-09T10:00:00Z"), at("2026-03-09T11:00:00.5Z")]);
  assert.deepEqual(times("1773050400", "1773054000000"), [order.start, order.end]);
  assert.deepEqual(times("46090,5", "46091", { zone: "Europe/Berlin" }), [at("2026-03-09T11:00:00Z"), at("2026-03-09T23:00:00Z")]);
  assert.deepEqual(times("09.03.2026 11:00", "09.03.2026 12:00", { zone: "Europe/Berlin" }), [order.start, order.end]);
  // 2:00 to 3:00 is shown twice on 25 October: the end is the second where the first lies before the start.
  assert.deepEqual(times("25.10.2026 02:50", "25.10.2026 02:10", { zone: "Europe/Berlin" }), [at("2026-10-25T00:50:00Z"), at("2026-10-25T01:10:00Z")]);
  assert.throws(() => times("2026-03-09", "2026-03-10", { zone: "Mars/Olympus" }), { code: "capture.unknown-zone" });
});

test("readWorkOrders() takes the order of dates that one of them proves, or that is said, and guesses none", () => {
  const rows = (...dates: string[]) => ["asset,start,end,answer,author", ...dates.map((date) => `pump,${date},normal,Ana`)].join("\n");
  assert.throws(() => readWorkOrders(rows("03/04/2026,04/04/2026")), { code: "capture.ambiguous-date" });
  const starts = (text: string, options = {}) => readWorkOrders(text, options).orders.map(({ start }) => start);
  assert.deepEqual(starts(rows("03/04/2026,04/04/2026"), { dates: "mdy" }), [at("2026-03-04")]);
  assert.deepEqual(starts(rows("03/04/2026,04/04/2026", "03/20/2026,03/21/2026")), [at("2026-03-04"), at("2026-03-20")]);
  assert.deepEqual(starts(rows("03/04/2026,04/04/2026", "20/03/2026,21/03/2026")), [at("2026-04-03"), at("2026-03-20")]);
});

test("readWorkOrders() tells of each line that makes no sense, by number, and reads the others", () => {
  const said = readWorkOrders(
    table(
      good,
      "pump,soon,2026-03-09T11:00:00Z,fault,,Ana",
      "pump,2026-03-09T10:00:00Z,2026-02-30,fault,,Ana",
      "pump,2026-03-09T10:00:00Z,2026-03-09T10:00:00Z,fault,,Ana",
      "pump,2026-03-09T10:00:00Z,2026-03-09T11:00:00Z,perhaps,,Ana",
      ",2026-03-09T10:00:00Z,2026-03-09T11:00:00Z,fault,,Ana",
      "pump,2026-03-09T10:00:00Z,2026-03-09T11:00:00Z,fault,,",
      `${good},one,too many`,
      "pump",
      good,
    ),
  );
  assert.deepEqual(said.orders, [order, { ...order, row: 11 }]);
  assert.deepEqual(said.rejected, [
    { row: 3, seen: 'start "soon" is no time' },
    { row: 4, seen: 'end "2026-02-30" is no time' },
    { row: 5, seen: 'it ends at "2026-03-09T10:00:00Z", which is not after its start' },
    { row: 6, seen: 'answer "perhaps" is none of fault, normal, unsure' },
    { row: 7, seen: "it names no asset" },
    { row: 8, seen: "it does not say who says so" },
    { row: 9, seen: "it has more cells than the heading" },
    { row: 10, seen: 'start "" is no time' },
  ]);
  const [{ seen }] = readWorkOrders("asset,start,end,answer,author,certainty\npump,2026-03-09,2026-03-10,fault,Ana,7").rejected;
  assert.equal(seen, 'certainty "7" is no number from 0 to 1');
});

test("readWorkOrders() refuses what is no table of work orders, as a whole", () => {
  assert.throws(() => readWorkOrders(" \n\n"), { code: "capture.empty" });
  assert.throws(() => readWorkOrders("time,pressure\n1,2"), { code: "capture.no-column", message: 'Cannot read work orders: no column "asset", "start", "end", "answer" in "time", "pressure"' });
  assert.throws(() => readWorkOrders("asset,start,end,answer,Asset\n"), { code: "capture.no-column" });
  assert.throws(() => readWorkOrders(table(good, 'pump,"2026', good)), { code: "capture.open-quote", message: /after line 2/ });
  assert.throws(() => readWorkOrders(table(...Array.from({ length: mostOrders + 1 }, () => good))), { code: "capture.too-large" });
  assert.deepEqual(readWorkOrders(heading), { orders: [], rejected: [] });
});

test("readWorkOrders() makes hidden characters visible and cuts what is over-long", () => {
  const [one] = readWorkOrders(table(`"pu\u0007mp",2026-03-09,2026-03-10,fault,"ca\u202evi",${"x".repeat(900)}`)).orders;
  assert.deepEqual([one?.asset, one?.faultKind, one?.author.length], ["pu\\u0007mp", "ca\\u202evi", 200]);
});

test("readWorkOrders() throws nothing but errors a person can act on, whatever it is given", () => {
  const cells = fc.constantFrom("pump", "2026-03-09", "03/04/2026", "1773050400", "fault", '"', ",", ";", "\n", "\r", "\t", "NaN", "-1", "1e400", "\u0000", "é", " ");
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 40 }), (parts) => {
      try {
        const { orders } = readWorkOrders(`${heading}\n${parts.join("")}`);
        assert.ok(orders.every(({ start, end }) => Number.isSafeInteger(start) && Number.isSafeInteger(end) && end > start));
      } catch (error) {
        assert.match(String(Reflect.get(error as object, "code")), /^capture\./, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("readWorkOrders() reads what laboratories, inspectors and workshops say of targets", () => {
  const { orders, rejected } = readWorkOrders(
    [
      "asset;start;end;target;value;unit;class;answer;author",
      "dryer;2026-03-09 10:00;;moisture;8,25;%;;;lab",
      "dryer;2026-03-09 10:00;2026-03-09 11:00;grade;;;B;;Ana",
      "dryer;2026-03-09 12:00;;belt;;;;End-of-life;workshop",
      "dryer;2026-03-09 12:00;;moisture;much;;;;lab",
      "dryer;2026-03-09 12:00;;moisture;8;;B;;lab",
      "dryer;2026-03-09 12:00;;moisture;;;;fault;lab",
      "dryer;2026-03-09 12:00;2026-03-09 13:00;;;;;fault;Ana",
    ].join("\n"),
  );
  assert.deepEqual(orders.map(({ row, end, start, answer, target, says }) => [row, end - start, answer, target, says]), [
    [2, 1, "unsure", "moisture", { what: "value", value: 8.25, unit: "%" }],
    [3, 3600e6, "unsure", "grade", { what: "class", class: "B" }],
    [4, 1, "unsure", "belt", { what: "end-of-life" }],
    [8, 3600e6, "fault", undefined, undefined],
  ]);
  assert.deepEqual(rejected.map(({ row }) => row), [5, 6, 7]);
  assert.match(rejected[0]?.seen ?? "", /"much" is no number/);
});

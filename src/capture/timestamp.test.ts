import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { localMicros, numericForm, orderOf, readNumericTime, readWritten } from "./timestamp.ts";

const at = (text: string, order: "dmy" | "mdy" | "ymd") => {
  const written = readWritten(text);
  return written === null ? null : localMicros(written, order);
};

test("readWritten() reads the same instant from every way to write it", () => {
  const expected = Date.UTC(2024, 2, 5, 14, 7, 9) * 1000;
  const forms = [
    ["2024-03-05 14:07:09", "ymd"], ["2024-03-05T14:07:09", "ymd"], ["2024/3/5 14:07:09", "ymd"], ["05.03.2024 14:07:09", "dmy"], ["5.3.2024, 14:07:09", "dmy"],
    ["05/03/2024 14:07:09", "dmy"], ["05-03-2024 14:07:09", "dmy"], ["03/05/2024 14:07:09", "mdy"], ["3/5/2024 2:07:09 PM", "mdy"], ["3/5/2024 2:07:09 p.m.", "mdy"],
  ] as const;
  for (const [text, order] of forms) assert.equal(at(text, order), expected, text);
});

test("readWritten() keeps six digits of a fraction and drops the rest", () => {
  assert.equal(at("2024-03-05 00:00:00.5", "ymd"), Date.UTC(2024, 2, 5) * 1000 + 500_000);
  assert.equal(at("05.03.2024 00:00:00,123456789", "dmy"), Date.UTC(2024, 2, 5) * 1000 + 123_456);
});

test("readWritten() reads offsets", () => {
  const offsets = [["Z", 0], [" UTC", 0], ["+01:00", 60], ["-0530", -330], ["+02", 120]] as const;
  for (const [zone, minutes] of offsets) assert.equal(readWritten(`2024-03-05T10:00:00${zone}`)?.offset, minutes * 60e6, zone);
  assert.equal(readWritten("2024-03-05T10:00:00")?.offset, null);
});

test("readWritten() and localMicros() refuse what no calendar or clock shows", () => {
  for (const text of ["2024-03-05 24:00", "2024-03-05 10:60", "3/5/2024 13:00 PM", "5/3/24", "2024-03", "10:00", "1.5", "2024-03-05 10:00+15:00", "20.5.3"]) {
    assert.equal(readWritten(text), null, text);
  }
  for (const text of ["2023-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "1899-01-01"]) assert.ok(Number.isNaN(at(text, "ymd")), text);
  assert.equal(at("2024-02-29", "ymd"), Date.UTC(2024, 1, 29) * 1000);
});

test("orderOf() decides by a number above 12 and by nothing else", () => {
  const order = (text: string) => {
    const written = readWritten(text);
    return written && orderOf(written);
  };
  assert.equal(order("13/04/2024"), "dmy");
  assert.equal(order("04/13/2024"), "mdy");
  assert.equal(order("04/05/2024"), null);
  assert.equal(order("04.05.2024"), "dmy");
  assert.equal(order("2024-04-05"), "ymd");
});

test("readNumericTime() reads what numericForm() recognises, in every unit", () => {
  const when = fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2100, 0) - 1 });
  fc.assert(
    fc.property(when, fc.integer({ min: 0, max: 999 }), (ms, fraction) => {
      const micros = ms * 1000 + fraction;
      const forms = [
        ["epoch-s", `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`],
        ["epoch-ms", `${ms}.${String(fraction).padStart(3, "0")}`],
        ["epoch-us", String(micros)],
        ["epoch-ns", `${micros}987`],
      ] as const;
      for (const [form, cell] of forms) {
        assert.equal(readNumericTime(cell, form, "."), micros, form);
        assert.equal(numericForm([Number(cell)]), form);
      }
    }),
  );
});

test("readNumericTime() reads spreadsheet days to the millisecond", () => {
  assert.equal(readNumericTime("45356.4166666667", "excel", "."), Date.UTC(2024, 2, 5, 10) * 1000);
  assert.equal(numericForm([45356.4]), "excel");
  assert.equal(numericForm([0.5, 45356]), null);
});

import type { Recording } from "../src/capture/recording.ts";
import { digest } from "../src/digest.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { minute, second } from "../src/schema/time.ts";
import type { WheelRequestInput } from "../src/schema/wheel-request.ts";

export const begins = Date.UTC(2026, 2, 9, 6) * 1000;
/** Rows of a run, one a second, and from the start of one to that of the next. */
export const runRows = 60;
export const runEvery = 2 * minute;

/** Wheels that ask for the targets of a run, and in which column of `madeTable` each is told. */
export const requests = {
  estimate: { kind: "estimate", asset: "machine", target: "moisture", inputs: ["heat", "flow", "noise"], rows: 2 },
  classify: { kind: "classify", asset: "machine", target: "product", inputs: ["heat", "flow", "noise"], rows: 8 },
  "remaining-life": { kind: "remaining-life", asset: "machine", target: "tool", inputs: ["wear", "noise"], rows: 8, cap: 40 },
} as const satisfies Record<string, WheelRequestInput>;
export const told = { estimate: "value", classify: "class", "remaining-life": "end-of-life" } as const;

/** One made-up run of a machine whose targets follow a rule that is known. */
export interface MadeRun {
  readonly recording: Recording;
  readonly start: number;
  /** By row: what a laboratory would say (2 × heat − flow), and the rows left of its life. */
  readonly value: Float64Array;
  readonly left: Float64Array;
  /** What was made in the whole run: heat is high for B, and flow for C. */
  readonly product: "A" | "B" | "C";
}

/** Run number `at`, of which the first began at `first`: heat and flow wander about what the product needs, wear grows with the life, and noise is noise. */
export function madeRun(at: number, rows = runRows, first = begins): MadeRun {
  const random = randomFrom(1000 + at);
  const start = first + at * runEvery;
  const product = (["A", "B", "C"] as const)[Math.floor(random() * 3)];
  const life = rows + Math.floor(random() * 20);
  const columns = ["heat", "flow", "wear", "noise"].map((name) => ({ name, values: new Float64Array(rows) }));
  const [value, left] = [new Float64Array(rows), new Float64Array(rows)];
  let [heat, flow] = [normalFrom(random), normalFrom(random)];
  for (let row = 0; row < rows; row++) {
    heat = 0.9 * heat + 0.44 * normalFrom(random);
    flow = 0.9 * flow + 0.44 * normalFrom(random);
    const own = [50 + heat + (product === "B" ? 6 : 0), 20 + flow + (product === "C" ? 6 : 0), 0.05 * (rows - 1 - row) + 0.1 * normalFrom(random), normalFrom(random)];
    for (const [j, column] of columns.entries()) column.values[row] = own[j];
    value[row] = 2 * own[0] - own[1] + 0.2 * normalFrom(random);
    left[row] = rows - 1 - row;
  }
  const recording: Recording = {
    file: { name: `made-${at}.csv`, digest: digest(`made ${at} ${life}`), bytes: rows * 40 },
    times: Float64Array.from({ length: rows }, (_, row) => start + row * second),
    columns: columns.map(({ name, values }) => ({ name, valueType: "number", unit: null, role: "measured", period: second, values, texts: null, guessed: { unit: true, role: true } })),
    label: null,
    grid: { period: second, hold: 5 * second, lateness: second },
    blockRule: { by: "file" },
    dialect: { delimiter: ",", decimal: ".", header: true, encoding: "utf-8", gzip: false, time: null, zone: "UTC", dateOrder: null },
    rows,
    remarks: [],
  };
  return { recording, start, value, left, product };
}

const iso = (time: number): string => new Date(time / 1000).toISOString();

/** The table of what a laboratory, an inspector and a workshop would say of a run. */
export function madeTable(runs: readonly MadeRun[], what: "value" | "class" | "end-of-life", labAt = [15, 35]): string {
  const lines = runs.flatMap(({ start, value, product }) => {
    const end = start + (value.length - 1) * second;
    if (what === "class") return [`machine,${iso(start)},${iso(end)},product,,${product},,ana`];
    if (what === "end-of-life") return [`machine,${iso(end)},,tool,,,end-of-life,workshop`];
    return labAt.map((row) => `machine,${iso(start + row * second)},,moisture,${value[row]},,,lab`);
  });
  return ["asset,start,end,target,value,class,answer,author", ...lines].join("\n");
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What fitting one learner to so much data took, in a process of its own. */
export interface CurvePoint {
  readonly learner: string;
  readonly rows: number;
  readonly signals: number;
  readonly seconds: number;
  readonly peakMiB: number;
}

/** A learner by the file beside this one that fits it: `node FILE LEARNER ROWS SIGNALS` prints a `CurvePoint`. */
export interface CurveLearner {
  readonly learner: string;
  readonly file: string;
}

const sizes = { rows: [10_000, 100_000, 500_000, 2_000_000], signals: [5, 50, 500] };
/** What stays the same while the other one grows. */
export const usual = { rows: 20_000, signals: 50 };
/** A size whose time, going by the one before it, would be longer is left out. */
const longestSeconds = 40;

/** Each learner over rows, then over signals, as far as time allows; what was left out is said. */
export async function curvesOf(learners: readonly CurveLearner[], say: (text: string) => void): Promise<{ curves: CurvePoint[]; leftOut: string[] }> {
  const curves: CurvePoint[] = [];
  const leftOut: string[] = [];
  for (const one of learners) {
    for (const along of ["rows", "signals"] as const) {
      let last: CurvePoint | null = null;
      for (const size of sizes[along]) {
        const [rows, signals] = along === "rows" ? [size, usual.signals] : [usual.rows, size];
        const expected: number = last === null ? 0 : (last.seconds * size) / last[along];
        if (expected > longestSeconds) {
          leftOut.push(`${one.learner} with ${rows} rows of ${signals} signals: about ${Math.round(expected)} s`);
          continue;
        }
        last = await point(one, rows, signals);
        curves.push(last);
        say(`${one.learner}, ${rows} rows of ${signals} signals: ${last.seconds.toFixed(2)} s, ${Math.round(last.peakMiB)} MiB`);
      }
    }
  }
  return { curves, leftOut };
}

async function point({ learner, file }: CurveLearner, rows: number, signals: number): Promise<CurvePoint> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), learner, String(rows), String(signals)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const [ended] = (await once(child, "close")) as [number | null];
  if (ended !== 0) throw new Error(`Cannot measure ${learner} with ${rows} rows: it ended with ${ended}`);
  return JSON.parse(text) as CurvePoint;
}

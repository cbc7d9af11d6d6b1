import { fixed, framed } from "./picture.ts";
import { usual, type CurvePoint } from "./speed-curves.ts";

type Axis = "rows" | "signals";
type Cost = "seconds" | "peakMiB";

const [panelWidth, height, left, top, gap] = [250, 190, 50, 48, 150];
const costs: readonly { readonly cost: Cost; readonly label: string }[] = [{ cost: "seconds", label: "Seconds to fit" }, { cost: "peakMiB", label: "Peak memory, MiB" }];

/** What fits cost as rows and as signals grow, by name; nothing without points. */
export function curveDrawings(curves: readonly CurvePoint[]): Map<string, string> {
  const drawings = new Map<string, string>();
  for (const along of ["rows", "signals"] as const) {
    const other = along === "rows" ? "signals" : "rows";
    const points = curves.filter((point) => point[other] === usual[other]).toSorted((a, b) => a[along] - b[along]);
    if (points.length === 0) continue;
    const panels = costs.flatMap(({ cost, label }, at) => panel(points, along, cost, label, left + at * (panelWidth + gap)));
    drawings.set(along, framed(`What a fit costs as ${along} grow, with ${usual[other].toLocaleString("en")} ${other}; both scales logarithmic`, left + 2 * (panelWidth + gap), top + height + 24, panels));
  }
  return drawings;
}

/** Places on a logarithmic scale of whole decades. */
function scaleOf(values: readonly number[], from: number, to: number): { readonly at: (value: number) => number; readonly decades: readonly number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    decades: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
  };
}

function panel(points: readonly CurvePoint[], along: Axis, cost: Cost, label: string, from: number): string[] {
  const x = scaleOf(points.map((point) => point[along]), from, from + panelWidth);
  const y = scaleOf(points.map((point) => point[cost]), top + height, top);
  const learners = [...new Set(points.map(({ learner }) => learner))].toSorted();
  const ends = apart(learners.map((learner) => y.at(points.findLast((point) => point.learner === learner)?.[cost] ?? 1)));
  const curves = learners.flatMap((learner, one) => {
    const own = points.filter((point) => point.learner === learner);
    const places = own.map((point) => ({ point, x: fixed(x.at(point[along])), y: fixed(y.at(point[cost])) }));
    const dots = places.map((place) => `<circle class="curve c${one % 5}" cx="${place.x}" cy="${place.y}" r="2.5"><title>${learner}, ${place.point[along].toLocaleString("en")} ${along}: ${Number(place.point[cost].toPrecision(3))}</title></circle>`);
    const name = `<text x="${fixed(from + panelWidth + 8)}" y="${fixed(ends[one] + 4)}">${learner}</text><path class="curve c${one % 5}" d="M${fixed(from + panelWidth - 4)} ${fixed(ends[one])}h9"/>`;
    return [`<polyline class="curve c${one % 5}" points="${places.map((place) => `${place.x},${place.y}`).join(" ")}"/>`, ...dots, name];
  });
  const lines = y.decades.map((value) => `<path class="grid" d="M${from} ${fixed(y.at(value))}h${panelWidth}"/><text x="${from - 6}" y="${fixed(y.at(value) + 4)}" text-anchor="end">${short(value)}</text>`);
  const ticks = x.decades.map((value) => `<text x="${fixed(x.at(value))}" y="${top + height + 16}" text-anchor="middle">${short(value)}</text>`);
  return [`<text x="${from}" y="${top - 12}">${label}</text>`, ...lines, ...ticks, ...curves];
}

/** Heights at which names stand clear of one another, in the order of the curves' ends. */
function apart(heights: readonly number[]): number[] {
  const places = [...heights];
  let last = -Infinity;
  for (const at of heights.map((_, one) => one).toSorted((a, b) => heights[a] - heights[b])) last = places[at] = Math.max(heights[at], last + 14);
  return places;
}

const short = (value: number): string => (value >= 1e6 ? `${value / 1e6}M` : value >= 1e4 ? `${value / 1e3}k` : String(Number(value.toPrecision(3))));

import type { DriftRates, Rate } from "./gate-drift.ts";
import type { Refresh } from "./gate-refresh.ts";
import type { Result } from "./result.ts";

interface GateFigures {
  readonly equal?: readonly { readonly burst: number; readonly blockRows: number; readonly mcnemar: number; readonly millrace: number; readonly upper95: number }[];
  readonly halved?: readonly { readonly burst: number; readonly power: number; readonly low95: number; readonly upper95: number; readonly fixedPower: number; readonly medianBlocks: number | null; readonly blocks: number }[];
  readonly rollback?: readonly { readonly burst: number; readonly falsely: number; readonly upper95: number; readonly power: number }[];
  readonly refresh?: readonly Refresh[];
  readonly hard?: readonly { readonly stream: string; readonly millrace: number; readonly upper95: number }[];
  readonly drift?: DriftRates;
  readonly regret?: { readonly always: number; readonly never: number; readonly millrace: number };
}

/**
 * The tables of docs/proof.md, made anew from the gate's result between their marks (`<!-- gate.equal -->` to `<!-- end -->`).
 * What the result does not hold stays as it is.
 */
export function withProofTables(text: string, gate: Result | undefined): string {
  const figures = (gate?.figures ?? {}) as GateFigures;
  const tables: Record<string, string | undefined> = { equal: figures.equal && equalTable(figures.equal), power: figures.halved && powerTable(figures.halved, figures.rollback ?? []), hard: figures.hard && hardTable(figures.hard), drift: figures.drift && driftText(figures.drift), refresh: figures.refresh && refreshTable(figures.refresh), regret: figures.regret && regretText(figures.regret) };
  return text.replaceAll(/<!-- gate\.(\w+) -->\n[\s\S]*?<!-- end -->/g, (whole, name: string) => (tables[name] === undefined ? whole : `<!-- gate.${name} -->\n${tables[name]}\n<!-- end -->`));
}

const percent = (share: number, digits = 1): string => `${Number((share * 100).toFixed(digits))} %`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [`| ${head.join(" | ")} |`, `|---${"|---:".repeat(head.length - 1)}|`, ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");

const equalTable = (rows: NonNullable<GateFigures["equal"]>): string =>
  table(["mean burst, rows", "rows a block", "falsely promoted", "upper", "McNemar's test on rows"], rows.map((one) => [String(one.burst), String(Math.round(one.blockRows)), percent(one.millrace), percent(one.upper95), percent(one.mcnemar)]));

const powerTable = (rows: NonNullable<GateFigures["halved"]>, back: NonNullable<GateFigures["rollback"]>): string =>
  table(
    ["mean burst, rows", "blocks in 60,000 rows", "promoted in them", "95 % interval", "sign test at the end", "blocks until promoted, median", "a good one taken back", "a bad one taken back"],
    rows.map((one) => {
      const other = back.find(({ burst }) => burst === one.burst);
      return [String(one.burst), String(Math.round(one.blocks)), percent(one.power), `${percent(one.low95)} to ${percent(one.upper95)}`, percent(one.fixedPower), one.medianBlocks === null ? "more than twenty times as many" : String(Math.round(one.medianBlocks)), other === undefined ? "" : percent(other.falsely), other === undefined ? "" : percent(other.power)];
    }),
  );

const refreshTable = (rows: readonly Refresh[]): string =>
  table(
    ["worse by, a block", "in force at one look at 20 blocks", "at any look up to 40", "by the strict rule within 40", "blocks until taken back, median"],
    rows.map((one) => [String(one.worseBy), percent(one.once), percent(one.ever), percent(one.strict), one.takenBack === null ? "not within 100" : String(one.takenBack)]),
  );

const hardTable = (rows: NonNullable<GateFigures["hard"]>): string => table(["stream", "falsely promoted", "upper"], rows.map((one) => [one.stream, percent(one.millrace), percent(one.upper95)]));

const rateText = ({ share, low95, upper95 }: Rate): string => `${percent(share, 2)} (${percent(low95, 2)} to ${percent(upper95, 2)})`;

const driftText = ({ loss, input, power }: DriftRates): string =>
  [
    table(["losses, none of which drifts", "a turn asked for at one look", "ever within 100 blocks", "seen when doubled for five blocks"], loss.map((one) => [one.losses, rateText(one.look), rateText(one.within100), percent(one.doubled.share)])),
    table(["blocks of eight signals, none of which shifts", "any signal named at one look", "ever while 100 blocks arrive"], input.map((one) => [one.blocks, rateText(one.look), rateText(one.within100)])),
    table(["one signal's level shifts by", "likeness of neighbours", "named after five blocks", "after ten", "of all, with its first block to within two"], power.map((one) => [`${one.spreads} spreads`, String(one.likeness), percent(one.five.share), percent(one.ten.share), percent(one.since.share)])),
  ].join("\n\n");

const regretText = ({ always, never, millrace }: NonNullable<GateFigures["regret"]>): string =>
  table(["who decides", "points above one who knows, block by block, whether the first model or the newest is cheaper"], [["every new model goes into force", always.toFixed(1)], ["the first stays", never.toFixed(1)], ["the gate", millrace.toFixed(1)]]);

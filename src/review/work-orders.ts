import { canonicalJson } from "../digest.ts";
import type { Asset } from "../schema/asset.ts";
import type { Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Origin } from "../schema/origin.ts";
import type { Says } from "../schema/target.ts";
import { minute, type Interval, type Micros } from "../schema/time.ts";
import { labelOf, type Said } from "./answer.ts";
import type { NameFor } from "./questions.ts";

/** What a line of a table of work orders says. */
export interface Order extends Interval, Said {
  /** The line of the file, from 1. */
  readonly row: number;
  /** Name, path or id of the asset. */
  readonly asset: string;
  readonly author: string;
  /** The number that the order has where it comes from; without one, its content names it. */
  readonly id: string | null;
  readonly target?: string;
  readonly says?: Says;
}

export interface OrderPorts {
  readonly assets: readonly Asset[];
  /** Every label of these assets that may overlap, withdrawn ones included, newest revisions. */
  readonly labels: readonly Label[];
  readonly now: Micros;
  readonly nameFor: NameFor;
  /** Why a label cannot be taken in, in words, or `null`. @default every label can */
  readonly whyNot?: (label: Label) => string | null;
  /** How those who wrote the orders know. @default "person" */
  readonly origin?: Origin;
}

/** What becomes of a table of work orders. */
export interface OrderPlan {
  /** To be written: new labels, and revisions of those whose order has changed. */
  readonly labels: readonly Label[];
  /** Orders that are labels already, the same in every part. */
  readonly known: number;
  /** Of these, labels that somebody has taken back: they stay so. */
  readonly withdrawn: number;
  readonly rejected: readonly { readonly row: number; readonly seen: string }[];
  /** What overlaps another label of the asset, in sentences; all of it is kept. */
  readonly remarks: readonly { readonly row: number; readonly seen: string }[];
}

/** Clocks of other systems may run this far ahead. */
const tolerance = 5 * minute;

/**
 * Turns work orders into labels, each once: the same order again is the label that it made.
 *
 * An order with a number of its own revises its label when its content has changed. Overlapping and
 * contradicting labels are kept, and pointed out. An order for an asset that is not there, or of a
 * name that several have, is rejected by line; so is one that lies in the future.
 */
export function planOrders(orders: readonly Order[], ports: OrderPorts): OrderPlan {
  const assets = assetsByName(ports.assets);
  const known = new Map(ports.labels.map((label) => [label.id, label]));
  const labels = new Map<Id, { label: Label; row: number }>();
  const rejected: { row: number; seen: string }[] = [];
  let [repeated, withdrawn] = [0, 0];
  for (const order of orders) {
    const found = assets.get(order.asset) ?? [];
    const [asset] = found;
    const why = order.end > ports.now + tolerance ? "it ends in the future" : found.length === 1 ? null : notOne(order.asset, found.length);
    if (why !== null || asset === undefined) {
      rejected.push({ row: order.row, seen: why ?? "" });
      continue;
    }
    const label = labelFor(order, asset, ports);
    const refused = ports.whyNot?.(label) ?? null;
    if (refused !== null) {
      rejected.push({ row: order.row, seen: refused });
      continue;
    }
    const before = labels.get(label.id)?.label ?? known.get(label.id);
    if (before !== undefined && isSame(before, label)) {
      repeated++;
      if (before.withdrawn) withdrawn++;
    } else if (labels.has(label.id)) rejected.push({ row: order.row, seen: `${order.id === null ? "it" : `order ${JSON.stringify(order.id.slice(0, 80))}`} says something else on line ${labels.get(label.id)?.row}` });
    else labels.set(label.id, { row: order.row, label: before === undefined ? label : { ...label, revision: before.revision + 1 } });
  }
  const fresh = [...labels.values()];
  const others = ports.labels.filter(({ id, withdrawn: taken }) => !taken && !labels.has(id));
  return { labels: fresh.map(({ label }) => label), known: repeated, withdrawn, rejected, remarks: overlaps(fresh, others) };
}

const notOne = (name: string, count: number): string => {
  const shown = JSON.stringify(name.slice(0, 80));
  return count === 0 ? `there is no asset ${shown}` : `${count} assets are called ${shown}: write its path, names from the outermost asset joined by "/"`;
};

/** Assets by id, path and name; a path goes before a name that looks like it. */
export function assetsByName(assets: readonly Asset[]): Map<string, Asset[]> {
  const byId = new Map(assets.map((asset) => [asset.id, asset]));
  const pathOf = ({ name, parent }: Asset, depth = 0): string => {
    const above = parent === null || depth > 20 ? undefined : byId.get(parent);
    return above === undefined ? name : `${pathOf(above, depth + 1)}/${name}`;
  };
  const names = Map.groupBy(assets, ({ name }) => name);
  const paths = Map.groupBy(assets, (asset) => pathOf(asset));
  return new Map([...names, ...paths, ...assets.map((asset): [string, Asset[]] => [asset.id, [asset]])]);
}

function labelFor(order: Order, asset: Asset, { now, nameFor, origin = "person" }: OrderPorts): Label {
  const { start, end, answer, faultKind, certainty, author, target, says } = order;
  const said = { answer, faultKind, certainty, ...(target !== undefined && says !== undefined && { target, says }) };
  // An order with a number keeps its label when its times are corrected, so they are not part of the name; nor is what is said of a target at its time.
  const id = order.id !== null ? nameFor(0, { asset: asset.id, order: order.id })
    : target !== undefined ? nameFor(start, { asset: asset.id, target, start, end, author })
    : nameFor(start, { asset: asset.id, start, end, answer, faultKind, certainty, author });
  const told = origin === "person" ? "work-order" : origin === "measurement" && says?.what !== "value" ? "recorded-truth" : null;
  return labelOf(asset, { start, end }, said, { name: author, origin, scoreShown: false, ...(told !== null && { told }) }, now, id);
}

const isSame = (a: Label, b: Label): boolean => a.start === b.start && a.end === b.end && a.answer === b.answer && a.faultKind === b.faultKind && a.certainty === b.certainty && a.author === b.author && canonicalJson([a.target ?? null, a.says ?? null]) === canonicalJson([b.target ?? null, b.says ?? null]);

/** Each new label that overlaps another of its asset, once, with the worst that can be said of it. */
function overlaps(fresh: readonly { readonly label: Label; readonly row: number }[], others: readonly Label[]): { row: number; seen: string }[] {
  const rows = new Map(fresh.map(({ label, row }) => [label.id, row]));
  const remarks: { row: number; seen: string }[] = [];
  const all = [...fresh.map(({ label }) => label), ...others];
  for (const own of Map.groupBy(all, ({ asset, target = null }) => canonicalJson([asset, target])).values()) {
    const sorted = own.toSorted((a, b) => a.start - b.start || a.end - b.end);
    const worst = new Map<Id, { other: Label; isContrary: boolean }>();
    const note = (label: Label, other: Label) => {
      const isContrary = label.answer !== other.answer && label.answer !== "unsure" && other.answer !== "unsure";
      const before = worst.get(label.id);
      if (before === undefined || (isContrary && !before.isContrary)) worst.set(label.id, { other, isContrary });
    };
    let open: Label[] = [];
    for (const label of sorted) {
      open = open.filter(({ end }) => end > label.start);
      for (const other of open) {
        note(label, other);
        note(other, label);
      }
      open.push(label);
    }
    for (const [id, { other, isContrary }] of worst) {
      const row = rows.get(id);
      if (row !== undefined) remarks.push({ row, seen: `it ${isContrary ? "contradicts" : "overlaps"} ${named(other, rows)}` });
    }
  }
  return remarks.sort((a, b) => a.row - b.row);
}

function named({ id, answer, author }: Label, rows: ReadonlyMap<Id, number>): string {
  const row = rows.get(id);
  return `${row === undefined ? `label ${id}` : `line ${row}`} (${answer}, by ${JSON.stringify(author.slice(0, 80))})`;
}

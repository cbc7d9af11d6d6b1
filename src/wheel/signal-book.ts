import type { FirstSight, KnownSignal } from "../capture/inlet.ts";
import { roleOf } from "../capture/guess.ts";
import { unitOf } from "../capture/unit.ts";
import type { Asset } from "../schema/asset.ts";
import type { Id } from "../schema/id.ts";
import type { Signal } from "../schema/signal.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Ports } from "./ports.ts";

/** Nothing has been seen of a signal yet: its role is guessed by its name alone. */
const nothingSeen = { known: 0, whole: false, rising: false, numbering: false, distinct: null, changes: 0 };

/** The names of assets on the way to an asset, outermost first, joined by "/". */
export function assetPath(asset: Pick<Asset, "name" | "parent">, byId: ReadonlyMap<Id, Asset>): string {
  const names = [asset.name];
  let above = asset.parent === null ? undefined : byId.get(asset.parent);
  for (let depth = 0; above !== undefined && depth < 20; depth++) {
    names.unshift(above.name);
    above = above.parent === null ? undefined : byId.get(above.parent);
  }
  return names.join("/");
}

/**
 * The signals of a site by their paths, in memory: what live readings are looked up in. Assets and
 * signals that nobody has seen are made, with unit and role guessed from the name.
 */
export class SignalBook {
  readonly #ports: Ports;
  readonly #assets = new Map<Id, Asset>();
  readonly #assetByPath = new Map<string, Asset>();
  readonly #byPath = new Map<string, Signal>();
  readonly #byKey = new Map<number, Signal>();

  private constructor(ports: Ports) {
    this.#ports = ports;
  }

  static async open(ports: Ports): Promise<SignalBook> {
    const book = new SignalBook(ports);
    const { records } = ports.store;
    for (const asset of await records.assets()) book.#assets.set(asset.id, asset);
    for (const asset of book.#assets.values()) book.#assetByPath.set(assetPath(asset, book.#assets), asset);
    for (const signal of await records.signals()) book.#learn(signal);
    return book;
  }

  get count(): number {
    return this.#byKey.size;
  }

  find(path: string): KnownSignal | undefined {
    return this.#byPath.get(path);
  }

  byKey(key: number): Signal | undefined {
    return this.#byKey.get(key);
  }

  signals(): IterableIterator<Signal> {
    return this.#byKey.values();
  }

  assets(): IterableIterator<Asset> {
    return this.#assets.values();
  }

  asset(id: Id): Asset | undefined {
    return this.#assets.get(id);
  }

  pathOf({ id, asset, name }: Pick<Signal, "asset" | "name"> & { id?: Id }): string {
    const of = this.#assets.get(asset);
    return of === undefined ? (id ?? name) : `${assetPath(of, this.#assets)}/${name}`;
  }

  assetPath(asset: Asset): string {
    return assetPath(asset, this.#assets);
  }

  /** An asset that was made elsewhere. */
  adopt(asset: Asset): void {
    this.#assets.set(asset.id, asset);
    this.#assetByPath.set(assetPath(asset, this.#assets), asset);
  }

  /** A revised record takes the place of the one before. */
  revise(signal: Signal): void {
    this.#learn(signal);
  }

  /** Makes what is new, durably. The last name of a path is the signal's, those before it are assets. */
  async create(first: readonly FirstSight[]): Promise<Map<string, KnownSignal>> {
    const { store, now, newId } = this.#ports;
    const site = await store.records.site();
    if (site === null) throw new RangeError("Cannot add a signal: the site has no record of itself");
    let key = await store.records.nextSignalKey();
    const facts: Fact[] = [];
    const made: Signal[] = [];
    const fresh = new Map<string, Asset>();
    const assetAt = (names: readonly string[]): Asset => {
      const path = names.join("/");
      const known = this.#assetByPath.get(path) ?? fresh.get(path);
      if (known !== undefined) return known;
      const parent = names.length === 1 ? null : assetAt(names.slice(0, -1)).id;
      const asset: Asset = { id: newId(), site: site.id, parent, name: names[names.length - 1], createdAt: now() };
      fresh.set(path, asset);
      facts.push({ put: "asset", value: asset });
      return asset;
    };
    for (const { path, valueType, unit } of first) {
      const names = path.split("/");
      const name = names[names.length - 1];
      const asset = assetAt(names.slice(0, -1));
      const stated = unit ?? (valueType === "number" ? unitOf(name) : null);
      const role = roleOf(name, valueType, stated, nothingSeen);
      const signal: Signal = { id: newId(), site: site.id, asset: asset.id, key: key++, name, revision: 1, valueType, role, unit: stated, period: null, createdAt: now() };
      made.push(signal);
      facts.push({ put: "signal", value: signal });
    }
    await store.records.write(facts);
    for (const [path, asset] of fresh) {
      this.#assets.set(asset.id, asset);
      this.#assetByPath.set(path, asset);
    }
    for (const signal of made) this.#learn(signal);
    return new Map(first.map(({ path }, at) => [path, made[at]]));
  }

  #learn(signal: Signal): void {
    this.#byKey.set(signal.key, signal);
    this.#byPath.set(this.pathOf(signal), signal);
  }
}

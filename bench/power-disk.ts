import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DiskEvent } from "./power-trace.ts";

/** How a disk treats what no fsync covered when the power goes. */
export type Loss =
  | "all" // none of it is there
  | "tail" // it is there up to some byte of some write
  | "sectors" // any sectors of 512 bytes of it are there, the others are zero or as before
  | "junk"; // files are as long as they were to be, with anything in what was not covered

export const losses: readonly Loss[] = ["all", "tail", "sectors", "junk"];

const sector = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

/** What becomes of names in a directory by one call: all of it or none. */
type Naming = readonly { readonly path: string; readonly node: Node | null }[];

/** A file or a directory: what is safe of it, and what was done to it since. */
class Node {
  readonly isDirectory: boolean;
  safe = Buffer.alloc(0);
  size = 0;
  changes: Change[] = [];
  namings: Naming[] = [];
  /** Changes and namings that became safe already, so that an fsync knows which it covers. */
  done = 0;

  constructor(isDirectory: boolean) {
    this.isDirectory = isDirectory;
  }
}

/**
 * A disk that forgets: of a program's doings it keeps apart what an fsync made safe, of files and, as POSIX
 * has it, of the names in directories, and can be looked at as if the power had gone at any moment.
 */
export class PowerDisk {
  readonly #root: string;
  readonly #now = new Map<string, Node>();
  readonly #safe = new Map<string, Node>();
  readonly #covered = new Map<number, number>();
  readonly #isHonest: boolean;

  /** `root` is there and empty. A disk that is not honest takes no notice of fsync. */
  constructor(root: string, { isHonest = true } = {}) {
    this.#root = root;
    this.#isHonest = isHonest;
    const node = new Node(true);
    this.#now.set(root, node);
    this.#safe.set(root, node);
  }

  apply(event: DiskEvent): void {
    if (event.do === "said") return;
    const { path } = event;
    const node = this.#now.get(path);
    if (event.do === "mkdir") return this.#name([{ path, node: new Node(true) }]);
    if (event.do === "create") return node === undefined ? this.#name([{ path, node: new Node(false) }]) : undefined;
    if (node === undefined) throw new Error(`Cannot follow the trace: ${event.do} of ${path}, which is not there`);
    if (event.do === "unlink") this.#name([{ path, node: null }]);
    else if (event.do === "rename") this.#name([{ path, node: null }, { path: event.to, node }]);
    else if (event.do === "sync") this.#covered.set(event.call, node.done + node.changes.length + node.namings.length);
    else if (event.do === "synced") this.#settle(node, this.#covered.get(event.call) ?? 0);
    else if (event.do === "write") this.#write(node, event.at ?? node.size, event.bytes);
    else this.#resize(node, event.do === "cut" ? event.size : 0);
  }

  #write(node: Node, at: number, bytes: Buffer): void {
    node.changes.push({ at, bytes });
    node.size = Math.max(node.size, at + bytes.length);
  }

  #resize(node: Node, size: number): void {
    node.changes.push({ size });
    node.size = size;
  }

  #name(naming: Naming): void {
    for (const { path, node } of naming) {
      if (node === null) this.#now.delete(path);
      else this.#now.set(path, node);
    }
    for (const folder of new Set(naming.map(({ path }) => dirname(path)))) this.#now.get(folder)?.namings.push(naming);
  }

  #settle(node: Node, covered: number): void {
    const count = Math.max(0, covered - node.done);
    if (!this.#isHonest || count === 0) return;
    node.done += count;
    for (const naming of node.namings.splice(0, node.isDirectory ? count : 0)) put(this.#safe, naming);
    for (const change of node.changes.splice(0, node.isDirectory ? 0 : count)) node.safe = changed(node.safe, change);
  }

  /** Writes what is left if the power goes now into `target`, in place of `root`. */
  cut(target: string, loss: Loss, random: () => number): void {
    const names = new Map(this.#safe);
    for (const node of this.#now.values()) {
      const kept = loss === "all" ? 0 : Math.floor(random() * (node.namings.length + 1));
      for (const naming of node.namings.slice(0, kept)) put(names, naming);
    }
    for (const path of [...names.keys()].toSorted()) {
      const node = names.get(path);
      const place = join(target, path.slice(this.#root.length));
      if (node === undefined || (path !== this.#root && !names.has(dirname(path)))) names.delete(path);
      else if (node.isDirectory) mkdirSync(place, { recursive: true });
      else writeFileSync(place, left(node, loss, random));
    }
  }
}

function put(names: Map<string, Node>, naming: Naming): void {
  for (const { path, node } of naming) {
    if (node === null) names.delete(path);
    else names.set(path, node);
  }
}

function changed(content: Buffer, change: Change): Buffer<ArrayBuffer> {
  const end = "size" in change ? change.size : Math.max(content.length, change.at + change.bytes.length);
  const result = Buffer.alloc(end);
  content.copy(result, 0, 0, Math.min(end, content.length));
  if ("bytes" in change) change.bytes.copy(result, change.at);
  return result;
}

/** What a file holds after the cut. */
function left({ safe, size, changes }: Node, loss: Loss, random: () => number): Buffer {
  if (loss === "all" || changes.length === 0) return safe;
  if (loss === "junk") return size <= safe.length ? safe : Buffer.concat([safe, junk(size - safe.length, random)]);
  if (loss === "tail") {
    const whole = Math.floor(random() * changes.length);
    const content = changes.slice(0, whole).reduce(changed, safe);
    const torn = changes[whole];
    return "size" in torn ? content : changed(content, { at: torn.at, bytes: torn.bytes.subarray(0, Math.floor(random() * torn.bytes.length)) });
  }
  let content = safe;
  for (const change of changes) {
    if ("size" in change) content = random() < 0.5 ? content : changed(content, change);
    else {
      for (let from = 0; from < change.bytes.length; from += sector - ((change.at + from) % sector)) {
        const to = Math.min(change.bytes.length, from + sector - ((change.at + from) % sector));
        if (random() < 0.5) content = changed(content, { at: change.at + from, bytes: change.bytes.subarray(from, to) });
      }
    }
  }
  return content;
}

/** What may stand in blocks that a file was given and never got: zeros, or what was there before. */
function junk(length: number, random: () => number): Buffer {
  if (random() < 0.5) return Buffer.alloc(length);
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
}

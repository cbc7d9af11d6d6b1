const longestTopic = 1024;
const mostLevels = 32;

/** Characters a name on the wire may not hold: controls, and what is left of bytes that were no UTF-8. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u001f\u007f-\u009f\ufffd]/;

/** Why a topic may not be published to; `null` when it may. `broken`: the sender breaks the protocol. */
export function topicProblem(topic: string): { readonly why: string; readonly broken: boolean } | null {
  if (topic === "") return { why: "it is empty", broken: true };
  if (forbidden.test(topic)) return { why: "it has control characters", broken: true };
  if (topic.includes("+") || topic.includes("#")) return { why: "it has wildcards", broken: true };
  if (topic.startsWith("$")) return { why: "topics with $ are the broker's", broken: false };
  return sizeProblem(topic);
}

/** Why a filter may not be subscribed to; `null` when it may. */
export function filterProblem(filter: string): { readonly why: string; readonly broken: boolean } | null {
  if (filter === "") return { why: "it is empty", broken: true };
  if (forbidden.test(filter)) return { why: "it has control characters", broken: true };
  if (filter.startsWith("$")) return { why: "topics with $ are the broker's", broken: false };
  const levels = filter.split("/");
  for (const [index, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || index < levels.length - 1)) return { why: "# stands for the last levels only", broken: true };
    if (level.includes("+") && level !== "+") return { why: "+ stands for a whole level only", broken: true };
  }
  return sizeProblem(filter);
}

function sizeProblem(topic: string): { readonly why: string; readonly broken: boolean } | null {
  if (topic.length > longestTopic) return { why: `it is longer than ${longestTopic} characters`, broken: false };
  let levels = 1;
  for (let index = 0; index < topic.length; index++) if (topic.charCodeAt(index) === 0x2f) levels++;
  return levels > mostLevels ? { why: `it has more than ${mostLevels} levels`, broken: false } : null;
}

/** Whether a filter wants a topic. MQTT 3.1.1, section 4.7: a wildcard at the start wants no `$` topic. */
export function wants(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return levels.length === wanted.length;
}

/** What clients want, by filter; finds those that want a topic without walking all of them. */
export class FilterTree<Wish> {
  readonly #root: Node<Wish> = { next: new Map(), wishes: new Map() };

  set(filter: string, client: string, wish: Wish): void {
    let node = this.#root;
    for (const level of filter.split("/")) {
      let next = node.next.get(level);
      if (next === undefined) node.next.set(level, (next = { next: new Map(), wishes: new Map() }));
      node = next;
    }
    node.wishes.set(client, wish);
  }

  delete(filter: string, client: string): void {
    const levels = filter.split("/");
    const trail = [this.#root];
    for (const level of levels) {
      const next = trail.at(-1)?.next.get(level);
      if (next === undefined) return;
      trail.push(next);
    }
    trail.at(-1)?.wishes.delete(client);
    for (let depth = levels.length; depth > 0; depth--) {
      const node = trail[depth];
      if (node.next.size > 0 || node.wishes.size > 0) return;
      trail[depth - 1].next.delete(levels[depth - 1]);
    }
  }

  /** Calls `found` for every wish for `topic`; a client with several filters is told several times. */
  match(topic: string, found: (client: string, wish: Wish) => void): void {
    if (this.#root.next.size > 0) visit(this.#root, topic.split("/"), 0, topic.startsWith("$"), found);
  }
}

interface Node<Wish> {
  readonly next: Map<string, Node<Wish>>;
  readonly wishes: Map<string, Wish>;
}

function visit<Wish>(node: Node<Wish>, levels: readonly string[], depth: number, isReserved: boolean, found: (client: string, wish: Wish) => void): void {
  const isWild = depth > 0 || !isReserved;
  if (isWild) tell(node.next.get("#"), found); // `a/#` wants `a` too
  if (depth === levels.length) return tell(node, found);
  const named = node.next.get(levels[depth]);
  if (named !== undefined) visit(named, levels, depth + 1, isReserved, found);
  const any = isWild ? node.next.get("+") : undefined;
  if (any !== undefined) visit(any, levels, depth + 1, isReserved, found);
}

function tell<Wish>(node: Node<Wish> | undefined, found: (client: string, wish: Wish) => void): void {
  if (node !== undefined) for (const [client, wish] of node.wishes) found(client, wish);
}

/** How much a sum weighs, by class: what a bound on a part of a total is a bound of. */
export type Weights = ReadonlyMap<string, number>;

/** A sort of sums that can be merged and weighed. */
export interface Weighed<S> {
  readonly merge: (a: S, b: S) => S;
  readonly weights: (sum: S) => Weights;
}

/** What was taken beside a total. */
export interface TakenWithin<S> {
  /** All of the total, and what was taken. */
  readonly total: S;
  /** Places of what was taken, in the order offered. */
  readonly taken: readonly number[];
  /** How much that weighs against the total, over all classes. */
  readonly weight: number;
}

/** Weights of blocks are sums of shares of one. */
const rounding = 1e-9;

/**
 * Takes of what is offered, in its order, whatever fits: what is taken never weighs more than `atMost` times the total of any
 * class, so a class of which the total holds nothing gets nothing. One that does not fit whole is passed over. Nothing of the total is
 * given up.
 *
 * Cost: one merge for each taken.
 */
export function takeWithin<S>(own: S, offered: Iterable<S>, atMost: number, { merge, weights }: Weighed<S>): TakenWithin<S> {
  const room = new Map(Array.from(weights(own), ([name, weight]) => [name, atMost * weight + rounding]));
  const taken: number[] = [];
  let [total, weight] = [own, 0];
  let at = -1;
  for (const one of offered) {
    at++;
    const asks = [...weights(one)].filter(([, of]) => of > 0);
    if (asks.length === 0 || asks.some(([name, of]) => of > (room.get(name) ?? 0))) continue;
    for (const [name, of] of asks) room.set(name, (room.get(name) ?? 0) - of);
    total = merge(total, one);
    weight += added(asks);
    taken.push(at);
  }
  return { total, taken, weight: weight / added([...weights(own)]) };
}

const added = (weights: readonly (readonly [string, number])[]): number => weights.reduce((sum, [, of]) => sum + of, 0);

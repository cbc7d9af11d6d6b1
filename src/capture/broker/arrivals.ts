/** A QoS 2 message that was taken in, or is on its way, and that its sender has not released. */
interface Arrival {
  /** Settles once the message is durable; rejects when it could not be. */
  readonly stored: Promise<unknown>;
  readonly begin: (stored: Promise<unknown>) => void;
  hasBegun: boolean;
}

/** The ids of QoS 2 messages that came in and are not released, by client: one that is sent again is known by its id. */
export class Arrivals {
  readonly #byClient = new Map<string, Map<number, Arrival>>();

  /** Notes an id; nothing when it is known. */
  note(client: string, messageId: number): void {
    const known = this.#byClient.get(client) ?? new Map<number, Arrival>();
    this.#byClient.set(client, known);
    if (known.has(messageId)) return;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    promise.catch(() => {});
    known.set(messageId, { stored: promise, begin: resolve, hasBegun: false });
  }

  /**
   * Notes that a message is taken in now, durable once `stored` settles: then `null`. For one that is
   * taken in already, what tells when that is durable; the message at hand is a repeat.
   */
  begin(client: string, messageId: number, stored: Promise<unknown>): Promise<unknown> | null {
    const known = this.#byClient.get(client);
    const arrival = known?.get(messageId);
    if (known === undefined || arrival === undefined) return null;
    if (arrival.hasBegun) return arrival.stored;
    arrival.hasBegun = true;
    arrival.begin(stored);
    stored.catch(() => {
      if (known.get(messageId) === arrival) known.delete(messageId);
    });
    return null;
  }

  /** Settles once the message of an id is durable; `undefined` for an id that is not known. */
  stored(client: string, messageId: number): Promise<unknown> | undefined {
    return this.#byClient.get(client)?.get(messageId)?.stored;
  }

  /** Forgets an id; whether it was known. */
  release(client: string, messageId: number): boolean {
    return this.#byClient.get(client)?.delete(messageId) === true;
  }

  forget(client: string): void {
    this.#byClient.delete(client);
  }
}

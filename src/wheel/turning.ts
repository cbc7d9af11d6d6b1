import type { Id } from "../schema/id.ts";
import type { Trigger, Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { kindOf } from "./kinds/kinds.ts";
import { dueTurn, sinceTurn } from "./policy.ts";
import type { Ports } from "./ports.ts";
import { turn } from "./turn.ts";

export interface TurningOptions {
  /** Blocks that are waited for before the first model of a wheel without warm-ups. */
  readonly firstBlocks: number;
  /** Hears each turn when it begins and when it is recorded. */
  readonly onTurn: (wheel: Wheel, turned: Turn) => Promise<void> | void;
  /** Hears of a turn that failed; the wheel goes on with what is in force. */
  readonly onFailed: (wheel: Wheel, error: unknown) => void;
}

/**
 * Turns wheels while the site is up: one turn at a time, by policy or by hand. What calls for another
 * turn of a wheel that already waits joins it.
 */
export class Turning {
  readonly #ports: Ports;
  readonly #options: TurningOptions;
  readonly #waiting = new Map<Id, { trigger: Trigger; done: Promise<Turn> }>();
  #work: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(ports: Ports, options: TurningOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Turns a wheel as soon as no other turns. */
  ask(wheel: Wheel, trigger: Trigger): Promise<Turn> {
    const waiting = this.#waiting.get(wheel.id);
    if (waiting !== undefined) return waiting.done;
    const done = this.#work.then(async () => {
      this.#waiting.delete(wheel.id);
      if (this.#isClosed) throw new RangeError("Cannot turn a wheel: the site is closing");
      const newest = (await this.#ports.store.records.wheel(wheel.id)) ?? wheel;
      const turned = await turn(newest, trigger, this.#ports);
      await this.#options.onTurn(newest, turned);
      return turned;
    });
    this.#waiting.set(wheel.id, { trigger, done });
    this.#work = done.catch((error: unknown) => {
      if (!this.#isClosed) this.#options.onFailed(wheel, error);
    });
    return done;
  }

  /** Turns a wheel if its policy calls for it, or if it has blocks enough for its first model. */
  async consider(wheel: Wheel): Promise<void> {
    if (this.#isClosed || this.#waiting.has(wheel.id)) return;
    const { records } = this.#ports.store;
    if ((await records.champion(wheel.id)) === null && kindOf(wheel).reference === null) {
      const blocks = (await records.blocks({ asset: wheel.asset })).filter(({ excluded }) => excluded === null);
      if (wheel.warmUpRows === 0 && blocks.length >= this.#options.firstBlocks) void this.ask(wheel, "first").catch(() => {});
      return;
    }
    const due = dueTurn(wheel, await sinceTurn(wheel, this.#ports), this.#ports.now());
    if (due !== null) void this.ask(wheel, due).catch(() => {});
  }

  /** Does something while no wheel turns: a turn that is under way holds what it has read, and would put in force what came of it. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {}); // who asked hears of it
    return done;
  }

  /** Starts no further turn and waits for the one under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }
}
